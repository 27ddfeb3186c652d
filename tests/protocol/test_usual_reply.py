from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yett.protocol import jsonrpc, usual_reply
from yett.protocol.jsonrpc import Bounds, Parsed

FROM_SERVERS = Bounds(bytes=16_777_216, nodes=1_000_000, depth=128, exact=True)
RESULT = {"content": [{"type": "text", "text": "h\u00ef \n \\ \u2028"}], "structuredContent": {"n": [1, 0.5, None]}}
REPLY = {"jsonrpc": "2.0", "id": 1, "result": RESULT}


def written(value: Any) -> bytes:
    return jsonrpc.document.encode(value)


USUAL = written(REPLY)
RESULT_FIRST = written({"result": RESULT, "jsonrpc": "2.0", "id": "one"})


@pytest.mark.parametrize("body", [USUAL, written(REPLY | {"id": "one", "result": {}})])
@pytest.mark.parametrize("bounds", [Bounds(), FROM_SERVERS])
def test_the_usual_ways_to_write_a_reply_are_read_as_parse_reads_them(body: bytes, bounds: Bounds) -> None:
    found = usual_reply.read(body, bounds)
    assert found is not None
    assert Parsed(message=found, encoded=body) == jsonrpc.parse(body, bounds, from_server=True)


def test_a_result_may_come_first() -> None:
    plain = RESULT_FIRST.replace(b"\\n", b"").replace(b"\\\\", b"")
    found = usual_reply.read(plain)
    assert found is not None
    assert Parsed(message=found, encoded=plain) == jsonrpc.parse(plain, from_server=True)


def test_a_number_of_64_bits_is_kept_where_servers_may_send_it() -> None:
    body = written(REPLY | {"result": {"n": 2**63}})
    assert usual_reply.read(body) is None
    found = usual_reply.read(body, FROM_SERVERS)
    assert found is not None
    assert found.result == {"n": 2**63}


LEFT_TO_PARSE = {
    "white space": USUAL.replace(b":", b": ", 1),
    "id twice": USUAL.replace(b'"id":1', b'"id":1,"id":2'),
    "result twice": USUAL.replace(b'"result"', b'"result":{},"result"'),
    "key twice": USUAL.replace(b'"type":"text"', b'"type":"text","type":"text"'),
    "keys alike": USUAL.replace(b'"type":"text"', b'"type":"text","Type":"image"'),
    "reserved key": USUAL.replace(b'"type":"text"', b'"__proto__":"text"'),
    "escaped key": USUAL.replace(b'"type"', b'"typ\\u0065"'),
    "escaped NUL": USUAL.replace(b'"text":"h', b'"text":"\\u0000'),
    "NUL in the id": USUAL.replace(b'"id":1', b'"id":"\\u0000"'),
    "an escape elsewhere, and a text as id": RESULT_FIRST,
    "unknown member": USUAL.replace(b'"id":1', b'"id":1,"extra":2'),
    "a result and an error": USUAL.replace(b'"id":1', b'"id":1,"error":{}'),
    "an error": written({"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no"}}),
    "another version": USUAL.replace(b'"2.0"', b'"2.1"'),
    "no id": USUAL.replace(b'"id":1,', b""),
    "null as id": USUAL.replace(b'"id":1', b'"id":null'),
    "true as id": USUAL.replace(b'"id":1', b'"id":true'),
    "fraction as id": USUAL.replace(b'"id":1', b'"id":1.0'),
    "id too large": USUAL.replace(b'"id":1', b'"id":9007199254740992'),
    "id too long": written({"jsonrpc": "2.0", "id": "x" * 257, "result": {}}),
    "result no object": USUAL.replace(b'"result":{', b'"result":[{') + b"]",
    "a request": written({"jsonrpc": "2.0", "id": 1, "method": "ping"}),
    "many brackets": USUAL.replace(b"null", b"[" * 40 + b"]" * 40),
    "long": written(REPLY | {"result": {"text": "x" * 20_000}}),
    "not UTF-8": USUAL.replace(b'"text":"h', b'"text":"\xff'),
    "cut off": USUAL[:-1],
    "more behind": USUAL + b"{}",
    "a batch": b"[" + USUAL + b"]",
}


@pytest.mark.parametrize("body", LEFT_TO_PARSE.values(), ids=LEFT_TO_PARSE.keys())
def test_whatever_is_not_usual_is_left_to_parse(body: bytes) -> None:
    assert body != USUAL
    assert usual_reply.read(body, FROM_SERVERS) is None


@pytest.mark.parametrize("bounds", [Bounds(bytes=100), Bounds(depth=8), Bounds(nodes=5), Bounds(key=8)])
def test_tighter_bounds_are_left_to_parse(bounds: Bounds) -> None:
    assert usual_reply.read(USUAL, bounds) is None


keys = st.sampled_from(["a", "A", "b", "\u017f", "s", "__proto__", "", "\0"]) | st.text(max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-(2**54), 2**54) | st.floats() | st.text(max_size=4)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
ids = st.integers() | st.integers(-3, 3) | st.text(max_size=4) | st.none() | st.floats()


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Replies that are nearly usual: some of their bytes are doubled, dropped or swapped."""
    reply = REPLY | {"id": draw(ids), "result": draw(st.dictionaries(keys, values, max_size=4))}
    reply = {key: reply[key] for key in draw(st.permutations(list(reply)))}
    ascii_only, separators = draw(st.booleans()), draw(st.sampled_from([(",", ":"), (",", ":"), (", ", ": ")]))
    body = json.dumps(reply, ensure_ascii=ascii_only, separators=separators).encode("utf-8", "surrogatepass")
    at, length = draw(st.integers(0, len(body))), draw(st.sampled_from([0, 0, 0, 1, 8]))
    return body[:at] + body[at : at + length] * draw(st.sampled_from([0, 2])) + body[at + length :]


@given(bodies() | st.sampled_from(list(LEFT_TO_PARSE.values())), st.sampled_from([Bounds(), FROM_SERVERS]))
@example(USUAL, FROM_SERVERS)
def test_what_is_read_is_what_parse_would_have_read(body: bytes, bounds: Bounds) -> None:
    found = usual_reply.read(body, bounds)
    if found is not None:
        parsed = jsonrpc.parse(body, bounds, from_server=True)
        assert isinstance(parsed, Parsed)
        assert parsed == Parsed(message=found, encoded=body)
        assert repr(parsed.message) == repr(found)  # True is 1, and 1.0 is 1: their texts differ
