from __future__ import annotations

import asyncio
import time

import pytest

from yett.core.exchange import Era
from yett.core.message import Failure, Reply, Request
from yett.enforce import survey
from yett.enforce.survey import Surveyor
from yett.errors import UpstreamUnavailable
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role
from yett.upstream.upstream import Arrival, Offer

MODERN = Offer(eras=frozenset({Era.MODERN}), versions=("2026-07-28",))
LEGACY = Offer(eras=frozenset({Era.LEGACY}), versions=("2025-11-25",))
ECHO = {"name": "echo", "inputSchema": {"type": "object"}}
FLAWED = {"name": "flawed", "inputSchema": {"type": "object"}}
ADD = {"name": "add", "inputSchema": {"type": "object"}}


def surveyed(kit, offer, script):
    """Survey the fake server once; return whether it worked, the scene, and what the server was asked."""

    async def run():
        scene = kit.scene()
        scene.upstream.offer = offer
        scene.upstream.script = script
        async with scene:
            ok = await Surveyor(lambda: scene.runtime).once("demo")
            return ok, scene, [message.method for message, _ in scene.upstream.sent]

    return asyncio.run(run())


def paged(pages):
    def script(message: Request):
        if message.method == "initialize":
            return [Arrival(message=Reply(id=message.id, result={"protocolVersion": "2025-11-25", "capabilities": {}}))]
        cursor = (message.params or {}).get("cursor", "")
        return [Arrival(message=Reply(id=message.id, result=pages[cursor]))]

    return script


def test_a_modern_server_is_listed_in_one_message(kit) -> None:
    ok, scene, asked = surveyed(kit, MODERN, paged({"": {"tools": [ECHO]}}))
    assert ok
    assert asked == ["tools/list"]
    assert scene.runtime.catalogue.find("demo", "echo").name == "echo"
    assert scene.runtime.offers["demo"] == MODERN


def test_a_legacy_server_is_greeted_and_left_again(kit) -> None:
    ok, scene, asked = surveyed(kit, LEGACY, paged({"": {"tools": [ECHO]}}))
    assert ok
    assert asked == ["initialize", "notifications/initialized", "tools/list"]
    assert len(scene.upstream.ended) == 1


def test_tools_that_a_server_shows_only_to_able_clients_are_listed(kit) -> None:
    def picky(message: Request):
        if message.method == "initialize":
            shown.extend([ECHO] if "sampling" in message.params["capabilities"] else [])
            return [Arrival(message=Reply(id=message.id, result={"protocolVersion": "2025-11-25", "capabilities": {}}))]
        return [Arrival(message=Reply(id=message.id, result={"tools": shown}))]

    shown: list[object] = []
    _, scene, _ = surveyed(kit, LEGACY, picky)
    assert scene.runtime.catalogue.find("demo", "echo") is not None


def test_all_pages_are_read(kit) -> None:
    pages = {"": {"tools": [ECHO], "nextCursor": "2"}, "2": {"tools": [ADD]}}
    _, scene, asked = surveyed(kit, MODERN, paged(pages))
    assert asked == ["tools/list"] * 2
    assert scene.runtime.catalogue.find("demo", "add") is not None


@pytest.mark.parametrize(
    "pages",
    [
        {"": {"tools": [ECHO], "nextCursor": "1"}, "1": {"tools": [], "nextCursor": "1"}},
        {"": {"tools": "many"}},
        {"": {}},
        {"": {"tools": [], "nextCursor": 5}},
    ],
)
def test_a_listing_that_makes_no_sense_leaves_no_tools(kit, pages) -> None:
    ok, scene, _ = surveyed(kit, MODERN, paged(pages))
    assert not ok
    assert not scene.runtime.catalogue.known("demo")
    assert scene.runtime.catalogue.find("demo", "echo") is None


def test_a_listing_that_grows_without_bound_is_given_up(kit, monkeypatch) -> None:
    monkeypatch.setattr(survey, "_LISTING_BYTES", 10_000)
    bulky = {"name": "bulky", "inputSchema": {"type": "object"}, "description": "x" * 6_000}
    pages = {"": {"tools": [bulky], "nextCursor": "2"}, "2": {"tools": [bulky], "nextCursor": "3"}, "3": {"tools": []}}
    ok, scene, asked = surveyed(kit, MODERN, paged(pages))
    assert not ok
    assert asked == ["tools/list"] * 2
    assert "10000 bytes" in scene.runtime.catalogue.listing("demo").detail


def test_looking_through_many_tools_holds_nobody_up(kit) -> None:
    async def run():
        scene = kit.scene()
        scene.upstream.offer = MODERN
        names = [f"t{number}" for number in range(20)]
        scene.upstream.script = paged({"": {"tools": [{"name": n, "inputSchema": {"type": "object"}} for n in names]}})
        looked: list[str] = []
        turns: list[int] = []

        def slow(tool):
            looked.append(tool.name)
            until = time.monotonic() + 0.02
            while time.monotonic() < until:
                pass
            return ""

        async def others():
            while True:
                turns.append(len(looked))
                await asyncio.sleep(0)

        async with scene:
            scene.change(flaw=slow)
            watching = asyncio.create_task(others())
            await Surveyor(lambda: scene.runtime).once("demo")
            watching.cancel()
        return sorted(looked) == sorted(names), set(range(1, 20)) - set(turns)

    assert asyncio.run(run()) == (True, set())


