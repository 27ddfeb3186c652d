from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import renewing
from counterfeit.http import Question, Reply, Served, asker, served
from issuer import Issuer

from yett.errors import StoreError, UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.kept import Connections, Kept
from yett.upstream.oauth.renewal import Renewals
from yett.upstream.oauth.sealed import Sealed
from yett.upstream.oauth.token import Token
from yett.upstream.oauth.turns import Turn

ALICE = ("yett", "alice")


def ended(issuer: Issuer, url: str) -> Kept:
    """A sign-in whose access token is over, and whose refresh token is good once."""
    issuer.secrets["registered"] = ""
    access, refresh = issuer.grant("registered")
    token = Token(access=Secret(access), until=1.0, renew_at=1.0, refresh=Secret(refresh))
    return Kept(issuer=url, resource=renewing.URL, client=Client(id="registered", method="none"), token=token)


# Two processes.


class Provider:
    """An issuer behind a port that can let an answer wait."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.asked = threading.Event()
        self.goes_on = threading.Event()
        self.goes_on.set()

    def __call__(self, question: Question) -> Reply:
        if question.path == "/token":
            self.asked.set()
            self.goes_on.wait()
        return self.issuer(question)

    def refreshes(self) -> int:
        return sum(form["grant_type"] == "refresh_token" for form in self.issuer.asked)


@contextmanager
def provider(folder: Path) -> Iterator[tuple[Provider, Served]]:
    """A provider, and a connection of alice's that has to be renewed there."""
    made = Provider()
    with served(made) as server:
        made.issuer.url = server.url
        asyncio.run(renewing.connections(folder).put(ALICE, ended(made.issuer, server.url)))
        try:
            yield made, server
        finally:
            made.goes_on.set()


