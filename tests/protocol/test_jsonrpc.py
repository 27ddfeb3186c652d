from __future__ import annotations

import json

import mcp_types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.message import Failure, Message, Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.protocol import jsonrpc
from yett.protocol.jsonrpc import (
    BATCH,
    ID_WRONG,
    MEMBER_UNKNOWN,
    OUTCOME_WRONG,
    Bounds,
    Parsed,
    encode,
    parse,
)


def message_in(body: bytes) -> Message:
    parsed = parse(body)
    assert isinstance(parsed, Parsed)
    return parsed.message


def test_each_kind_of_message_is_read():
    assert message_in(b'{"jsonrpc":"2.0","id":1,"method":"ping"}') == Request(id=1, method="ping")
    assert message_in(b'{"jsonrpc":"2.0","id":"a","method":"m","params":{}}') == Request(id="a", method="m", params={})
    assert message_in(b'{"jsonrpc":"2.0","method":"n","params":{"a":1}}') == Notification(method="n", params={"a": 1})
    assert message_in(b'{"jsonrpc":"2.0","id":0,"result":{"a":1}}') == Reply(id=0, result={"a": 1})
    assert message_in(b'{"jsonrpc":"2.0","id":0,"error":{"code":-32601,"message":"m"}}') == Reply(
        id=0, error=Failure(code=-32601, message="m")
    )


def test_null_data_is_not_absent_data():
    body = b'{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":"m","data":null}}'
    assert message_in(body) == Reply(id=0, error=Failure(code=1, message="m", data=None))
    assert encode(message_in(body)) == body


def test_the_order_of_members_does_not_matter():
    members = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "a", "arguments": {}}}
    expected = Request(id=7, method="tools/call", params={"name": "a", "arguments": {}})
    for order in (list(members), list(members)[::-1], ["method", "params", "jsonrpc", "id"]):
        body = json.dumps({key: members[key] for key in order}, separators=(",", ":")).encode()
        assert parse(body) == Parsed(message=expected, encoded=body)


def test_a_batch_is_an_envelope_error_of_its_own():
    deny = parse(b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]')
    assert deny == Deny(reason=BATCH)
    assert BATCH.kind is Kind.ENVELOPE


def test_an_error_without_an_id_is_read_from_servers_alone():
    for body in (
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}',
        b'{"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}}',
    ):
        parsed = parse(body, from_server=True)
        assert isinstance(parsed, Parsed)
        assert parsed.message == Reply(id=None, error=Failure(code=-32700, message="m"))
        assert parse(body) == Deny(reason=ID_WRONG, detail="NoneType")
    assert parse(b'{"jsonrpc":"2.0","id":null,"result":{}}', from_server=True) == Deny(
        reason=ID_WRONG, detail="NoneType"
    )


def test_a_reply_with_both_outcomes_is_refused_from_servers_too():
    body = b'{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"m"}}'
    assert parse(body, from_server=True) == Deny(reason=OUTCOME_WRONG)


def test_an_unknown_member_is_named_without_what_could_harm_a_log():
    body = '{"jsonrpc":"2.0","id":1,"method":"ping","ext\u0434":1}'.encode()
    assert parse(body) == Deny(reason=MEMBER_UNKNOWN, detail="'ext\\u0434'")


def test_ids_have_a_bound():
    longest = "x" * jsonrpc.ID_LENGTH
    assert message_in(encode(Request(id=longest, method="ping"))) == Request(id=longest, method="ping")
    assert parse(encode(Request(id=longest + "x", method="ping"))) == Deny(reason=ID_WRONG, detail="str")
    assert parse(encode(Request(id="x" * 1_000_000, method="ping"))) == Deny(reason=ID_WRONG, detail="str")


@pytest.mark.parametrize("value", [True, 1.0, None, [], {}])
def test_only_integers_and_strings_are_ids(value):
    assert not jsonrpc.is_id(value)


ENVELOPES: list[tuple[bytes, Reason]] = [
    (b'"ping"', jsonrpc.NOT_AN_OBJECT),
    (b"{}", jsonrpc.VERSION_WRONG),
    (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', jsonrpc.VERSION_WRONG),
    (b'{"jsonrpc":2.0,"id":1,"method":"ping"}', jsonrpc.VERSION_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"method":1}', jsonrpc.METHOD_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"method":""}', jsonrpc.METHOD_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"method":"%b"}' % (b"m" * 129), jsonrpc.METHOD_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', jsonrpc.PARAMS_NOT_AN_OBJECT),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', jsonrpc.PARAMS_NOT_AN_OBJECT),
    (b'{"jsonrpc":"2.0","method":"ping","Params":{}}', MEMBER_UNKNOWN),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', MEMBER_UNKNOWN),
    (b'{"jsonrpc":"2.0","id":1,"result":{},"extra":1}', MEMBER_UNKNOWN),
    (b'{"jsonrpc":"2.0","id":1,"result":[]}', OUTCOME_WRONG),
    (b'{"jsonrpc":"2.0","id":1}', OUTCOME_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"error":"m"}', jsonrpc.ERROR_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"error":{"code":true,"message":"m"}}', jsonrpc.ERROR_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":null}}', jsonrpc.ERROR_WRONG),
    (b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","Data":1}}', MEMBER_UNKNOWN),
]


