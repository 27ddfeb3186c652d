"""A stage: canary, proxy, gateway and callers in a folder of their own, and what is found out about them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from storm.books import Books, Finding
from storm.caller import Answer, Caller, Load
from storm.gateway import Gateway, Nursery, StormError, patience
from storm.notes import Notes
from storm.proxy import Proxy
from storm.setting import Setting
from storm.vitals import Vitals
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint

CANARY: Final = Path(__file__).with_name("canary.py")
USERS: Final = ("alice", "bob", "mallory")
"""alice and bob are callers; mallory's token is of another file."""
AT_ONCE: Final = 40
"""Calls at once before the first look: what is made when it is first needed has been made then."""


class Stage(Notes):
    """Stands within `async with`; everything it starts, it ends."""

    def __init__(self, folder: Path, nursery: Nursery, setting: Setting, *, slack: float, brief: bool) -> None:
        super().__init__(slack)
        self.folder = folder
        self._brief = brief
        self._pace = 0.2 if brief else 1.0
        self.setting = setting
        self.books = Books(folder)
        self.tokens: dict[str, str] = {}
        self.proxies: list[int] = []
        """Their ports."""
        self._held = 0
        self.extra: list[Answer] = []
        """Answers to calls that are not the load's."""
        self._nursery = nursery
        self._ends = contextlib.AsyncExitStack()

    proxy: Proxy
    gateway: Gateway
    load: Load
    before: Vitals

    async def __aenter__(self) -> Self:
        try:
            await self._raise()
        except BaseException:
            await self._ends.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._ends.aclose()

    async def _raise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for who in USERS:
            self.tokens[who] = self.new_token(who, "elsewhere.yaml" if who == "mallory" else "tokens.yaml")
        self.proxy = await self._proxied("web")
        await self._mount()
        setting = self.setting
        self.gateway = Gateway(self.folder, self._nursery, bound=setting.bound)
        self.write_config()
        self._ends.push_async_callback(self.gateway.stop)
        self.sign_in(self.tokens)

    def sign_in(self, tokens: Mapping[str, str]) -> None:
        """Have everybody call with these tokens from now on."""
        self.tokens.update(tokens)
        setting = self.setting
        rate, callers = (setting.rate / 2, 4) if self._brief else (setting.rate, 8)
        self.load = Load(self.gateway.port, self.tokens, rate=rate, callers=callers, mix=setting.mix)

    async def canary(self, name: str, port: int = 0) -> int:
        """Start a canary; its port."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(CANARY), str(self.folder / f"effects-{name}"), "--port", str(port)),
            stdout=asyncio.subprocess.PIPE,
        )

        async def end() -> None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

        self._ends.push_async_callback(end)
        if process.stdout is None:
            raise StormError("the canary has no output")
        return int(await process.stdout.readline())

    def another_gateway(self) -> Gateway:
        """A gateway in the same folder, on ports of its own."""
        return Gateway(self.folder, self._nursery, bound=False)

    async def second_server(self) -> Proxy:
        """Another canary behind a proxy of its own."""
        return await self._proxied("second")

    async def _proxied(self, name: str) -> Proxy:
        proxy = Proxy(await self.canary(name))
        await proxy.start()
        self._ends.push_async_callback(proxy.stop)
        self.proxies.append(proxy.port)
        return proxy

    async def _mount(self) -> None:
        if not self.setting.mount:
            return
        ledger = self.folder / "ledger"
        ledger.mkdir(mode=0o700)
        await ran("mount", "-t", "tmpfs", "-o", f"{self.setting.mount},mode=0700", "tmpfs", str(ledger))
        self._ends.push_async_callback(ran, "umount", "-l", str(ledger))

    def new_token(self, who: str, file: str = "tokens.yaml", *, expires: float | None = None) -> str:
        """Make a token."""
        minted = mint(os.urandom(40))
        entry = Entry(id=minted.key_id, digest=minted.digest, user=who, expires=expires)
        TokenFile(self.folder / file).add(entry)
        return minted.token

    def write_config(self, change: Callable[[str], str] = str, *, more: str = "") -> None:
        """Write the config, changed as the caller likes, with `more` at its end."""
        setting = self.setting
        text = setting.config(
            port=self.gateway.port,
            admin=self.gateway.admin_port,
            proxy=self.proxy.port,
            folder=self.folder,
            python=sys.executable,
            canary=CANARY,
        )
        path = self.folder / "yett.yaml"
        draft = path.with_suffix(".new")
        draft.write_text(change(text) + more, "utf-8")
        draft.replace(path)

    # What a fault does.

    async def open(self) -> None:
        """Start the gateway, warm it up, note how it is, and begin the load."""
        await self.gateway.start()
        await self.gateway.surveyed(*self.setting.surveyed)
        if not self.setting.load:
            return
        callers = [self.caller() for _ in range(AT_ONCE)]
        for tool in ("note", "tell"):
            self.extra += await asyncio.gather(*(caller.call(tool, ms=100) for caller in callers))
        for caller in callers:
            caller.close()
        await self.gateway.reload()  # of the very same config: what reading one needs is there from then on
        self.load.start()
        await asyncio.sleep(self._pace)
        await self.load.stop()
        await asyncio.sleep(0.1)  # it has yet to see that the connections are closed
        self.before = await self.vitals()
        self.load.start()
        await asyncio.sleep(self._pace / 2)

    def caller(self, who: str = "alice") -> Caller:
        """A caller of one's own. What it hears goes into `extra`."""
        return Caller(self.gateway.port, who, self.tokens[who])

    async def call(self, tool: str = "note", *, who: str = "alice", **arguments: Any) -> Answer:
        """One call on a connection of its own, kept for the comparison."""
        caller = self.caller(who)
        try:
            answer = await caller.call(tool, **arguments)
        finally:
            caller.close()
        self.extra.append(answer)
        return answer

    async def until_well(self, seconds: float = 10.0, **arguments: Any) -> float:
        """Call until a call succeeds; the seconds that it took."""
        began = time.monotonic()
        answer = None
        for _ in patience(seconds):
            answer = await self.call(**arguments)
            if answer.fate == "success":
                return time.monotonic() - began
            await asyncio.sleep(0.02)
        self.expect(False, f"no call succeeded for {seconds:g} s: {answer and answer.why}")
        return seconds

    async def held(self, count: int) -> None:
        """Wait until so many more calls of `hold` have begun than when this was last waited for."""
        self._held += count
        for _ in patience(10.0):
            effects = await asyncio.to_thread(self.books.effects)
            if sum(1 for effect in effects if effect["tool"] == "hold") >= self._held:
                return
            await asyncio.sleep(0.02)
        raise StormError("a call that was to last did not begin")

    # What is found out.

    async def vitals(self) -> Vitals:
        """How the gateway is now."""
        return await Vitals.of(self.gateway, self.proxies)

    async def settled(self) -> Vitals:
        """How it is once it has come to rest."""
        vitals = await self.vitals()
        for _ in patience(8.0):
            if self._unsettled(vitals) == "":
                break
            await asyncio.sleep(0.2)
            vitals = await self.vitals()
        return vitals

    def _unsettled(self, vitals: Vitals) -> str:
        return vitals.grown(self.before, len(self.proxies))

    async def close(self, *, killed: bool = False) -> Finding:
        """End the load and compare everything."""
        await self.load.stop()
        if self.setting.load and not killed and self.gateway.running:
            after = await self.settled()
            unsettled = self._unsettled(after)
            self.expect(not unsettled, unsettled)
            self.after = after
        if not killed:
            for _ in patience(5.0):
                if not await asyncio.to_thread(self.books.open):
                    break
                await asyncio.sleep(0.1)
        if self.gateway.running:
            await self.gateway.stop()
            self.expect(self.gateway.status == 0, f"the gateway ended with {self.gateway.status}")
        errors = [
            line for line in self.gateway.said().splitlines() if "Traceback" in line or '"level": "error"' in line
        ]
        self.expect(not errors, f"{len(errors)} errors in the log, the first: {errors and errors[0][:300]}")
        finding = await self.compared(killed=killed)
        self.problems += finding.problems
        return finding

    async def compared(self, *, killed: bool = False) -> Finding:
        """Compare the ledgers as they are now."""
        answers, lazy = [*self.load.answers, *self.extra], self.setting.durability == "fsync"
        return await asyncio.to_thread(self.books.compare, answers, killed=killed, lazy=lazy)


async def ran(*command: str) -> None:
    """Run a program to its end; raise `StormError` when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise StormError(f"`{' '.join(command)}` failed: {said.decode().strip()}")
