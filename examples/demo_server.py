"""A small but whole MCP server: what the demo and the tests put behind Yett.

It speaks both protocol eras, over Streamable HTTP (`--port`, 0 picks a free one) or stdio (`--stdio`), and has no
security of its own: that is the gateway's part. One tool reads, one writes, one is dangerous, and one leaks.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import socket
import string
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import uvicorn
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve, Sample
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    CreateMessageResult,
    PromptReference,
    ResourceTemplateReference,
    SamplingMessage,
    TextContent,
    ToolAnnotations,
)
from pydantic import BaseModel, Field

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
DESTROYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)
REGIONS = ("eu-north", "eu-south", "us-east")
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase

Text = Annotated[str, Field(max_length=10_000)]
Region = Annotated[str, Field(pattern="^[a-z]{2}-[a-z]+$", json_schema_extra={"x-mcp-header": "Region"})]


class Name(BaseModel):
    """What `ask` asks for."""

    name: str = Field(title="Your name", max_length=100)


def made_up(prefix: str, alphabet: str, length: int) -> str:
    """What looks like a credential and opens nothing. Made at run time, so that no scanner finds one in this file."""
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))


def made_up_github_token() -> str:
    """A token of GitHub's form: its last six characters are a checksum of the thirty before."""
    body = made_up("", LETTERS, 30)
    number, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, len(LETTERS))
        checksum = LETTERS[digit] + checksum
    return "ghp" + "_" + body + checksum


async def who() -> Elicit[Name]:
    return Elicit("Who is asking?", Name)


async def summary(text: str) -> Sample:
    question = SamplingMessage(role="user", content=TextContent(text=f"Summarize in one sentence: {text}"))
    return Sample([question], max_tokens=200)


def build() -> MCPServer[Any]:
    """The server, with notes of its own: two servers share nothing."""
    server: MCPServer[Any] = MCPServer(
        "yett-demo", version="1.0.0", instructions="A toy server behind a gateway.", log_level="WARNING"
    )
    notes: dict[str, str] = {"welcome": "Nothing here is precious."}
    add_reading_tools(server, notes)
    add_writing_tools(server, notes)
    add_asking_tools(server)
    add_resources(server, notes)
    add_prompts(server)
    return server


def add_reading_tools(server: MCPServer[Any], notes: dict[str, str]) -> None:
    @server.tool(annotations=READS)
    def echo(text: Text) -> str:
        """Say the same thing back."""
        return text

    @server.tool(annotations=READS)
    def get_time() -> str:
        """The time in UTC, to the second."""
        return datetime.now(UTC).isoformat(timespec="seconds")

    @server.tool(annotations=READS)
    def get_report(region: Region) -> dict[str, str | int]:
        """Count the notes. The region also travels as the header `Mcp-Param-Region` (protocol 2026-07-28)."""
        return {"region": region, "notes": len(notes)}

    @server.tool(annotations=READS)
    def leak_config() -> dict[str, str]:
        """Show the configuration, credentials included: what a careless server does."""
        return {
            "region": REGIONS[0],
            "aws_access_key_id": made_up("AK" + "IA", string.ascii_uppercase + "234567", 16),
            "github_token": made_up_github_token(),
        }

    @server.tool(annotations=READS)
    async def slow_count(
        ctx: Context[Any, Any],
        to: Annotated[int, Field(ge=1, le=100)] = 3,
        pause: Annotated[float, Field(ge=0, le=30)] = 0.1,
    ) -> str:
        """Count slowly, reporting progress."""
        for number in range(1, to + 1):
            await asyncio.sleep(pause)
            await ctx.report_progress(number, to, f"counted to {number}")
        return f"counted to {to}"


def add_writing_tools(server: MCPServer[Any], notes: dict[str, str]) -> None:
    @server.tool(annotations=WRITES)
    async def add_note(
        ctx: Context[Any, Any], title: Annotated[str, Field(min_length=1, max_length=60)], text: Text
    ) -> str:
        """Keep a note."""
        notes[title] = text
        await ctx.notify_resource_updated(f"note://by-title/{title}")
        return f"kept `{title}`; {len(notes)} in all"

    @server.tool(annotations=DESTROYS)
    def delete_all() -> str:
        """Delete every note."""
        gone = len(notes)
        notes.clear()
        return f"deleted {gone} notes"


def add_asking_tools(server: MCPServer[Any]) -> None:
    """Tools that need the client: its user's word, or its model's.

    With resolvers the SDK speaks each era's own way: a request from the server (legacy), or a reply that says
    `input_required` (2026-07-28).
    """

    @server.tool(annotations=READS)
    def ask(answer: Annotated[ElicitationResult[Name], Resolve(who)]) -> str:
        """Ask the user for a name, then greet."""
        return f"hello, {answer.data.name}" if isinstance(answer, AcceptedElicitation) else "then not"

    @server.tool(annotations=READS)
    def summarize(text: Text, answer: Annotated[CreateMessageResult, Resolve(summary)]) -> str:
        """Let the client's model summarize a text."""
        del text  # the resolver's
        return answer.content.text if isinstance(answer.content, TextContent) else "no text came back"


def add_resources(server: MCPServer[Any], notes: dict[str, str]) -> None:
    @server.resource("note://welcome", name="welcome", mime_type="text/plain")
    def welcome() -> str:
        """The first note."""
        return notes.get("welcome", "")

    @server.resource("note://by-title/{title}", name="note", mime_type="text/plain")
    def note(title: str) -> str:
        """One note."""
        return notes.get(title, "")


def add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt()
    def report(region: str) -> str:
        """Ask for a report on a region."""
        return f"Write a short report on the notes of {region}."

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK gives it no types
    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion | None:
        """Complete the region of the prompt."""
        del context
        if isinstance(ref, PromptReference) and argument.name == "region":
            return Completion(values=[region for region in REGIONS if region.startswith(argument.value)])
        return None


async def serve(server: MCPServer[Any], host: str, port: int) -> None:
    """Serve Streamable HTTP until interrupted; the first line on stdout is the address."""
    with socket.create_server((host, port)) as listener:
        print(f"http://{host}:{listener.getsockname()[1]}/mcp", flush=True)
        config = uvicorn.Config(server.streamable_http_app(host=host), log_level="warning", timeout_graceful_shutdown=1)
        await uvicorn.Server(config).serve(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stdio", action="store_true", help="speak over stdin and stdout")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3001, help="0 picks a free one (default: %(default)s)")
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        if options.stdio:
            build().run("stdio")
            return
        try:
            asyncio.run(serve(build(), options.host, options.port))
        except OSError as error:
            parser.exit(1, f"error: {error.strerror}\n")


if __name__ == "__main__":
    main()
