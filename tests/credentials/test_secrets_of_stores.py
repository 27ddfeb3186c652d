"""Secrets of a (counterfeit) Vault in a whole gateway: rotation, Vault's troubles, and nothing of a value anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from counterfeit.http import Served
from counterfeit.vault import Vault
from house import Backend, House, standing

from yett.ledger.verify import verify
from yett.secrets import entry
from yett.telemetry import Line

UNAVAILABLE = 5030


@contextlib.asynccontextmanager
async def vaulted(
    folder: Path, server: str = "", *, more: str = "", sealed: bool = False, ledger: str = "", key: str = ""
) -> AsyncIterator[tuple[House, Vault, Served, Backend]]:
    """A gateway whose server `demo` gets a token of Vault's; `plain` needs none."""
    vault = Vault()
    vault.put("mcp/github", token="canary-one")
    if key:
        vault.put("ledger", key=key)
    vault.sealed = sealed
    there = Served(vault)
    backend = Backend()
    port = await backend.start()
    (folder / "secret-id").write_text("the-secret-id\n")
    (folder / "secret-id").chmod(0o600)
    header = '{ Authorization: "Bearer ${vault:kv/mcp/github#token}" }'
    own = f'{{ url: "http://127.0.0.1:{port}/mcp", headers: {header} }}'
    section = (
        "secrets:\n"
        f"{more}"
        f"  vault:\n    address: {there.url}\n    unsafe_allow_loopback: true\n"
        '    approle: { role_id: yett, secret_id: "${file:secret-id}" }\n' + ledger
    )
    try:
        async with standing(folder, {"demo": server or own, "plain": f"http://127.0.0.1:{port}/mcp"}, section) as house:
            yield house, vault, there, backend
    finally:
        await backend.close()
        await asyncio.to_thread(there.close)


def by_token(there: Served, file: str) -> str:
    given = f'{{ address: "{there.url}", unsafe_allow_loopback: true, token: "${{file:{file}}}" }}'
    return f"secrets: {{ vault: {given} }}\n"


QUICK = "  refresh: 1s\n  max_stale: 2s\n"


def test_a_secret_of_vault_goes_to_its_server_and_to_no_other(tmp_path):
    async def work() -> None:
        async with vaulted(tmp_path) as (house, vault, _, backend):
            await house.surveyed("demo", "plain")
            assert await house.call("demo") == "hi"
            assert await house.call("plain") == "hi"
            assert backend.calls == [b"Bearer canary-one", b""]
            assert "[+]secrets ok" in await house.ready()
            assert vault.asked.count("POST auth/approle/login") == 1
        assert len(vault.tokens) == 1, "the sign-in was given back: only the root token is left"

    asyncio.run(work())


def test_a_rotated_secret_is_used_without_a_restart_and_without_a_failed_call(tmp_path):
    async def work() -> None:
        async with vaulted(tmp_path, more=QUICK) as (house, vault, _, backend):
            await house.surveyed("demo")
            vault.put("mcp/github", token="canary-two")
            answers = []
            async with asyncio.timeout(20):
                while b"Bearer canary-two" not in backend.calls:
                    answers.append(await house.call("demo"))
            assert set(answers) == {"hi"}
            # What comes back in a reply is removed, in its new form too.
            await house.until(lambda: '"secrets"' in house.records())
            assert await house.call("demo", "it is canary-two") == "it is [redacted:gateway-credential]"

    asyncio.run(work())


def test_while_vault_is_sealed_the_last_value_is_used_until_it_is_too_old_and_then_none(tmp_path):
    async def work() -> None:
        async with vaulted(tmp_path, more=QUICK) as (house, vault, _, backend):
            await house.surveyed("demo", "plain")
            vault.sealed = True
            await house.until(lambda: house.instance._secrets.problems)
            assert await house.call("demo") == "hi"
            refused = None
            async with asyncio.timeout(20):
                while refused is None:
                    answer = await house.call("demo")
                    refused = answer if isinstance(answer, dict) else None
            assert refused["code"] == UNAVAILABLE
            assert "ault" not in refused["message"], "why is for the ledger"
            assert await house.call("plain") == "hi"
            assert "[-]secrets \u2039vault:kv/mcp/github\u203a: Vault is sealed" in await house.ready()
            assert "Vault is sealed" in house.records()
            vault.sealed = False
            async with asyncio.timeout(20):
                while await house.call("demo") != "hi":
                    await asyncio.sleep(0.05)
            assert set(backend.calls) == {b"Bearer canary-one", b""}, "never an empty or literal value"
            assert b"Bearer " not in backend.calls

    asyncio.run(work())


