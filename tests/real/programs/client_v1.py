"""The client of the v1 line of the Python SDK: it speaks the legacy eras only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from play import JSON, Heard, innermost, play, sampled
from pydantic import AnyUrl


def plain(value: Any) -> Any:
    return value.model_dump(by_alias=True, mode="json", exclude_none=True)


class Party:
    def __init__(self, session: ClientSession, heard: Heard, greeting: types.InitializeResult) -> None:
        self.session = session
        self.heard = heard
        self._greeting = greeting

    async def hello(self) -> JSON:
        return {
            "version": self._greeting.protocolVersion,
            "server": self._greeting.serverInfo.name,
            "instructions": self._greeting.instructions,
            "capabilities": plain(self._greeting.capabilities),
        }

    async def ping(self) -> JSON:
        return plain(await self.session.send_ping())

    async def tools(self) -> list[JSON]:
        return [plain(tool) for tool in (await self.session.list_tools()).tools]

    async def call(self, tool: str, arguments: JSON, progress: Callable[..., Any] | None, level: str | None) -> JSON:
        return plain(await self.session.call_tool(tool, arguments, progress_callback=progress))

    async def resources(self) -> list[JSON]:
        return [plain(each) for each in (await self.session.list_resources()).resources]

    async def templates(self) -> list[JSON]:
        return [plain(each) for each in (await self.session.list_resource_templates()).resourceTemplates]

    async def read(self, uri: str) -> JSON:
        return plain(await self.session.read_resource(AnyUrl(uri)))

    async def subscribe(self, uri: str) -> JSON:
        return plain(await self.session.subscribe_resource(AnyUrl(uri)))

    async def unsubscribe(self, uri: str) -> JSON:
        return plain(await self.session.unsubscribe_resource(AnyUrl(uri)))

    async def listen(self) -> JSON:
        return {}

    async def prompts(self) -> list[JSON]:
        return [plain(each) for each in (await self.session.list_prompts()).prompts]

    async def prompt(self, name: str, arguments: JSON) -> JSON:
        return plain(await self.session.get_prompt(name, arguments))

    async def complete(self, ref: JSON, argument: JSON) -> JSON:
        known: Any = types.PromptReference if ref["type"] == "ref/prompt" else types.ResourceTemplateReference
        return plain(await self.session.complete(known.model_validate(ref), argument))

    async def level(self, level: Any) -> JSON:
        return plain(await self.session.set_logging_level(level))


@asynccontextmanager
async def connect(target: JSON) -> AsyncIterator[Party]:
    heard = Heard()

    async def on_log(params: Any) -> None:
        heard.add("notifications/message", plain(params))

    async def on_message(message: Any) -> None:
        if isinstance(message, types.ServerNotification) and message.root.method != "notifications/message":
            heard.add(message.root.method, plain(message.root).get("params"))

    async def on_sampling(context: Any, params: Any) -> types.CreateMessageResult:
        content = types.TextContent(type="text", text=sampled(params.messages[-1].content.text))
        return types.CreateMessageResult(role="assistant", content=content, model="lab", stopReason="endTurn")

    async def on_elicitation(context: Any, params: Any) -> types.ElicitResult:
        heard.add("elicitation/create", {"message": params.message})
        return types.ElicitResult(action="accept", content={"name": "Ada"})

    async def on_roots(context: Any) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri="file:///lab", name="lab")])  # type: ignore[arg-type]

    async with AsyncExitStack() as stack:
        if "url" in target:
            headers = {"Authorization": f"Bearer {target['token']}"} if target.get("token") else {}
            http = await stack.enter_async_context(httpx.AsyncClient(headers=headers, timeout=30))
            streams: Any = await stack.enter_async_context(streamable_http_client(target["url"], http_client=http))
        else:
            command, *args = target["command"]
            streams = await stack.enter_async_context(stdio_client(StdioServerParameters(command=command, args=args)))
        session = await stack.enter_async_context(
            ClientSession(
                streams[0],
                streams[1],
                client_info=types.Implementation(name="lab-client", version="1"),
                sampling_callback=on_sampling,
                elicitation_callback=on_elicitation,
                list_roots_callback=on_roots,
                logging_callback=on_log,
                message_handler=on_message,
            )
        )
        yield Party(session, heard, await session.initialize())


def blame(error: BaseException) -> JSON:
    error = innermost(error)
    if isinstance(error, McpError):
        return {"error": {"code": error.error.code, "message": error.error.message}}
    return {"raised": f"{type(error).__name__}: {error}"}


asyncio.run(play(connect, blame))
