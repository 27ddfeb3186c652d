"""The JSON Schema of the config, for editors: what the schema says, with every shorthand and every other word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from yett.config.address import Url
from yett.config.client_entries import IGNORED
from yett.config.docstrings import docstrings
from yett.config.fields import Section
from yett.config.limits import Rate
from yett.config.schema import Config, Listen
from yett.config.units import Seconds, Size

# Draft 7 is what every editor knows; nothing here needs a newer one.
DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_NONE: Final = "\0"
_CLIENT_WORD: Final = "Written by clients; Yett does not need it."


class _Plain(GenerateJsonSchema):
    """Without the titles that pydantic makes of field names: editors show them in place of the descriptions."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No field has a title."""
        del schema
        return False

    def encode_default(self, dft: Any) -> Any:
        """A default as it would be written; one that is a section is told by that section's own defaults."""
        if isinstance(dft, Size | Seconds):
            return str(dft)
        if isinstance(dft, Rate | Listen):
            return str(dft.rate if isinstance(dft, Rate) else dft.address)
        if isinstance(dft, Url):
            return dft.text
        return _NONE if dft is None or isinstance(dft, BaseModel | dict) else super().encode_default(dft)


def json_schema() -> dict[str, Any]:
    """The schema as a JSON object."""
    schema = Config.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Plain)
    definitions = schema.pop("$defs")
    sections = {section.__name__: section for section in _below(Section)}
    for name, section in (("Config", schema), *definitions.items()):
        section.pop("title", None)
        _describe(section, sections[name])
        for key in (section, *section["properties"].values()):
            if key.get("default") == _NONE:
                del key["default"]
            if "description" in key:
                key["description"] = " ".join(key["description"].split())
    properties: dict[str, Any] = {"$schema": {"type": "string", "description": "Where this schema is, for editors."}}
    properties |= schema["properties"]
    properties["mcpServers"] = {**properties["servers"], "description": "Another word for `servers`."}
    properties["inputs"] = {"type": "array", "maxItems": 0, "description": _CLIENT_WORD}
    _add_client_words(definitions)
    return {
        "$schema": DIALECT,
        "title": "Yett",
        "description": "The config of the Yett gateway.",
        "type": "object",
        "additionalProperties": False,
        "required": ["auth", "roles"],
        "oneOf": [{"required": ["servers"]}, {"required": ["mcpServers"]}],
        "properties": properties,
        "definitions": definitions,
    }


def _below(section: type[Section]) -> Iterator[type[Section]]:
    for one in section.__subclasses__():
        yield one
        yield from _below(one)


def _describe(schema: dict[str, Any], section: type[Section]) -> None:
    """Say what each key means, in the words of the source, unless the key says it itself."""
    for name, text in docstrings(section).items():
        schema["properties"][name].setdefault("description", text)


def _add_client_words(definitions: dict[str, Any]) -> None:
    ignored = {key: {"description": _CLIENT_WORD} for key in sorted(IGNORED)}
    for name, transports in (("HttpServer", ["http", "streamable-http"]), ("ProcessServer", ["stdio"])):
        transport = {"enum": transports, "description": _CLIENT_WORD}
        disabled = {"const": False, "description": _CLIENT_WORD}
        definitions[name]["properties"] |= {"type": transport, "transport": transport, "disabled": disabled} | ignored
    http = definitions["HttpServer"]
    http["properties"]["httpUrl"] = {**http["properties"]["url"], "description": "Another word for `url`."}
    http["required"].remove("url")
    http["oneOf"] = [{"required": ["url"]}, {"required": ["httpUrl"]}]
