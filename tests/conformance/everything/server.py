"""An MCP server with everything that the official conformance suite asks of one, written with the official SDK.

It speaks both eras over Streamable HTTP, on a free port of loopback; its first line on stdout is its address. It has no
security but the SDK's own check of Host and Origin.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import warnings
from itertools import count
from typing import Final

import calls
import contents
import mcp_types as types
import rounds
import uvicorn
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, PromptsListChanged, ToolsListChanged
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from mcp_types.methods import CACHEABLE_METHODS

NAME: Final = "yett-everything"
RETRY_MS: Final = 100
"""How long a client waits before it resumes a stream."""

BUS: Final = InMemorySubscriptionBus()


async def change_tools(_: ServerRequestContext, __: types.CallToolRequestParams) -> contents.Result:
    await BUS.publish(ToolsListChanged())
    return contents.said("Said that the tools have changed.")


async def change_prompts(_: ServerRequestContext, __: types.CallToolRequestParams) -> contents.Result:
    await BUS.publish(PromptsListChanged())
    return contents.said("Said that the prompts have changed.")


TOOLS: Final = {
    **calls.TOOLS,
    **rounds.TOOLS,
    "test_trigger_tool_change": change_tools,
    "test_trigger_prompt_change": change_prompts,
}
LISTED: Final = [
    types.Tool(
        name=name,
        description=(tool.__doc__ or name.replace("_", " ")).partition("\n")[0],
        input_schema=calls.SCHEMAS.get(name, calls.NOTHING),
    )
    for name, tool in TOOLS.items()
]


class Events(EventStore):
    """Everything that was sent on streams that can be resumed. A run is short: nothing is ever forgotten."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._events: list[tuple[str, str, types.JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: types.JSONRPCMessage | None) -> str:
        event_id = f"event-{next(self._numbers)}"
        self._events.append((event_id, stream_id, message))
        return event_id

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        places = [place for place, event in enumerate(self._events) if event[0] == last_event_id]
        if not places:
            return None
        stream = self._events[places[0]][1]
        for event_id, stream_id, message in self._events[places[0] + 1 :]:
            if stream_id == stream and message is not None:
                await send_callback(EventMessage(message, event_id))
        return stream


async def list_tools(_: ServerRequestContext, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=LISTED)


async def call_tool(ctx: ServerRequestContext, params: types.CallToolRequestParams) -> contents.Result:
    tool = TOOLS.get(params.name)
    if tool is None:
        raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
    return await tool(ctx, params)


async def list_resources(_: ServerRequestContext, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    return types.ListResourcesResult(resources=[*contents.RESOURCES])


async def list_templates(
    _: ServerRequestContext, __: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    return types.ListResourceTemplatesResult(resource_templates=[contents.TEMPLATE])


async def read_resource(_: ServerRequestContext, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    return types.ReadResourceResult(contents=[contents.read(str(params.uri))])


async def subscribe(_: ServerRequestContext, __: types.SubscribeRequestParams) -> types.EmptyResult:
    return types.EmptyResult()


async def unsubscribe(_: ServerRequestContext, __: types.UnsubscribeRequestParams) -> types.EmptyResult:
    return types.EmptyResult()


async def list_prompts(_: ServerRequestContext, __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    return types.ListPromptsResult(prompts=[*contents.PROMPTS])


async def get_prompt(
    _: ServerRequestContext, params: types.GetPromptRequestParams
) -> types.GetPromptResult | types.InputRequiredResult:
    if params.name == "test_input_required_result_prompt":
        return rounds.prompt(params)
    return contents.prompt(params.name, params.arguments or {})


async def complete(_: ServerRequestContext, params: types.CompleteRequestParams) -> types.CompleteResult:
    known = ["paris", "park", "party", "test"]
    values = [word for word in known if word.startswith(params.argument.value)]
    return types.CompleteResult(completion=types.Completion(values=values, total=len(values), has_more=False))


async def set_level(_: ServerRequestContext, __: types.SetLevelRequestParams) -> types.EmptyResult:
    return types.EmptyResult()


def build() -> Server:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)  # what is deprecated is still in the suite
        server: Server = Server(
            NAME,
            version="1.0.0",
            instructions="A server for the conformance suite.",
            # Shared caches are allowed everything here: an intermediary that filters must not pass that on.
            cache_hints={method: CacheHint(ttl_ms=60_000, scope="public") for method in CACHEABLE_METHODS},
            on_list_tools=list_tools,
            on_call_tool=call_tool,
            on_list_resources=list_resources,
            on_list_resource_templates=list_templates,
            on_read_resource=read_resource,
            on_subscribe_resource=subscribe,
            on_unsubscribe_resource=unsubscribe,
            on_subscriptions_listen=ListenHandler(BUS),
            on_list_prompts=list_prompts,
            on_get_prompt=get_prompt,
            on_completion=complete,
            on_set_logging_level=set_level,
        )
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=NAME))
    return server


async def main() -> None:
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp\n")
        sys.stdout.flush()
        app = build().streamable_http_app(event_store=Events(), retry_interval=RETRY_MS)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(main())
