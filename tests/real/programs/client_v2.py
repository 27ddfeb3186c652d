"""The client of the Python SDK v2. Its one argument: `auto` (ask the server), `modern` (nothing else) or `legacy`."""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import mcp_types as types
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.subscriptions import event_to_notification
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from play import JSON, Heard, innermost, play, sampled

warnings.simplefilter("ignore")
MODE = {"auto": "auto", "modern": "2026-07-28", "legacy": "legacy"}[sys.argv[1]]
LEVEL_KEY = "io.modelcontextprotocol/logLevel"
LISTED = {"tools_list_changed": True, "prompts_list_changed": True, "resources_list_changed": True}


def plain(value: Any) -> Any:
    return value.model_dump(by_alias=True, mode="json", exclude_none=True)


class Party:
    def __init__(self, client: Client, heard: Heard, stack: AsyncExitStack) -> None:
        self.client = client
        self.heard = heard
        self.modern = client.protocol_version in MODERN_PROTOCOL_VERSIONS
        self._stack = stack
        self._listening: set[asyncio.Task[None]] = set()

    async def hello(self) -> JSON:
        info, capabilities = self.client.server_info, self.client.server_capabilities
        return {
            "version": self.client.protocol_version,
            "server": info.name if info else None,
            "instructions": self.client.instructions,
            "capabilities": plain(capabilities),
        }

    async def ping(self) -> JSON:
        return {} if self.modern else plain(await self.client.send_ping())

    async def tools(self) -> list[JSON]:
        return [plain(tool) for tool in (await self.client.list_tools(cache_mode="bypass")).tools]

    async def call(self, tool: str, arguments: JSON, progress: Callable[..., Any] | None, level: str | None) -> JSON:
        meta: Any = {LEVEL_KEY: level} if level and self.modern else None
        return plain(await self.client.call_tool(tool, arguments, progress_callback=progress, meta=meta))

    async def resources(self) -> list[JSON]:
        return [plain(each) for each in (await self.client.list_resources()).resources]

    async def templates(self) -> list[JSON]:
        return [plain(each) for each in (await self.client.list_resource_templates()).resource_templates]

    async def read(self, uri: str) -> JSON:
        return plain(await self.client.read_resource(uri))

    async def subscribe(self, uri: str) -> JSON:
        if self.modern:
            return await self._listen(resource_subscriptions=[uri])
        return plain(await self.client.subscribe_resource(uri))

    async def unsubscribe(self, uri: str) -> JSON:
        return {} if self.modern else plain(await self.client.unsubscribe_resource(uri))

    async def listen(self) -> JSON:
        return await self._listen(**LISTED) if self.modern else {}

    async def _listen(self, **wanted: Any) -> JSON:
        subscription = await self._stack.enter_async_context(self.client.listen(**wanted))

        async def hear() -> None:
            async for event in subscription:
                notification = event_to_notification(event, {})
                self.heard.add(notification.method, plain(notification).get("params"))

        self._listening.add(asyncio.ensure_future(hear()))
        return {"honored": plain(subscription.honored)}

    async def prompts(self) -> list[JSON]:
        return [plain(each) for each in (await self.client.list_prompts()).prompts]

    async def prompt(self, name: str, arguments: JSON) -> JSON:
        return plain(await self.client.get_prompt(name, arguments))

    async def complete(self, ref: JSON, argument: JSON) -> JSON:
        known: Any = types.PromptReference if ref["type"] == "ref/prompt" else types.ResourceTemplateReference
        return plain(await self.client.complete(known.model_validate(ref), argument))

    async def level(self, level: str) -> JSON:
        return {} if self.modern else plain(await self.client.set_logging_level(level))


@asynccontextmanager
async def connect(target: JSON) -> AsyncIterator[Party]:
    heard = Heard()
    listening: list[Party] = []

    async def on_log(params: Any) -> None:
        heard.add("notifications/message", plain(params))

    async def on_message(message: Any) -> None:
        if hasattr(message, "method") and message.method != "notifications/message" and not listening:
            heard.add(message.method, plain(message).get("params"))

    async def on_sampling(context: Any, params: Any) -> types.CreateMessageResult:
        text = params.messages[-1].content.text
        content = types.TextContent(text=sampled(text))
        return types.CreateMessageResult(role="assistant", content=content, model="lab", stop_reason="endTurn")

    async def on_elicitation(context: Any, params: Any) -> types.ElicitResult:
        heard.add("elicitation/create", {"message": params.message})
        return types.ElicitResult(action="accept", content={"name": "Ada"})

    async def on_roots(context: Any) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri="file:///lab", name="lab")])

    async with AsyncExitStack() as stack:
        if "url" in target:
            headers = {"Authorization": f"Bearer {target['token']}"} if target.get("token") else {}
            http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=30))
            server: Any = streamable_http_client(target["url"], http_client=http)
        else:
            command, *args = target["command"]
            server = StdioServerParameters(command=command, args=args)
        client = await stack.enter_async_context(
            Client(
                server,
                mode=MODE,
                client_info=types.Implementation(name="lab-client", version="1"),
                sampling_callback=on_sampling,
                elicitation_callback=on_elicitation,
                list_roots_callback=on_roots,
                logging_callback=on_log,
                message_handler=on_message,
            )
        )
        party = Party(client, heard, stack)
        if party.modern:  # there, subscriptions hear what the message handler would hear as well
            listening.append(party)
        yield party


def blame(error: BaseException) -> JSON:
    error = innermost(error)
    if isinstance(error, MCPError):
        return {"error": {"code": error.error.code, "message": error.error.message}}
    return {"raised": f"{type(error).__name__}: {error}"}


asyncio.run(play(connect, blame))
