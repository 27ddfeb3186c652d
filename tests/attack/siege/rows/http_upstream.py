"""H-39 to H-41: servers that answer with something that is no HTTP, elsewhere, or too much."""

from __future__ import annotations

from siege.cases import Talk, act, broken, case, talk, yes
from siege.plays import HTTP_PARTS
from siege.speech import call
from siege.stories.http_upstream import after_leftovers, credentials_stay

PASSED_ON = {"many-headers", "leftover", "leftover-late", "leftover-head"}
OTHER_CASES = ("redirect", "leftover", "challenge", "stream", "head-only", "never-answers")
UNAVAILABLE = frozenset({"closes-at-once"})


def play(part: str, what: str = "") -> Talk:
    """The canary plays a part, and nothing of it may reach the client."""
    codes = (5020, 5030) if part in UNAVAILABLE else (5020,)
    return talk(what or part.replace("-", " "), call("play", {"part": part}), broken(*codes), servers="web")


ROWS = [
    case(
        "H-39",
        "answers that are no HTTP, or carry what is not for the client",
        [play(part) for part in HTTP_PARTS if part not in PASSED_ON and not part.startswith(OTHER_CASES)],
        talk(
            "headers of the server's stay behind",
            call("play", {"part": "many-headers"}),
            yes(absent=(b"POISON", b"Access-Control", b"access-control")),
            servers="web",
        ),
    ),
    case(
        "H-40",
        "redirects",
        [play(part) for part in HTTP_PARTS if part.startswith("redirect")],
        act("no credential follows", credentials_stay),
    ),
    case(
        "H-41",
        "bytes behind an answer",
        [
            talk(part, call("play", {"part": part}), yes(absent=(b"POISON",)), servers="web")
            for part in ("leftover", "leftover-head")
        ],
        act("the next caller gets an answer of his own", after_leftovers),
    ),
]
