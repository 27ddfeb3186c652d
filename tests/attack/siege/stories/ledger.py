"""The ledger: injected into, tampered with, killed, full, flooded, moved."""

from __future__ import annotations

import json
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.knock import connected, fresh_address, knock
from siege.speech import Say, call, written
from yett.ledger.verify import verify

HOSTILE = (
    "a\nb",
    "a\rb",
    'a\r\n{"kind":"intent"}',
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\u2028\u2029\x85",
    "\u202eevil",
    "\U000e0041",
    "x" * 100_000,
    '","kind":"outcome","status":"allowed',
    "\\u000a",
    "\\",
    "%0a",
    "\ufeff",
    "\uffff",
    "' OR 1=1 --",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "\x7f\x9b",
    "\t",
)


def one_line_each(campaign: Campaign) -> list[str]:
    """Hostile text in every field that a stranger fills: each record and each log line stays one line of ASCII JSON."""
    for text in HOSTILE:
        for say in strange_words(text):
            for era in ("modern", "legacy"):
                campaign.say(say, Lane(era))
    castle = campaign.castle
    records = [line for path in (castle.folder / "ledger").glob("*.jsonl") for line in path.read_bytes().splitlines()]
    logged = [line for line in castle.log().split(b"\n") if line and not line.startswith(b"yett ")]
    wrong = [line for line in (*records, *logged) if not one_plain_object(line)]
    kinds = {record.get("kind") for record in castle.ledger()} - {"intent", "outcome", "refusal", "event", "segment"}
    problems = [f"a line that is none: {line[:100]!r}" for line in wrong]
    return [*problems, f"records of kind {kinds}"] if kinds else problems


def strange_words(text: str) -> Iterator[Say]:
    """Messages with a text wherever one can stand."""
    clean = text if text.isascii() and text.isprintable() and len(text) < 4000 else "x"
    yield call(text, head={"mcp-name": clean})
    yield call("echo", {text: text})
    yield call("echo", {"text": text})
    yield Say(method=text, head={"mcp-method": clean})
    yield call("echo", id=text)
    yield Say(method="resources/read", params={"uri": text}, head={"mcp-name": clean})
    yield call("echo", meta={"io.modelcontextprotocol/clientInfo": {"name": text, "version": text}})
    yield call("echo", head={"mcp-name": clean, "user-agent": clean, "origin": clean})
    yield call("echo", session=clean)


def one_plain_object(line: bytes) -> bool:
    """Whether a line is a JSON object in printable ASCII, of bounded length."""
    printable = line.isascii() and line.decode("ascii").isprintable()
    return printable and len(line) <= 64 * 1024 and isinstance(json.loads(line), dict)


def tampering(campaign: Campaign) -> list[str]:
    """Edits, deletions, swaps and cuts of a real ledger are found, and the first bad line is named."""
    castle = campaign.castle
    key = castle.secrets["ledger key"].encode()
    for number in range(10):
        campaign.say(call("echo", {"text": str(number)}))
    whole = castle.folder / "ledger"
    head = None
    problems = []

    def copy() -> Path:
        place = castle.folder / "tampered"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole, place, ignore=shutil.ignore_patterns("*.lock"))
        return place

    def changed(what: str, change: Callable[[list[bytes]], list[bytes]], *, anchored: bool = False) -> None:
        place = copy()
        file = max(place.glob("*.jsonl"))
        file.write_bytes(b"\n".join(change(file.read_bytes().split(b"\n"))))
        found = verify(place, key, anchor=head if anchored else None)
        if found.ok:
            problems.append(f"{what}: not found")

    found = verify(copy(), key)
    head = found.head
    if not found.ok:
        problems.append(f"the ledger itself does not verify: {found.problem}")
    changed("one byte edited", lambda lines: [*lines[:5], lines[5].replace(b"1", b"2", 1), *lines[6:]])
    changed("a record deleted", lambda lines: [*lines[:5], *lines[6:]])
    changed("two swapped", lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]])
    changed("one repeated", lambda lines: [*lines[:6], lines[5], *lines[6:]])
    changed("one added", lambda lines: [*lines[:6], b'{"kind":"outcome"}', *lines[6:]])
    changed("the end cut", lambda lines: [*lines[:-4], b""], anchored=True)
    changed("all cut", lambda lines: [lines[0], b""], anchored=True)
    if verify(copy(), b"z" * 40).ok:
        problems.append("another key verifies it")
    return problems


def killed(times: int) -> Callable[[Campaign], list[str]]:
    """Kill -9 in the middle of calls: no effect without an intent before it, the chain goes on, the end is marked."""

    def story(campaign: Campaign) -> list[str]:
        problems: list[str] = []
        with Castle(campaign.castle.folder / f"killed-{times}") as castle:
            for round_ in range(times):
                mine = Campaign(castle)
                stop = threading.Event()
                door = mine.door("alice", Lane("modern", ("web", "proc")[round_ % 2]))
                clients = [threading.Thread(target=hammer, args=(castle.port, door, stop, round_, n)) for n in range(4)]
                for client in clients:
                    client.start()
                time.sleep(0.15 + 0.05 * (round_ % 5))
                castle.gateway.kill()
                castle.gateway.wait()
                stop.set()
                for client in clients:
                    client.join()
                castle.start()
            time.sleep(0.3)
            intents = sum(record["kind"] == "intent" for record in castle.ledger())
            effects = castle.effect_count()
            if effects > intents or not effects:
                problems.append(f"{effects} effects, {intents} intents")
            castle.halt()
            found = verify(castle.folder / "ledger", castle.secrets["ledger key"].encode())
            if not found.ok:
                problems.append(f"the chain: {found.problem}")
            if leftover := survivors(castle):
                problems.append(f"processes of killed gateways live on: {leftover}")
        return problems

    return story


