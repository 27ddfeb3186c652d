from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared import inbound as sdk

from yett.core.exchange import Era, Mirrored, Tool
from yett.core.message import JsonObject, Message, Notification, Reply, Request
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.protocol.headers import (
    ACCEPT_LACKING,
    HEADER_MISMATCH,
    HEADER_MISSING,
    HEADER_ORPHAN,
    HEADER_TWICE,
    HEADER_UNREADABLE,
    LEGACY_VERSIONS,
    META_MISSING,
    MODERN_VERSIONS,
    REPLY_UNASKED,
    VERSION_NOT_TEXT,
    VERSION_UNKNOWN,
    McpHeaders,
    Story,
    check_accept,
    check_mirrored,
    derive,
    era_of,
    read,
    reconcile,
)
from yett.protocol.methods import CAPABILITIES_KEY, VERSION_KEY

MODERN = Story(era=Era.MODERN, version="2026-07-28")
OLD = Story(era=Era.LEGACY, version="2025-03-26")


def legacy(version: str) -> Story:
    return Story(era=Era.LEGACY, version=version)


def request(method: str, version: object = "2026-07-28", **params: object) -> Request:
    meta = {VERSION_KEY: version, CAPABILITIES_KEY: {}}
    return Request(id=1, method=method, params={"_meta": meta, **params})


def plain(method: str, **params: object) -> Request:
    return Request(id=1, method=method, params=params)


def heads(method: str | None = None, name: str | None = None, version: str | None = "2026-07-28") -> McpHeaders:
    return McpHeaders(version=version, method=method, name=name)


def reason(verdict: object) -> object:
    assert isinstance(verdict, Deny)
    return verdict.reason


# Reading


def test_the_headers_of_a_captured_request_are_read():
    captured = [
        (b"host", b"127.0.0.1:3000"),
        (b"accept", b"application/json, text/event-stream"),
        (b"content-type", b"application/json"),
        (b"mcp-protocol-version", b"2026-07-28"),
        (b"mcp-method", b"tools/call"),
        (b"mcp-name", b"sql"),
        (b"mcp-param-region", b"=?base64?ZXUtd8Opc3Q=?="),
    ]
    assert read(captured) == McpHeaders(
        version="2026-07-28",
        method="tools/call",
        name="sql",
        params=(("region", "=?base64?ZXUtd8Opc3Q=?="),),
        accept_json=True,
        accept_sse=True,
    )


def test_legacy_headers_are_read():
    assert read([(b"mcp-session-id", b"abc"), (b"last-event-id", b"s-1"), (b"accept", b"text/event-stream")]) == (
        McpHeaders(session="abc", last_event_id="s-1", accept_sse=True)
    )


def test_no_headers_are_no_problem():
    assert read([]) == McpHeaders()


@pytest.mark.parametrize(
    "name",
    [b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"mcp-session-id", b"last-event-id", b"mcp-param-x"],
)
@pytest.mark.parametrize("second", [b"a", b"b"])
def test_a_header_given_twice_is_refused_even_with_the_same_value(name, second):
    assert reason(read([(name, b"a"), (b"host", b"h"), (name, second)])) is HEADER_TWICE
    assert HEADER_TWICE.kind is Kind.HEADERS


@pytest.mark.parametrize("name", [b"mcp-protocol-version", b"mcp-method", b"mcp-session-id", b"last-event-id"])
@pytest.mark.parametrize("value", [b"", b"  ", b"a\tb", b"\xc3\xa9", b"\x7f", b"a\x00", b"a\rb"])
def test_empty_and_unprintable_values_are_refused(name, value):
    assert reason(read([(name, value)])) is HEADER_UNREADABLE


@pytest.mark.parametrize("header", [(b"mcp-param-", b"a"), (b"mcp-param-\xff", b"a"), (b"mcp-param-a", b"\xff")])
def test_odd_parameter_headers_are_refused(header):
    assert reason(read([header])) is HEADER_UNREADABLE


def test_white_space_around_a_value_is_not_part_of_it():
    # The conformance suite sends this (RFC 9110, 5.5).
    assert read([(b"mcp-name", b"  echo\t ")]) == McpHeaders(name="echo")


def test_accept_may_come_in_several_lines():
    both = read([(b"accept", b"application/json"), (b"accept", b"text/event-stream")])
    assert both == McpHeaders(accept_json=True, accept_sse=True)
    assert isinstance(both, McpHeaders)
    assert check_accept(both) is None