@pytest.mark.parametrize(("body", "why"), ENVELOPES)
def test_an_envelope_is_closed_and_typed(body, why):
    for from_server in (False, True):
        deny = parse(body, from_server=from_server)
        assert isinstance(deny, Deny)
        assert deny.reason is why
        assert why.kind is Kind.ENVELOPE


def test_the_longest_method_passes():
    method = "m" * jsonrpc.METHOD_LENGTH
    assert message_in(encode(Request(id=1, method=method))) == Request(id=1, method=method)


def test_bounds_reach_the_document():
    parsed = parse(b'{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', Bounds(exact=True))
    assert isinstance(parsed, Parsed)
    assert parsed.message == Request(id=2**53 + 1, method="ping")


# --- what the official SDK sends

_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "mcp", "version": "0.1.0"},
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}, "url": {}}},
}


def from_the_sdk() -> list[bytes]:
    """Bytes as the SDK's transports write them (`model_dump_json(by_alias=True, exclude_unset=True)`)."""
    requests = [
        ("tools/call", {"name": "sql", "arguments": {"region": "eu-wést", "rows": 10, "deep": [1.5, None, True]}}),
        ("tools/list", {"_meta": _META}),
        ("tools/call", {"name": "sql", "arguments": {"q": 'select "a"\n'}, "_meta": _META}),
        ("server/discover", {"_meta": _META}),
        ("resources/read", {"uri": "file:///a%20b", "_meta": {"progressToken": 1}}),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "a", "value": ""}}),
    ]
    messages = [
        mcp_types.JSONRPCRequest(jsonrpc="2.0", id=number, method=method, params=params)
        for number, (method, params) in enumerate(requests)
    ]
    replies = [
        mcp_types.JSONRPCNotification(jsonrpc="2.0", method="notifications/initialized"),
        mcp_types.JSONRPCResponse(jsonrpc="2.0", id=3, result={"content": [{"type": "text", "text": "hé\u2028"}]}),
        mcp_types.JSONRPCError(jsonrpc="2.0", id=4, error=mcp_types.ErrorData(code=-32602, message="m", data={"a": 1})),
    ]
    return [message.model_dump_json(by_alias=True, exclude_unset=True).encode() for message in (*messages, *replies)]


@pytest.mark.parametrize("body", from_the_sdk())
def test_what_the_sdk_sends_is_canonical_already(body):
    parsed = parse(body)
    assert isinstance(parsed, Parsed)
    assert parsed.encoded == body


@pytest.mark.parametrize(
    "body",
    [
        b'{"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"}},"jsonrpc":"2.0","id":0}',
        b'{"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}},"jsonrpc":"2.0","id":0}',
        '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"sql","arguments":{"region":"eu-wést"}}}'.encode(),
        b'{"result":{"content":[{"type":"text","text":"done \\"x\\"\\t"}],"isError":false},"jsonrpc":"2.0","id":4}',
    ],
)
def test_what_javascript_sends_is_canonical_already(body):
    parsed = parse(body)
    assert isinstance(parsed, Parsed)
    assert parsed.encoded == body


# --- properties

ids = st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20).filter(lambda text: "\0" not in text)
names = st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1, max_size=8)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
)
objects = st.dictionaries(names, plain, max_size=4)
messages = (
    st.builds(Request, id=ids, method=names, params=st.none() | objects)
    | st.builds(Notification, method=names, params=st.none() | objects)
    | st.builds(Reply, id=ids, result=objects)
    | st.builds(Reply, id=ids, error=st.builds(Failure, code=st.integers(-40000, 5000), message=texts, data=plain))
)


@given(messages)
def test_every_message_survives_the_journey(message):
    parsed = parse(encode(message))
    if isinstance(parsed, Deny):
        assert parsed.reason.code.startswith("json.key")  # made-up keys may be reserved or alike
    else:
        assert parsed == Parsed(message=message, encoded=encode(message))


@given(st.binary(max_size=300) | messages.map(lambda message: encode(message)[:-1]))
def test_no_bytes_make_it_raise(body):
    assert isinstance(parse(body), Parsed | Deny)


@given(messages, st.sampled_from(["id", "method", "params", "result", "error", "jsonrpc", "Method", "x"]), plain)
def test_an_added_member_never_passes_unnoticed(message, member, value):
    envelope = json.loads(encode(message))
    if member in envelope:
        return
    parsed = parse(json.dumps(envelope | {member: value}).encode())
    if isinstance(parsed, Parsed):
        # It made another valid message, in which the member is told; or it is the one with the `params` left out.
        assert json.loads(encode(parsed.message)) == envelope | {member: value}
