"""Configurations that change at a bad moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from siege.campaign import Campaign
from siege.castle import Castle
from siege.speech import call

CONTENTS: dict[str, Callable[[str], str]] = {
    "good": lambda good: good,
    "empty": lambda _: "",
    "half": lambda good: good[: len(good) // 2],
    "garbage": lambda _: "\x00\xff: [",
    "typo": lambda good: good.replace("deny:", "deney:"),
    "bomb": lambda good: "a: &a [x]\n" + good.replace("web.*", "*a"),
}
ROUNDS = 6


def bad_reloads(campaign: Campaign) -> list[str]:
    """Reloads of good, bad, half and missing files under load: no call fails, nothing half-applies, all is recorded."""
    with Castle(campaign.castle.folder / "reloads") as castle:
        mine = Campaign(castle)
        with judged_meanwhile(mine) as wrong:
            problems = reload_all(castle)
        rejected = sum(record.get("event") == "reload-rejected" for record in castle.ledger())
    problems += [f"{len(wrong)} calls were judged wrongly meanwhile: {wrong[0]}"] if wrong else []
    expected = ROUNDS * len(CONTENTS)  # each but the good one, and the missing file
    return problems if rejected == expected else [*problems, f"{rejected} records of rejected reloads, not {expected}"]


def reload_all(castle: Castle) -> list[str]:
    """Reload every content of the file, and no file at all, again and again."""
    path = castle.folder / "yett.yaml"
    good = path.read_text("utf-8")
    problems = []
    for what in (*CONTENTS, "missing") * ROUNDS:
        if what == "missing":
            path.unlink()
        else:
            path.write_text(CONTENTS[what](good), "latin-1")
        status, words = castle.reload()
        if status != (200 if what == "good" else 409):
            problems.append(f"{what}: {status} {words[:80]}")
    path.write_text(good, "utf-8")
    return problems


@contextmanager
def judged_meanwhile(campaign: Campaign) -> Iterator[list[str]]:
    """Call all the while, an allowed tool and a forbidden one; what was judged wrongly is in the list."""
    stop = threading.Event()
    wrong: list[str] = []

    def client() -> None:
        while not stop.is_set():
            for name, allowed in (("echo", True), ("delete_all", False)):
                document = campaign.say(call(name)).document or {}
                if ("result" in document) is not allowed:
                    wrong.append(f"{name}: {document}")

    clients = [threading.Thread(target=client) for _ in range(2)]
    for one in clients:
        one.start()
    try:
        yield wrong
    finally:
        stop.set()
        for one in clients:
            one.join()


def reload_while_draining(campaign: Campaign) -> list[str]:
    """A reload during the drain does not bring the gateway back, and it ends in time."""
    with Castle(campaign.castle.folder / "draining") as castle:
        castle.gateway.terminate()
        castle.reload()
        started = time.monotonic()
        castle.gateway.wait(15)
        return [] if time.monotonic() - started < 10 and castle.gateway.returncode == 0 else ["it did not end"]


def one_record_a_change(campaign: Campaign) -> list[str]:
    """Each change names the digests before and after."""
    with Castle(campaign.castle.folder / "changes") as castle:
        castle.write_config(old="proc.get_issue]", new="proc.get_issue, web.getX]")
        castle.reload()
        changes = [record["fields"] for record in castle.ledger() if record.get("event") == "reload"]
    good = len(changes) == 1 and changes[0]["before"] != changes[0]["after"] and len(changes[0]["after"]) == 64
    return [] if good else [f"{changes}"]