def test_a_start_without_vault_serves_the_others_and_the_rest_once_it_is_there(tmp_path):
    async def work() -> None:
        async with vaulted(tmp_path, sealed=True) as (house, vault, _, backend):
            await house.surveyed("plain")
            assert await house.call("plain") == "hi"
            assert (await house.call("demo"))["code"] in {UNAVAILABLE, -32602}
            assert not [head for head in backend.heads if b"authorization" in head]
            vault.sealed = False
            await house.surveyed("demo")
            assert await house.call("demo") == "hi"

    asyncio.run(work())


def test_a_slow_vault_holds_up_the_start_for_so_long_and_no_longer(tmp_path, monkeypatch):
    monkeypatch.setattr(entry, "READ_SECONDS", 0.2)

    async def work() -> None:
        vault = Vault()
        there = Served(vault)
        there.slow = 2.0
        backend = Backend()
        port = await backend.start()
        servers = {
            "demo": f'{{ url: "http://127.0.0.1:{port}/mcp", headers: {{ X-Key: "${{vault:kv/a#b}}" }} }}',
            "plain": f"http://127.0.0.1:{port}/mcp",
        }
        token = tmp_path / "vault-token"
        token.write_text(vault.root)
        token.chmod(0o600)
        section = by_token(there, "vault-token")
        async with standing(tmp_path, servers, section) as house:
            await house.surveyed("plain")
            assert await house.call("plain") == "hi"
            assert "no answer within 0.2 s" in await house.ready()
        await backend.close()
        await asyncio.to_thread(there.close)

    asyncio.run(work())


PROGRAM = """\
import json, os, sys

def said(asked, **more):
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **more}), flush=True)

for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    if asked["method"] == "server/discover":
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
    elif asked["method"] == "tools/list":
        result = {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}], "ttlMs": 0, "cacheScope": "public"}
    elif asked["method"] == "tools/call":
        text = os.environ["KEY"].replace("canary", "CANARY")
        result = {"content": [{"type": "text", "text": text}], "isError": False}
    else:
        said(asked, error={"code": -32601, "message": "no"})
        continue
    said(asked, result={"resultType": "complete", **result})
"""


