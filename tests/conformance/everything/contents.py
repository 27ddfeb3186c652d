"""What the everything-server gives out, word for word as the scenarios expect it: contents, resources, prompts."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

Result = types.CallToolResult | types.InputRequiredResult


def _png() -> bytes:
    """One red pixel."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\xff\0\0")),
        (b"IEND", b""),
    )
    framed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def _wav() -> bytes:
    """A tenth of a millisecond of silence."""
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    body = b"WAVE" + head + struct.pack("<4sI", b"data", 1) + b"\x80\0"
    return struct.pack("<4sI", b"RIFF", len(body)) + body


PNG: Final = base64.b64encode(_png()).decode()
WAV: Final = base64.b64encode(_wav()).decode()


def text(words: str) -> types.TextContent:
    return types.TextContent(text=words)


def said(*blocks: types.ContentBlock | str, is_error: bool = False) -> types.CallToolResult:
    """A whole result; a plain string is a text."""
    content = [text(block) if isinstance(block, str) else block for block in blocks]
    return types.CallToolResult(content=content, is_error=is_error)


def embedded(uri: str, mime_type: str, words: str) -> types.EmbeddedResource:
    return types.EmbeddedResource(resource=types.TextResourceContents(uri=uri, mime_type=mime_type, text=words))


IMAGE: Final = types.ImageContent(data=PNG, mime_type="image/png")
AUDIO: Final = types.AudioContent(data=WAV, mime_type="audio/wav")

# Resources.

RESOURCES: Final = (
    types.Resource(uri="test://static-text", name="static-text", description="A text", mime_type="text/plain"),
    types.Resource(uri="test://static-binary", name="static-binary", description="A picture", mime_type="image/png"),
    types.Resource(
        uri="test://watched-resource", name="watched-resource", description="May be watched", mime_type="text/plain"
    ),
)
TEMPLATE: Final = types.ResourceTemplate(
    uri_template="test://template/{id}/data", name="template", description="By id", mime_type="application/json"
)
_TEXTS: Final = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "Watched resource content",
}


def read(uri: str) -> types.TextResourceContents | types.BlobResourceContents:
    """The contents of a resource. Raises -32602 for one that is not there."""
    if uri in _TEXTS:
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text=_TEXTS[uri])
    if uri == "test://static-binary":
        return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)
    before, _, after = TEMPLATE.uri_template.partition("{id}")
    name = uri.removeprefix(before).removesuffix(after)
    if uri != before + name + after or not name or "/" in name:
        raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})
    words = json.dumps({"id": name, "templateTest": True, "data": f"Data for ID: {name}"})
    return types.TextResourceContents(uri=uri, mime_type="application/json", text=words)


# Prompts.


def _prompt(name: str, description: str, **arguments: str) -> types.Prompt:
    wanted = [types.PromptArgument(name=key, description=words, required=True) for key, words in arguments.items()]
    return types.Prompt(name=name, description=description, arguments=wanted)


PROMPTS: Final = (
    _prompt("test_simple_prompt", "Without arguments"),
    _prompt("test_prompt_with_arguments", "With two arguments", arg1="The first one", arg2="The second one"),
    _prompt("test_prompt_with_embedded_resource", "With a resource in it", resourceUri="URI of the resource to embed"),
    _prompt("test_prompt_with_image", "With a picture in it"),
    _prompt("test_input_required_result_prompt", "Asks for its context first"),
)


def prompted(*blocks: types.ContentBlock | str) -> types.GetPromptResult:
    contents = [text(block) if isinstance(block, str) else block for block in blocks]
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=content) for content in contents])


def prompt(name: str, arguments: dict[str, str]) -> types.GetPromptResult:
    """A prompt that needs nothing more from the client."""
    match name:
        case "test_simple_prompt":
            return prompted("This is a simple prompt for testing.")
        case "test_prompt_with_arguments":
            return prompted(f"Prompt with arguments: arg1='{arguments['arg1']}', arg2='{arguments['arg2']}'")
        case "test_prompt_with_embedded_resource":
            resource = embedded(arguments["resourceUri"], "text/plain", "Embedded resource content for testing.")
            return prompted(resource, "Please process the embedded resource above.")
        case "test_prompt_with_image":
            return prompted(IMAGE, "Please analyze the image above.")
    raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {name}")


def capabilities(ctx: ServerRequestContext) -> types.ClientCapabilities:
    """What the client of this request says that it can do."""
    return ctx.session.client_capabilities or types.ClientCapabilities()
