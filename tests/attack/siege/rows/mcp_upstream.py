"""M-30 to M-52: servers that lie, flood and listen; clients that leave; rights that end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from siege.cases import Talk, act, broken, case, hidden, no, talk, yes
from siege.plays import MESSAGES, STREAMS
from siege.speech import call
from siege.stories.http_use import hop_by_hop
from siege.stories.mcp_upstream import (
    bombs,
    heavy_arguments,
    leaving,
    listed_is_callable,
    lists_are_filtered,
    others_are_not_cancelled,
    own_credential,
    private_lists,
    revoked,
    shadowed_names,
    written_anew,
)

CUT = ("too-large", "too-deep", "too-many")
GOOD = yes(absent=(b"POISON",))


def play(part: str, fate: Any, what: str = "", **more: Any) -> Talk:
    """The canary plays a part."""
    return talk(what or part.replace("-", " "), call("play", {"part": part}), fate, **more)


def wrong_replies() -> Iterator[Talk]:
    """Replies that answer nothing, or in no proper form: as JSON, as an event, and on a pipe."""
    for part in MESSAGES:
        if part in CUT:
            continue
        # A complaint about nobody in particular is taken for the answer where there is only one call to answer.
        if part == "id-null":
            continue
        yield play(part, broken(), f"{part}, as JSON", servers="web")
        yield play(f"stream:{part}", broken(), f"{part}, in a stream", servers="web")
        yield play(part, broken(5020, 5030), f"{part}, on a pipe", eras="legacy", servers="proc", long=True)


def asks(method: str) -> str:
    """A result that asks the client for something."""
    result = {
        "resultType": "input_required",
        "inputRequests": {"a": {"method": method, "params": {"message": "POISON"}}},
    }
    return "say:" + json.dumps(result)


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ROWS = [
    case(
        "M-30",
        "replies that answer nothing",
        wrong_replies(),
        play("two-replies", GOOD, servers="web"),
        play("reply-then-log", GOOD, servers="web"),
    ),
    case(
        "M-31",
        "requests from a server in the modern era",
        [play(part, broken(), eras="modern", servers="web") for part in STREAMS if part.startswith("event-asks")],
        play("event-asks-unknown", GOOD, "legacy: a method that no server has", eras="legacy", servers="web"),
    ),
    case(
        "M-32",
        "questions that a server may not ask",
        [
            play(asks(method), broken(), f"{method}", eras="modern", servers="web")
            for method in ("tools/call", "POISON", "elicitation/create ", "Sampling/createMessage", "")
        ],
        [
            play(
                "say:" + json.dumps({"resultType": "input_required", "inputRequests": value}),
                broken(),
                f"questions that are {value!r}",
                eras="modern",
                servers="web",
            )
            for value in ([], "POISON", {"a": "POISON"}, {"a": None})
        ],
        not_yet="sampling and elicitation by default deny, URLs by allow-list: there is no such policy yet",
    ),
    case("M-33", "input_required without end", not_yet="rounds are not counted"),
    case(
        "M-34",
        "poisoned tool definitions",
        act("definitions over the size bound are not listed", shadowed_names),
        not_yet="instructions and hidden text in definitions: no detector yet",
    ),
    case("M-35", "definitions that change after approval", not_yet="definitions are not pinned yet"),
    case("M-36", "shadowing and duplicate names", act("they are nobody's", shadowed_names)),
    case(
        "M-37",
        "annotations that lie",
        talk("`readOnlyHint` grants nothing", call("liar", caller="mallory"), hidden(), servers="poison"),
        talk("`readOnlyHint` takes nothing", call("liar"), yes(), servers="poison"),
    ),
    case(
        "M-38",
        "schemas that are bombs",
        act("they cannot be called", bombs),
        act("arguments in linear time", heavy_arguments),
    ),
    case("M-39", "filtered lists that may be cached", act("private, and bounded in time", private_lists)),
    case(
        "M-40",
        "results that are too much",
        [play(part, broken(), f"{part}, as JSON", servers="web") for part in CUT],
        [play(f"stream:{part}", broken(), f"{part}, in a stream", servers="web") for part in CUT],
        [
            play(part, broken(5020, 5030), f"{part}, on a pipe", eras="legacy", servers="proc", long=True)
            for part in CUT
        ],
        not_yet="results against `outputSchema`",
    ),
    case(
        "M-41",
        "injection into event streams",
        [play(part, broken(), servers="web") for part in STREAMS if not part.startswith("event-asks")],
        [
            play(part, yes(absent=(b"POISON", b"retry:")), servers="web")
            for part in ("injected-fields", "injected-lines", "byte-order-mark", "data-over-lines")
        ],
        act("a stream is written anew, in lines of our own", written_anew),
    ),
    case(
        "M-42",
        "streams without end or without a reply",
        [play(part, broken(), servers="web") for part in ("stream-without-reply", "stream-cut-in-event")],
        [
            play(part, broken(5040), servers="web", long=True)
            for part in ("stream-silent", "head-only", "never-answers")
        ],
        not_yet="a cap on the rate of events",
    ),
    case(
        "M-43",
        "notifications about somebody else's call",
        [play(part, GOOD, servers="web") for part in ("foreign-progress", "unknown-notification")],
    ),
    case("M-44", "a server that says the gateway's credential", act("the client does not read it", own_credential)),
    case(
        "M-45",
        "challenges of a server",
        [
            play(part, broken(5020, 5030, absent=(b"POISON", b"www-authenticate", b"10.0.0.1")), servers="web")
            for part in ("challenge-401", "challenge-403")
        ],
    ),
    case(
        "M-46",
        "an agent that was talked into it",
        talk("what is not granted stays denied", call("delete_all"), hidden()),
        not_yet="approvals, budgets, taint rules",
    ),
    case("M-47", "exfiltration in disguise", not_yet="nothing looks at what arguments carry yet"),
    case("M-48", "cancelling somebody else's call", act("nothing happens", others_are_not_cancelled)),
    case("M-49", "clients that leave at once", act("nothing is left", leaving)),
    case("M-50", "rights that end while a call runs", act("the call ends", revoked)),
    case(
        "M-52",
        "trace context",
        [
            talk(
                what,
                call("echo", {"text": "x"}, meta={"traceparent": value}),
                no(400, 200, codes=frozenset({-32602, -32700})),
            )
            for what, value in (
                ("a megabyte", "0" * 900_000),
                ("a number", 5),
                ("CR LF", TRACE + "\r\nx: y"),
                ("an object", {}),
            )
        ],
        talk("as it should be", call("echo", {"text": "x"}, meta={"traceparent": TRACE}), yes()),
        act("headers do not cross", hop_by_hop),
        not_yet="`baggage` in `_meta` passes; the sampled flag is not judged",
    ),
    case(
        "Z-17",
        "lists and calls agree",
        act("each caller's lists", lists_are_filtered),
        act("listed is callable, unlisted is not", listed_is_callable),
    ),
]
