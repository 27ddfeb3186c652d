from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yett.protocol import jsonrpc, usual_call
from yett.protocol.jsonrpc import Bounds, Parsed

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
PARAMS = {"name": "echo", "arguments": {"text": "hi", "list": [1, {"a": None}]}, "_meta": META}


def written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def ordered(value: dict[str, Any], names: str) -> dict[str, Any]:
    return {name: value[name] for name in names.split()}


USUAL = written(CALL | {"params": PARAMS})
ORDERS = [
    written(ordered(CALL | {"params": ordered(PARAMS, params)}, envelope))
    for envelope in ("jsonrpc id method params", "method params jsonrpc id")
    for params in ("name arguments _meta", "_meta name arguments")
]


@pytest.mark.parametrize("body", ORDERS)
def test_the_usual_ways_to_write_a_call_are_read_as_parse_reads_them(body: bytes) -> None:
    found = usual_call.read(body)
    assert found is not None
    assert Parsed(message=found.request, encoded=body) == jsonrpc.parse(body)
    assert list(found.request.params or {}) == list(json.loads(body)["params"])


def test_calls_are_alike_that_differ_in_id_and_arguments_alone() -> None:
    one = usual_call.read(USUAL)
    two = usual_call.read(written(CALL | {"id": "x", "params": PARAMS | {"arguments": {}}}))
    other_tool = usual_call.read(written(CALL | {"params": PARAMS | {"name": "get"}}))
    other_meta = usual_call.read(written(CALL | {"params": PARAMS | {"_meta": META | {"progressToken": 7}}}))
    assert one is not None
    assert two is not None
    assert one.likeness is two.likeness
    assert other_tool is not None
    assert other_meta is not None
    assert len({one.likeness, other_tool.likeness, other_meta.likeness}) == 3


LEFT_TO_PARSE = {
    "white space": USUAL.replace(b":", b": ", 1),
    "id twice": USUAL.replace(b'"id":1', b'"id":1,"id":2'),
    "arguments twice": USUAL.replace(b'"_meta"', b'"arguments":{},"_meta"'),
    "name twice": USUAL.replace(b'"name":"echo"', b'"name":"other","name":"echo"'),
    "key twice in arguments": USUAL.replace(b'"text":"hi"', b'"text":"ho","text":"hi"'),
    "key twice in _meta": USUAL.replace(b'"_meta":{', b'"_meta":{"a":1,"a":2,'),
    "keys alike in arguments": USUAL.replace(b'"text":"hi"', b'"text":"hi","Text":"ho"'),
    "keys alike in _meta": USUAL.replace(b'"_meta":{', b'"_meta":{"a":1,"A":2,'),
    "white space in _meta": USUAL.replace(b'"_meta":{', b'"_meta":{ '),
    "escaped key": USUAL.replace(b'"name"', b'"nam\\u0065"'),
    "escaped NUL": USUAL.replace(b'"hi"', b'"\\u0000"'),
    "unknown member": USUAL.replace(b'"id":1', b'"id":1,"extra":2'),
    "unknown parameter": USUAL.replace(b'"name"', b'"task":{},"name"'),
    "another method": USUAL.replace(b"tools/call", b"tools/list"),
    "another version": USUAL.replace(b'"2.0"', b'"2.1"'),
    "no id": USUAL.replace(b'"id":1,', b""),
    "fraction as id": USUAL.replace(b'"id":1', b'"id":1.0'),
    "exponent as id": USUAL.replace(b'"id":1', b'"id":1e2'),
    "id too large": USUAL.replace(b'"id":1', b'"id":9007199254740992'),
    "id too long": USUAL.replace(b'"id":1', b'"id":"' + b"x" * 257 + b'"'),
    "inexact number": USUAL.replace(b"[1,", b"[9007199254740992,"),
    "arguments no object": written(CALL | {"params": PARAMS | {"arguments": []}}),
    "_meta no object": written(CALL | {"params": PARAMS | {"_meta": []}}),
    "many brackets": USUAL.replace(b'"hi"', b"[" * 40 + b"]" * 40),
    "not UTF-8 in _meta": USUAL.replace(b'"_meta":{', b'"_meta":{"a":"\xff",'),
    "cut off": USUAL[:-1],
    "more behind": USUAL + b"{}",
    "a batch": b"[" + USUAL + b"]",
}


@pytest.mark.parametrize("body", LEFT_TO_PARSE.values(), ids=LEFT_TO_PARSE.keys())
def test_whatever_is_not_usual_is_left_to_parse(body: bytes) -> None:
    assert body != USUAL
    assert usual_call.read(body) is None


@pytest.mark.parametrize("bounds", [Bounds(bytes=100), Bounds(depth=8), Bounds(nodes=5), Bounds(key=8)])
def test_tighter_bounds_are_left_to_parse(bounds: Bounds) -> None:
    assert usual_call.read(USUAL, bounds) is None


def test_what_is_remembered_is_bounded() -> None:
    for number in range(3_000):
        assert usual_call.read(written(CALL | {"params": PARAMS | {"name": f"tool-{number}"}})) is not None
    assert len(usual_call._KNOWN) <= 1_024


keys = st.sampled_from(["a", "A", "b", "\u017f", "s", "__proto__", ""]) | st.text(max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-(2**54), 2**54) | st.floats() | st.text(max_size=4)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(keys, values, max_size=4)
ids = st.integers() | st.integers(-3, 3) | st.text(max_size=4) | st.none() | st.floats()


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Calls that are nearly usual: some of their bytes are doubled, dropped or swapped."""
    params = {"name": draw(st.text(max_size=4)), "arguments": draw(objects), "_meta": draw(st.just(META) | objects)}
    call = CALL | {"id": draw(ids), "params": {key: params[key] for key in draw(st.permutations(list(params)))}}
    call = {key: call[key] for key in draw(st.permutations(list(call)))}
    ascii_only, separators = draw(st.booleans()), draw(st.sampled_from([(",", ":"), (",", ":"), (", ", ": ")]))
    body = json.dumps(call, ensure_ascii=ascii_only, separators=separators).encode("utf-8", "surrogatepass")
    at, length = draw(st.integers(0, len(body))), draw(st.sampled_from([0, 0, 0, 1, 8]))
    return body[:at] + body[at : at + length] * draw(st.sampled_from([0, 2])) + body[at + length :]


@given(bodies() | st.sampled_from(list(LEFT_TO_PARSE.values())))
@example(USUAL)
def test_what_is_read_is_what_parse_would_have_read(body: bytes) -> None:
    found = usual_call.read(body)
    if found is not None:
        parsed = jsonrpc.parse(body)
        assert isinstance(parsed, Parsed)
        assert parsed == Parsed(message=found.request, encoded=body)
        assert repr(parsed.message) == repr(found.request)  # True is 1, and 1.0 is 1: their texts differ