def test_what_is_wrong_with_a_listing_is_said(kit, caplog) -> None:
    with caplog.at_level("WARNING", logger="yett"):
        surveyed(kit, MODERN, paged({"": {"tools": [ECHO, FLAWED, {"name": "bad name"}]}}))
    said = [record.fields["problem"] for record in caplog.records if record.message == "catalogue.problem"]
    assert len(said) == 2
    assert "tool `flawed` cannot be used: it says so" in said


def test_rules_are_idle_only_for_servers_whose_tools_are_known(kit, caplog) -> None:
    async def run():
        scene = kit.scene()
        scene.upstream.offer = MODERN
        scene.upstream.script = paged({"": {"tools": [ECHO]}})
        allowed = ("demo.ehco", "*.gone", "other.tool", "demo.echo")
        async with scene:
            policy = Policy([Role(name="r", allow=tuple(Entry(text=text) for text in allowed))])
            scene.change(policy=policy, upstreams={"demo": scene.upstream, "other": kit.Upstream(name="other")})
            await Surveyor(lambda: scene.runtime).once("demo")
            scene.runtime.catalogue.replace("other", [ADD], 0.0)
            await Surveyor(lambda: scene.runtime).once("demo")

    with caplog.at_level("WARNING", logger="yett"):
        asyncio.run(run())
    said = [record.fields["problem"] for record in caplog.records if record.message == "catalogue.problem"]
    assert [problem.rpartition(" ")[2] for problem in said] == ["`demo.ehco`", "`demo.ehco`", "`*.gone`"]


def test_a_server_that_cannot_be_asked_has_no_tools_any_more(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            scene.upstream.offer = MODERN
            scene.upstream.script = paged({"": {"tools": [ECHO]}})
            surveyor = Surveyor(lambda: scene.runtime)
            await surveyor.once("demo")
            scene.upstream.script = lambda _message: [UpstreamUnavailable("connection refused")]
            again = await surveyor.once("demo")
            return again, scene.runtime.catalogue.find("demo", "echo"), scene.runtime.catalogue.listing("demo").detail

    assert asyncio.run(run()) == (False, None, "connection refused")


def test_an_error_of_the_server_is_no_listing(kit) -> None:
    def failing(message):
        return [Arrival(message=Reply(id=message.id, error=Failure(code=-32603, message="broken")))]

    ok, _, _ = surveyed(kit, MODERN, failing)
    assert not ok


def test_a_server_that_speaks_nothing_we_know_is_named(kit) -> None:
    ok, scene, asked = surveyed(kit, Offer(), paged({}))
    assert not ok
    assert asked == []
    assert "no protocol version" in scene.runtime.catalogue.listing("demo").detail


def test_a_change_while_a_listing_runs_waits_for_the_next_one(kit, monkeypatch) -> None:
    monkeypatch.setattr("yett.enforce.survey.CALM_SECONDS", 0.0)

    async def run():
        async with kit.scene() as scene:
            scene.upstream.offer = MODERN
            scene.upstream.script = paged({"": {"tools": [ECHO]}})
            surveyor = Surveyor(lambda: scene.runtime)
            watching = asyncio.create_task(surveyor.watch("demo"))
            await surveyor.changed("demo")
            hold, probe = asyncio.Event(), scene.upstream.probe

            async def held() -> Offer:
                await hold.wait()
                return await probe()

            stale = paged({"": {"tools": [ECHO]}})
            fresh = paged({"": {"tools": [ECHO, ADD]}})
            answers = iter([stale, fresh, fresh])
            scene.upstream.probe = held

            def answering(message: Request):
                return next(answers)(message)

            scene.upstream.script = answering
            one = asyncio.create_task(surveyor.changed("demo"))
            await asyncio.sleep(0.01)  # its listing runs now, and will miss what comes
            other = asyncio.create_task(surveyor.changed("demo"))
            await asyncio.sleep(0)
            hold.set()
            await asyncio.wait_for(asyncio.gather(one, other), 5)
            found = scene.runtime.catalogue.find("demo", "add")
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            return found

    assert asyncio.run(run()) is not None


def test_a_changed_list_is_read_again_before_anybody_goes_on(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            scene.upstream.offer = MODERN
            scene.upstream.script = paged({"": {"tools": [ECHO]}})
            surveyor = Surveyor(lambda: scene.runtime)
            watching = asyncio.create_task(surveyor.watch("demo"))
            async with asyncio.timeout(5):
                while not scene.runtime.catalogue.known("demo"):
                    await asyncio.sleep(0.01)
            scene.upstream.script = paged({"": {"tools": [ECHO, ADD]}})
            await surveyor.changed("demo")
            found = scene.runtime.catalogue.find("demo", "add")
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            return found

    assert asyncio.run(run()).name == "add"
