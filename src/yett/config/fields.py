"""The building blocks of the schema: sections, and fields that are read from a text with a grammar of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from yett.config.units import SECONDS_PATTERN, SIZE_PATTERN, Seconds, Size
from yett.config.wording import Unreadable, kind
from yett.secrets.secret import Secret

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Section(BaseModel):
    """A part of the config: frozen, strict, closed. Values never appear in its errors, for they may be secrets."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
        defer_build=True,  # a section is built within the config once, not alone before
    )


def wrong(message: str, help: str = "") -> PydanticCustomError:  # noqa: A002 - the word users read
    """An error in our own words, for validators to raise."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "help": help})


def text_of(value: object) -> str:
    """The value, which must be text. Raises `PydanticCustomError` otherwise."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong(f"expected text, found {kind(value)}", f'quote it: "{value}"')
    raise wrong(f"expected text, found {kind(value)}")


@dataclass(frozen=True)
class Text:
    """Marks a field that is written as text and read by `parse`, which raises `Unreadable`."""

    parse: Callable[[str], Any]
    pattern: str = ""
    examples: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    """Of a quantity: the least and the most. A bare number is then handed to `parse` too: it lacks only its unit."""

    def __get_pydantic_core_schema__(self, source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read text with the grammar; a value that was read already is taken as it is (defaults in the code)."""

        def read(value: object) -> Any:
            if isinstance(value, source):
                return value
            bare = self.bounds and isinstance(value, int | float) and not isinstance(value, bool)
            try:
                return self.parse(str(value) if bare else text_of(value))
            except Unreadable as error:
                raise wrong(str(error), error.help) from None

        return core_schema.no_info_plain_validator_function(read)

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the text, not what it is read as."""
        schema: JsonSchemaValue = {"type": "string"}
        if self.pattern:
            schema["pattern"] = self.pattern
        if self.examples:
            schema["examples"] = list(self.examples)
        if self.bounds:
            schema["x-bounds"] = list(self.bounds)
        return schema


@dataclass(frozen=True)
class Shorthand:
    """Marks a section that may be written as one text, which then is its `key`."""

    key: str
    pattern: str = ""
    examples: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put a lone text under its key before the section is read."""
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe both ways of writing it."""
        text = {"type": "string", "pattern": self.pattern, "examples": list(self.examples)}
        return {"anyOf": [text, handler(core)]}

    def _expand(self, value: object) -> object:
        if isinstance(value, str):
            return {self.key: value}
        if isinstance(value, bool | int | float | list):
            raise wrong(f"expected text or a mapping, found {kind(value)}", f"write `{self.examples[0]}`")
        return value


def between(lowest: str, highest: str, read: Callable[[str], Size] | Callable[[str], Seconds]) -> Callable[[str], Any]:
    """A reader of quantities that refuses what is out of bounds."""

    def parse(text: str) -> Size | Seconds:
        value = read(text)
        if not read(lowest) <= value <= read(highest):
            raise Unreadable(f"`{text}` is out of bounds", f"between {lowest} and {highest}")
        return value

    return parse


def size(lowest: str, highest: str) -> Text:
    """Marks a field that holds a number of bytes."""
    return Text(between(lowest, highest, Size.parse), SIZE_PATTERN, ("1MiB",), (lowest, highest))


def seconds(lowest: str, highest: str) -> Text:
    """Marks a field that holds a stretch of time."""
    return Text(between(lowest, highest, Seconds.parse), SECONDS_PATTERN, ("30s",), (lowest, highest))


def _resolve(value: object, info: ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    text = text_of(value)
    if not text or "\x00" in text:
        raise wrong("a file name is missing")
    if text.startswith("~"):
        raise wrong("`~` is not expanded", "write the whole path, or `${HOME}/...`")
    folder = info.context["folder"] if info.context else Path()
    return Path(folder) / text


class _FilePath:
    """Marks a path: relative ones start at the folder of the config file."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(_resolve)

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}


FilePath = Annotated[Path, _FilePath()]
"""A file or folder; relative ones start at the folder of the config file."""


class _SecretText:
    """Marks a value that never prints. Loading has made `Secret`s of the texts before they come here."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: object) -> Secret:
            return value if isinstance(value, Secret) else Secret(text_of(value))

        return core_schema.no_info_plain_validator_function(read)

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}


SecretText = Annotated[Secret, _SecretText()]
"""Text that may hold `${env:}` and `${file:}` references, and never prints."""


def _frozen(mapping: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType(dict(mapping))


Items = Annotated[tuple[T, ...], Field(strict=False)]
"""A list. (Strictness would demand a tuple, which YAML does not have.)"""
Table = Annotated[Mapping[K, V], AfterValidator(_frozen)]
"""A mapping that nobody can change."""
