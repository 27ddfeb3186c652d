"""J-01 to J-27: documents that two parsers read differently. The corpus of `tests/protocol` is the base.

Its rows are put into a good call with a good token: an accepted one is answered, and is seen by the canary.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from siege.campaign import Campaign, Lane
from siege.cases import Case, Talk, act, broken, case, no, talk, yes
from siege.knock import Answer
from siege.speech import META, Say, call

CORPUS = Path(__file__).resolve().parents[3] / "protocol" / "corpus.jsonl"
WIDER_FROM_SERVERS = frozenset({"json.too-deep", "json.too-many-values", "json.too-large", "json.number-inexact"})
"""Rules with other bounds for what servers say: results hold files, and schemas nest."""


def text_of(row: dict[str, Any]) -> bytes:
    """A row's bytes; `[unit, times]` stands for a repetition."""
    pieces = row["text"] if isinstance(row["text"], list) else [row["text"]]
    return "".join(one if isinstance(one, str) else one[0] * one[1] for one in pieces).encode("latin-1")


ROWS_OF_CORPUS = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]


def in_call(arguments: bytes, *, modern: bool) -> bytes:
    """A call of `document` with these very arguments."""
    meta = b',"_meta":' + json.dumps(META).encode() if modern else b""
    document = b'{"name":"document","arguments":{"doc":' + arguments + b"}" + meta + b"}"
    return b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":' + document + b"}"


DOCUMENT = call("document", {"doc": {}})


def corpus(id: str) -> Iterator[Talk]:
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


def corpus_case(id: str, title: str, *more: Any) -> Case:
    """A row made of the corpus, and more."""
    variants = list(corpus(id))
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


def quick(campaign: Campaign, body: bytes, seconds: float) -> tuple[Answer, float, list[str]]:
    """Send a body; complain when the answer is late."""
    started = time.monotonic()
    answer = campaign.say(Say(params=DOCUMENT.params, body=body))
    taken = time.monotonic() - started
    return answer, taken, [] if taken < seconds else [f"{taken:.2f} s"]


def large_documents(campaign: Campaign) -> list[str]:
    """Depth, digits and numbers of values cost neither time nor memory."""
    problems = []
    campaign.say(DOCUMENT)
    before = campaign.castle.rss()
    for what, body in (
        ("a million brackets", b"[" * 1_000_000),
        ("a million brackets in a call", in_call(b"[" * 500_000 + b"]" * 500_000, modern=True)),
        ("a million digits", in_call(b"9" * 1_000_000, modern=True)),
        ("empty arrays", in_call(b"[" + b",".join([b"[]"] * 300_000) + b"]", modern=True)),
        ("small objects", in_call(b"[" + b",".join([b'{"a":{}}'] * 110_000) + b"]", modern=True)),
        ("an unclosed string", b'"' + b"\\" * 1_000_000),
        ("escapes", in_call(b'"' + b"\\u0041" * 170_000 + b'"', modern=True)),
        ("keys", in_call(b"{" + b",".join(b'"%d":0' % n for n in range(90_000)) + b"}", modern=True)),
    ):
        _, _, late = quick(campaign, body, 1.5)
        problems += [f"{what}: {one}" for one in late]
    grown = campaign.castle.rss() - before
    return problems if grown < 64 << 20 else [*problems, f"{grown >> 20} MiB"]


def colliding_keys(campaign: Campaign) -> list[str]:
    """Keys that collide in a hash without a seed take no longer than others."""
    # Integers as text collide nowhere in particular; these collide in DJB2-like hashes, which Python does not use.
    colliding = [f"{'Ez' * (n & 1)}{'FY' * (1 - (n & 1))}{n:06d}" for n in range(20_000)]
    plain = [f"key-{random.Random(n).getrandbits(40):x}" for n in range(20_000)]
    times = []
    for keys in (plain, colliding):
        body = in_call(json.dumps(dict.fromkeys(keys, 0)).encode(), modern=True)
        taken = min(quick(campaign, body, 9)[1] for _ in range(3))
        times.append(taken)
    return [] if times[1] < 3 * times[0] + 0.05 else [f"{times[1]:.3f} s, and {times[0]:.3f} s for other keys"]


