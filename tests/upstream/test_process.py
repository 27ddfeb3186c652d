"""The stdio upstream against servers written here, each a few lines of Python in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from yett import telemetry
from yett.core.exchange import Channel, Entrance, Era, Exchange
from yett.core.guard import Guard, Phase
from yett.core.message import Notification, Reply, Request
from yett.core.pipeline import Cleared, Guarded, Pipeline
from yett.errors import UpstreamEraError, UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.guards.housekeeping import GATEWAY
from yett.protocol import jsonrpc
from yett.protocol.relay import SUBSCRIPTION
from yett.protocol.session import Stage
from yett.secrets.secret import Secret
from yett.state.sessions import Session
from yett.upstream import child as child_module
from yett.upstream.child import ChildLimits
from yett.upstream.command import INHERITED, Command
from yett.upstream.patience import Patience
from yett.upstream.process import ProcessUpstream
from yett.upstream.upstream import Arrival, Call, Offer

MODERN = Call(era=Era.MODERN, version="2026-07-28", caller=None)
QUICK = ChildLimits(eof_seconds=0.5, term_seconds=0.5)
INITIALIZE = Request(id=0, method="initialize", params={"protocolVersion": "2025-11-25", "capabilities": {}})
GREETING = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}

# What every scripted server starts with: `hear()` gives the next message, `say(**message)` writes one.
PRELUDE = """
import json, os, signal, sys, time
def hear():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)
def raw(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
def say(**message):
    raw(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\\n")
def reply(asked, **result):
    say(id=asked["id"], result=result)
def greet():
    asked = hear()
    reply(asked, protocolVersion="2025-11-25", capabilities={}, serverInfo={"name": "s", "version": "1"})
    return asked
"""


class Yes(Guard):
    name = "yes"
    phase = Phase.AUTHORIZE

    def check_request(self, exchange):
        return super().check_request(exchange)


PIPELINE = Pipeline([Guarded(guard=Yes())], subject=lambda message: message)


def cleared(message) -> Cleared:
    exchange = Exchange(
        id="x",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1"),
        server="demo",
        request=message,
        encoded=jsonrpc.encode(message),
    )
    verdict = PIPELINE.check_request(exchange).verdict
    assert isinstance(verdict, Cleared)
    return verdict


def program(text, **options) -> Command:
    return Command(argv=(sys.executable, "-S", "-c", PRELUDE + textwrap.dedent(text)), **options)


def call(number=1, **arguments) -> Request:
    return Request(id=number, method="tools/call", params={"name": "x", "arguments": arguments})


@asynccontextmanager
async def running(text, command=None, **options):
    upstream = ProcessUpstream("demo", command or program(text), **{"limits": QUICK, **options})
    try:
        async with asyncio.timeout(30):
            yield upstream
    finally:
        await upstream.close()
        assert upstream.processes == 0


async def all_of(upstream, message, call=MODERN) -> list[Arrival]:
    async with upstream.open(cleared(message), call) as arrivals:
        return [arrival async for arrival in arrivals]


async def result_of(upstream, message, call=MODERN):
    (arrival,) = await all_of(upstream, message, call)
    assert isinstance(arrival.message, Reply)
    assert arrival.message.id == message.id
    return arrival.message.result


def new_session(name="ours", owner="alice") -> Session:
    session = Session(name, owner=("", owner), server="demo")
    session.stage = Stage.INITIALIZING
    return session


def legacy(session) -> Call:
    return Call(era=Era.LEGACY, version="2025-11-25", session=session, caller=None)


async def greeted(upstream, owner="alice") -> Session:
    session = new_session(owner=owner)
    assert await result_of(upstream, INITIALIZE, legacy(session)) == GREETING
    session.stage = Stage.READY
    return session


def alive(pid) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def gone(*pids):
    async with asyncio.timeout(5):
        while any(alive(pid) for pid in pids):
            await asyncio.sleep(0.01)


ECHO = """
while True:
    asked = hear()
    if "id" in asked:
        reply(asked, pid=os.getpid(), seen=asked)
"""


# The modern era: one process for all.


def test_callers_share_one_process_and_none_sees_the_others_ids():
    async def story():
        async with running(ECHO) as upstream:
            found = await asyncio.gather(*(result_of(upstream, call(1, nonce=n)) for n in range(200)))
            assert upstream.processes == 1
        assert len({result["pid"] for result in found}) == 1
        assert sorted(result["seen"]["id"] for result in found) == list(range(1, 201))
        assert [result["seen"]["params"]["arguments"]["nonce"] for result in found] == list(range(200))

    asyncio.run(story())


def test_progress_goes_to_the_call_that_asked_for_it():
    server = """
    first, second = hear(), hear()
    for asked in (second, first):
        token = asked["params"]["_meta"]["progressToken"]
        say(method="notifications/progress", params={"progressToken": token, "progress": asked["id"]})
    for token in ("t", 3, None):
        say(method="notifications/progress", params={"progressToken": token, "progress": 0})
    reply(second)
    reply(first)
    hear()
    """

    async def story():
        asking = [
            Request(id=number, method="tools/call", params={"name": "x", "_meta": {"progressToken": "t"}})
            for number in (1, 1)
        ]
        async with running(server) as upstream:
            found = await asyncio.gather(*(all_of(upstream, request) for request in asking))
        for upstream_id, arrivals in enumerate(found, 1):
            assert [a.message for a in arrivals] == [
                Notification(method="notifications/progress", params={"progressToken": "t", "progress": upstream_id}),
                Reply(id=1, result={}),
            ]

    asyncio.run(story())


def test_what_names_no_call_is_nobodys_in_a_shared_process_and_is_counted():
    server = """
    asked = hear()
    say(method="notifications/message", params={"level": "info", "data": "of another caller"})
    say(method="notifications/tools/list_changed")
    reply(asked)
    hear()
    """

    async def story():
        before = telemetry.DROPPED.series().get(("demo", "unattributed"), 0)
        async with running(server) as upstream:
            assert await result_of(upstream, call()) == {}
        assert telemetry.DROPPED.series()[("demo", "unattributed")] == before + 2

    asyncio.run(story())


def test_news_go_to_the_subscription_they_name():
    server = """
    KEY = "io.modelcontextprotocol/subscriptionId"
    def note(number):
        say(method="notifications/resources/updated", params={"uri": "demo://%s" % number, "_meta": {KEY: number}})
    first, second = hear()["id"], hear()["id"]
    for number in (first, second):
        say(method="notifications/subscriptions/acknowledged", params={"notifications": {}, "_meta": {KEY: number}})
    note(second); note(99); note("listen"); note(first)
    say(method="notifications/cancelled", params={"requestId": first})
    say(id=second, result={"resultType": "complete", "_meta": {KEY: second}})
    hear()
    """

    async def story():
        listen = Request(id="listen", method="subscriptions/listen", params={"notifications": {}})
        async with running(server) as upstream:
            first, second = await asyncio.gather(all_of(upstream, listen), all_of(upstream, listen))
        ack = Notification(
            method="notifications/subscriptions/acknowledged",
            params={"notifications": {}, "_meta": {SUBSCRIPTION: "listen"}},
        )
        news = [
            Notification(
                method="notifications/resources/updated",
                params={"uri": f"demo://{n}", "_meta": {SUBSCRIPTION: "listen"}},
            )
            for n in (1, 2)
        ]
        end = Reply(id="listen", result={"resultType": "complete", "_meta": {SUBSCRIPTION: "listen"}})
        assert [a.message for a in first] == [ack, news[0]]
        assert [a.message for a in second] == [ack, news[1], end]

    asyncio.run(story())


def test_who_leaves_early_has_the_call_cancelled_and_a_late_reply_goes_nowhere():
    server = """
    working = hear()
    cancelled = hear()
    asked = hear()
    reply(working, late=True)
    reply(asked, cancelled=cancelled, working=working["id"])
    hear()
    """

    async def story():
        async with running(server) as upstream:
            leaving = asyncio.create_task(all_of(upstream, call("client")))
            while upstream.processes == 0 or not _in_flight(upstream):
                await asyncio.sleep(0.01)
            leaving.cancel()
            await asyncio.wait([leaving])
            found = await result_of(upstream, call("next"))
        assert found["cancelled"]["method"] == "notifications/cancelled"
        assert found["cancelled"]["params"]["requestId"] == found["working"]

    asyncio.run(story())


def _in_flight(upstream) -> int:
    return sum(len(conversation._calls) for conversation in upstream._running)


def test_a_client_cannot_cancel_in_a_process_it_shares():
    async def story():
        async with running(ECHO) as upstream:
            assert await all_of(upstream, Notification(method="notifications/cancelled", params={"requestId": 1})) == []
            assert upstream.processes == 0

    asyncio.run(story())


def test_a_server_that_asks_in_the_modern_era_is_not_heard_and_given_up_at_the_third_time():
    server = """
    asked = hear()
    for n in range(2):
        say(id=n, method="sampling/createMessage", params={"messages": [], "maxTokens": 1})
    reply(asked, still="there")
    asked = hear()
    for n in range(3):
        say(id=n, method="sampling/createMessage", params={"messages": [], "maxTokens": 1})
    hear()
    """

    async def story():
        async with running(server) as upstream:
            assert await result_of(upstream, call()) == {"still": "there"}
            with pytest.raises(UpstreamProtocolError, match="protocol-violation"):
                await all_of(upstream, call())

    asyncio.run(story())


# What a child can do wrong.


@pytest.mark.parametrize(
    "garbage",
    [
        r"raw(b'Server running on stdio\n')",
        r"raw(b'{\"jsonrpc\":\"2.0\",\"id\":1}\n')",
        r"raw(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}} {}\n')",
        r"raw(b'\xff\xfe\n')",
        r"raw(b'\x00\n')",
        r"raw(b'[]\n')",
        r"raw(b'\xef\xbb\xbf{}\n')",
        r"raw(b'x' * 5000 + b'\n')",
        r"say(id=99, result={})",
        r"say(id='1', result={})",
    ],
)
def test_garbage_is_dropped_and_the_third_line_of_it_ends_the_process(garbage):
    server = f"""
    asked = hear()
    {garbage}
    {garbage}
    reply(asked, fine=True)
    asked = hear()
    {garbage}
    {garbage}
    {garbage}
    hear()
    """

    async def story():
        limits = ChildLimits(line_bytes=4096, eof_seconds=0.5, term_seconds=0.5)
        async with running(server, limits=limits) as upstream:
            assert await result_of(upstream, call()) == {"fine": True}
            with pytest.raises(UpstreamProtocolError, match="3 lines in a row"):
                await all_of(upstream, call())
            await gone(*[conversation.pid for conversation in upstream._running])

    asyncio.run(story())


def test_lines_may_come_in_pieces_with_cr_and_empty_ones_between():
    server = """
    asked = hear()
    line = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {"ok": True}}).encode()
    raw(b"\\n\\r\\n" + line[:10])
    time.sleep(0.05)
    raw(line[10:] + b"\\r\\n")
    hear()
    """

    async def story():
        async with running(server) as upstream:
            assert await result_of(upstream, call()) == {"ok": True}

    asyncio.run(story())


def test_a_giant_line_costs_no_memory_and_the_next_one_is_read():
    server = """
    asked = hear()
    for _ in range(200):
        raw(b"x" * 100_000)
    raw(b"\\n")
    reply(asked, ok=True)
    hear()
    """

    async def story():
        async with running(server) as upstream:
            assert await result_of(upstream, call()) == {"ok": True}

    asyncio.run(story())


def test_a_flood_on_stderr_blocks_nobody():
    server = """
    asked = hear()
    for n in range(2_000):
        os.write(2, b"complaint %d " % n + b"y" * 10_000 + b"\\n")
    reply(asked, ok=True)
    hear()
    """

    async def story():
        async with running(server) as upstream:
            assert await result_of(upstream, call()) == {"ok": True}
            (conversation,) = upstream._running
            tail = conversation._child.stderr.tail
        assert len(tail) == 64 * 1024
        assert "complaint 1999" in tail

    asyncio.run(story())


def test_a_child_that_exits_fails_its_calls_at_once():
    server = """
    asked = hear()
    reply(asked)
    hear()
    os.write(2, b"Traceback: password=hunter22\\n")
    os._exit(3)
    """

    async def story():
        command = program(server, env={"PASSWORD": Secret("hunter22")})
        async with running("", command) as upstream:
            await result_of(upstream, call())
            (conversation,) = upstream._running
            calls = [asyncio.create_task(all_of(upstream, call(n))) for n in range(3)]
            await gone(conversation.pid)
            done, late = await asyncio.wait(calls, timeout=60)
            assert not late
            # Its status and last words are waited for, but not for long: a busy machine may be too late with either.
            ends = r"the server process has ended( with status 3)?(, saying `Traceback: password=\*\*\*`)?"
            for task in done:
                with pytest.raises(UpstreamUnavailable) as ended:
                    task.result()
                assert re.fullmatch(ends, str(ended.value))

    assert child_module._LAST_WORDS < 0.1  # which is what `at once` means

    asyncio.run(story())


def test_last_words_are_heard():
    server = """
    asked = hear()
    reply(asked, last="word")
    os._exit(0)
    """

    async def story():
        async with running(server) as upstream:
            assert await result_of(upstream, call()) == {"last": "word"}

    asyncio.run(story())


def test_a_child_that_keeps_dying_is_left_alone_for_longer_and_longer():
    async def story():
        now = [100.0]
        async with running("sys.exit(1)", random=lambda: 1.0, clock=lambda: now[0]) as upstream:
            for pause in ("0.5", "1.0", "2.0"):
                with pytest.raises(UpstreamUnavailable, match="has ended"):
                    await all_of(upstream, call())
                with pytest.raises(UpstreamUnavailable, match=f"started again in {pause} seconds"):
                    await all_of(upstream, call())
                now[0] += float(pause)

    asyncio.run(story())


def test_a_shared_process_that_served_before_it_died_is_started_again_as_soon_each_time():
    server = """
    reply(hear())
    hear()
    os._exit(1)
    """

    async def story():
        now = [100.0]
        async with running(server, random=lambda: 1.0, clock=lambda: now[0]) as upstream:
            for _ in range(4):
                await result_of(upstream, call())
                with pytest.raises(UpstreamUnavailable, match="has ended"):
                    await all_of(upstream, call())
                with pytest.raises(UpstreamUnavailable, match=r"started again in 0\.5 seconds"):
                    await all_of(upstream, call())
                now[0] += 0.5

    asyncio.run(story())


def test_a_shared_process_that_died_is_replaced():
    server = """
    asked = hear()
    reply(asked, pid=os.getpid())
    hear()
    os._exit(1)
    """

    async def story():
        now = [100.0]
        async with running(server, clock=lambda: now[0]) as upstream:
            first = await result_of(upstream, call())
            with pytest.raises(UpstreamUnavailable):
                await all_of(upstream, call())
            now[0] += 60
            second = await result_of(upstream, call())
        assert first["pid"] != second["pid"]

    asyncio.run(story())


def test_a_child_that_does_not_read_is_given_up_after_the_write_deadline():
    async def story():
        limits = ChildLimits(write_seconds=0.2, eof_seconds=0.1, term_seconds=0.5)
        async with running("time.sleep(60)", limits=limits) as upstream:
            with pytest.raises(UpstreamTimeout, match="did not read its input"):
                await all_of(upstream, call(text="x" * 1_000_000))

    asyncio.run(story())


def test_a_silent_child_times_out():
    async def story():
        async with running("hear(); time.sleep(60)", patience=Patience(call=0.1)) as upstream:
            with pytest.raises(UpstreamTimeout, match="silent"):
                await all_of(upstream, call())

    asyncio.run(story())


def test_a_program_that_is_not_there_is_unavailable():
    async def story():
        for command in (
            Command(argv=("no-such-program",)),
            Command(argv=("./no-such-program",)),
            Command(argv=(sys.executable,), cwd="/no/such/directory"),
            Command(argv=("/etc/passwd",)),
        ):
            async with running("", command) as upstream:
                with pytest.raises(UpstreamUnavailable):
                    await all_of(upstream, call())

    asyncio.run(story())


def test_a_secret_that_cannot_be_read_starts_nothing():
    async def story():
        async with running("", program(ECHO, env={"KEY": Secret(None)})) as upstream:
            with pytest.raises(UpstreamUnavailable, match="was not read"):
                await all_of(upstream, call())

    asyncio.run(story())


def test_a_child_gets_its_own_environment_and_no_open_files(monkeypatch, tmp_path):
    server = """
    asked = hear()
    reply(asked, env=dict(os.environ), fds=sorted(os.listdir("/proc/self/fd")), cwd=os.getcwd(),
          group=os.getpgrp(), session=os.getsid(0), pipe=signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN,
          mask=sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    hear()
    """
    monkeypatch.setenv("GATEWAY_SECRET", "do not leak")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")

    async def story():
        command = program(server, env={"KEY": Secret("value")}, cwd=str(tmp_path))
        read, write = os.pipe()
        os.set_inheritable(write, True)
        try:
            async with running("", command) as upstream:
                return await result_of(upstream, call())
        finally:
            os.close(read)
            os.close(write)

    found = asyncio.run(story())
    assert found["env"].pop("KEY") == "value"
    # Python itself may set LC_CTYPE where nothing says how text is written.
    assert found["env"].keys() <= {*INHERITED, "LC_CTYPE"}
    assert len(found["fds"]) == 4  # the three pipes, and the directory that is being read
    assert found["cwd"] == str(tmp_path)
    assert found["session"] != os.getsid(0)
    assert found["mask"] == []


# The end of processes.

FAMILY = """
import subprocess
FAMILY = "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); %s; time.sleep(60)"
signal.signal(signal.SIGTERM, signal.SIG_IGN)
children = [
    subprocess.Popen([sys.executable, "-S", "-c", FAMILY % "pass"]),
    subprocess.Popen([sys.executable, "-S", "-c", FAMILY % "os.setsid()"]),
    subprocess.Popen([sys.executable, "-S", "-c", FAMILY % "os.fork() and os._exit(0); os.setsid()"]),
]
"""


def below(pid) -> set[int]:
    """Everything that has `pid` as an ancestor now."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, front = set(), {pid}
    while front:
        front = {child for child, parent in parents.items() if parent in front}
        found |= front
    return found


def test_nothing_survives_that_ignores_its_end_forks_or_becomes_a_daemon():
    server = f"""
    {textwrap.indent(FAMILY, "    ").strip()}
    time.sleep(0.3)
    asked = hear()
    reply(asked)
    time.sleep(60)
    """

    async def story():
        async with running(server, limits=ChildLimits(eof_seconds=0.1, term_seconds=0.2)) as upstream:
            await result_of(upstream, call())
            (conversation,) = upstream._running
            pids = {conversation.pid} | below(conversation.pid)
            assert len(pids) >= 5
            async with asyncio.timeout(60):
                await upstream.close()
            assert not [pid for pid in pids if alive(pid)]

    asyncio.run(story())


def test_what_a_dead_server_left_behind_is_ended_too():
    server = f"""
    {textwrap.indent(FAMILY, "    ").strip()}
    time.sleep(0.3)
    asked = hear()
    reply(asked)
    hear()
    os._exit(0)
    """

    async def story():
        async with running(server) as upstream:
            await result_of(upstream, call())
            (conversation,) = upstream._running
            pids = {conversation.pid} | below(conversation.pid)
            with pytest.raises(UpstreamUnavailable):
                await all_of(upstream, call())
            await gone(*pids)

    asyncio.run(story())


def test_a_server_that_ends_with_its_input_is_not_killed():
    server = """
    asked = hear()
    reply(asked)
    sys.stdin.read()
    time.sleep(0.05)
    open(os.environ["MARK"], "w").close()
    """

    async def story(mark):
        async with running("", program(server, env={"MARK": Secret(str(mark))})) as upstream:
            await result_of(upstream, call())

    mark = Path(os.environ.get("TMPDIR", "/tmp")) / f"yett-mark-{os.getpid()}"
    try:
        asyncio.run(story(mark))
        assert mark.exists()
    finally:
        mark.unlink(missing_ok=True)


def test_processes_die_with_the_gateway_however_it_dies(tmp_path):
    """P-07: the gateway is killed; neither it nor anybody else can clean up."""
    gateway = tmp_path / "gateway.py"
    gateway.write_text(
        textwrap.dedent(
            """
            import asyncio, sys
            from yett.upstream.child import Child, ChildLimits
            from yett.upstream.command import Command

            async def main():
                command = Command(argv=(sys.executable, "-S", "-c", sys.argv[1]))
                heard = asyncio.Event()
                child = await Child.start(
                    "demo", command, limits=ChildLimits(), on_line=lambda line: heard.set(), on_end=print
                )
                await heard.wait()
                print(child.pid, flush=True)
                await asyncio.sleep(60)

            asyncio.run(main())
            """
        )
    )
    server = FAMILY + "\ntime.sleep(0.3)\nprint('ready', flush=True)\ntime.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, str(gateway), "import os, signal, sys, time\n" + server], stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        keeper = int(process.stdout.readline())
        pids = {keeper} | below(keeper)
        assert len(pids) >= 5
        process.kill()
    asyncio.run(gone(*pids))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_starts_leave_no_zombies_and_no_open_files():
    async def story():
        async with running("hear()", limits=ChildLimits(eof_seconds=5)) as upstream:
            for batch in range(20):
                sessions = [new_session(f"{batch}-{n}") for n in range(10)]
                opening = [asyncio.create_task(all_of(upstream, INITIALIZE, legacy(session))) for session in sessions]
                await asyncio.sleep(0)
                await asyncio.wait(opening)
                await asyncio.gather(*(upstream.end(session) for session in sessions))
                upstream._backoff.well()
                upstream._backoff._until = 0.0
                while upstream.processes:
                    await asyncio.sleep(0.005)
                if batch == 0:
                    before = open_files()
            after = open_files()
            zombies = [pid for pid in below(os.getpid()) if not alive(pid)]
        return before, after, zombies

    before, after, zombies = asyncio.run(story())
    assert after <= before
    assert zombies == []


def test_there_are_only_so_many_processes():
    async def story():
        server = "greet(); hear()"
        async with running(server, max_processes=2) as upstream:
            sessions = [await greeted(upstream, owner) for owner in ("alice", "bob")]
            with pytest.raises(UpstreamUnavailable, match="2 processes"):
                await all_of(upstream, INITIALIZE, legacy(new_session(owner="carol")))
            await upstream.end(sessions[0])
            await greeted(upstream, "carol")

    asyncio.run(story())


def test_one_caller_cannot_take_every_process():
    async def story():
        async with running("greet(); hear()", max_processes=4) as upstream:
            mine = [await greeted(upstream) for _ in range(2)]
            with pytest.raises(UpstreamUnavailable, match="2 of 4 processes of this server are this caller's"):
                await all_of(upstream, INITIALIZE, legacy(new_session()))
            await greeted(upstream, "bob")
            await upstream.end(mine[0])
            await greeted(upstream)

    asyncio.run(story())


def test_the_gateway_can_ask_a_server_whose_processes_are_all_taken():
    async def story():
        async with running("greet(); hear()", max_processes=2) as upstream:
            for owner in ("alice", "bob"):
                await greeted(upstream, owner)
            offer = await upstream.probe()
            own = Session("own", owner=(GATEWAY.issuer, GATEWAY.subject), server="demo")
            own.stage = Stage.INITIALIZING
            assert await result_of(upstream, INITIALIZE, legacy(own)) == GREETING
            return offer.eras

    assert asyncio.run(story()) == {Era.LEGACY}


def test_nothing_is_started_after_the_end():
    async def story():
        async with running(ECHO) as upstream:
            await upstream.close()
            with pytest.raises(UpstreamUnavailable, match="closing"):
                await all_of(upstream, call())

    asyncio.run(story())


# The legacy era: a process per session.


def test_each_session_has_a_process_of_its_own():
    server = """
    greet()
    while True:
        asked = hear()
        if "id" in asked:
            reply(asked, pid=os.getpid(), id=asked["id"])
    """

    async def story():
        async with running(server) as upstream:
            one, other = await greeted(upstream), await greeted(upstream)
            assert await all_of(upstream, Notification(method="notifications/initialized"), legacy(one)) == []
            first, again, second = [await result_of(upstream, call(1), legacy(s)) for s in (one, one, other)]
            assert first["pid"] == again["pid"] != second["pid"]
            assert (first["id"], again["id"], second["id"]) == (2, 3, 2)
            await upstream.end(one)
            await upstream.end(one)
            assert one.link is None
            assert (await result_of(upstream, call(1), legacy(other)))["pid"] == second["pid"]
            with pytest.raises(UpstreamUnavailable):
                await all_of(upstream, call(), legacy(one))
            assert one.stage is Stage.ENDED

    asyncio.run(story())


def test_a_session_of_another_configuration_is_not_taken_over():
    async def story():
        async with running("greet(); hear()") as upstream, running("greet(); hear()") as other:
            session = await greeted(upstream)
            with pytest.raises(UpstreamUnavailable, match="configured anew"):
                await all_of(other, call(), legacy(session))
            assert session.stage is Stage.ENDED

    asyncio.run(story())


def test_a_legacy_message_needs_a_session():
    async def story():
        async with running(ECHO) as upstream:
            with pytest.raises(UpstreamEraError):
                await all_of(upstream, call(), Call(era=Era.LEGACY, version="2025-11-25", caller=None))
            with pytest.raises(UpstreamUnavailable):
                await all_of(upstream, call(), legacy(new_session()))
            assert upstream.processes == 0

    asyncio.run(story())


@pytest.mark.parametrize(
    "server",
    [
        "asked = hear(); say(id=asked['id'], error={'code': 1, 'message': 'no'}); hear()",
        "hear()",
        "hear(); time.sleep(60)",
    ],
)
def test_a_session_the_server_does_not_agree_to_leaves_no_process(server):
    async def story():
        async with running(server, patience=Patience(call=0.3)) as upstream:
            session = new_session()
            with suppress(UpstreamUnavailable, UpstreamTimeout):
                await all_of(upstream, INITIALIZE, legacy(session))
            assert session.stage is Stage.ENDED
            assert session.link is None
            while upstream.processes:
                await asyncio.sleep(0.01)

    asyncio.run(story())


def test_a_session_ends_with_its_process_and_no_other_session_does():
    server = """
    greet()
    while True:
        asked = hear()
        if asked["params"]["arguments"].get("die"):
            os._exit(1)
        reply(asked)
    """

    async def story():
        async with running(server) as upstream:
            one, other = await greeted(upstream), await greeted(upstream)
            with pytest.raises(UpstreamUnavailable):
                await all_of(upstream, call(die=True), legacy(one))
            assert (one.stage, other.stage) == (Stage.ENDED, Stage.READY)
            await result_of(upstream, call(), legacy(other))
            await greeted(upstream)  # and new ones may begin at once

    asyncio.run(story())


def test_a_question_goes_to_the_latest_open_call_and_its_answer_to_the_server():
    server = """
    greet()
    first, second = hear(), hear()
    say(id=0, method="elicitation/create", params={"message": "?", "requestedSchema": {}})
    answer = hear()
    reply(first)
    reply(second, answer=answer)
    hear()
    """

    async def story():
        async with running(server) as upstream:
            session = await greeted(upstream)
            async with (
                upstream.listen(session, ""),
                _opened(upstream, call(1), session) as first,
                _opened(upstream, call(2), session) as second,
            ):
                question = await second.get()
                assert question == Request(
                    id=1, method="elicitation/create", params={"message": "?", "requestedSchema": {}}
                )
                assert await all_of(upstream, Reply(id=7, result={}), legacy(session)) == []
                assert await all_of(upstream, Reply(id=1, result={"action": "accept"}), legacy(session)) == []
                assert await first.get() == Reply(id=1, result={})
                answer = {"jsonrpc": "2.0", "id": 0, "result": {"action": "accept"}}
                assert await second.get() == Reply(id=2, result={"answer": answer})

    asyncio.run(story())


@asynccontextmanager
async def _opened(upstream, request, session):
    """Run a call in the background; what comes for it is in the queue."""
    came: asyncio.Queue = asyncio.Queue()

    async def read():
        async with upstream.open(cleared(request), legacy(session)) as arrivals:
            async for arrival in arrivals:
                came.put_nowait(arrival.message)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    try:
        yield came
    finally:
        reading.cancel()
        await asyncio.wait([reading])


def test_without_a_call_the_server_speaks_to_who_listens_or_waits_until_somebody_does():
    server = """
    greet()
    hear()
    say(method="notifications/tools/list_changed")
    say(id=5, method="ping")
    asked = hear()
    reply(asked)
    say(method="notifications/resources/list_changed")
    hear()
    """

    async def story():
        changed = Notification(method="notifications/tools/list_changed")
        async with running(server) as upstream:
            session = await greeted(upstream)
            await all_of(upstream, Notification(method="notifications/initialized"), legacy(session))
            await asyncio.sleep(0.2)
            async with upstream.listen(session, "") as arrivals:
                assert [(await anext(arrivals)).message for _ in range(2)] == [changed, Request(id=1, method="ping")]
                await result_of(upstream, call(), legacy(session))
                assert (await anext(arrivals)).message == Notification(method="notifications/resources/list_changed")

    asyncio.run(story())


def test_a_newer_listener_takes_the_place_of_an_older_one():
    async def story():
        async with running("greet(); hear()") as upstream:
            session = await greeted(upstream)
            async with upstream.listen(session, "") as older, upstream.listen(session, ""):
                assert await anext(older, None) is None

    asyncio.run(story())


def test_a_listener_learns_that_the_process_died():
    async def story():
        async with running("greet(); time.sleep(0.1); os._exit(0)") as upstream:
            session = await greeted(upstream)
            async with upstream.listen(session, "") as arrivals:
                with pytest.raises(UpstreamUnavailable, match="has ended"):
                    await anext(arrivals)

    asyncio.run(story())


def test_there_is_nothing_to_resume_on_a_pipe():
    async def story():
        async with running("greet(); hear()") as upstream:
            session = await greeted(upstream)
            with pytest.raises(UpstreamUnavailable, match="no streams to resume"):
                async with upstream.listen(session, "7"):
                    pass

    asyncio.run(story())


def test_a_cancelled_call_ends_without_a_reply_and_the_server_knows_which():
    server = """
    greet()
    asked = hear()
    cancelled = hear()
    reply(asked, late=True)
    asked = hear()
    reply(asked, cancelled=cancelled["params"]["requestId"])
    hear()
    """

    async def story():
        async with running(server) as upstream:
            session = await greeted(upstream)
            calling = asyncio.create_task(all_of(upstream, call("c"), legacy(session)))
            await asyncio.sleep(0.05)
            for number in ("unknown", "c"):
                word = Notification(method="notifications/cancelled", params={"requestId": number})
                await all_of(upstream, word, legacy(session))
            assert await calling == []
            assert await result_of(upstream, call("d"), legacy(session)) == {"cancelled": 2}

    asyncio.run(story())


def test_leaving_a_legacy_call_does_not_cancel_it():
    server = """
    greet()
    hear()
    asked = hear()
    reply(asked, method=asked["method"])
    hear()
    """

    async def story():
        async with running(server) as upstream:
            session = await greeted(upstream)
            calling = asyncio.create_task(all_of(upstream, call(1), legacy(session)))
            await asyncio.sleep(0.05)
            calling.cancel()
            await asyncio.wait([calling])
            assert await result_of(upstream, call(2), legacy(session)) == {"method": "tools/call"}

    asyncio.run(story())


def test_a_server_may_not_ask_before_the_client_is_ready():
    server = """
    asked = hear()
    say(id=1, method="roots/list")
    say(method="notifications/tools/list_changed")
    reply(asked, protocolVersion="2025-11-25", capabilities={}, serverInfo={"name": "s", "version": "1"})
    hear()
    """

    async def story():
        async with running(server) as upstream:
            await greeted(upstream)

    asyncio.run(story())


def test_a_complaint_without_id_is_about_the_only_call_there_is():
    server = """
    greet()
    hear()
    raw(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}\\n')
    hear()
    """

    async def story():
        async with running(server) as upstream:
            session = await greeted(upstream)
            (arrival,) = await all_of(upstream, call(9), legacy(session))
            assert (arrival.message.id, arrival.message.error.code) == (9, -32700)

    asyncio.run(story())


# Probing.

DUAL = """
asked = hear()
if asked["method"] == "server/discover":
    reply(asked, supportedVersions=["2026-07-28"], capabilities={})
else:
    reply(asked, protocolVersion="2025-11-25", capabilities={}, serverInfo={"name": "s", "version": "1"})
hear()
"""
STRICT = """
asked = hear()
if asked["method"] != "initialize":
    os._exit(1)
reply(asked, protocolVersion="2025-06-18", capabilities={}, serverInfo={"name": "s", "version": "1"})
hear()
"""
NEW = """
asked = hear()
if asked["method"] == "server/discover":
    reply(asked, supportedVersions=["2026-07-28"], capabilities={})
else:
    say(id=asked["id"], error={"code": -32601, "message": "what?"})
hear()
"""


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (DUAL, Offer(eras=frozenset(Era), versions=("2026-07-28", "2025-11-25"))),
        (STRICT, Offer(eras=frozenset({Era.LEGACY}), versions=("2025-06-18",))),
        (NEW, Offer(eras=frozenset({Era.MODERN}), versions=("2026-07-28",))),
        ("asked = hear(); say(id=asked['id'], error={'code': -32601, 'message': 'what?'}); hear()", Offer()),
    ],
)
def test_a_probe_finds_out_which_eras_are_spoken_in_processes_that_are_thrown_away(server, expected):
    async def story():
        async with running(server) as upstream:
            assert await upstream.probe() == expected
            while upstream.processes:
                await asyncio.sleep(0.01)
            assert await upstream.probe() == expected
            assert upstream.processes == (0 if expected.eras else upstream.processes)
            if Era.LEGACY in expected.eras:
                await upstream.end(new_session())

    asyncio.run(story())


