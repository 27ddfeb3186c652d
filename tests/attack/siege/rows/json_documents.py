"""J-01 to J-27: documents that two parsers read differently. The corpus of `tests/protocol` is the base.

Its rows are put into a good call with a good token: an accepted one is answered, and is seen by the canary.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from siege.cases import Case, Talk, act, broken, case, no, talk, yes
from siege.speech import DOCUMENT, Say, call, in_call
from siege.stories.json_documents import colliding_keys, large_documents, same_call

CORPUS = Path(__file__).resolve().parents[3] / "protocol" / "corpus.jsonl"
WIDER_FROM_SERVERS = frozenset({"json.too-deep", "json.too-many-values", "json.too-large", "json.number-inexact"})
"""Rules with other bounds for what servers say: results hold files, and schemas nest."""


def text_of(row: dict[str, Any]) -> bytes:
    """A row's bytes; `[unit, times]` stands for a repetition."""
    pieces = row["text"] if isinstance(row["text"], list) else [row["text"]]
    return "".join(one if isinstance(one, str) else one[0] * one[1] for one in pieces).encode("latin-1")


ROWS_OF_CORPUS = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]


def json_corpus(id: str) -> Iterator[Talk]:
    """The corpus' documents for one case, as what a client sends."""
    for row in ROWS_OF_CORPUS:
        if row["case"] != id:
            continue
        if row["in"] == "arguments":
            yield from in_arguments(row)
        elif row["refused"] and row["refused"].startswith(("json.", "rpc.")):
            code = -32700 if row["refused"].startswith("json.") else -32600
            yield talk(row["why"], whole(text_of(row)), no(400, code=code))


def in_arguments(row: dict[str, Any]) -> Iterator[Talk]:
    """A document within a call's arguments, in both eras."""
    for era in ("modern", "legacy"):
        body = in_call(text_of(row), modern=era == "modern")
        if not row["refused"]:
            # A little deeper here than in the corpus' own frame: what is just allowed there is just too deep here.
            if not row["why"].startswith("depth 64"):
                yield talk(row["why"], Say(params=DOCUMENT.params, body=body), yes(), eras=era)
        elif row["refused"] == "json.too-large":
            yield talk(row["why"], Say(params=DOCUMENT.params, body=body), no(413), eras=era)
        else:
            yield talk(row["why"], Say(params=DOCUMENT.params, body=body), no(400, code=-32700), eras=era)


def whole(body: bytes) -> Say:
    """A message whose body is given; its headers are those of a call."""
    return Say(params=DOCUMENT.params, body=body)


def json_case(id: str, title: str, *more: Any) -> Case:
    """A row made of the corpus, and more."""
    variants = list(json_corpus(id))
    if not variants:
        raise LookupError(f"the JSON corpus has no documents for {id}")
    return case(id, title, variants, *more)


def from_server() -> Iterator[Talk]:
    """The documents as a server's answer: nothing of what is refused may pass."""
    for index, row in enumerate(ROWS_OF_CORPUS):
        if not row["refused"] or row["refused"] in WIDER_FROM_SERVERS or row["case"] in ("J-24", "M-16"):
            continue
        say = call("play", {"part": f"corpus:{index}"})
        fate = broken(absent=(b"POISON",))
        yield talk(f"{row['case']} {row['why']}", say, fate, servers="web")
        if row["case"] != "J-23" and b"\n" not in text_of(row):
            yield talk(f"{row['case']} {row['why']}", say, fate, eras="legacy", servers="proc", long=True)


def strange_calls() -> Iterator[Talk]:
    """Members in other forms, with the tool they would name out of reach of the policy."""
    for what, params in (
        ("only Name", {"Name": "delete_all", "arguments": {}}),
        ("name and Name", {"name": "echo", "Name": "delete_all", "arguments": {}}),
        ("name and a full-width name", {"name": "echo", "\uff4eame": "delete_all"}),
        ("arguments and Arguments", {"name": "echo", "arguments": {}, "ARGUMENTS": {"text": "x"}}),
        ("name with a zero-width joiner", {"name": "echo", "na\u200dme": "delete_all"}),
        ("_meta and _Meta", {"name": "echo", "_Meta": {}}),
        ("name with a space", {"name": "echo", "name ": "delete_all"}),
    ):
        yield talk(what, Say(params=params, head={"mcp-name": "echo"}), no(400, 200))


ROWS = [
    json_case("J-01", "duplicate members"),
    json_case("J-02", "duplicates through escapes"),
    json_case("J-03", "duplicates deep inside"),
    json_case("J-04", "members that differ in case", strange_calls()),
    json_case("J-05", "members that differ in Unicode form"),
    json_case("J-06", "only the other spelling is there"),
    json_case("J-07", "invisible characters in keys"),
    json_case("J-08", "`__proto__` and its kin"),
    json_case("J-09", "large keys, many keys, large strings"),
    json_case("J-10", "NaN and Infinity"),
    json_case("J-11", "numbers beyond a double"),
    json_case("J-12", "integers beyond 2^53"),
    json_case("J-13", "integers of thousands of digits"),
    json_case(
        "J-14",
        '1, 1.0, 1e0, "1" and true',
        talk("1.0 is no integer argument", call("typed", {"count": 1.0}), no(200, tool_error=True)),
        talk('"1" is no integer argument', call("typed", {"count": "1"}), no(200, tool_error=True)),
        talk("true is no integer argument", call("typed", {"count": True}), no(200, tool_error=True)),
    ),
    json_case("J-15", "other ways to write a number"),
    json_case("J-16", "lone surrogates"),
    json_case("J-17", "bytes that are not UTF-8"),
    json_case("J-18", "byte order marks, UTF-16, UTF-32"),
    json_case("J-19", "NUL and other controls in strings"),
    json_case("J-20", "almost JSON"),
    json_case("J-21", "depth", act("large documents", large_documents)),
    json_case("J-22", "many values"),
    json_case("J-23", "no object"),
    json_case(
        "J-24",
        "batches",
        [
            talk(what, whole(json.dumps(batch).encode()), no(400, code=-32600))
            for what, batch in (
                (
                    "a good call and a forbidden one",
                    [call("echo").envelope("modern"), call("delete_all").envelope("modern")],
                ),
                ("a thousand pings", [{"jsonrpc": "2.0", "id": n, "method": "ping"} for n in range(1000)]),
            )
        ],
    ),
    case("J-25", "keys that collide", act("20,000 of them", colliding_keys)),
    json_case("J-26", "the same call in other words", act("one decision, one encoding", same_call)),
    case("J-27", "the same from a server", from_server()),
]
