"""Arguments: judged by the tool's own input schema, closed, without coercion. What cannot be judged is not sent."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from yett.core.exchange import Exchange, Tool
from yett.core.guard import Guard, Phase
from yett.core.message import JsonObject, Message, Reply
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny, Verdict
from yett.detect.input_schema import TOO_MUCH, Flaw, InputSchema, Unusable, compile_schema

ARGUMENTS_INVALID = Reason(code="arguments.invalid", kind=Kind.INVALID, public="invalid arguments")
TOOL_UNCHECKABLE = Reason(
    code="arguments.uncheckable",
    kind=Kind.DENIED,
    public="this tool cannot be used: its server describes its arguments in a way that cannot be checked",
)
TOOL_UNKNOWN = Reason(code="arguments.tool-unknown", kind=Kind.HIDDEN, public="unknown name, or not yours to use")

MAX_REMEMBERED: Final = 10_000
"""Compiled schemas; two servers with 5,000 tools each."""
MAX_PROMPT_ARGUMENTS: Final = 64
MAX_PROMPT_TEXT: Final = 65_536
"""Characters of one prompt argument."""
MAX_NAME: Final = 128
_NAME_SHOWN: Final = 64
_PATH_SHOWN: Final = 8
_NAME_CHARS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$")

_WORDS: Final = {
    "whole": "must be an integer, written without a fraction",
    "enum": "is not one of the allowed values",
    "const": "is not the allowed value",
    "pattern": "does not have the required form",
    "minLength": "is too short",
    "maxLength": "is too long",
    "minimum": "is too small",
    "maximum": "is too large",
    "exclusiveMinimum": "is too small",
    "exclusiveMaximum": "is too large",
    "multipleOf": "is not a multiple of the required step",
    "minItems": "has too few items",
    "maxItems": "has too many items",
    "uniqueItems": "has the same item twice",
    "contains": "lacks an item that must be there",
    "minProperties": "has too few members",
    "maxProperties": "has too many members",
    "propertyNames": "has a member whose name is not allowed",
    "anyOf": "has none of the allowed forms",
    "oneOf": "does not have exactly one of the allowed forms",
    "not": "has a form that is not allowed",
    "falseSchema": "is not allowed",
    "unevaluatedItems": "has too many items",
    "additionalItems": "has too many items",
}


class Arguments(Guard):
    """Tool arguments by schema; prompt and completion arguments are short texts, as the protocol says."""

    name: ClassVar[str] = "arguments"
    phase: ClassVar[Phase] = Phase.VALIDATE

    def __init__(self) -> None:
        self._schemas: dict[tuple[str, str], InputSchema | Unusable] = {}

    def check_request(self, exchange: Exchange) -> Verdict[Message]:
        """Refuse arguments that the schema does not want, and tools whose schema cannot say."""
        message = exchange.request
        if type(message) is Reply:
            return ALLOW
        params = message.params or {}
        match message.method:
            case "tools/call":
                return self._check_call(exchange.tool, params)
            case "prompts/get":
                return _check_texts(params.get("arguments", {}), "arguments")
            case "completion/complete":
                return _check_completion(params)
        return ALLOW

    def problem(self, tool: Tool) -> str:
        """Why a tool cannot be used; empty when it can. For catalogues, so that the reason is known before a call."""
        schema = self._compiled(tool)
        return f"its input schema is unusable: {schema.why}" if isinstance(schema, Unusable) else ""

    def _check_call(self, tool: Tool | None, params: JsonObject) -> Verdict[Message]:
        if tool is None or tool.name != params.get("name"):
            return Deny(reason=TOOL_UNKNOWN)
        schema = self._schemas.get((tool.digest, tool.name)) or self._compiled(tool)
        if isinstance(schema, Unusable):
            return Deny(reason=TOOL_UNCHECKABLE, detail=f"input schema: {schema.why}")
        arguments = params.get("arguments", {})
        if type(arguments) is not dict:
            return _invalid("`arguments` must be an object", "type")
        flaws = schema.judge(arguments)
        if not flaws:
            return ALLOW
        return _invalid("; ".join(map(_words, flaws)), ", ".join(flaw.keyword for flaw in flaws))

    def _compiled(self, tool: Tool) -> InputSchema | Unusable:
        key = (tool.digest, tool.name)
        schema = self._schemas.get(key)
        if schema is None:
            if len(self._schemas) >= MAX_REMEMBERED:
                # The oldest goes; a catalogue that is larger costs compilations, never memory.
                del self._schemas[next(iter(self._schemas))]
            schema = self._schemas[key] = compile_schema(tool.input_schema)
        return schema


def _check_completion(params: JsonObject) -> Verdict[Message]:
    argument = params.get("argument")
    if type(argument) is not dict or not all(type(argument.get(key)) is str for key in ("name", "value")):
        return _invalid("`argument` needs a name and a value, both texts", "type")
    context = params.get("context", {})
    if type(context) is not dict:
        return _invalid("`context` must be an object", "type")
    verdict = _check_texts({argument["name"]: argument["value"]}, "argument")
    return verdict if verdict is not ALLOW else _check_texts(context.get("arguments", {}), "context.arguments")


def _check_texts(arguments: Any, where: str) -> Verdict[Message]:
    """Names and texts, as prompts take them (2026-07-28, prompts)."""
    if type(arguments) is not dict:
        return _invalid(f"`{where}` must be an object", "type")
    if len(arguments) > MAX_PROMPT_ARGUMENTS:
        return _invalid(f"`{where}` has too many members", "size")
    for name, value in arguments.items():
        if type(value) is not str:
            return _invalid(f"`{_shown(name)}` must be a text", "type")
        if len(value) > MAX_PROMPT_TEXT or len(name) > MAX_NAME:
            return _invalid(f"`{_shown(name)}` is too long", "size")
    return ALLOW


def _invalid(words: str, keywords: str) -> Deny:
    return Deny(reason=ARGUMENTS_INVALID, public=words, detail=keywords)


def _words(flaw: Flaw) -> str:
    """One flaw for the caller: which argument and which rule; no value, nothing of the schema but names and types."""
    if flaw == TOO_MUCH:
        return "they are too large or too deep to be checked"
    where = "/".join(_shown(str(step)) for step in flaw.path[:_PATH_SHOWN])
    inside = f" in `{where}`" if where else ""
    names = " and ".join(f"`{_shown(name)}`" for name in flaw.names)
    match flaw.keyword:
        case "required":
            return f"{names} is missing{inside}"
        case "unknown":
            return f"{names} is not known{inside}"
        case "type":
            return f"`{where or 'arguments'}` must be {' or '.join(flaw.names)}"
        case keyword:
            return f"`{where or 'arguments'}` {_WORDS.get(keyword, 'is not allowed')}"


def _shown(name: str) -> str:
    """A name fit for an answer: short, and without characters that could do anything there."""
    clean = "".join(char if char in _NAME_CHARS else "?" for char in name[:_NAME_SHOWN])
    return clean + "..." if len(name) > _NAME_SHOWN else clean