def test_a_post_must_take_both_answers():
    for headers in (McpHeaders(accept_json=True), McpHeaders(accept_sse=True), McpHeaders()):
        assert check_accept(headers) == Deny(reason=ACCEPT_LACKING)


# The ladder of eras


@pytest.mark.parametrize(
    ("message", "headers"),
    [
        (request("tools/list"), heads("tools/list")),
        (request("tools/call", name="a"), heads("tools/call", "a")),
        (request("tools/call", name="名"), heads("tools/call", "=?base64?5ZCN?=")),
        (request("tools/call", name="a"), heads("tools/call", "=?base64?YQ==?=")),
        (request("resources/read", uri="x://a"), heads("resources/read", "x://a")),
        (request("prompts/get", name="p"), heads("prompts/get", "p")),
        (request("tasks/get", taskId="t"), heads("tasks/get", "t")),
        (request("tasks/get", taskId="t"), heads("tasks/get")),
        (request("unknown/method"), heads("unknown/method")),
        (request("initialize"), heads("initialize")),
        (request("tools/call"), heads("tools/call")),
        (Notification(method="notifications/cancelled", params={"requestId": 1}), heads()),
        (Notification(method="notifications/cancelled"), heads("notifications/cancelled")),
    ],
)
def test_header_and_body_that_agree_are_modern(message, headers):
    assert reconcile(headers, message) == MODERN


@pytest.mark.parametrize(
    ("message", "headers", "why"),
    [
        (request("tools/call", name="evil"), heads("tools/call", "good"), HEADER_MISMATCH),
        (request("tools/call", name="good"), heads("tools/call", "evil"), HEADER_MISMATCH),
        (request("tools/call", name="a"), heads("tools/list", "a"), HEADER_MISMATCH),
        (request("tools/call", name="a"), heads("tools/list"), HEADER_MISMATCH),
        (request("tools/list"), heads("TOOLS/LIST"), HEADER_MISMATCH),
        (request("tools/call", name="a"), heads(None, "a"), HEADER_MISSING),
        (request("tools/call", name="a"), heads("tools/call"), HEADER_MISSING),
        (request("resources/read", uri="x://a"), heads("resources/read"), HEADER_MISSING),
        (request("prompts/get", name="p"), heads("prompts/get"), HEADER_MISSING),
        (request("tools/call", name="a"), heads("tools/call", ""), HEADER_MISMATCH),
        (request("tools/call", name="a"), heads("tools/call", "A"), HEADER_MISMATCH),
        (request("tools/call", name="a"), heads("tools/call", "=?base64?YR==?="), HEADER_MISMATCH),
        (request("tools/call", name="=?base64?YQ==?="), heads("tools/call", "=?base64?YQ==?="), HEADER_MISMATCH),
        (request("tasks/get", taskId="t"), heads("tasks/get", "other"), HEADER_MISMATCH),
        (request("tools/call"), heads("tools/call", "a"), HEADER_ORPHAN),
        (request("tools/call", name=5), heads("tools/call", "5"), HEADER_ORPHAN),
        (request("tools/list"), heads("tools/list", "a"), HEADER_ORPHAN),
        (request("unknown/method", name="a"), heads("unknown/method", "a"), HEADER_ORPHAN),
        (request("tools/list"), heads("tools/list", version=None), HEADER_MISSING),
        (request("tools/list"), heads("tools/list", version="2025-11-25"), HEADER_MISMATCH),
        (request("tools/list"), heads("tools/list", version="2099-01-01"), HEADER_MISMATCH),
        (request("tools/list", "2099-01-01"), heads("tools/list"), HEADER_MISMATCH),
        (request("tools/list", "2025-11-25"), heads("tools/list"), HEADER_MISMATCH),
        (Notification(method="notifications/cancelled"), heads("notifications/progress"), HEADER_MISMATCH),
        (Notification(method="notifications/cancelled"), heads(name="a"), HEADER_ORPHAN),
    ],
)
def test_every_difference_between_header_and_body_is_refused(message, headers, why):
    verdict = reconcile(headers, message)
    assert reason(verdict) is why
    assert why.kind is Kind.HEADERS


def test_parameter_headers_belong_to_calls():
    headers = McpHeaders(version="2026-07-28", method="tools/list", params=(("x", "1"),))
    assert reason(reconcile(headers, request("tools/list"))) is HEADER_ORPHAN


