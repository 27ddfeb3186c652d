"""Tools that answer in one go, or talk to the client while they work (before 2026-07-28)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import mcp_types as types
from contents import AUDIO, IMAGE, Result, embedded, said
from mcp.server.context import ServerRequestContext

Tool = Callable[[ServerRequestContext, types.CallToolRequestParams], Awaitable[Result]]

PAUSE: Final = 0.05
NOTHING: Final = {"type": "object", "properties": {}, "additionalProperties": False}

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
RICH_SCHEMA: Final = {
    "$schema": DIALECT,
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
MIRRORED_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "priority": {"type": "integer", "x-mcp-header": "Priority"},
        "query": {"type": "string"},
    },
    "required": ["region"],
    "additionalProperties": False,
}


def _always(result: types.CallToolResult) -> Tool:
    async def answer(_: ServerRequestContext, __: types.CallToolRequestParams) -> Result:
        return result

    return answer


async def with_logging(ctx: ServerRequestContext, _: types.CallToolRequestParams) -> Result:
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.session.send_log_message("info", words, related_request_id=ctx.request_id)
        await asyncio.sleep(PAUSE)
    return said("Logged three messages.")


async def with_progress(ctx: ServerRequestContext, _: types.CallToolRequestParams) -> Result:
    for progress in (0, 50, 100):
        await ctx.session.report_progress(progress, 100)
        await asyncio.sleep(PAUSE)
    return said("Reported progress three times.")


async def reconnection(ctx: ServerRequestContext, _: types.CallToolRequestParams) -> Result:
    """Close the stream in the middle of the call (SEP-1699): the result comes to the client that comes back."""
    if ctx.close_sse_stream is not None:
        await ctx.close_sse_stream()
    await asyncio.sleep(2 * PAUSE)
    return said("Reconnection test completed.")


async def sampling(ctx: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    question = types.SamplingMessage(role="user", content=types.TextContent(text=(params.arguments or {})["prompt"]))
    answer = await ctx.session.create_message([question], max_tokens=100, related_request_id=ctx.request_id)
    return said(f"LLM response: {answer.content.text if isinstance(answer.content, types.TextContent) else ''}")


def _described(answer: types.ElicitResult) -> str:
    return f"action={answer.action}, content={json.dumps(answer.content or {})}"


async def elicitation(ctx: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    fields = {"username": "User's response", "email": "User's email address"}
    schema = {
        "type": "object",
        "properties": {name: {"type": "string", "description": words} for name, words in fields.items()},
        "required": [*fields],
    }
    answer = await ctx.session.elicit_form((params.arguments or {})["message"], schema, ctx.request_id)
    return said(f"User response: {_described(answer)}")


def _asks(message: str, properties: dict[str, Any]) -> Tool:
    async def answer(ctx: ServerRequestContext, _: types.CallToolRequestParams) -> Result:
        schema = {"type": "object", "properties": properties, "required": []}
        return said(
            f"Elicitation completed: {_described(await ctx.session.elicit_form(message, schema, ctx.request_id))}"
        )

    return answer


DEFAULTS: Final = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}


def _titled(word: str) -> list[dict[str, str]]:
    ordinals = ("First", "Second", "Third")
    return [{"const": f"value{number}", "title": f"{ordinal} {word}"} for number, ordinal in enumerate(ordinals, 1)]


_OPTIONS: Final = ["option1", "option2", "option3"]
ENUMS: Final = {
    "untitledSingle": {"type": "string", "enum": _OPTIONS},
    "titledSingle": {"type": "string", "oneOf": _titled("Option")},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": _OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": _titled("Choice")}},
}

TOOLS: Final[dict[str, Tool]] = {
    "test_simple_text": _always(said("This is a simple text response for testing.")),
    "test_image_content": _always(said(IMAGE)),
    "test_audio_content": _always(said(AUDIO)),
    "test_embedded_resource": _always(
        said(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."))
    ),
    "test_multiple_content_types": _always(
        said(
            "Multiple content types test:",
            IMAGE,
            embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
        )
    ),
    "test_error_handling": _always(said("This tool intentionally returns an error for testing", is_error=True)),
    "test_tool_with_logging": with_logging,
    "test_logging_tool": with_logging,
    "test_tool_with_progress": with_progress,
    "test_reconnection": reconnection,
    "test_sampling": sampling,
    "test_elicitation": elicitation,
    "test_elicitation_sep1034_defaults": _asks("Please check the defaults", DEFAULTS),
    "test_elicitation_sep1330_enums": _asks("Please choose", ENUMS),
    "json_schema_2020_12_tool": _always(said("The schema is what matters.")),
    "test_mirrored_headers": _always(said("The headers agree with the arguments.")),
}

SCHEMAS: Final = {
    "test_sampling": {
        "type": "object",
        "properties": {"prompt": {"type": "string", "description": "The prompt to send to the model"}},
        "required": ["prompt"],
    },
    "test_elicitation": {
        "type": "object",
        "properties": {"message": {"type": "string", "description": "The message to show the user"}},
        "required": ["message"],
    },
    "json_schema_2020_12_tool": RICH_SCHEMA,
    "test_mirrored_headers": MIRRORED_SCHEMA,
}
"""Of the tools that take arguments."""
