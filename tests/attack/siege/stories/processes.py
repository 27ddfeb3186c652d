"""Servers that are processes: what they see, how they die, what is left of them."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.speech import call

ROTATED = 5.0
"""Seconds after which an old credential may not be used any more (threat catalogue, S-08)."""
AT_ONCE = 4.0
"""Seconds in which a call of a dead process must fail: a tenth of one, but for a busy machine. Its timeout is 5."""


def child_environment(campaign: Campaign) -> list[str]:
    """A server process sees its own variables and a few that programs need: nothing of the gateway's."""
    castle = campaign.castle
    answer = campaign.say(call("environment"), Lane("legacy", "proc"))
    problems = [] if answer.document.get("result") else [f"{answer.body[:100]!r}"]
    pids = children(castle)
    if not pids:
        problems.append("no server process is running")
    foreign = {"web", "web.key", "poison", "ledger key", "gateway's environment"}
    for pid in pids:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        problems += [
            f"`{name}` is in the environment of a server"
            for name in foreign
            if castle.secrets[name].encode() in environment
        ]
        problems += [
            f"`{name}` is in the command line of a server"
            for name in castle.secrets
            if castle.secrets[name].encode() in command
        ]
        problems += [
            f"`{token}` is in the environment"
            for token in castle.tokens
            if castle.tokens[token].encode() in environment
        ]
        if b"CANARY_UNRELATED" in environment:
            problems.append("a variable of the gateway's is in the environment of a server")
        problems += [f"{pid} has {target}" for target in foreign_files(pid, castle)]
    return problems


def children(castle: Castle) -> list[int]:
    """All processes below the gateway."""
    waiting, found = [castle.gateway.pid], []
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                below = [int(one) for one in task.read_text("ascii").split()]
            except OSError:
                continue
            found += below
            waiting += below
    return found


def foreign_files(pid: int, castle: Castle) -> list[str]:
    """Open files and sockets of a server process that are not its own three pipes, and are the gateway's."""
    pipes, others = set(), set()
    for below in (pid, *(one for one in children(castle) if parent_of(one) == pid)):
        for link in Path(f"/proc/{below}/fd").glob("*"):
            try:
                (pipes if int(link.name) <= 2 else others).add(str(link.readlink()))
            except OSError:
                continue
    return [one for one in others - pipes if one.startswith("socket:") or "/ledger/" in one or "tokens.yaml" in one]


def parent_of(pid: int) -> int:
    """A process's parent."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def gateway_is_closed(campaign: Campaign) -> list[str]:
    """The gateway leaves no core dump. (That others cannot read it is the proof's: this suite may run as root.)"""
    pid = campaign.castle.gateway.pid
    limits = Path(f"/proc/{pid}/limits").read_text("ascii")
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    return [] if core.split()[4:6] == ["0", "0"] else [f"core dumps are possible: {core}"]


def died_and_back(campaign: Campaign) -> list[str]:
    """A shared process that dies fails its calls at once, and the next ones are served again."""
    problems = []
    lane = Lane("modern", "proc")
    for part in ("dies", "dies-within", "no-json", "too-long"):
        started = time.monotonic()
        document = campaign.say(call("play", {"part": part}), lane).document
        if document.get("error", {}).get("code") not in (5020, 5030):
            problems.append(f"{part}: {document}")
        if time.monotonic() - started > AT_ONCE:
            problems.append(f"{part}: {time.monotonic() - started:.1f} s")
        deadline = time.monotonic() + 15.0
        while campaign.say(call("echo", {"text": "x"}), lane).document.get("result") is None:
            if time.monotonic() > deadline:
                problems.append(f"{part}: never back")
                break
            time.sleep(0.2)
    return problems


def gone_with_the_gateway(campaign: Campaign) -> list[str]:
    """Killed, the gateway takes its server processes along."""
    with Castle(campaign.castle.folder / "orphans") as castle:
        mine = Campaign(castle)
        for caller in ("alice", "bob"):
            mine.say(call("echo", {"text": "x"}, caller=caller), Lane("legacy", "proc"))
        mine.say(call("echo", {"text": "x"}), Lane("modern", "proc"))
        before = children(castle)
        os.kill(castle.gateway.pid, signal.SIGKILL)
        castle.gateway.wait()
        deadline = time.monotonic() + 6.0
        left = before
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = [pid for pid in before if Path(f"/proc/{pid}").exists() and "Z" not in state_of(pid)]
        if not before:
            return ["there were no processes"]
        return [f"{len(left)} of {len(before)} live on"] if left else []


def state_of(pid: int) -> str:
    """A process's state, as one letter."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def rotated(campaign: Campaign) -> list[str]:
    """A credential file that changes is used after a reload, the old one is not, and no call fails meanwhile."""
    problems = []
    with Castle(campaign.castle.folder / "rotated") as castle:
        mine = Campaign(castle)
        mine.say(call("echo", {"text": "before"}))
        fresh = castle.secrets.make("web.key, new")
        (castle.folder / "web.key").write_text(fresh + "\n", "utf-8")
        failed = []
        stop = threading.Event()

        def client() -> None:
            while not stop.is_set():
                if mine.say(call("echo", {"text": "during"})).document.get("result") is None:
                    failed.append(1)

        thread = threading.Thread(target=client)
        thread.start()
        try:
            if castle.reload()[0] != 200:
                problems.append("the reload failed")
            deadline = time.monotonic() + ROTATED
            while castle.effects("web")[-1]["headers"].get("x-api-key") != fresh and time.monotonic() < deadline:
                time.sleep(0.1)
        finally:
            stop.set()
            thread.join()
        mine.say(call("echo", {"text": "after"}))
        if castle.effects("web")[-1]["headers"].get("x-api-key") != fresh:
            problems.append(f"the old credential is still used after {ROTATED:g} s")
        if failed:
            problems.append(f"{len(failed)} calls failed")
    return problems
