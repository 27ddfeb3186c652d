from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared import inbound as sdk

from yett.core.exchange import Mirrored, Tool
from yett.core.message import JsonObject, Message, Notification, Request
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.protocol.mirror import (
    ANNOTATION_WRONG,
    ANNOTATIONS,
    PARAM_MISMATCH,
    check,
    decode_value,
    derived,
    encode_value,
    mirrored,
)


def tool(**properties: JsonObject) -> Tool:
    definition = {"name": "sql", "inputSchema": {"type": "object", "properties": properties}}
    found = mirrored(definition)
    assert not isinstance(found, Deny)
    return Tool(server="demo", name="sql", digest="", definition=definition, mirrored=found)


def call(**arguments: object) -> Message:
    return Request(id=1, method="tools/call", params={"name": "sql", "arguments": arguments})


REGION: JsonObject = {"type": "string", "x-mcp-header": "Region"}
ROWS: JsonObject = {"type": "integer", "x-mcp-header": "Max-Rows"}
DRY: JsonObject = {"type": "boolean", "x-mcp-header": "Dry"}

# The encoding of values


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("us-west1", "us-west1"),
        ("", ""),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ("tab\there", "=?base64?dGFiCWhlcmU=?="),
        ("=?base64?", "=?base64?"),
        ("=?base64?=", "=?base64?="),
    ],
)
def test_the_examples_of_the_specification_and_the_edges_around_them(value, header):
    assert encode_value(value) == header
    assert decode_value(header) == value


@pytest.mark.parametrize(
    "header",
    [
        "=?base64?SGVsbG8?=",
        "=?base64?SGVs!!!bG8=?=",
        "=?base64?SGVs bG8=?=",
        "=?base64?SGVsbG8=\n?=",
        "=?base64?SGVsbG8==?=",
        "=?base64?SGVsbG8=SGVsbG8=?=",
        "=?base64?eHJ=?=",
        "=?base64?_-8=?=",
        "=?base64?/w==?=",
        "=?base64?7aCA?=",
        "=?base64?é?=",
    ],
)
def test_base64_that_an_encoder_would_not_write_is_no_value(header):
    assert decode_value(header) is None


@pytest.mark.parametrize("header", ["=?BASE64?SGVsbG8=?=", "=?base64?SGVsbG8=", "SGVsbG8=?=", "=?base64:SGVsbG8=?="])
def test_what_lacks_the_exact_markers_is_literal(header):
    assert decode_value(header) == header


def test_a_sentinel_is_decoded_once():
    assert decode_value("=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=") == "=?base64?literal?="


@given(st.text())
def test_every_value_survives_as_a_header(value):
    header = encode_value(value)
    assert header.isascii()
    assert header.isprintable()
    assert header == header.strip()
    assert decode_value(header) == value


printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)


@given(st.text(max_size=20) | st.builds("=?base64?{}?=".format, printable))
def test_the_official_sdk_writes_the_same(value):
    assert encode_value(value) == sdk.encode_header_value(value)


@given(printable | st.builds("=?base64?{}?=".format, printable))
def test_the_official_sdk_reads_the_same(value):
    assert decode_value(value) == sdk.decode_header_value(value)


# Annotations


def test_annotations_are_found_along_properties():
    nested: JsonObject = {"type": "object", "properties": {"deep": {"type": "integer", "x-mcp-header": "Deep"}}}
    assert tool(region=REGION, options=nested, plain={"type": "string"}).mirrored == (
        Mirrored(header="Deep", path=("options", "deep"), type="integer"),
        Mirrored(header="Region", path=("region",), type="string"),
    )


@pytest.mark.parametrize("schema", [None, 1, [], {}, {"properties": []}, {"properties": {"a": True}}])
def test_a_tool_without_annotations_has_none(schema):
    assert mirrored({"name": "a", "inputSchema": schema}) == ()
    assert mirrored({"name": "a"}) == ()


def test_annotations_in_data_are_data():
    assert mirrored({"inputSchema": {"default": REGION, "examples": [REGION], "enum": [REGION], "const": REGION}}) == ()


