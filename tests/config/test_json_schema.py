from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from yett.config.json_schema import DIALECT, json_schema
from yett.config.schema import Config

HERE = Path(__file__).parent
VALIDATOR = jsonschema.Draft7Validator(json_schema())


def read(text: str) -> object:
    return yaml.load(text, Loader=yaml.SafeLoader)


def test_it_is_a_schema_itself():
    assert json_schema()["$schema"] == DIALECT
    jsonschema.Draft7Validator.check_schema(json_schema())


def test_it_is_json():
    assert json.loads(json.dumps(json_schema())) == json_schema()


@pytest.mark.parametrize(
    "path", sorted({*(HERE / "right").glob("*.yaml"), *(HERE / "right").glob("*.json")}), ids=lambda path: path.name
)
def test_what_loads_is_valid(path):
    document = json.loads(path.read_text()) if path.suffix == ".json" else read(path.read_text())
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


# What an editor can see: shapes and words. Meaning, references and secrets are for `yett validate`.
SHAPES = """
    key-unknown-top key-unknown-deep key-deny-misspelt missing-auth-and-roles missing-servers missing-tls-key value-null
    value-list-expected value-text-expected value-mapping-expected value-no-unit value-unknown-unit value-durability
    value-protect server-url-and-command server-neither server-sse server-type-does-not-fit server-disabled
    server-client-keys auth-mtls role-condition ledger-of-later-versions listen-path servers-twice
"""


@pytest.mark.parametrize("name", SHAPES.split())
def test_what_an_editor_can_see_is_invalid(name):
    document = read((HERE / "wrong" / f"{name}.case").read_text().partition("-----\n")[0])
    assert not VALIDATOR.is_valid(document)


def test_every_key_has_a_description_for_the_editor():
    schema = json_schema()
    assert set(Config.model_fields) < set(schema["properties"])
    for section in (schema, *schema["definitions"].values()):
        assert section.get("description")
        for name, key in section.get("properties", {}).items():
            assert key.get("description") or "$ref" in key, name


def test_defaults_are_written_as_a_user_would():
    limits = json_schema()["definitions"]["Limits"]["properties"]
    assert (limits["user"]["default"], limits["body"]["default"], limits["timeout"]["default"]) == (
        "600/min",
        "1MiB",
        "1min",
    )
    assert "default" not in limits["tool"]
