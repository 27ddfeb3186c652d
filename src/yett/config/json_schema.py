"""The JSON Schema of the config, for editors: what the schema says, with every shorthand and every other word."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from yett.config.client_entries import IGNORED
from yett.config.schema import Config

# Draft 7 is what every editor knows; nothing here needs a newer one.
DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_CLIENT_WORD: Final = "Written by clients; Yett does not need it."


class _Plain(GenerateJsonSchema):
    """Without the titles that pydantic makes of field names: editors show them in place of the descriptions."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No field has a title."""
        del schema
        return False


def json_schema() -> dict[str, Any]:
    """The schema as a JSON object."""
    schema = Config.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Plain)
    definitions = schema.pop("$defs")
    for definition in definitions.values():
        definition.pop("title", None)
    properties = {"$schema": {"type": "string", "description": "Where this schema is, for editors."}}
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


def _add_client_words(definitions: dict[str, Any]) -> None:
    ignored: dict[str, Any] = {key: {"description": _CLIENT_WORD} for key in sorted(IGNORED)}
    for name, transports in (("HttpServer", ["http", "streamable-http"]), ("ProcessServer", ["stdio"])):
        transport = {"enum": transports, "description": _CLIENT_WORD}
        words: dict[str, Any] = {
            "type": transport,
            "transport": transport,
            "disabled": {"const": False, "description": _CLIENT_WORD},
        }
        definitions[name]["properties"] |= words | ignored
    http = definitions["HttpServer"]
    http["properties"]["httpUrl"] = {**http["properties"]["url"], "description": "Another word for `url`."}
    http["required"].remove("url")
    http["oneOf"] = [{"required": ["url"]}, {"required": ["httpUrl"]}]
