"""The laboratory server, with the v1 line of the Python SDK: legacy, over Streamable HTTP or stdio."""

from __future__ import annotations

import asyncio
from typing import Any

from lab import PAUSE, PIXEL, REGIONS, RETRY_MS, Memory, Story, options, remember_by_session, serve
from mcp import types
from mcp.server.fastmcp import Context, FastMCP, Image
from mcp.server.session import ServerSession
from pydantic import AnyUrl, BaseModel

Ctx = Context[ServerSession, None]


class Name(BaseModel):
    name: str


def build() -> FastMCP[Any]:
    server: FastMCP[Any] = FastMCP(
        "lab",
        instructions="A laboratory.",
        log_level="ERROR",
        event_store=Memory(),
        retry_interval=RETRY_MS,
    )
    add_plain(server)
    add_slow(server)
    add_asking(server)
    add_changing(server)
    add_resources_and_prompts(server)
    return server


def add_plain(server: FastMCP[Any]) -> None:
    @server.tool(structured_output=False)
    def echo(text: str) -> str:
        """Say the same thing back."""
        return text

    @server.tool(structured_output=False)
    def fail(text: str) -> str:
        """Fail, and say why."""
        raise ValueError(text)

    @server.tool(structured_output=False)
    def forbidden() -> str:
        """What the policy denies."""
        return "this must never be read"

    @server.tool(structured_output=False)
    def large(size: int) -> str:
        """A text of `size` characters."""
        return "0123456789" * (size // 10)

    @server.tool()
    def shape(region: str, sides: int = 4) -> dict[str, Any]:
        """Structured content."""
        return {"region": region, "sides": sides, "nested": {"list": [1, 2.5, None, True, "ü"]}}

    @server.tool(structured_output=False)
    def media() -> list[Any]:
        """Every kind of content."""
        return [
            Image(data=PIXEL, format="png"),
            types.AudioContent(type="audio", data="UklGRg==", mimeType="audio/wav"),
            types.ResourceLink(type="resource_link", uri=AnyUrl("lab://text"), name="text"),
            types.EmbeddedResource(
                type="resource", resource=types.TextResourceContents(uri=AnyUrl("lab://inner"), text="inside")
            ),
        ]


def add_slow(server: FastMCP[Any]) -> None:
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


def add_asking(server: FastMCP[Any]) -> None:
    @server.tool(structured_output=False)
    async def ask(ctx: Ctx) -> str:
        """Ask the user for a name."""
        answer = await ctx.elicit("Who is asking?", Name)
        return f"hello, {answer.data.name}" if answer.action == "accept" else "then not"

    @server.tool(structured_output=False)
    async def sample(ctx: Ctx, text: str) -> str:
        """Ask the client's model."""
        content = types.TextContent(type="text", text=f"Summarize: {text}")
        answer = await ctx.session.create_message(
            [types.SamplingMessage(role="user", content=content)], max_tokens=50, related_request_id=ctx.request_id
        )
        return answer.content.text if isinstance(answer.content, types.TextContent) else "no text"

    @server.tool(structured_output=False)
    async def roots(ctx: Ctx) -> str:
        """Ask for the client's roots. The question belongs to no call, so it comes on the GET stream."""
        listed = await ctx.session.list_roots()
        return " ".join(str(root.uri) for root in listed.roots)

    @server.tool(structured_output=False)
    async def log(ctx: Ctx, text: str) -> str:
        """Log at two levels."""
        await ctx.log("debug", f"debug {text}", logger_name="lab")
        await ctx.log("warning", f"warning {text}", logger_name="lab")
        return "logged"


def add_changing(server: FastMCP[Any]) -> None:
    @server.tool(structured_output=False)
    async def touch(ctx: Ctx, key: str) -> str:
        """Say that a note changed."""
        uri = f"lab://note/{key}"
        await ctx.session.send_resource_updated(AnyUrl(uri))
        return f"touched {uri}"

    @server.tool(structured_output=False)
    async def grow(ctx: Ctx, name: str) -> str:
        """Add a tool."""

        def grown() -> str:
            return f"{name} grew"

        server.add_tool(grown, name=name, structured_output=False)
        await ctx.session.send_tool_list_changed()
        return f"{name} was added"

    @server.tool(structured_output=False)
    async def shrink(ctx: Ctx, name: str) -> str:
        """Take a tool away."""
        server.remove_tool(name)
        await ctx.session.send_tool_list_changed()
        return f"{name} was taken away"


def add_resources_and_prompts(server: FastMCP[Any]) -> None:
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

    low = server._mcp_server

    @low.subscribe_resource()
    async def subscribe(uri: AnyUrl) -> None: ...

    @low.unsubscribe_resource()
    async def unsubscribe(uri: AnyUrl) -> None: ...

    @low.set_logging_level()
    async def set_level(level: types.LoggingLevel) -> None: ...


def main() -> None:
    chosen = options()
    server = build()
    if chosen.stdio:
        server.run("stdio")
    else:
        app = server.streamable_http_app()
        remember_by_session(server.session_manager)
        asyncio.run(serve(app))


if __name__ == "__main__":
    main()
