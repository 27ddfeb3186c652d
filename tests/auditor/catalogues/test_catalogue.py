import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.catalogues.catalogue import Approved, Catalogue, claims, parse, schema_of
from yett.auditor.subject import Skipped

TOOL = {
    "name": "add",
    "description": "Adds.",
    "inputSchema": {
        "type": "object",
        "properties": {"description": {"type": "string", "description": "A note", "enum": ["x"], "default": "y"}},
    },
}


@pytest.mark.parametrize(
    "content", [[TOOL], {"tools": [TOOL]}, {"jsonrpc": "2.0", "id": 1, "result": {"tools": [TOOL]}}]
)
def test_every_form_of_a_listing_is_read(content):
    text = json.dumps(content)
    assert claims("tools.json", text)
    (tool,) = parse("tools.json", text).tools
    assert (tool.name, schema_of(tool) is not None) == ("add", True)
    assert [scalar.value for scalar in tool.prose] == ["Adds.", "A note", "x", "y"]


def test_instructions_prompts_and_resources_are_listed_too():
    text = json.dumps(
        {
            "instructions": "Be kind.",
            "prompts": [{"name": "p", "description": "P"}],
            "resources": [{"uri": "a://b", "name": "r"}],
            "resourceTemplates": [{"uriTemplate": "a://{b}"}],
        }
    )
    listed = parse("tools.json", text).listed
    assert [(each.kind, each.name) for each in listed] == [
        ("instructions", "instructions"),
        ("prompt", "p"),
        ("resource", "a://b"),
        ("resource template", "a://{b}"),
    ]
    assert listed[0].prose[0].value == "Be kind."


def test_an_approved_copy_is_not_judged_as_a_catalogue():
    found = parse("tools.lock.json", json.dumps({"tools": [TOOL]}))
    assert isinstance(found, Approved)
    assert not isinstance(found, Catalogue)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=4) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["tools", "name", "inputSchema", "description", "properties", "result"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_content_is_read_or_skipped(value):
    found = parse("tools.json", json.dumps(value))
    assert isinstance(found, Catalogue | Skipped)
    if isinstance(found, Catalogue):
        for each in found.listed:
            assert each.prose is not None
            assert each.strings is not None
