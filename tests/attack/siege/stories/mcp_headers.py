"""Tools whose annotations are wrong."""

from __future__ import annotations

from siege.campaign import Campaign, Lane
from siege.speech import Say, call


def dropped_tools(campaign: Campaign) -> list[str]:
    """Tools whose annotations are wrong are neither listed nor callable; every tool that is listed can be called."""
    from siege import catalogues

    lane = Lane("modern", "poison")
    listed = campaign.say(Say(method="tools/list"), lane).document["result"]["tools"]
    names = [tool["name"] for tool in listed]
    problems = [f"`{name}` is listed" for name in catalogues.HEADERS if name in names]
    for name in catalogues.HEADERS:
        answer = campaign.say(call(name, {"a": "x"}), lane)
        if answer.document.get("error", {}).get("code") != -32602:
            problems.append(f"`{name}` was not refused as unknown: {answer.body[:80]!r}")
    return problems


def warned_about(campaign: Campaign) -> list[str]:
    """What is dropped is named in the log."""
    log = campaign.castle.log()
    return [f"no warning about `{name}`" for name in (b"header_crlf", b"header_twice") if name not in log]
