from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from yett.config.fields import FilePath, Items, SecretText, Section, Shorthand, Table, Text, seconds, size
from yett.config.units import Seconds, Size
from yett.config.wording import Unreadable
from yett.secrets.secret import Secret


def upper(text: str) -> str:
    if text.islower():
        return text.upper()
    raise Unreadable(f"`{text}` is not lower", "write it lower")


class Inner(Section):
    loud: Annotated[bytes, Text(lambda text: upper(text).encode(), "^[a-z]+$", ("abc",))]


class Outer(Section):
    inner: Annotated[Inner, Shorthand("loud", "^[a-z]+$", ("abc",))]
    items: Items[str] = ()
    """What is in it."""
    table: Table[str, int] = Field(default={}, validate_default=True)
    file: FilePath | None = None
    secret: SecretText | None = None
    body: Annotated[Size, size("1KiB", "1MiB")] = Size(2048)
    time: Annotated[Seconds, seconds("1s", "1h")] = Seconds(1)


def problems(**given: object) -> list[tuple[tuple[str | int, ...], str, str]]:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"inner": "abc", **given}, context={"folder": "/etc/yett"})
    return [(e["loc"], e["msg"], e.get("ctx", {}).get("help", "")) for e in caught.value.errors()]


def read(**given: object) -> Outer:
    return Outer.model_validate({"inner": "abc", **given}, context={"folder": "/etc/yett"})


def test_a_shorthand_and_the_long_form_are_the_same():
    assert read(inner="abc") == read(inner={"loud": "abc"})
    assert read().inner.loud == b"ABC"


def test_a_value_that_was_read_already_is_taken():
    assert Inner(loud=b"x").loud == b"x"
    assert Outer(inner=Inner(loud=b"x"), file=Path("x"), body=Size(7)).body == 7


def test_an_unreadable_text_is_told_with_its_help():
    assert problems(inner="ABC") == [(("inner", "loud"), "`ABC` is not lower", "write it lower")]
    assert problems(inner={"loud": 7}) == [(("inner", "loud"), "expected text, found the number `7`", 'quote it: "7"')]
    assert problems(inner={"loud": True}) == [(("inner", "loud"), "expected text, found `true`", "")]


def test_braces_in_a_value_are_only_characters():
    assert problems(inner="{0}{X}%s")[0][1] == "`{0}{X}%s` is not lower"


def test_quantities_have_bounds_and_need_units():
    assert read(body="1KiB", time="1h").body == 1024
    assert problems(body="1023B") == [(("body",), "`1023B` is out of bounds", "between 1KiB and 1MiB")]
    assert problems(body=2048)[0][1] == "`2048` has no unit"
    assert problems(time=1.5)[0][1] == "`1.5` is not a time"
    assert problems(time=True)[0][1] == "expected text, found `true`"


def test_relative_files_start_at_the_folder():
    assert read(file="tls/a.crt").file == Path("/etc/yett/tls/a.crt")
    assert read(file="/a.crt").file == Path("/a.crt")
    assert problems(file="~/a")[0][1:] == ("`~` is not expanded", "write the whole path, or `${HOME}/...`")
    assert problems(file="")[0][1] == "a file name is missing"
    assert problems(file="a\0b")[0][1] == "a file name is missing"


def test_a_secret_is_a_secret_and_never_shows():
    given = Secret("hunter2")
    assert read(secret=given).secret is given
    assert "hunter2" not in repr(read(secret="hunter2"))
    with pytest.raises(ValidationError) as caught:
        read(secret=["hunter2"])
    assert "hunter2" not in str(caught.value)


def test_lists_and_tables_cannot_be_changed():
    section = read(items=["a"], table={"b": 1})
    assert section.items == ("a",)
    assert isinstance(section.table, MappingProxyType)
    assert isinstance(read().table, MappingProxyType)
    with pytest.raises(ValidationError):
        section.items = ()


@pytest.mark.parametrize(
    "given", [{"items": "abc"}, {"items": [1]}, {"items": {"a": 1}}, {"table": {"a": "1"}}, {"table": []}, {"x": 1}]
)
def test_nothing_is_coerced_and_nothing_is_ignored(given):
    assert problems(**given)


def test_errors_do_not_repeat_what_was_given():
    with pytest.raises(ValidationError) as caught:
        read(items=[1], table={"a": "hunter2"}, x="hunter2")
    assert "hunter2" not in str(caught.value)


def test_the_json_schema_knows_texts_and_shorthands():
    schema = Outer.model_json_schema()
    text = {"type": "string", "pattern": "^[a-z]+$", "examples": ["abc"]}
    assert schema["properties"]["inner"]["anyOf"] == [text, {"$ref": "#/$defs/Inner"}]
    assert schema["$defs"]["Inner"]["properties"]["loud"] == {**text, "title": "Loud"}
    assert schema["properties"]["body"]["type"] == "string"
    assert schema["additionalProperties"] is False
