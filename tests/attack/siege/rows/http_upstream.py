"""H-39 to H-41: servers that answer with something that is no HTTP, elsewhere, or too much."""

from __future__ import annotations

from siege.campaign import Campaign, Lane
from siege.cases import Talk, act, broken, case, talk, yes
from siege.plays import HTTP_PARTS
from siege.speech import call

PASSED_ON = {"many-headers", "leftover", "leftover-late", "leftover-head"}
OTHER_CASES = ("redirect", "leftover", "challenge", "stream", "head-only", "never-answers")
UNAVAILABLE = frozenset({"closes-at-once"})


def play(part: str, what: str = "") -> Talk:
    """The canary plays a part, and nothing of it may reach the client."""
    codes = (5020, 5030) if part in UNAVAILABLE else (5020,)
    return talk(what or part.replace("-", " "), call("play", {"part": part}), broken(*codes), servers="web")


def after_leftovers(campaign: Campaign) -> list[str]:
    """Bytes that a server sends too many are nobody's answer."""
    problems = []
    for part in ("leftover", "leftover-late", "leftover-head"):
        for era in ("modern", "legacy"):
            campaign.say(call("play", {"part": part}), Lane(era))
            for number in range(3):
                answer = campaign.say(call("echo", {"text": f"mine-{number}"}, id=number), Lane(era))
                # Late bytes may cost the next call its answer: HTTP/1.1 cannot tell them apart. They are never one.
                good = f"mine-{number}".encode() in answer.body or (part == "leftover-late" and b"5020" in answer.body)
                if not good or b"POISON" in answer.body:
                    problems.append(f"{part}, {era}: {answer.body[:120]!r}")
    return problems


def credentials_stay(campaign: Campaign) -> list[str]:
    """A redirect from one server to another server's port carries nobody's credentials there."""
    castle = campaign.castle
    seen = castle.effects("poison")
    tokens = {effect["headers"].get("authorization") for effect in seen}
    foreign = tokens - {f"Bearer {castle.secrets['poison']}"}
    return [f"another server's credential arrived: {len(foreign)}"] if foreign else []


ROWS = [
    case(
        "H-39",
        "answers that are no HTTP, or carry what is not for the client",
        [play(part) for part in HTTP_PARTS if part not in PASSED_ON and not part.startswith(OTHER_CASES)],
        talk("headers of the server's stay behind", call("play", {"part": "many-headers"}), yes(absent=(b"POISON", b"Access-Control", b"access-control")), servers="web"),
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
        [talk(part, call("play", {"part": part}), yes(absent=(b"POISON",)), servers="web") for part in ("leftover", "leftover-head")],
        act("the next caller gets an answer of his own", after_leftovers),
    ),
]  # fmt: skip
