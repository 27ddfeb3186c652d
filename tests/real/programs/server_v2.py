"""The laboratory server, with the Python SDK v2: both eras, over Streamable HTTP or stdio."""

from __future__ import annotations

import asyncio
import warnings
from typing import Annotated, Any

import mcp_types as types
from lab import PAUSE, PIXEL, REGIONS, RETRY_MS, Memory, Story, options, remember_by_session, serve
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import Elicit, Resolve, Sample
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, Field

warnings.simplefilter("ignore")  # logging and roots are deprecated, and still in use
Ctx = Context[Any, Any]
Region = Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]


class Name(BaseModel):
    name: str


def who() -> Elicit[Name]:
    return Elicit("Who is asking?", Name)


def summary(text: str) -> Sample:
    content = types.TextContent(text=f"Summarize: {text}")
    return Sample([types.SamplingMessage(role="user", content=content)], max_tokens=50)


def is_modern(ctx: Ctx) -> bool:
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS


def build() -> MCPServer[Any]:
    server: MCPServer[Any] = MCPServer("lab", version="2.0.0", instructions="A laboratory.", log_level="ERROR")
    add_plain(server)
    add_slow(server)
    add_asking(server)
    add_changing(server)
    add_resources_and_prompts(server)
    return server


def add_plain(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    def echo(text: str) -> str:
        """Say the same thing back."""
        return text

    @server.tool(structured_output=False)
    def fail(text: str) -> str:
        """Fail, and say why."""
        raise ToolError(text)

    @server.tool(structured_output=False)
    def forbidden() -> str:
        """What the policy denies."""
        return "this must never be read"

    @server.tool(structured_output=False)
    def large(size: int) -> str:
        """A text of `size` characters."""
        return "0123456789" * (size // 10)

    @server.tool()
    def shape(region: Region, sides: int = 4) -> dict[str, Any]:
        """Structured content, and a parameter that travels as a header too."""
        return {"region": region, "sides": sides, "nested": {"list": [1, 2.5, None, True, "ü"]}}

    @server.tool(structured_output=False)
    def media() -> list[Any]:
        """Every kind of content."""
        return [
            Image(data=PIXEL, format="png"),
            types.AudioContent(data="UklGRg==", mime_type="audio/wav"),
            types.ResourceLink(uri="lab://text", name="text"),
            types.EmbeddedResource(resource=types.TextResourceContents(uri="lab://inner", text="inside")),
        ]


def add_slow(server: MCPServer[Any]) -> None:
    story = Story()

    @server.tool(structured_output=False)
    async def count(ctx: Ctx, to: int, pause: float = 0.02) -> str:
        """Count, reporting progress."""
        for number in range(1, to + 1):
            await asyncio.sleep(pause)
            await ctx.report_progress(number, to, f"counted to {number}")
        await asyncio.sleep(PAUSE)
        return f"counted to {to}"

    @server.tool(structured_output=False)
    async def slow(ctx: Ctx, name: str, seconds: float) -> str:
        """Report progress once, then work in silence."""
        async with story.of(name):
            await ctx.report_progress(0, 1, "started")
            await asyncio.sleep(seconds)
        return f"{name} is done"

    @server.tool(name="story", structured_output=False)
    def tell(name: str) -> str:
        """What became of a slow call."""
        return story.tell(name)

    @server.tool(structured_output=False)
    async def polled(ctx: Ctx) -> str:
        """Close the stream halfway: the client must resume it."""
        await ctx.report_progress(1, 2, "before")
        await ctx.close_sse_stream()
        await asyncio.sleep(0.3)
        await ctx.report_progress(2, 2, "after")
        await asyncio.sleep(PAUSE)
        return "polled"


def add_asking(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    def ask(answer: Annotated[ElicitationResult[Name], Resolve(who)]) -> str:
        """Ask the user for a name."""
        return f"hello, {answer.data.name}" if isinstance(answer, AcceptedElicitation) else "then not"

    @server.tool(structured_output=False)
    def sample(text: str, answer: Annotated[types.CreateMessageResult, Resolve(summary)]) -> str:
        """Ask the client's model."""
        return answer.content.text if isinstance(answer.content, types.TextContent) else "no text"

    @server.tool(structured_output=False)
    async def roots(ctx: Ctx) -> str:
        """Ask for the client's roots (legacy)."""
        listed = await ctx.session.list_roots()
        return " ".join(str(root.uri) for root in listed.roots)

    @server.tool(structured_output=False)
    async def log(ctx: Ctx, text: str) -> str:
        """Log at two levels."""
        await ctx.log("debug", f"debug {text}", logger_name="lab")
        await ctx.log("warning", {"text": text}, logger_name="lab")
        return "logged"


def add_changing(server: MCPServer[Any]) -> None:
    @server.tool(structured_output=False)
    async def touch(ctx: Ctx, key: str) -> str:
        """Say that a note changed."""
        uri = f"lab://note/{key}"
        if is_modern(ctx):
            await ctx.notify_resource_updated(uri)
        else:
            await ctx.session.send_resource_updated(uri)
        return f"touched {uri}"

    @server.tool(structured_output=False)
    async def grow(ctx: Ctx, name: str) -> str:
        """Add a tool."""

        def grown() -> str:
            return f"{name} grew"

        server.add_tool(grown, name=name, structured_output=False)
        await changed(ctx)
        return f"{name} was added"

    @server.tool(structured_output=False)
    async def shrink(ctx: Ctx, name: str) -> str:
        """Take a tool away."""
        server.remove_tool(name)
        await changed(ctx)
        return f"{name} was taken away"

    async def changed(ctx: Ctx) -> None:
        if is_modern(ctx):
            await ctx.notify_tools_changed()
        else:
            await ctx.session.send_tool_list_changed()


def add_resources_and_prompts(server: MCPServer[Any]) -> None:
    @server.resource("lab://text", mime_type="text/plain")
    def text() -> str:
        """A text."""
        return "grüße, 世界"

    @server.resource("lab://bytes", mime_type="application/octet-stream")
    def binary() -> bytes:
        """Bytes."""
        return PIXEL

    @server.resource("lab://note/{key}", mime_type="text/plain")
    def note(key: str) -> str:
        """A note."""
        return f"note {key}"

    @server.prompt()
    def greet(region: str) -> str:
        """Greet a region."""
        return f"Greet {region}."

    @server.completion()
    async def complete(ref: Any, argument: Any, context: Any) -> types.Completion | None:
        return types.Completion(values=[region for region in REGIONS if region.startswith(argument.value)])

    async def subscribe(ctx: Any, params: Any) -> types.EmptyResult:
        return types.EmptyResult()

    async def set_level(ctx: Any, params: Any) -> types.EmptyResult:
        return types.EmptyResult()

    low = server._lowlevel_server
    low.add_request_handler("resources/subscribe", types.SubscribeRequestParams, subscribe)
    low.add_request_handler("resources/unsubscribe", types.UnsubscribeRequestParams, subscribe)
    low.add_request_handler("logging/setLevel", types.SetLevelRequestParams, set_level)


def main() -> None:
    chosen = options()
    if chosen.stdio:
        build().run("stdio")
    else:
        server = build()
        app = server.streamable_http_app(event_store=Memory(), retry_interval=RETRY_MS)
        remember_by_session(server.session_manager)
        asyncio.run(serve(app))


if __name__ == "__main__":
    main()
