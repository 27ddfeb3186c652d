from __future__ import annotations

import asyncio
import json
import sys

from yett.enforce.doctor import servers
from yett.enforce.doctor.check import Cause, Status

GREETING = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "n", "version": "1"}}
PROGRAM = f"""\
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("method") == "initialize":
        print(json.dumps({{"jsonrpc": "2.0", "id": asked["id"], "result": {json.dumps(GREETING)}}}), flush=True)
"""


def looked(config, *, offline: bool = False, start: bool = False):
    return asyncio.run(servers.server("demo", config.servers["demo"], config, offline=offline, start=start))


def asked(read, status: int, servers_text: str = "{{ demo: {url} }}", rest: str = "", **environment: str):
    """The check of a server that greets where `status` is 200, and does nothing but answer with it elsewhere."""

    serving: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving[writer] = asyncio.current_task()
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0] or b"0")
                body = json.loads(await reader.readexactly(length) or b"{}")
                greets = status == 200 and body.get("method") == "initialize"
                reply = {"jsonrpc": "2.0", "id": body.get("id"), "result": GREETING}
                content = json.dumps(reply).encode() if greets else b""
                line = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n" % (
                    status if status != 200 or greets else 400
                )
                writer.write(line + b"content-length: %d\r\n\r\n" % len(content) + content)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()

    async def story():
        there = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{there.sockets[0].getsockname()[1]}/mcp"
        config = read(servers=servers_text.format(url=url), rest=rest, **environment)
        check = await servers.server("demo", config.servers["demo"], config, offline=False, start=False)
        there.close()
        for writer, task in list(serving.items()):
            writer.transport.abort()
            if task is not None:
                await asyncio.wait([task])
        return check

    return asyncio.run(story())


def test_a_server_says_what_it_speaks(read):
    check = asked(read, 200)
    assert (check.status, check.detail.endswith("speaks the legacy era (2025-11-25)")) == (Status.OK, True)


def test_a_server_that_refuses_the_gateway_fails_here(read):
    check = asked(read, 401)
    assert (check.status, check.cause) == (Status.FAIL, Cause.HERE)


def test_a_server_that_answers_something_else_fails_here(read):
    assert asked(read, 404).cause is Cause.HERE


def test_a_server_where_callers_sign_in_is_well_when_it_says_so(read, tmp_path):
    text = "{{ demo: {{ url: '{url}', oauth: {{ grant: authorization-code }} }} }}"
    check = asked(read, 401, text, 'connections: { key: "${K}" }', K="k" * 32)
    assert (check.status, list(tmp_path.iterdir())) == (Status.OK, [])


def test_a_server_that_is_away_is_unreachable(read):
    assert looked(read()).cause is Cause.UNREACHABLE
    assert looked(read(), offline=True).status is Status.SKIPPED


def test_a_ca_that_is_none_is_told(read, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    config = read(servers="{ demo: { url: https://127.0.0.1:1/mcp, ca: ca.pem } }")
    assert "ca.pem" in looked(config).detail


def test_a_program_is_looked_for_and_not_started(read, tmp_path):
    (tmp_path / "tool").write_text("#!/bin/sh\ntouch started\n")
    config = read(servers="{ demo: { command: ./tool } }")
    assert looked(config).status is Status.FAIL
    (tmp_path / "tool").chmod(0o755)
    assert looked(config).status is Status.OK
    assert not (tmp_path / "started").exists()


def test_a_program_that_cannot_be_started_is_told(read):
    check = looked(read(servers="{ demo: { command: no-such-program } }"), start=True)
    assert (check.status, check.cause) == (Status.FAIL, Cause.HERE)


def test_a_program_is_asked_where_it_may_be_started(read, tmp_path):
    (tmp_path / "server.py").write_text(PROGRAM)
    config = read(servers=f"{{ demo: {{ command: '{sys.executable}', args: [server.py] }} }}")
    check = looked(config, start=True)
    assert (check.status, "speaks the legacy era" in check.detail) == (Status.OK, True)
    assert "can be executed" in looked(config, start=True, offline=True).detail


def test_an_inline_server_is_not_asked(read):
    assert looked(read(servers="{ demo: { inline: true } }")).status is Status.SKIPPED
