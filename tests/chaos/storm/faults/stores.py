"""Faults of the store where a server's credential is: a counterfeit Vault, sealed, slow, gone; and rotation."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from storm.fault import Scale, fault
from storm.gateway import patience
from storm.setting import WEB, Setting
from storm.stage import Stage

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "secrets"))

from counterfeit.http import Served
from counterfeit.vault import Vault

HEADERS = ', headers: {{ X-Key: "${{vault:kv/web#key}}" }} }}'
VAULTED = Setting(servers=WEB.removesuffix(" }}") + HEADERS + "\n  plain: {{ url: http://127.0.0.1:{proxy}/mcp }}")
STALE = 3.0
SECTION = """\
secrets:
  refresh: 1s
  max_stale: 3s
  vault: {{ address: "{url}", unsafe_allow_loopback: true, token: "${{file:vault-token}}" }}
"""
READ = "GET kv/data/web"
BACK = 12.0
"""A store is asked again after 1, 2, 5 and then every 10 s; the survey of a server that was not to be had follows."""


@contextlib.asynccontextmanager
async def vaulted(stage: Stage, *, sealed: bool = False) -> AsyncIterator[tuple[Vault, Served]]:
    """A Vault that the stage's config names."""
    vault = Vault()
    vault.put("web", key="first")
    vault.sealed = sealed
    there = Served(vault)
    token = stage.folder / "vault-token"
    token.write_text(vault.root)
    token.chmod(0o600)
    stage.write_config(more=SECTION.format(url=there.url))
    try:
        yield vault, there
    finally:
        await asyncio.to_thread(there.close)


@fault(
    "vault-slow",
    "Vault takes its time for each answer, then hangs up on every question",
    "no call fails or waits while the credential that was read still holds",
    setting=VAULTED,
)
async def _slow(stage: Stage, scale: Scale) -> None:
    async with vaulted(stage) as (_, there):
        await stage.open()
        there.slow = 0.5
        began = time.monotonic()
        await asyncio.sleep(STALE if scale.long else 1.5)
        there.slow = 0.0
        stage.no_failures(stage.load.since(began))
        there.hangs_up = True
        began = time.monotonic()
        await asyncio.sleep(STALE / 3)
        stage.no_failures(stage.load.since(began))
        there.hangs_up = False


def _sealed(vault: Vault, there: Served, on: bool) -> None:
    vault.sealed = on


def _forbidding(vault: Vault, there: Served, on: bool) -> None:
    vault.forbidden = {"kv/web"} if on else set()


def _broken(vault: Vault, there: Served, on: bool) -> None:
    vault.failing = 500 if on else 0


def _gone(vault: Vault, there: Served, on: bool) -> None:
    there.hangs_up = on


async def _outage(stage: Stage, change: Callable[[Vault, Served, bool], None]) -> None:
    """Calls go on with what was read, are refused when that is too old, and go on when Vault does."""
    async with vaulted(stage) as (vault, there):
        await stage.open()
        change(vault, there, True)
        began = time.monotonic()
        await asyncio.sleep(STALE / 3)
        stage.no_failures(stage.load.since(began))
        for _ in patience(STALE * 2):
            answer = await stage.call("note")
            if answer.fate == "refused":
                break
            await asyncio.sleep(0.1)
        stage.within("refused after", time.monotonic() - began, STALE + 1.5)
        other = await stage.call("note", server="plain")
        stage.expect(other.fate == "success", f"a server without a secret: {other.fate}, {other.why}")
        asked = stage.load.since(time.monotonic() - 0.3)
        stage.expect(all(one.fate in {"refused", "success"} for one in asked), "an answer was neither")
        change(vault, there, False)
        took = await stage.until_well(seconds=BACK * 3)
        stage.within("well again after", took, BACK)


for key, what, change in (
    ("vault-sealed", "Vault is sealed for longer than a value may be used", _sealed),
    ("vault-forbidden", "Vault forbids the secret", _forbidding),
    ("vault-broken", "Vault answers 500", _broken),
    ("vault-gone", "Vault hangs up on every question", _gone),
):

    async def _work(stage: Stage, scale: Scale, change: Callable[[Vault, Served, bool], None] = change) -> None:
        await _outage(stage, change)

    fault(
        key,
        what,
        "calls go on until the value is too old, then only this server is refused; well again when Vault is",
        setting=VAULTED,
        short=key == "vault-sealed",
    )(_work)


@fault(
    "vault-absent",
    "Vault is sealed when the gateway starts",
    "it starts, serves what needs no secret, refuses the rest, and serves all when Vault is there",
    setting=Setting(servers=VAULTED.servers, surveyed=("plain",), load=False),
)
async def _absent(stage: Stage, scale: Scale) -> None:
    async with vaulted(stage, sealed=True) as (vault, _):
        await stage.open()
        first = await stage.call("note", server="plain")
        stage.expect(first.fate == "success", f"a server without a secret: {first.fate}, {first.why}")
        refused = await stage.call("note")
        stage.expect(refused.fate == "refused", f"without its secret a server gave {refused.fate}")
        vault.sealed = False
        took = await stage.until_well(seconds=BACK * 3)
        stage.within("all is served after", took, BACK)


@fault(
    "vault-rotates",
    "the credential gets a new version again and again, under load",
    "no call fails; within 5 s the new version is used",
    setting=VAULTED,
)
async def _rotates(stage: Stage, scale: Scale) -> None:
    async with vaulted(stage) as (vault, _):
        await stage.open()
        began = time.monotonic()
        took: list[float] = []
        for turn in range(8 if scale.long else 2):
            vault.put("web", key=f"value-{turn}")
            changed, read = time.monotonic(), vault.asked.count(READ)
            for _ in patience(10.0):
                if vault.asked.count(READ) > read:
                    break
                await asyncio.sleep(0.05)
            took.append(time.monotonic() - changed)
        stage.within("read after", took, 5.0)
        stage.no_failures(stage.load.since(began))