@contextmanager
def process(folder: Path, callers: int = 20) -> Iterator[subprocess.Popen[str]]:
    script = Path(renewing.__file__)
    command = [sys.executable, str(script), str(folder), str(callers)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        yield child
    finally:
        child.kill()
        child.communicate()


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def said(child: subprocess.Popen[str]) -> Any:
    assert child.stdout is not None
    return json.loads(child.stdout.readline())


def test_two_processes_renew_once_where_a_second_use_ends_the_whole_sign_in(tmp_path):
    with provider(tmp_path) as (made, server), process(tmp_path) as first, process(tmp_path) as second:
        server.slow = 0.2  # for as long as that, either could ask as well
        go(first)
        go(second)
        tokens = said(first)
        assert tokens == said(second)
        assert (len(tokens), made.refreshes(), made.issuer.reused) == (1, 1, 0)
        assert tokens[0] in made.issuer.tokens


def test_a_process_that_is_killed_while_it_renews_holds_nobody_up(tmp_path):
    with provider(tmp_path) as (made, _), process(tmp_path) as first, process(tmp_path) as second:
        made.goes_on.clear()
        go(first)
        made.asked.wait()
        go(second)
        made.asked.clear()
        first.kill()
        first.wait()
        before = time.process_time()
        made.asked.wait()  # the second one asks, although the first never left
        made.issuer.rotates = False  # what the first asked for and never got is not this test's matter
        made.goes_on.set()
        [token] = said(second)
        assert token in made.issuer.tokens
        assert time.process_time() - before < 20


# One process, whose disk fails.


class Failing(Connections):
    """Keeps what it is given while `full` does not say otherwise."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Sealed(folder / "c.db", Secret("k" * 32)), "crm")
        self.full = ""

    async def make_room(self) -> None:
        if self.full == "before":
            raise StoreError("the connections in `c.db` cannot be used: database or disk is full")
        await super().make_room()

    async def put(self, owner: tuple[str, str], kept: Kept) -> None:
        if self.full:
            raise StoreError("the connections in `c.db` cannot be used: database or disk is full")
        await super().put(owner, kept)


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.issuer = Issuer()
        self.connections = Failing(folder)
        self.renewals = self.another(self.connections)

    def another(self, connections: Connections) -> Renewals:
        return Renewals(asker(self.issuer), connections, None, lambda: 1000.0)

    async def begin(self) -> Kept:
        kept = ended(self.issuer, self.issuer.url)
        await self.connections.put(ALICE, kept)
        return kept

    async def token(self) -> str:
        token = await self.renewals.token(ALICE, None)
        assert token is not None
        return token.access.reveal()


def test_on_a_full_disk_the_issuer_is_not_asked_and_nothing_is_lost(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        kept = await world.begin()
        world.connections.full = "before"
        with pytest.raises(UpstreamUnavailable, match="database or disk is full"):
            await world.token()
        assert world.issuer.asked == []
        assert await world.connections.get(ALICE) == kept
        world.connections.full = ""
        assert await world.token() in world.issuer.tokens

    asyncio.run(work())


def test_what_could_not_be_kept_is_kept_later_and_used_by_nobody_else_meanwhile(tmp_path, monkeypatch):
    monkeypatch.setattr("yett.upstream.oauth.turns._SECONDS", 0.0)

    async def work() -> None:
        world = World(tmp_path)
        await world.begin()
        other = world.another(Failing(tmp_path))
        world.connections.full = "after"
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable, match="database or disk is full"):
                await world.token()
        with pytest.raises(UpstreamUnavailable, match="another one has been at work"):
            await other.token(ALICE, None)
        assert len(world.issuer.asked) == 1
        world.connections.full = ""
        token = await world.token()
        found = await other.token(ALICE, None)
        assert found is not None
        assert found.access.reveal() == token
        assert (len(world.issuer.asked), world.issuer.reused) == (1, 0)

    asyncio.run(work())


def test_at_the_end_what_could_not_be_kept_is_tried_once_more(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        await world.begin()
        world.connections.full = "after"
        with pytest.raises(UpstreamUnavailable):
            await world.token()
        world.connections.full = ""
        await world.renewals.close()
        kept = await world.connections.get(ALICE)
        assert kept is not None
        assert kept.token.access.reveal() in world.issuer.tokens

    asyncio.run(work())


def test_at_the_end_what_still_cannot_be_kept_is_told_and_let_go(tmp_path, caplog):
    async def work() -> None:
        world = World(tmp_path)
        await world.begin()
        world.connections.full = "after"
        with pytest.raises(UpstreamUnavailable):
            await world.token()
        await world.renewals.close()
        async with await world.connections.turn(ALICE) as turn:
            assert isinstance(turn, Turn)

    asyncio.run(work())
    assert [record.message for record in caplog.records] == ["connections.unkept", "connections.lost"]


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files")
def test_a_disk_that_takes_no_more_bytes_loses_nothing(tmp_path):
    """The real thing: a process that may not make files longer."""
    with provider(tmp_path) as (made, _):
        script = f"""
import asyncio, resource, sys
sys.path[:0] = {sys.path!r}
import renewing
from pathlib import Path
async def main():
    ours = renewing.personal(Path({str(tmp_path)!r}))
    try:
        print(await ours.bearer(renewing.ALICE))
    except Exception as error:
        print(type(error).__name__, error)
    await ours.close()
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
asyncio.run(main())
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("UpstreamUnavailable the connections in")
        assert made.refreshes() == 0
        with process(tmp_path) as child:
            go(child)
            assert set(said(child)) <= set(made.issuer.tokens)
        assert made.refreshes() == 1


# What is kept, and what came before.


def test_a_token_that_was_refused_is_renewed_unless_another_one_is_kept_by_now(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        await world.begin()
        first = await world.renewals.token(ALICE, None)
        assert first is not None
        again = await world.renewals.token(ALICE, None)
        assert again == first
        second = await world.renewals.token(ALICE, first)
        assert second != first
        third = await world.renewals.token(ALICE, first)
        assert third == second, "another process had renewed it"
        assert len(world.issuer.asked) == 2

    asyncio.run(work())


def test_a_sign_in_that_the_issuer_ends_is_forgotten_and_one_that_it_cannot_renew_now_is_not(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        kept = await world.begin()
        world.issuer.failing = 503
        with pytest.raises(UpstreamUnavailable):
            await world.token()
        assert await world.connections.get(ALICE) == kept
        world.issuer.failing = 0
        world.issuer.revoke_refresh()
        assert await world.renewals.token(ALICE, None) is None
        assert await world.connections.get(ALICE) is None

    asyncio.run(work())