FORMS = (
    b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"%b","arguments":{}%b}}',
    b'{ "params" : { "arguments" : { } , "name" : "%b"%b } ,\n "method" : "tools/call" , "id" : 7 , "jsonrpc" : "2.0" }\n',
    b'\t{"id":7,"method":"tools\\u002fcall","params":{"name":"%b","arguments":{}%b},"jsonrpc":"\\u0032.0"}',
    b'{"method":"tools\\/call","jsonrpc":"2.0","id":7,"params":{"name":"%b","arguments":{}%b}}',
)


def same_call(campaign: Campaign) -> list[str]:
    """However a call is written, the decision is the same and the same bytes go on."""
    castle = campaign.castle
    problems = []
    for era in ("modern", "legacy"):
        meta = b',"_meta":' + json.dumps(META).encode() if era == "modern" else b""
        for name, escaped in ((b"get_issue", b"get\\u005fissue"), (b"delete_all", b"\\u0064elete_all")):
            seen, decided = set(), set()
            for form in FORMS:
                for spelling in (name, escaped):
                    say = Say(params={"name": name.decode()}, body=form % (spelling, meta))
                    before = len(castle.effects("web"))
                    answer = campaign.say(say, Lane(era))
                    decided.add((answer.status, b"result" in answer.body))
                    seen |= {canonical(one["body"]) for one in castle.effects("web")[before:]}
            if len(decided) != 1:
                problems.append(f"{name.decode()}, {era}: decided {decided}")
            if any("\\u00" in body or " : " in body for body in seen):
                problems.append(f"{name.decode()}, {era}: the client's own bytes went on")
            if len({json.dumps(json.loads(body), sort_keys=True) for body in seen}) > 1:
                problems.append(f"{name.decode()}, {era}: different calls went on")
    return problems


def canonical(body: str) -> str:
    """A body without what differs from call to call on the legacy leg: its id."""
    message = json.loads(body)
    return body.replace(f'"id":{json.dumps(message["id"])}', '"id":0')


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
    corpus_case("J-01", "duplicate members"),
    corpus_case("J-02", "duplicates through escapes"),
    corpus_case("J-03", "duplicates deep inside"),
    corpus_case("J-04", "members that differ in case", strange_calls()),
    corpus_case("J-05", "members that differ in Unicode form"),
    corpus_case("J-06", "only the other spelling is there"),
    corpus_case("J-07", "invisible characters in keys"),
    corpus_case("J-08", "`__proto__` and its kin"),
    corpus_case("J-09", "large keys, many keys, large strings"),
    corpus_case("J-10", "NaN and Infinity"),
    corpus_case("J-11", "numbers beyond a double"),
    corpus_case("J-12", "integers beyond 2^53"),
    corpus_case("J-13", "integers of thousands of digits"),
    corpus_case(
        "J-14",
        "1, 1.0, 1e0, \"1\" and true",
        talk("1.0 is no integer argument", call("typed", {"count": 1.0}), no(200, tool_error=True)),
        talk("\"1\" is no integer argument", call("typed", {"count": "1"}), no(200, tool_error=True)),
        talk("true is no integer argument", call("typed", {"count": True}), no(200, tool_error=True)),
    ),
    corpus_case("J-15", "other ways to write a number"),
    corpus_case("J-16", "lone surrogates"),
    corpus_case("J-17", "bytes that are not UTF-8"),
    corpus_case("J-18", "byte order marks, UTF-16, UTF-32"),
    corpus_case("J-19", "NUL and other controls in strings"),
    corpus_case("J-20", "almost JSON"),
    corpus_case("J-21", "depth", act("large documents", large_documents)),
    corpus_case("J-22", "many values"),
    corpus_case("J-23", "no object"),
    corpus_case(
        "J-24",
        "batches",
        [
            talk(what, whole(json.dumps(batch).encode()), no(400, code=-32600))
            for what, batch in (
                ("a good call and a forbidden one", [call("echo").envelope("modern"), call("delete_all").envelope("modern")]),
                ("a thousand pings", [{"jsonrpc": "2.0", "id": n, "method": "ping"} for n in range(1000)]),
            )
        ],
    ),
    case("J-25", "keys that collide", act("20,000 of them", colliding_keys)),
    corpus_case("J-26", "the same call in other words", act("one decision, one encoding", same_call)),
    case("J-27", "the same from a server", from_server()),
]  # fmt: skip
