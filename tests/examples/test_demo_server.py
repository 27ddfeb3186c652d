from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CreateMessageResult, ElicitResult, PromptReference, TextContent

import demo_server

SCRIPT = Path(demo_server.__file__)
MODES = ["legacy", "2026-07-28"]
TOOLS = ["echo", "get_time", "get_report", "leak_config", "slow_count", "add_note", "delete_all", "ask", "summarize"]


async def say_ada(context, params) -> ElicitResult:
    return ElicitResult(action="accept", content={"name": "ada"})


async def decline(context, params) -> ElicitResult:
    return ElicitResult(action="decline")


async def sample(context, params) -> CreateMessageResult:
    return CreateMessageResult(role="assistant", content=TextContent(text="in short"), model="toy")


async def text(client: Client, tool: str, arguments: dict | None = None) -> str:
    result = await client.call_tool(tool, arguments or {})
    assert not result.is_error
    return result.content[0].text


@pytest.mark.parametrize("mode", MODES)
def test_the_server_offers_its_tools_resources_and_prompts_in_both_eras(mode) -> None:
    async def scenario() -> None:
        async with Client(demo_server.build(), mode=mode) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            assert [r.name for r in (await client.list_resources()).resources] == ["welcome"]
            templates = (await client.list_resource_templates()).resource_templates
            assert [t.uri_template for t in templates] == ["note://by-title/{title}"]
            assert [p.name for p in (await client.list_prompts()).prompts] == ["report"]
            assert (await client.read_resource("note://welcome")).contents[0].text == "Nothing here is precious."
            prompt = await client.get_prompt("report", {"region": "eu-north"})
            assert prompt.messages[0].content.text == "Write a short report on the notes of eu-north."
            completed = await client.complete(PromptReference(name="report"), {"name": "region", "value": "eu"})
            assert completed.completion.values == ["eu-north", "eu-south"]

    asyncio.run(scenario())


def test_notes_are_kept_counted_and_deleted() -> None:
    async def scenario() -> None:
        async with Client(demo_server.build()) as client:
            assert await text(client, "add_note", {"title": "milk", "text": "two"}) == "kept `milk`; 2 in all"
            assert (await client.read_resource("note://by-title/milk")).contents[0].text == "two"
            report = await client.call_tool("get_report", {"region": "eu-north"})
            assert report.structured_content == {"region": "eu-north", "notes": 2}
            assert await text(client, "delete_all") == "deleted 2 notes"

    asyncio.run(scenario())


@pytest.mark.parametrize("mode", MODES)
def test_progress_elicitation_and_sampling_reach_the_client(mode) -> None:
    seen: list[float] = []

    async def progress(done, total, message) -> None:
        seen.append(done)

    async def scenario() -> None:
        server = demo_server.build()
        async with Client(server, mode=mode, elicitation_callback=say_ada, sampling_callback=sample) as client:
            await client.call_tool("slow_count", {"to": 2, "pause": 0}, progress_callback=progress)
            assert await text(client, "ask") == "hello, ada"
            assert await text(client, "summarize", {"text": "long"}) == "in short"
        async with Client(server, mode=mode, elicitation_callback=decline) as client:
            assert await text(client, "ask") == "then not"

    asyncio.run(scenario())
    assert seen == [1, 2]


def test_leaked_credentials_are_made_up_anew_and_of_the_right_form() -> None:
    async def scenario() -> dict:
        async with Client(demo_server.build()) as client:
            return (await client.call_tool("leak_config", {})).structured_content

    first, second = asyncio.run(scenario()), asyncio.run(scenario())
    assert first["aws_access_key_id"].startswith("AK" + "IA")
    assert len(first["aws_access_key_id"]) == 20
    assert first["github_token"].startswith("ghp" + "_")
    assert len(first["github_token"]) == 40
    assert first["aws_access_key_id"] != second["aws_access_key_id"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, str(SCRIPT), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.mark.real
@pytest.mark.parametrize("mode", MODES)
def test_it_serves_both_eras_over_http(address: str, mode) -> None:
    async def scenario() -> None:
        async with Client(address, mode=mode, elicitation_callback=say_ada) as client:
            assert await text(client, "echo", {"text": "hi"}) == "hi"
            assert await text(client, "ask") == "hello, ada"

    asyncio.run(scenario())


@pytest.mark.real
@pytest.mark.parametrize("mode", MODES)
def test_it_serves_both_eras_over_stdio(mode) -> None:
    async def scenario() -> None:
        command = StdioServerParameters(command=sys.executable, args=[str(SCRIPT), "--stdio"])
        async with Client(command, mode=mode) as client:
            assert await text(client, "echo", {"text": "hi"}) == "hi"

    asyncio.run(scenario())


def test_a_taken_port_is_an_error_that_names_it(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["demo_server.py", "--port", str(port)])
        with pytest.raises(SystemExit):
            demo_server.main()
    said = capsys.readouterr().err
    assert said.startswith("error: Address already in use")
    assert str(port) in said