def test_a_version_that_both_sides_name_but_nobody_serves():
    for version in ("2099-01-01", "2025-11-25", ""):
        verdict = reconcile(heads("tools/list", version=version), request("tools/list", version))
        assert verdict == Deny(reason=VERSION_UNKNOWN, detail=ascii(version), supported=MODERN_VERSIONS)
    assert VERSION_UNKNOWN.kind is Kind.VERSION


@pytest.mark.parametrize("version", [None, 20260728, True, ["2026-07-28"], {}])
def test_a_version_in_the_body_must_be_text(version):
    assert reason(reconcile(heads("tools/list"), request("tools/list", version))) is VERSION_NOT_TEXT
    assert reason(era_of(request("tools/list", version))) is VERSION_NOT_TEXT


@pytest.mark.parametrize(
    "message",
    [plain("tools/list"), plain("tools/list", _meta={}), plain("tools/list", _meta="x"), Request(id=1, method="m")],
)
def test_a_modern_header_over_a_body_that_says_nothing(message):
    assert reason(reconcile(heads("tools/list"), message)) is META_MISSING
    assert META_MISSING.kind is Kind.PARAMS


@pytest.mark.parametrize("version", LEGACY_VERSIONS)
def test_legacy_versions_are_legacy(version):
    for message in (plain("tools/list"), Notification(method="notifications/initialized"), Reply(id=1, result={})):
        assert reconcile(McpHeaders(version=version), message) == legacy(version)


def test_no_version_anywhere_is_the_oldest_that_had_no_header():
    assert reconcile(McpHeaders(), plain("tools/call", name="a")) == OLD
    assert era_of(plain("tools/call", name="a")) == OLD


def test_legacy_routing_headers_mean_nothing():
    # Legacy servers run the body whatever these say; the policy sees the body too.
    headers = McpHeaders(version="2025-11-25", method="tools/list", name="harmless", params=(("x", "1"),))
    message = plain("tools/call", name="delete_all")
    assert reconcile(headers, message) == legacy("2025-11-25")
    assert derive(message, legacy("2025-11-25"), None) == ((b"mcp-protocol-version", b"2025-11-25"),)


def test_other_reserved_keys_make_no_message_modern():
    # ChatGPT connectors are reported to send some on legacy calls.
    meta = {"io.modelcontextprotocol/clientInfo": {"name": "x"}, CAPABILITIES_KEY: {}}
    assert reconcile(McpHeaders(version="2025-06-18"), plain("tools/list", _meta=meta)) == legacy("2025-06-18")


def test_a_lookalike_of_the_version_key_makes_no_message_modern():
    meta = {VERSION_KEY.upper(): "2026-07-28"}
    assert reconcile(McpHeaders(version="2025-06-18"), plain("tools/list", _meta=meta)) == legacy("2025-06-18")


@pytest.mark.parametrize("message", [plain("tools/list"), Notification(method="x"), Reply(id=1, result={})])
def test_an_unknown_version_in_the_header_alone(message):
    assert reconcile(McpHeaders(version="1900-01-01"), message) == Deny(
        reason=VERSION_UNKNOWN, detail="1900-01-01", supported=(*MODERN_VERSIONS, *LEGACY_VERSIONS)
    )


def test_a_reply_under_a_modern_header_is_refused():
    assert reconcile(heads(), Reply(id=1, result={})) == Deny(reason=REPLY_UNASKED)


def test_over_stdio_the_body_tells_the_era():
    assert era_of(request("tools/list")) == MODERN
    assert era_of(request("tools/list", "2099-01-01")) == Deny(
        reason=VERSION_UNKNOWN, detail="'2099-01-01'", supported=MODERN_VERSIONS
    )
    assert era_of(Reply(id=1, result={})) == OLD
    assert era_of(Notification(method="notifications/initialized")) == OLD


# What goes upstream

SQL = Tool(
    server="demo",
    name="sql",
    digest="",
    definition={},
    mirrored=(Mirrored(header="Region", path=("region",), type="string"),),
)


@pytest.mark.parametrize(
    ("message", "tool", "expected"),
    [
        (request("tools/list"), None, {b"mcp-method": b"tools/list"}),
        (
            request("tools/call", name="sql", arguments={"region": "é"}),
            SQL,
            {b"mcp-method": b"tools/call", b"mcp-name": b"sql", b"mcp-param-region": b"=?base64?w6k=?="},
        ),
        (
            request("tools/call", name="a\r\nX-Evil: 1"),
            None,
            {b"mcp-method": b"tools/call", b"mcp-name": b"=?base64?YQ0KWC1FdmlsOiAx?="},
        ),
        (request("tasks/get", taskId="t"), None, {b"mcp-method": b"tasks/get", b"mcp-name": b"t"}),
        (Notification(method="notifications/cancelled"), None, {b"mcp-method": b"notifications/cancelled"}),
        (Reply(id=1, result={}), None, {}),
    ],
)
def test_modern_headers_are_made_from_the_message(message, tool, expected):
    assert dict(derive(message, MODERN, tool)) == {b"mcp-protocol-version": b"2026-07-28"} | expected