def _shown_by(program: Path) -> list[tuple[bytes, bytes]]:
    """The command lines and environments of the processes that were started for a program."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (path / "cmdline").read_bytes()
            if line.rstrip(b"\0").endswith(b"\0" + str(program).encode()):
                found.append((line, (path / "environ").read_bytes()))
    return found


def test_a_process_gets_the_new_value_by_being_started_anew(tmp_path):
    program = tmp_path / "server.py"
    program.write_text(PROGRAM)
    command = {"command": sys.executable, "args": [str(program)], "env": {"KEY": "${vault:kv/mcp/github#token}"}}

    async def work() -> None:
        async with vaulted(tmp_path, json.dumps(command), more=QUICK) as (house, vault, _, _):
            await house.surveyed("demo")
            found = await house.post("demo", "tools/call", {"name": "echo", "arguments": {}})
            assert found["result"]["content"][0]["text"] == "CANARY-one"
            # The program has its own secret in its environment, and no other one anywhere.
            shown = await asyncio.to_thread(_shown_by, program)
            assert shown
            for line, environ in shown:
                assert b"KEY=canary-one" in environ
                for other in (b"canary-one", b"the-secret-id", b"hvs."):
                    assert other not in line
                    assert other not in environ.replace(b"KEY=canary-one", b"")
            vault.put("mcp/github", token="canary-two")
            async with asyncio.timeout(30):
                while True:
                    found = await house.post("demo", "tools/call", {"name": "echo", "arguments": {}})
                    if "result" in found and found["result"]["content"][0]["text"] == "CANARY-two":
                        break
                    await asyncio.sleep(0.05)

    asyncio.run(work())


def test_the_ledgers_key_must_be_there_and_long_enough(tmp_path):
    async def start(key: str) -> None:
        ledger = 'ledger: { key: "${vault:kv/ledger#key}" }\n'
        vault = Vault()
        vault.put("ledger", key=key)
        there = Served(vault)
        (tmp_path / "secret-id").write_text(vault.root)
        (tmp_path / "secret-id").chmod(0o600)
        section = by_token(there, "secret-id") + ledger
        try:
            async with standing(tmp_path, {"demo": "http://127.0.0.1:9/mcp"}, section):
                pass
        finally:
            await asyncio.to_thread(there.close)

    asyncio.run(start("k" * 32))
    with pytest.raises(Exception, match="the key is shorter than 32 bytes") as caught:
        asyncio.run(start("short"))
    assert caught.value.where.endswith("yett.yaml:10:11")
    with pytest.raises(Exception, match="is empty"):
        asyncio.run(start(""))


def test_no_value_of_a_store_is_found_where_none_may_be(tmp_path, capfd):
    """Logs at debug level, metrics, readiness, the ledger, refusals, command lines and environments of the programs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.DEBUG
    searched: list[str] = []

    async def work() -> None:
        async with vaulted(tmp_path, more=QUICK) as (house, vault, there, backend):
            await house.surveyed("demo")
            searched.append(json.dumps(await house.call("demo", "canary-one")))
            for trouble in ("sealed", "failing", "hanging"):
                vault.sealed, vault.failing, there.hangs_up = (
                    trouble == "sealed",
                    500 * (trouble == "failing"),
                    trouble == "hanging",
                )
                await asyncio.sleep(1.1)
                searched.append(json.dumps(await house.call("demo")))
                searched.append(await house.ready())
            vault.sealed, vault.failing, there.hangs_up = False, 0, False
            vault.put("mcp/github", token="canary-two\nbroken")
            await house.until(lambda: '"secrets"' in house.records())
            searched.append(json.dumps(await house.call("demo")))
            searched.append(await house.metrics())
            searched.extend(
                (repr(house.instance.config), str(house.instance.config), repr(house.instance._secrets._entries))
            )
            searched.append(house.records())
            assert backend.calls

    try:
        asyncio.run(work())
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    said = capfd.readouterr()
    whole = "\n".join([*searched, said.out, said.err])
    assert "secret.unread" in whole, "something was logged"
    for canary in ("canary-one", "canary-two", "the-secret-id", "hvs."):
        assert canary not in whole, canary


def test_a_ledger_goes_on_under_a_new_key_at_a_reload_and_not_before(tmp_path, caplog):
    async def work() -> None:
        async with vaulted(
            tmp_path, more=QUICK, ledger="ledger: { key: '${vault:kv/ledger#key}' }\n", key="o" * 40
        ) as (
            house,
            vault,
            _,
            _backend,
        ):
            caplog.set_level(logging.INFO)
            await house.surveyed("demo")
            assert await house.call("demo") == "hi"
            assert await house.instance.reload() == ""
            assert "key-change" not in house.records(), "nothing has changed"
            vault.put("ledger", key="n" * 40)
            await house.until(lambda: "ledger.key-waits" in caplog.messages)
            assert "key-change" not in house.records(), "nobody has asked for it"
            assert await house.instance.reload() == ""
            assert house.records().count('"kind":"key-change"') == 1
            assert await house.call("demo") == "hi"
            vault.put("ledger", key="short")
            assert "shorter than 32 bytes" in await house.instance.reload()
            vault.sealed = True
            assert await house.call("demo") == "hi"

    asyncio.run(work())
    found = verify(tmp_path / "ledger", b"n" * 40, older=[b"o" * 40])
    assert (found.ok, len(found.notes)) == (True, 1), found
    assert not verify(tmp_path / "ledger", b"n" * 40).ok


def test_a_ledger_key_in_a_file_is_read_as_it_is_at_the_reload(tmp_path):
    async def work() -> None:
        (tmp_path / "key").write_text("o" * 40)
        (tmp_path / "key").chmod(0o600)
        async with vaulted(tmp_path, ledger='ledger: { key: "${file:key}" }\n') as (house, _, _, _backend):
            (tmp_path / "key").write_text("n" * 40)
            assert await house.instance.reload() == ""
            assert house.instance._ledger.made_with(b"n" * 40)

    asyncio.run(work())
    assert verify(tmp_path / "ledger", b"n" * 40, older=[b"o" * 40]).ok