def prop(header: object, kind: object = "string") -> JsonObject:
    return {"properties": {"a": {"type": kind, "x-mcp-header": header}}}


BAD_SCHEMAS = [
    prop(""),
    prop("a b"),
    prop("a\r\nX-Evil: 1"),
    prop("a:b"),
    prop("é"),
    prop(1),
    prop(None),
    prop("x" * 65),
    prop("Authorization"),
    prop("set-COOKIE"),
    prop("X", "number"),
    prop("X", "object"),
    prop("X", ["string", "null"]),
    prop("X", None),
    {"x-mcp-header": "Root", "type": "string"},
    {"properties": {"a": REGION, "b": {"type": "string", "x-mcp-header": "REGION"}}},
    {"properties": {"a": {"type": "array", "items": REGION}}},
    {"properties": {"a": {"type": "array", "prefixItems": [REGION]}}},
    {"allOf": [{"properties": {"a": REGION}}]},
    {"if": {"properties": {"a": REGION}}},
    {"$defs": {"r": REGION}, "properties": {"a": {"$ref": "#/$defs/r"}}},
    {"patternProperties": {".": REGION}},
    {"additionalProperties": REGION},
    {"properties": {f"p{n}": {"type": "string", "x-mcp-header": f"H{n}"} for n in range(ANNOTATIONS + 1)}},
]


@pytest.mark.parametrize("schema", BAD_SCHEMAS)
def test_one_wrong_annotation_makes_the_definition_unusable(schema):
    deny = mirrored({"name": "a", "inputSchema": schema})
    assert isinstance(deny, Deny)
    assert deny.reason is ANNOTATION_WRONG
    assert deny.reason.kind is Kind.UPSTREAM_BROKEN


@pytest.mark.parametrize("schema", [*BAD_SCHEMAS, {"properties": {"a": REGION, "b": ROWS, "c": DRY}}])
def test_we_are_never_laxer_than_the_official_sdk(schema):
    if sdk.find_invalid_x_mcp_header(schema) is not None:
        assert isinstance(mirrored({"inputSchema": schema}), Deny)


def test_a_deep_schema_is_no_burden():
    schema: JsonObject = {}
    for _ in range(20_000):
        schema = {"not": schema}
    assert mirrored({"inputSchema": schema}) == ()


# Agreement

SQL = tool(region=REGION, rows=ROWS, dry=DRY)


@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({}, {}),
        ({"region": None}, {}),
        ({"region": "eu"}, {"region": "eu"}),
        ({"region": ""}, {"region": ""}),
        ({"region": "eu-wést"}, {"region": "=?base64?ZXUtd8Opc3Q=?="}),
        ({"region": "eu"}, {"region": "=?base64?ZXU=?="}),
        ({"rows": 42}, {"max-rows": "42"}),
        ({"rows": 42}, {"max-rows": "42.0"}),
        ({"rows": 42.0}, {"max-rows": "42"}),
        ({"rows": -7}, {"max-rows": "-7"}),
        ({"rows": 0}, {"max-rows": "0"}),
        ({"rows": 2**53 - 1}, {"max-rows": "9007199254740991"}),
        ({"dry": True}, {"dry": "true"}),
        ({"dry": False}, {"dry": "false"}),
        ({"region": "eu"}, {"region": "eu", "unknown": "x"}),
        ({"rows": [1]}, {}),
    ],
)
def test_headers_that_agree_with_the_arguments_pass(arguments, headers):
    assert check(list(headers.items()), call(**arguments), SQL) is None