def test_a_legacy_leg_carries_the_version_alone():
    assert derive(plain("tools/call", name="a"), legacy("2025-06-18"), SQL) == (
        (b"mcp-protocol-version", b"2025-06-18"),
    )
    assert derive(Reply(id=1, result={}), legacy("2025-06-18"), None) == ((b"mcp-protocol-version", b"2025-06-18"),)


def test_before_initialize_is_answered_no_version_is_agreed():
    assert derive(plain("initialize"), legacy("2025-11-25"), None) == ()


def test_mirrored_parameters_are_compared():
    message = request("tools/call", name="sql", arguments={"region": "eu"})
    assert check_mirrored(McpHeaders(params=(("region", "eu"),)), message, SQL) is None
    verdict = check_mirrored(McpHeaders(params=(("region", "us"),)), message, SQL)
    assert isinstance(verdict, Deny)
    assert verdict.reason.kind is Kind.HEADERS


# Properties

names = st.sampled_from(["a", "evil", "x://a", "é", " ", "=?base64?YQ==?="]) | st.text(max_size=6)
methods = st.sampled_from(["tools/call", "resources/read", "prompts/get", "tools/list", "tasks/get", "x"])
modern_requests = st.builds(lambda method, name: request(method, name=name, uri=name, taskId=name), methods, names)


@given(modern_requests)
def test_what_is_derived_agrees_with_its_message(message):
    headers = read(derive(message, MODERN, None))
    assert isinstance(headers, McpHeaders)
    assert reconcile(headers, message) == MODERN


@given(modern_requests)
def test_the_official_sdk_accepts_what_is_derived(message):
    headers = {name.decode(): value.decode() for name, value in derive(message, MODERN, None)}
    body = {"jsonrpc": "2.0", "id": 1, "method": message.method, "params": message.params}
    assert isinstance(sdk.classify_inbound_request(body, headers=headers), sdk.InboundModernRoute)


header_values = st.sampled_from(
    [None, "2026-07-28", "2025-11-25", "tools/call", "tools/list", "a", "evil", "=?base64?YQ==?="]
)
metas: st.SearchStrategy[JsonObject] = st.sampled_from(
    [
        {},
        {"_meta": {}},
        {"_meta": {VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: {}}},
        {"_meta": {VERSION_KEY: "2025-11-25"}},
    ]
)


@given(header_values, header_values, header_values, methods, names, metas)
def test_we_are_never_laxer_than_the_official_sdk(version, method, name, called, target, meta):
    message = Request(id=1, method=called, params={"name": target, "uri": target, **meta})
    story = reconcile(McpHeaders(version=version, method=method, name=name), message)
    if story == MODERN:
        given_headers = {"mcp-protocol-version": version, "mcp-method": method, "mcp-name": name}
        body = {"jsonrpc": "2.0", "id": 1, "method": called, "params": message.params}
        present = {key: value for key, value in given_headers.items() if value is not None}
        assert isinstance(sdk.classify_inbound_request(body, headers=present), sdk.InboundModernRoute)


@given(st.lists(st.tuples(st.sampled_from([b"mcp-name", b"mcp-method", b"mcp-param-a", b"accept", b"x"]), st.binary())))
def test_no_headers_make_reading_raise(headers):
    assert isinstance(read(headers), McpHeaders | Deny)


messages_of_any_shape: st.SearchStrategy[Message] = st.builds(
    Request,
    id=st.just(1),
    method=methods,
    params=st.none()
    | st.dictionaries(
        st.sampled_from(["_meta", "name", "uri"]),
        st.none() | st.integers() | st.lists(st.none()) | st.dictionaries(st.just(VERSION_KEY), st.none() | st.text()),
    ),
) | st.builds(Reply, id=st.just(1))


@given(messages_of_any_shape, header_values)
def test_no_message_makes_reconciling_raise(message, version):
    assert isinstance(reconcile(McpHeaders(version=version), message), Story | Deny)
    assert isinstance(era_of(message), Story | Deny)