def hammer(port: int, door: object, stop: threading.Event, round_: int, client: int) -> None:
    """Call without pause until told to stop."""
    number = 0
    while not stop.is_set():
        request = written(call("echo", {"text": f"{round_}-{client}-{number}"}), door)  # type: ignore[arg-type] # a Door
        try:
            knock(port, [request], address=fresh_address(), seconds=2.0)
        except OSError:
            return
        number += 1


def survivors(castle: Castle) -> list[int]:
    """Processes of stdio servers of this castle that run without a gateway."""
    time.sleep(0.5)
    found = []
    mine = str(castle.effects_path("proc")).encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and castle.gateway.poll() is not None:
            try:
                if mine in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def disk_full(campaign: Campaign) -> list[str]:
    """While the ledger cannot be written, no call is made; as soon as it can, all goes on, and the gap is recorded."""
    problems = []
    with Castle(campaign.castle.folder / "full") as castle:
        mine = Campaign(castle)
        mine.say(call("echo", {"text": "x"}))
        size = max(path.stat().st_size for path in (castle.folder / "ledger").glob("*.jsonl"))
        before = castle.effect_count()
        mine.sessions.of("alice", "web")
        soft, hard = resource.prlimit(castle.gateway.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(castle.gateway.pid, resource.RLIMIT_FSIZE, (size, hard))
        codes = []
        for number in range(6):
            document = mine.say(call("echo", {"text": str(number)}), Lane(("modern", "legacy")[number % 2])).document
            codes.append((document or {}).get("error", {}).get("code"))
        if set(codes) != {5031}:
            problems.append(f"answers {codes}, not 5031")
        if castle.effect_count() != before:
            problems.append(f"{castle.effect_count() - before} effects without a record")
        if castle.admin("/readyz")[0] != 503:
            problems.append("readiness does not show it")
        resource.prlimit(castle.gateway.pid, resource.RLIMIT_FSIZE, (soft, hard))
        deadline = time.monotonic() + 5.0
        while mine.say(call("echo", {"text": "again"})).document.get("result") is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if mine.say(call("echo", {"text": "again"})).document.get("result") is None:
            problems.append("service did not resume")
        castle.halt()
        kinds = [record["kind"] for record in castle.ledger()]
        if "gap" not in kinds:
            problems.append("the gap is not recorded")
        if not verify(castle.folder / "ledger", castle.secrets["ledger key"].encode()).ok:
            problems.append("the chain does not verify")
    return problems


def flood_is_counted(campaign: Campaign) -> list[str]:
    """Three hundred refused connections in a second: single records up to a hundred, the rest exactly counted."""
    castle = campaign.castle
    address = fresh_address()
    before = sum(
        record["fields"].get("400", 0) for record in castle.ledger() if record.get("event") == "http-rejections"
    )
    for _ in range(300):
        knock(castle.port, [b"GET / HTTP/1.1\r\nhost : x\r\n\r\n"], address=address, tls=campaign.tls)
    time.sleep(2.5)
    single = len(campaign.records()[address])
    counted = (
        sum(record["fields"].get("400", 0) for record in castle.ledger() if record.get("event") == "http-rejections")
        - before
    )
    return [] if single + counted == 300 and single <= 250 else [f"{single} records and {counted} counted, of 300"]


def ledger_cannot_be_moved(campaign: Campaign) -> list[str]:
    """A reload neither moves the ledger nor takes its key away; that it was tried is recorded."""
    problems = []
    with Castle(campaign.castle.folder / "moved") as castle:
        for old, new in (("path: ledger,", "path: elsewhere,"), (', key: "${env:CANARY_LEDGER_KEY}"', "")):
            castle.write_config(old=old, new=new)
            status, words = castle.reload()
            if status != 409:
                problems.append(f"{new or 'without a key'}: {status} {words}")
        Campaign(castle).say(call("echo", {"text": "x"}))
        rejected = [record for record in castle.ledger() if record.get("event") == "reload-rejected"]
        if len(rejected) != 2:
            problems.append(f"{len(rejected)} records of rejected reloads, not 2")
    return problems


def every_end_is_recorded(campaign: Campaign) -> list[str]:
    """Denied, failed, aborted, limited, unreadable: one word for each in the ledger."""
    castle = campaign.castle
    address = fresh_address()
    line = connected(castle.port, address, campaign.tls)
    line.sendall(written(call("wait", {"seconds": 3}), campaign.door("alice", Lane())))
    time.sleep(0.3)
    line.close()
    campaign.say(call("delete_all"), address=address)
    campaign.say(call("play", {"part": "status-99"}), address=address)
    campaign.say(call("echo", caller="stranger"), address=address)
    campaign.say(Say(body=b"{"), address=address)
    deadline = time.monotonic() + 6.0
    wanted = ["aborted", "failed", "access.not-granted", "json.malformed", "token.missing"]
    found: list[str] = []
    while found != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
        records = campaign.records()[address]
        found = sorted(record["status"] for record in records if record["kind"] == "outcome")
        found += sorted(record["reason"] for record in records if record["kind"] == "refusal")
    return [] if found == wanted else [f"{found}, not {wanted}"]