@pytest.mark.parametrize(
    ("arguments", "headers", "detail"),
    [
        ({"region": "eu"}, {}, "Region: missing"),
        ({"region": "eu"}, {"region": "us"}, "Region: different"),
        ({"region": "eu"}, {"region": "EU"}, "Region: different"),
        ({"region": "eu"}, {"region": ""}, "Region: different"),
        ({"region": "eu"}, {"region": "=?base64?ZXV=?="}, "Region: different"),
        ({"region": "=?base64?ZXU=?="}, {"region": "=?base64?ZXU=?="}, "Region: different"),
        ({}, {"region": "eu"}, "Region: without argument"),
        ({"region": None}, {"region": "null"}, "Region: without argument"),
        ({"rows": 42}, {"max-rows": "42.5"}, "Max-Rows: different"),
        ({"rows": 42}, {"max-rows": "042"}, "Max-Rows: different"),
        ({"rows": 42}, {"max-rows": "4.2e1"}, "Max-Rows: different"),
        ({"rows": 42}, {"max-rows": "+42"}, "Max-Rows: different"),
        ({"rows": 42}, {"max-rows": "٤٢"}, "Max-Rows: different"),
        ({"rows": 42}, {"max-rows": "9" * 10_000}, "Max-Rows: different"),
        ({"rows": 2**53 - 1}, {"max-rows": "9007199254740992"}, "Max-Rows: different"),
        ({"rows": 42.5}, {"max-rows": "42.5"}, "Max-Rows: different"),
        ({"rows": [1]}, {"max-rows": "1"}, "Max-Rows: different"),
        ({"rows": True}, {"max-rows": "1"}, "Max-Rows: different"),
        ({"dry": True}, {"dry": "True"}, "Dry: different"),
        ({"dry": 1}, {"dry": "true"}, "Dry: different"),
    ],
)
def test_headers_that_differ_from_the_arguments_are_refused(arguments, headers, detail):
    assert check(list(headers.items()), call(**arguments), SQL) == Deny(reason=PARAM_MISMATCH, detail=detail)


def test_only_calls_of_known_tools_are_compared():
    given_headers = [("region", "eu")]
    assert check(given_headers, call(), None) is None
    assert check(given_headers, Request(id=1, method="tools/list"), SQL) is None
    assert check(given_headers, Notification(method="tools/call"), SQL) is None


def test_arguments_of_the_wrong_shape_have_no_values():
    for arguments in (None, [], "x"):
        message = Request(id=1, method="tools/call", params={"name": "sql", "arguments": arguments})
        assert check([("region", "eu")], message, SQL) == Deny(reason=PARAM_MISMATCH, detail="Region: without argument")
        assert list(derived(message, SQL)) == []
    deep = tool(o={"properties": {"x": ROWS}})
    assert check([], call(o=5), deep) is None


def test_headers_are_derived_from_the_arguments():
    assert dict(derived(call(region="eu-wést", rows=42.0, dry=False, other=1), SQL)) == {
        b"mcp-param-region": b"=?base64?ZXUtd8Opc3Q=?=",
        b"mcp-param-max-rows": b"42",
        b"mcp-param-dry": b"false",
    }
    assert list(derived(call(region=None, rows=1.5, dry=[]), SQL)) == []
    assert list(derived(call(region="eu"), None)) == []


arguments_of_any_kind = st.fixed_dictionaries(
    {},
    optional={
        "region": st.none() | st.text(max_size=8) | st.integers() | st.booleans(),
        "rows": st.none() | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans(),
        "dry": st.none() | st.booleans() | st.text(max_size=3),
    },
)


@given(arguments_of_any_kind)
def test_what_is_derived_agrees_with_what_it_was_derived_from(arguments):
    headers = [
        (name.decode().removeprefix("mcp-param-"), value.decode()) for name, value in derived(call(**arguments), SQL)
    ]
    assert check(headers, call(**arguments), SQL) is None


@given(arguments_of_any_kind)
def test_the_official_sdk_accepts_what_is_derived(arguments):
    schema = SQL.definition["inputSchema"]
    if any(isinstance(value, int) and abs(value) > 2**53 - 1 for value in arguments.values()):
        return  # such a call is not read in the first place
    headers = {name.decode(): value.decode() for name, value in derived(call(**arguments), SQL)}
    assert sdk.validate_mcp_param_headers(schema, arguments, headers) is None
