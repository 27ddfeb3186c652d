import asyncio
import json

import pytest

from yett.auditor.live import lists
from yett.auditor.live.lists import read_lists
from yett.errors import UpstreamProtocolError

TOOL = {"name": "add", "description": "Adds.", "inputSchema": {"type": "object"}}
ABLE = {"tools": {}, "prompts": {}, "resources": {}}


def answering(**answers):
    def answer(method, params):
        if method == "server/discover":
            return {
                "capabilities": answers.get("capabilities", ABLE),
                "instructions": "Be kind.",
                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "toy"}},
            }
        found = answers.get(method.replace("/", "_"))
        return found(params) if callable(found) else found

    return answer


def test_everything_that_is_listed_is_one_document(fake):
    pages = {None: {"tools": [TOOL], "nextCursor": "2"}, "2": {"tools": [{**TOOL, "name": "b"}]}}
    server = fake(
        answering(
            tools_list=lambda params: pages[params.get("cursor")],
            prompts_list={"prompts": [{"name": "p"}]},
            resources_list={"resources": []},
            resources_templates_list=-32601,
        )
    )
    found = asyncio.run(read_lists(server))
    assert (found.name, found.era, found.version) == ("toy", "modern", "2026-07-28")
    assert json.loads(found.document) == {
        "instructions": "Be kind.",
        "tools": [TOOL, {**TOOL, "name": "b"}],
        "prompts": [{"name": "p"}],
        "resources": [],
    }
    assert found.sizes == (("tools", 2), ("prompts", 1), ("resources", 0))
    assert [key for key, _ in found.missing] == ["resourceTemplates"]


def test_what_a_server_does_not_offer_is_not_asked_for(fake):
    server = fake(answering(capabilities={}, tools_list={"tools": []}))
    assert asyncio.run(read_lists(server)).missing == ()
    assert [method for method, *_ in server.said] == ["server/discover", "tools/list"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (-32603, "error -32603"),
        ({"tools": 3}, "without a list"),
        ({"tools": [], "nextCursor": "same"}, "does not come to an end"),
        ({"tools": [], "nextCursor": 7}, "does not come to an end"),
        ({"tools": [TOOL] * 20_000}, "lists more than"),
        ({"tools": ["x" * 9_000_000]}, "lists more than"),
    ],
)
def test_a_server_without_a_usable_list_of_tools_is_an_error(fake, answer, says):
    with pytest.raises(UpstreamProtocolError, match=says):
        asyncio.run(read_lists(fake(answering(tools_list=answer))))


def test_a_server_that_always_has_another_page_is_left(fake):
    count = iter(range(1_000_000))
    server = fake(answering(tools_list=lambda _: {"tools": [], "nextCursor": str(next(count))}))
    with pytest.raises(UpstreamProtocolError, match="does not come to an end"):
        asyncio.run(read_lists(server))
    assert len(server.said) < 60


def test_a_server_that_never_answers_is_left_in_time(fake, monkeypatch):
    monkeypatch.setattr(lists, "SECONDS", 0.01)
    server = fake(answering())

    async def never():
        await asyncio.Event().wait()

    server.probe = never
    with pytest.raises(TimeoutError):
        asyncio.run(read_lists(server))


def test_names_that_are_no_text_stay_out(fake):
    for meta in ({}, {"io.modelcontextprotocol/serverInfo": {"name": 3}}, []):
        server = fake(
            lambda method, _, meta=meta: (
                {"capabilities": [], "_meta": meta} if method == "server/discover" else {"tools": [{"a": "\ud800"}]}
            )
        )
        assert asyncio.run(read_lists(server)).name == ""
