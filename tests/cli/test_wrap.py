"""`yett wrap` as clients start it: the SDK's own stdio client, a real server, both eras."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

YETT = str(Path(sys.executable).with_name("yett"))
DEMO = str(Path(__file__).resolve().parents[2] / "examples" / "demo_server.py")
SERVER = (sys.executable, DEMO, "--stdio")
CONFIG = """\
auth: { stdio: { user: alice, roles: [reader] } }
servers: { demo: { inline: true } }
roles: { reader: { allow: [demo.echo, demo.leak_config, demo.slow_count, "demo.resource:*", "demo.prompt:*"] } }
"""
META = {
    "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "yett.yaml"
    path.write_text(CONFIG)
    return path


def _records(folder: Path) -> list[dict]:
    lines = [line for path in sorted(folder.glob("ledger/stdio-1/*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(("mode", "era"), [("auto", "modern"), ("legacy", "legacy")])
def test_a_client_of_the_sdk_sees_what_the_config_lets_it_see(config, mode, era):
    async def story() -> None:
        command = StdioServerParameters(command=YETT, args=["wrap", "-c", str(config), "--", *SERVER])
        async with Client(stdio_client(command), mode=mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            assert tools == ["echo", "leak_config", "slow_count"]
            assert (await client.call_tool("echo", {"text": "through"})).content[0].text == "through"
            leaked = (await client.call_tool("leak_config", {})).model_dump_json()
            assert "[redacted:" in leaked
            assert "ghp_" not in leaked
            with pytest.raises(MCPError, match="unknown tool"):
                await client.call_tool("delete_all", {})
            wrong = await client.call_tool("echo", {"text": 7})
            assert (wrong.is_error, "Invalid arguments for demo.echo" in wrong.content[0].text) == (True, True)
            assert (await client.read_resource("note://welcome")).contents

    asyncio.run(story())
    calls = [record for record in _records(config.parent) if record.get("name") in ("echo", "delete_all")]
    assert {record["entrance"] for record in calls} == {"stdio"}
    assert {record["era"] for record in calls} == {era}
    assert {record["who"]["subject"] for record in calls} == {"alice"}
    assert [(record["kind"], record.get("reason", "")) for record in calls] == [
        ("intent", ""),
        ("refusal", "access.not-granted"),
        ("refusal", "arguments.invalid"),
    ]


def _started(config: Path, *more: str, **options) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [YETT, "wrap", "-c", str(config), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def _ask(process: subprocess.Popen[bytes], **message) -> dict:
    process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def _servers(config: Path) -> list[int]:
    """The server processes of this config's wrap: they were started in a folder of the test's own."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == config.parent:
                found.append(int(entry.name))
    return found


def _until(fact) -> bool:
    deadline = time.monotonic() + 60  # a hang is caught, no speed is measured
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(fact())


def test_what_waits_at_the_end_of_the_input_is_still_answered(config):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    line = json.dumps({**call, "params": {"name": "echo", "arguments": {"text": "last"}, **META}})
    done = subprocess.run(
        [YETT, "wrap", "-c", str(config), "--", *SERVER], input=line.encode() + b"\n", capture_output=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["result"]["content"][0]["text"]) == (0, "last")


@pytest.mark.parametrize("how", ["input", "term", "kill"])
def test_however_it_ends_its_server_ends_with_it(config, how):
    process = _started(config, "--", *SERVER, cwd=config.parent)
    with process:
        assert _ask(process, id=1, method="tools/list", params=META)["id"] == 1
        assert len(_servers(config)) > 1
        if how == "input":
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM if how == "term" else signal.SIGKILL)
        process.wait(60)
        assert process.returncode == {"input": 0, "term": 0, "kill": -signal.SIGKILL}[how]
        assert _until(lambda: not _servers(config))


def test_a_client_that_reads_no_more_ends_it(config):
    process = _started(config, "--", *SERVER)
    with process:
        _ask(process, id=1, method="tools/list", params=META)
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.write(
                json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": META}).encode() + b"\n"
            )
            process.stdin.flush()
        assert process.wait(60) == 0


