"""A client of the official SDK that does what each client scenario of the suite waits for.

The harness starts it as a command, with the address of its mock server as the last argument and the scenario's name in
the environment. With `--through` it starts a gateway before that mock and speaks to the gateway instead.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx2
import mcp_types as types
import processes
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from pydantic import ValidationError

warnings.simplefilter("ignore")  # what is deprecated is still in the suite

SCENARIO: Final = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
VERSION: Final = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25")
CONTEXT: Final = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
MODERN: Final = VERSION == "2026-07-28"


async def elicited(_: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
    """Accept with the defaults of the form (SEP-1034), `True` where a yes is wanted."""
    schema = params.requested_schema if isinstance(params, types.ElicitRequestFormParams) else {}
    fields = schema.get("properties", {})
    content = {name: field.get("default", True) for name, field in fields.items()}
    return types.ElicitResult(action="accept", content=content)


async def sampled(_: Any, __: types.CreateMessageRequestParams) -> types.CreateMessageResult:
    content = types.TextContent(text="A word.")
    return types.CreateMessageResult(role="assistant", content=content, model="none", stop_reason="endTurn")


async def roots(_: Any) -> types.ListRootsResult:
    return types.ListRootsResult(roots=[types.Root(uri="file:///home/ada", name="ada")])


@asynccontextmanager
async def connected(url: str, token: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(
            streamable_http_client(url, http_client=http),
            mode="auto" if MODERN else "legacy",
            client_info=types.Implementation(name="yett-conformance", version="1.0.0"),
            elicitation_callback=elicited,
            sampling_callback=sampled,
            list_roots_callback=roots,
        ) as client,
    ):
        yield client


# What each scenario waits for.


async def look(client: Client) -> None:
    await client.list_tools()


async def add(client: Client) -> None:
    await client.list_tools()
    await client.call_tool("add_numbers", {"a": 5, "b": 3})


async def call_all(client: Client) -> None:
    """Call whatever is listed, one after the other."""
    for tool in (await client.list_tools()).tools:
        properties = tool.input_schema.get("properties", {})
        wanted = {name: properties[name].get("type") for name in tool.input_schema.get("required", [])}
        samples = {"integer": 1, "number": 1.5, "boolean": True, "object": {}, "array": [], "null": None}
        await client.call_tool(tool.name, {name: samples.get(kind, "text") for name, kind in wanted.items()})


async def call_all_in_rounds(client: Client) -> None:
    """The same; but this SDK does not take a result without `resultType`, as one tool there gives it."""
    with suppress(ValidationError):
        await call_all(client)


async def reach_everything(client: Client) -> None:
    """Use each method whose header is looked at."""
    await call_all(client)
    for resource in (await client.list_resources()).resources:
        await client.read_resource(str(resource.uri))
    for prompt in (await client.list_prompts()).prompts:
        await client.get_prompt(prompt.name, {})


async def call_given(client: Client) -> None:
    """Make the calls that the scenario names. An argument that is null is left out: no schema there allows null."""
    await client.list_tools()
    for call in CONTEXT.get("toolCalls", []):
        arguments = {name: value for name, value in call["arguments"].items() if value is not None}
        await client.call_tool(call["name"], arguments)


async def echo_schema(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    await client.call_tool("json_schema_echo", {"schema": tools["json_schema_2020_12_tool"].input_schema})


SCENARIOS: Final[dict[str, Callable[[Client], Awaitable[None]]]] = {
    "initialize": look,
    "tools_call": add,
    "elicitation-sep1034-client-defaults": call_all,
    "sse-retry": call_all,
    "request-metadata": look,
    "sep-2322-client-request-state": call_all_in_rounds,
    "http-standard-headers": reach_everything,
    "http-custom-headers": call_given,
    "http-invalid-tool-headers": call_all,
    "json-schema-ref-no-deref": look,
    "json-schema-2020-12-preservation": echo_schema,
}


async def main() -> None:
    url, token = sys.argv[-1], ""
    with ExitStack() as stack:
        if "--through" in sys.argv[1:-1]:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yett-conformance-")))
            started = stack.enter_context(processes.gateway(folder, url))
            url, token = started.url, started.token
        async with connected(url, token) as client:
            await SCENARIOS[SCENARIO](client)


if __name__ == "__main__":
    asyncio.run(main())
