"""What Yett accepts and sends on reads the same in every language that is at hand (the test's name says which)."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from siege import differential
from siege.rows.json_documents import ROWS_OF_CORPUS, in_call, text_of

from yett.core.verdict import Deny
from yett.protocol import document

STRANGE = (
    *(
        "",
        "a",
        "\u00e9",
        "e\u0301",
        "\u2028",
        "\U0001f600",
        "\ufffd",
        "\uffff",
        "\u0085",
        "\x7f",
        "\ufeff",
        "\\",
        '"',
        "/",
        "\u0130",
        "\u1e9e",
    ),
    *("__proto", "0", "-0", "1e3", "NaN", "null", "\u200d", "\U000e0041", "\ud7ff", "\ue000", "\t", "\n", "\r", "\x01"),
)
NUMBERS = (
    *(
        "0",
        "-0",
        "1",
        "-1",
        "1.0",
        "1e0",
        "1E+2",
        "1e-2",
        "0.1",
        "1e308",
        "1.7976931348623157e308",
        "5e-324",
        "4.9e-324",
        "2.2250738585072014e-308",
    ),
    *(
        "9007199254740991",
        "-9007199254740991",
        "0.30000000000000004",
        "123456789.123456789",
        "1e21",
        "1e22",
        "1e23",
        "100000000000000000000.0",
    ),
    *("9007199254740992", "1e400", "-1e400", "01", "1.", ".5", "+1", "0x1", "1_000"),
)


def value(chance: random.Random, depth: int = 0) -> str:
    """A document that is mostly JSON, written in one of many ways."""
    form = chance.randrange(7 if depth < 4 else 4)
    if form == 0:
        return chance.choice(NUMBERS)
    if form == 1:
        return chance.choice(("true", "false", "null"))
    if form in (2, 3):
        return text(chance)
    space = chance.choice(("", " ", "\n\t"))
    many = chance.randint(0, 4)
    if form == 4:
        return "[" + (space + ",").join(space + value(chance, depth + 1) for _ in range(many)) + space + "]"
    members = (f"{space}{text(chance)}{space}:{space}{value(chance, depth + 1)}" for _ in range(many))
    return "{" + ",".join(members) + space + "}"


def text(chance: random.Random) -> str:
    """A string: as it is, or with its characters escaped in one of the ways there are."""
    plain = "".join(chance.choice(STRANGE) for _ in range(chance.randint(0, 3)))
    way = chance.randrange(4)
    if way == 0:
        return json.dumps(plain, ensure_ascii=False)
    if way == 1:
        return json.dumps(plain)
    if way == 2:
        units = plain.encode("utf-16-be")
        return '"' + "".join(f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2)) + '"'
    return json.dumps(plain).replace("/", "\\/")


def documents() -> list[bytes]:
    chance = random.Random(20_260_728)
    corpus = [
        text_of(row) if row["in"] == "body" else in_call(text_of(row), modern=True)
        for row in ROWS_OF_CORPUS
        if len(text_of(row)) < 50_000
    ]
    return corpus + [value(chance).encode("utf-8", "surrogatepass") for _ in range(800)]


def accepted() -> list[tuple[Any, bytes]]:
    """What Yett understood, and the bytes that it would send on."""
    found = (document.read(body) for body in documents())
    return [(one.value, one.encoded) for one in found if not isinstance(one, Deny)]


ACCEPTED = accepted()


def test_there_are_enough_documents_of_either_fate() -> None:
    assert len(documents()) - len(ACCEPTED) > 70
    assert len(ACCEPTED) > differential.LEAST


@pytest.mark.parametrize("reader", differential.present())
def test_what_goes_on_reads_the_same_everywhere(reader) -> None:
    bodies = [encoded.decode("latin-1") for _, encoded in ACCEPTED]
    assert differential.differences(reader, bodies) == []


@pytest.mark.parametrize("reader", [reader for reader in differential.present() if reader != "python"])
def test_a_reader_would_tell_a_difference(reader) -> None:
    written = differential.read_by(reader, ['{"a":[1,"x"]}', '{"a":[1,"X"]}', '{"a":[1.5,"x"]}', '{"A":[1,"x"]}'])
    assert written[0] == differential.canonical({"a": [1, "x"]})
    assert len(set(written)) == 4


def test_yett_itself_understood_what_it_sends() -> None:
    for understood, encoded in ACCEPTED:
        assert differential.canonical(understood) == differential.canonical(differential.strict(encoded)), encoded


def test_what_is_sent_on_is_accepted_again_and_stays_as_it_is() -> None:
    for _, encoded in ACCEPTED:
        again = document.read(encoded)
        assert not isinstance(again, Deny)
        assert again.encoded == encoded