def test_a_server_that_dies_ends_it_with_a_status_of_its_own(config, tmp_path):
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    process = _started(config, "--", *SERVER)
    with process:
        assert "result" in _ask(process, id=0, method="initialize", params=hello)
        process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        process.stdin.flush()
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        for keeper in Path(children).read_text().split():
            os.kill(int(keeper), signal.SIGTERM)
        # The session's stream notices; no call is needed.
        assert process.wait(60) == 4
        assert b"the server has ended" in process.stderr.read()


def test_what_prints_by_mistake_does_not_get_into_the_conversation(config):
    """The descriptors 0 and 1 of the process are no longer the client's once it serves."""
    process = _started(config, "--", *SERVER)
    with process:
        _ask(process, id=1, method="tools/list", params=META)
        ends = [str(Path(f"/proc/{process.pid}/fd/{number}").readlink()) for number in (0, 1, 2)]
        assert ends[0] == "/dev/null"
        assert ends[1] == ends[2]
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_token_of_the_environment_signs_in(tmp_path):
    (tmp_path / "yett.yaml").write_text(
        CONFIG.replace("stdio: { user: alice, roles: [reader] }", "tokens: tokens.yaml")
    )
    new = [YETT, "token", "new", "bob", "--role", "reader", "--tokens", str(tmp_path / "tokens.yaml")]
    shown = subprocess.run(new, capture_output=True, text=True, check=True).stdout
    token = next(word for word in shown.split() if word.startswith("yett_"))
    config = tmp_path / "yett.yaml"
    with _started(config, "--", *SERVER, env={**os.environ, "YETT_TOKEN": token}) as process:
        assert len(_ask(process, id=1, method="tools/list", params=META)["result"]["tools"]) == 3
        process.stdin.close()
        process.wait(60)
    with _started(config, "--", *SERVER, env={**os.environ, "YETT_TOKEN": token[:-1] + "x"}) as process:
        assert _ask(process, id=1, method="tools/list", params=META)["error"]["code"] == 4010
        process.stdin.close()
        process.wait(60)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "write the command that starts it behind `--`"),
        (("--server", "nope", "--", "ls"), "there is no server `nope`"),
        (("--env", "YETT_NOT_THERE", "--", "ls"), "the environment has no `YETT_NOT_THERE`"),
    ],
)
def test_wrong_use_is_told_before_anything_starts(config, arguments, words):
    done = subprocess.run([YETT, "wrap", "-c", str(config), *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, words in done.stderr, done.stdout) == (2, True, "")


def test_only_the_variables_that_were_named_reach_the_server(tmp_path):
    program = tmp_path / "server.py"
    program.write_text(
        "import json, os, sys\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    seen = {name: os.environ.get(name, '') for name in ('GIVEN', 'KEPT', 'YETT_TOKEN')}\n"
        "    result = {'supportedVersions': ['2026-07-28'], 'capabilities': {}, 'tools': [], 'seen': seen,\n"
        "              'resultType': 'complete', 'ttlMs': 0, 'cacheScope': 'private',\n"
        "              'serverInfo': {'name': 's', 'version': '1'}}\n"
        "    if 'id' in asked: print(json.dumps({'jsonrpc': '2.0', 'id': asked['id'], 'result': result}), flush=True)\n"
    )
    (tmp_path / "yett.yaml").write_text(CONFIG)
    env = {**os.environ, "GIVEN": "a value of some length", "KEPT": "kept", "YETT_TOKEN": "x"}
    with _started(tmp_path / "yett.yaml", "--env", "GIVEN", "--", sys.executable, str(program), env=env) as process:
        seen = _ask(process, id=1, method="server/discover", params=META)["result"]["seen"]
        # A credential that comes back is redacted, too.
        assert seen == {"GIVEN": "[redacted:gateway-credential]", "KEPT": "", "YETT_TOKEN": ""}
        process.stdin.close()
        process.wait(60)
