from __future__ import annotations

import subprocess
import sys
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from yett.config.docstrings import docstrings
from yett.config.fields import Section
from yett.config.json_schema import json_schema
from yett.config.schema import Config


class Base(BaseModel):
    """A class."""

    first: int
    """The first
    of two lines."""
    silent: str = ""
    CONSTANT: ClassVar[int] = 3


class Derived(Base):
    """Another."""

    first: Annotated[int, Field(ge=1)]
    """Said anew."""
    own: int = 1
    """Its own."""
    "No text of a field."


def test_the_text_below_a_field_is_its_meaning() -> None:
    assert docstrings(Base) == {"first": "The first\nof two lines."}


def test_what_a_class_says_itself_goes_before_what_it_inherits() -> None:
    assert docstrings(Derived) == {"first": "Said anew.", "own": "Its own."}


def test_every_key_of_the_config_has_a_meaning() -> None:
    assert [name for name in Config.model_fields if name not in docstrings(Config)] == []
    schema = json_schema()
    assert schema["properties"]["tls"]["description"] == "The certificate of the listener."
    undescribed = [
        f"{section}.{name}"
        for section, definition in schema["definitions"].items()
        for name, key in definition["properties"].items()
        if "description" not in key
    ]
    assert undescribed == []


def test_starting_reads_no_sources() -> None:
    probe = "import sys, yett.config.schema; print('yett.config.docstrings' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
    assert not Section.model_config.get("use_attribute_docstrings")
