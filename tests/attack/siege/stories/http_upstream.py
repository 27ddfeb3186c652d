"""Servers whose bytes or redirects lead astray."""

from __future__ import annotations

from siege.campaign import Campaign, Lane
from siege.speech import call


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