def test_a_probe_of_a_program_that_dies_or_is_silent_fails_in_time():
    async def story():
        async with running("os._exit(1)") as upstream:
            with pytest.raises(UpstreamUnavailable):
                await upstream.probe()
        async with running("time.sleep(60)", patience=Patience(probe=0.2)) as upstream:
            with pytest.raises(UpstreamTimeout):
                await upstream.probe()

    asyncio.run(story())


def test_a_probe_that_is_cancelled_leaves_nothing():
    async def story():
        async with running("time.sleep(60)") as upstream:
            probing = asyncio.create_task(upstream.probe())
            await asyncio.sleep(0.1)
            probing.cancel()
            await asyncio.wait([probing])

    asyncio.run(story())


def test_uvloop_serves_as_well():
    uvloop = pytest.importorskip("uvloop")

    async def story():
        async with running(ECHO) as upstream:
            result = await result_of(upstream, call(1, text="x" * 500_000))
            (conversation,) = upstream._running
            pids = {conversation.pid} | below(conversation.pid)
        assert result["seen"]["params"]["arguments"]["text"] == "x" * 500_000
        await gone(*pids)

    uvloop.run(story())


def test_a_killed_keeper_takes_its_server_along():
    async def story():
        async with running(ECHO) as upstream:
            result = await result_of(upstream, call())
            (conversation,) = upstream._running
            os.kill(conversation.pid, signal.SIGKILL)
            await gone(result["pid"])

    asyncio.run(story())


def test_arguments_reach_the_program_as_they_are():
    async def story():
        script = (
            "import json, sys\nsys.stdin.readline()\n"
            "print(json.dumps({'jsonrpc': '2.0', 'id': 1, 'result': {'argv': sys.argv[1:]}}), flush=True)\n"
            "sys.stdin.read()"
        )
        argv = (sys.executable, "-c", script, "$(id)", "; rm -rf /", "a b", "", "--flag=é")
        async with running("", Command(argv=argv)) as upstream:
            assert await result_of(upstream, call()) == {"argv": list(argv[3:])}

    asyncio.run(story())


def test_json_with_line_breaks_is_one_line_to_the_server():
    async def story():
        async with running(ECHO) as upstream:
            found = await result_of(upstream, call(1, text="a\nb\r\n\u2028c"))
        assert json.dumps(found["seen"]["params"]["arguments"]["text"]) == json.dumps("a\nb\r\n\u2028c")

    asyncio.run(story())
