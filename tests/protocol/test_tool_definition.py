from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.exchange import Mirrored, Tool
from yett.protocol.tool_definition import DEFINITION_BYTES, encoded, is_sound, name_of, read

ECHO = {"name": "echo", "inputSchema": {"type": "object"}}


def annotated(header: object) -> dict:
    return {**ECHO, "inputSchema": {"properties": {"a": {"type": "string", "x-mcp-header": header}}}}


def test_a_sound_definition_becomes_a_tool():
    definition = annotated("Region")
    mirrored = (Mirrored(header="Region", path=("a",), type="string"),)
    tool = read("demo", definition)
    assert isinstance(tool, Tool)
    assert tool == Tool(server="demo", name="echo", digest=tool.digest, definition=definition, mirrored=mirrored)
    assert len(tool.digest) == 64


def test_the_order_of_keys_makes_no_other_tool():
    assert encoded({"b": 1, "a": [2.0]}) == b'{"a":[2.0],"b":1}'
    turned = {key: ECHO[key] for key in reversed(ECHO)}
    assert read("demo", ECHO).digest == read("demo", turned).digest


@pytest.mark.parametrize(
    ("definition", "flaw"),
    [
        (None, "a tool's definition is no object"),
        ("echo", "a tool's definition is no object"),
        ({"inputSchema": {}}, "a tool's name is not 1 to 128 characters of A-Z a-z 0-9 _ . -: `None`"),
        ({**ECHO, "name": "a b"}, "a tool's name is not 1 to 128 characters of A-Z a-z 0-9 _ . -: `'a b'`"),
        ({"name": "echo"}, "tool `echo` has no `inputSchema` that is an object"),
        ({**ECHO, "inputSchema": True}, "tool `echo` has no `inputSchema` that is an object"),
        (
            {**ECHO, "description": "x" * DEFINITION_BYTES},
            f"tool `echo` has a definition of {DEFINITION_BYTES + 64} bytes, over {DEFINITION_BYTES}",
        ),
        (annotated(""), "tool `echo` has an `x-mcp-header` that cannot be used: not a header name"),
        (
            annotated("Cookie"),
            "tool `echo` has an `x-mcp-header` that cannot be used: `Cookie` belongs to a credential",
        ),
    ],
)
def test_a_flawed_definition_is_named(definition, flaw):
    assert read("demo", definition) == flaw
    assert not is_sound(definition)


@pytest.mark.parametrize(("definition", "name"), [(ECHO, "echo"), ({}, ""), ({"name": 5}, ""), (None, ""), ("x", "")])
def test_a_name_is_a_text_or_nothing(definition, name):
    assert name_of(definition) == name


@given(
    st.recursive(
        st.none() | st.text(max_size=3) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["name", "inputSchema", "properties", "x-mcp-header"]), inner, max_size=3)
        ),
    )
)
def test_whatever_a_server_says_is_a_tool_or_a_sentence(definition):
    found = read("demo", definition)
    assert isinstance(found, Tool) is is_sound(definition)
    assert isinstance(found, Tool) or (found.isascii() and found.isprintable())
