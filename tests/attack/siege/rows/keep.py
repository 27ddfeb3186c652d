"""S, L and P: secrets, the ledger, and servers that are processes."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from siege.campaign import Campaign, Lane
from siege.cases import Talk, act, broken, case, hidden, no, proof, talk, yes
from siege.castle import Castle
from siege.knock import connected, fresh_address, knock
from siege.plays import PIPE_PARTS
from siege.rows.http_upstream import credentials_stay
from siege.speech import Say, call, written
from yett.ledger.verify import verify

HOSTILE = (
    "a\nb", "a\rb", "a\r\n{\"kind\":\"intent\"}", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\u2028\u2029\x85", "\u202eevil", "\U000e0041", "x" * 100_000,
    '","kind":"outcome","status":"allowed', "\\u000a", "\\", "%0a", "\ufeff", "\uffff", "' OR 1=1 --", "${jndi:ldap://x}", "{{7*7}}", "\x7f\x9b", "\t",
)  # fmt: skip


def one_line_each(campaign: Campaign) -> list[str]:
    """Hostile text in every field that a stranger fills: each record and each log line stays one line of ASCII JSON."""
    castle = campaign.castle
    for text in HOSTILE:
        clean = text if text.isascii() and text.isprintable() and len(text) < 4000 else "x"
        for say in (
            call(text, head={"mcp-name": clean}),
            call("echo", {text: text}),
            call("echo", {"text": text}),
            Say(method=text, head={"mcp-method": clean}),
            call("echo", id=text),
            Say(method="resources/read", params={"uri": text}, head={"mcp-name": clean}),
            call("echo", meta={"io.modelcontextprotocol/clientInfo": {"name": text, "version": text}}),
            call("echo", head={"mcp-name": clean, "user-agent": clean, "origin": clean}),
            call("echo", session=clean),
        ):
            for era in ("modern", "legacy"):
                campaign.say(say, Lane(era))
    problems = []
    for path in sorted((castle.folder / "ledger").glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().split(b"\n")[:-1]):
            if not line.isascii() or any(byte < 0x20 or byte == 0x7F for byte in line):
                problems.append(f"{path.name}:{number + 1} has strange bytes: {line[:100]!r}")
            elif not isinstance(json.loads(line), dict) or len(line) > 64 * 1024:
                problems.append(f"{path.name}:{number + 1} is no record: {line[:100]!r}")
    for line in castle.log().split(b"\n"):
        if line.startswith(b"yett ") or not line:
            continue
        if not line.isascii() or not isinstance(json.loads(line), dict):
            problems.append(f"a log line is no JSON: {line[:100]!r}")
    kinds = {record.get("kind") for record in castle.ledger()}
    return problems + (
        [f"records of kind {kinds}"] if not kinds <= {"intent", "outcome", "refusal", "event", "segment"} else []
    )


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
                (pipes if int(link.name) <= 2 else others).add(os.readlink(link))
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
        if time.monotonic() - started > 1.5:
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
        if castle.reload()[0] != 200:
            problems.append("the reload failed")
        time.sleep(0.5)
        stop.set()
        thread.join()
        mine.say(call("echo", {"text": "after"}))
        if castle.effects("web")[-1]["headers"].get("x-api-key") != fresh:
            problems.append("the old credential is still used")
        if failed:
            problems.append(f"{len(failed)} calls failed")
    return problems


def play(part: str) -> Talk:
    """A part on a pipe, in a session of its own."""
    good = part in (
        "one-bad-line",
        "crlf",
        "in-pieces",
        "stderr-flood",
        "two-replies",
        "foreign-id",
        "asks-unknown",
        "foreign-progress",
    )
    fate = yes(absent=(b"POISON",)) if good else broken(5020, 5030)
    return talk(part.replace("-", " "), call("play", {"part": part}), fate, eras="legacy", servers="proc")


LEDGER = "tests/ledger/test_ledger.py::"
JOURNAL = "tests/ledger/test_journal.py::"
GROUP = "tests/ledger/test_group.py::"
VERIFY = "tests/ledger/test_verify.py::"
SECRET = "tests/secrets/test_secret.py::"
FILES = "tests/secrets/test_references.py::"
PROCESS = "tests/upstream/test_process.py::"
WRONG = "tests/config/test_load.py::test_a_wrong_config_is_refused_with_exactly_these_words"
SLOW_PARTS = ("never-ends-the-line", "asks-sampling", "stray-log")

ROWS = [
    case("S-01", "forty secrets planted, everything searched", proof("tests/attack/test_secrets.py::test_no_secret_is_found_where_none_may_be")),
    case("S-02", "secrets in tracebacks, repr, errors", *(proof(SECRET + name) for name in ("test_no_way_of_printing_shows_the_value", "test_a_traceback_with_locals_does_not_show_the_value", "test_logging_does_not_show_the_value")), proof("tests/config/test_load.py::test_no_secret_of_a_wrong_config_is_ever_shown")),
    case("S-03", "core dumps and other programs of the same user", act("the gateway is closed", gateway_is_closed), proof("tests/cli/test_closed.py::test_no_core_and_no_reading_by_others")),
    case("S-04", "swap", not_yet="Python cannot lock its memory; say so, and encrypt swap (documented)"),
    case("S-05", "a secret in the arguments of a server", proof(WRONG, "secret-in-args, secret-reference-in-args"), proof("tests/config/test_interpolation.py::test_arguments_hold_no_secrets"), act("command lines of running servers", child_environment)),
    case("S-06", "Vault", not_yet="no Vault yet"),
    case("S-07", "a credential for one server sent to another", act("every canary saw its own only", credentials_stay), proof("tests/config/test_build.py::test_a_changed_server_is_reached_anew_and_its_catalogue_forgotten")),
    case("S-08", "rotation under load", act("a credential file and a reload", rotated)),
    case("S-09", "files of secrets", *(proof(FILES + name) for name in ("test_a_file_others_can_read_is_refused", "test_a_symbolic_link_is_refused", "test_a_fifo_is_refused_without_waiting", "test_the_size_is_bounded", "test_exactly_one_final_newline_is_stripped", "test_a_file_of_somebody_else_is_refused"))),
    case("S-10", "inline secrets, missing references", proof(WRONG, "secret-in-header, secret-in-env, secret-unset, secret-default")),
    case("L-01", "log injection", act("hostile text in every field", one_line_each)),
    case("L-02", "edits, deletions, swaps, cuts, roll-back", act("of a real ledger", tampering), *(proof(VERIFY + name) for name in ("test_any_changed_byte_is_found_where_it_is", "test_any_deleted_record_is_found_in_its_place", "test_any_two_swapped_records_are_found", "test_a_ledger_rolled_back_and_written_again_is_found_with_an_anchor"))),
    case("L-03", "a chain computed anew", proof(VERIFY + "test_a_chain_recomputed_without_the_key_is_found"), proof(VERIFY + "test_a_forged_header_that_claims_the_key_is_found")),
    case("L-04", "kill -9", act("twice under load", killed(2)), act("twenty times under load", killed(20), long=True), proof(LEDGER + "test_no_acknowledged_intent_is_lost_to_kill_9")),
    case("L-05", "power loss", proof(JOURNAL + "test_a_power_cut_at_any_step_loses_no_acknowledged_record")),
    case("L-06", "disk full, errors on write and fsync", act("a file that may not grow", disk_full), *(proof(JOURNAL + name) for name in ("test_a_full_disk_keeps_nothing_of_the_batch", "test_after_a_failed_fsync_the_segment_is_never_touched_again", "test_running_out_of_files_is_survived")), proof(GROUP + "test_a_failed_fsync_refuses_everyone_who_waited_for_it")),
    case("L-07", "a slow disk", proof(GROUP + "test_waiting_is_bounded"), proof(GROUP + "test_intents_that_arrive_meanwhile_share_the_next_flush")),
    case("L-08", "a disk that hangs", proof(GROUP + "test_a_disk_that_hangs_counts_as_failed"), proof(GROUP + "test_closing_does_not_wait_for_a_hanging_disk")),
    case("L-09", "rotation by others, two writers, links", proof(JOURNAL + "test_what_others_do_to_the_file_is_seen_within_a_second"), proof(LEDGER + "test_two_processes_cannot_write_one_ledger"), proof("tests/ledger/test_folder.py::test_no_link_is_followed_when_a_file_is_made")),
    case("L-10", "the clock goes back", proof(VERIFY + "test_a_clock_that_goes_back_is_noted"), proof("tests/ledger/test_stamp.py::test_times_follow_the_clock_both_ways")),
    case("L-11", "several workers", not_yet="one process, one chain"),
    case("L-12", "a SIEM that is down", not_yet="no exporters yet"),
    case("L-13", "framing of syslog, CEF, LEEF", not_yet="no exporters yet"),
    case("L-14", "every end is recorded", act("denied, failed, aborted, unreadable", every_end_is_recorded), act("a flood is counted exactly", flood_is_counted)),
    case("L-15", "values in the ledger", *(proof("tests/ledger/" + name) for name in ("test_arguments.py::test_no_value_is_written", "test_scribe.py::test_no_argument_value_of_any_depth_is_written", "test_arguments.py::test_digests_need_the_key"))),
    case("L-16", "a hostile ledger to verify", proof(VERIFY + "test_a_hostile_file_costs_bounded_memory"), proof(VERIFY + "test_no_file_breaks_the_verifier")),
    case("L-17", "keys that change", proof(VERIFY + "test_a_changed_key_is_followed_with_both_keys"), proof("tests/ledger/test_key.py::test_a_lost_key_is_not_replaced_in_silence")),
    case("L-18", "switching the ledger off by a reload", act("refused, and recorded", ledger_cannot_be_moved)),
    case("P-01", "lines that are no messages", [play(part) for part in PIPE_PARTS if part not in SLOW_PARTS]),
    case("P-02", "a flood on stderr", proof(PROCESS + "test_a_flood_on_stderr_blocks_nobody"), proof("tests/upstream/test_stderr.py::test_a_flood_is_logged_up_to_a_rate_and_the_rest_is_counted")),
    case("P-03", "a process that does not read", proof(PROCESS + "test_a_child_that_does_not_read_is_given_up_after_the_write_deadline")),
    case("P-04", "a process that dies", act("its calls fail at once, the next ones are served", died_and_back), proof(PROCESS + "test_a_child_that_keeps_dying_is_left_alone_for_longer_and_longer")),
    case("P-05", "a process that will not go", proof(PROCESS + "test_nothing_survives_that_ignores_its_end_forks_or_becomes_a_daemon")),
    case("P-06", "zombies", proof(PROCESS + "test_many_starts_leave_no_zombies_and_no_open_files")),
    case("P-07", "kill -9 of the gateway", act("nothing is left", gone_with_the_gateway), proof(PROCESS + "test_processes_die_with_the_gateway_however_it_dies")),
    case("P-08", "the environment and files of the gateway", act("a server sees its own", child_environment), proof(PROCESS + "test_a_child_gets_its_own_environment_and_no_open_files"), proof("tests/upstream/test_command.py::test_nothing_dangerous_is_inherited"), not_yet="another user and another pid namespace: no sandbox yet"),
    case("P-09", "escapes from the sandbox", not_yet="no sandbox yet"),
    case("P-10", "fork bombs, memory, disk, CPU", not_yet="no sandbox yet; the number of processes of one server is bounded"),
    case("P-11", "client data in a command line", proof(PROCESS + "test_arguments_reach_the_program_as_they_are"), talk("an option as a tool", call("--help"), hidden(), servers="proc"), talk("a path as a tool", call("../../bin/sh"), hidden(), servers="proc"), talk("an option as an argument", call("echo", {"--upload-pack=x": "y"}), no(200, tool_error=True), servers="proc")),
    case("P-12", "clients mixed up in one process", proof(PROCESS + "test_callers_share_one_process_and_none_sees_the_others_ids"), proof(PROCESS + "test_progress_goes_to_the_call_that_asked_for_it"), not_yet="a process per tenant"),
    case("P-13", "a program replaced after the start", not_yet="programs are not pinned yet"),
    case("P-14", "a process that asks, or speaks too early", proof(PROCESS + "test_a_server_may_not_ask_before_the_client_is_ready"), proof(PROCESS + "test_a_server_that_asks_in_the_modern_era_is_not_heard_and_given_up_at_the_third_time")),
]  # fmt: skip
