from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from yett.enforce.conductor import conduct
from yett.enforce.look_up import tried
from yett.guards.access import Access
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role

ECHO = {"name": "echo", "inputSchema": {"type": "object"}}


def policy() -> Policy:
    return Policy([Role(name="engineer", allow=(Entry(text="demo.*"),), deny=(Entry(text="demo.no"),))])


def called(kit, tool: str, *, becomes: str, known: bool = False):
    """Call a tool before the server's tools are known. `becomes` is what asking the server leads to."""

    async def run():
        scene = kit.scene()
        scene.guards = [Access(policy())]
        async with scene:
            catalogue = scene.runtime.catalogue

            async def changed(server: str) -> None:
                asked.append(server)
                if becomes == "listed":
                    catalogue.replace("demo", [ECHO], time.monotonic())
                elif becomes == "failed":
                    catalogue.fail("demo", "connection refused")

            if known:
                catalogue.replace("demo", [], time.monotonic())
            scene.change(policy=policy(), changed=changed)
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.modern("tools/call", {"name": tool, "arguments": {}}, name=tool), delivery)
            tool_known.append(delivery.exchange.tool is not None)
        return delivery.said[0], asked, len(scene.upstream.sent)

    asked: list[Any] = []
    tool_known: list[bool] = []
    found = asyncio.run(run())
    # What is rechecked later is the exchange with its tool: without one it would be taken for a call of an unknown one.
    assert tool_known == [bool(found[2])]
    return found


def test_a_call_waits_for_the_first_list_of_tools(kit) -> None:
    said, asked, sent = called(kit, "echo", becomes="listed")
    assert said[0] == "message"
    assert (asked, sent) == (["demo"], 1)


def test_a_tool_that_is_not_on_the_list_is_unknown(kit) -> None:
    said, _, sent = called(kit, "other", becomes="listed")
    assert said[:2] == ("refused", "access.not-granted")
    assert sent == 0


@pytest.mark.parametrize(("becomes", "detail", "times"), [("failed", "connection refused", 1), ("silent", "", 4)])
def test_a_server_that_does_not_list_its_tools_is_the_trouble_not_the_name(kit, becomes, detail, times) -> None:
    said, asked, sent = called(kit, "echo", becomes=becomes)
    assert said == ("refused", "upstream.unlisted", detail)
    assert (len(asked), sent) == (times, 0)


def test_nobody_waits_for_a_tool_that_is_not_theirs(kit) -> None:
    said, asked, _ = called(kit, "no", becomes="listed")
    assert said[:2] == ("refused", "access.not-granted")
    assert asked == []


def test_nobody_waits_when_the_tools_are_known(kit) -> None:
    said, asked, _ = called(kit, "echo", becomes="listed", known=True)
    assert said[:2] == ("refused", "access.not-granted")
    assert asked == []


def left_waiting(kit, *, anew: bool):
    """Call a tool while the list of tools is waited for, and end the wait; return the records and the last state."""

    async def run():
        scene = kit.scene()
        scene.guards = [Access(policy())]
        async with scene:
            waiting = asyncio.Event()

            async def changed(_server: str) -> None:
                waiting.set()
                await asyncio.sleep(60)

            scene.change(policy=policy(), changed=changed)
            delivery = kit.Delivery(scene.runtime, anew=anew)
            call = kit.modern("tools/call", {"name": "echo", "arguments": {}}, name="echo")
            task = asyncio.create_task(conduct(scene.runtime, call, delivery))
            await waiting.wait()
            was_waiting = delivery.waiting
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return was_waiting, delivery.waiting, [(record["reason"], record["detail"]) for record in scene.records()]

    return asyncio.run(run())


def test_a_client_that_leaves_while_it_waits_for_the_list_leaves_a_record(kit) -> None:
    assert left_waiting(kit, anew=False) == (True, False, [("upstream.unlisted", "the client left")])


def test_a_call_that_is_to_be_judged_anew_leaves_none_yet(kit) -> None:
    assert left_waiting(kit, anew=True) == (True, False, [])


def test_a_list_that_comes_between_establishing_a_call_and_judging_it_counts(kit) -> None:
    # A call is established before its task begins. In that moment a reload's survey may end: it was "unknown tool".
    async def run():
        scene = kit.scene()
        scene.guards = [Access(policy())]
        async with scene:
            scene.change(policy=policy())
            call = kit.modern("tools/call", {"name": "echo", "arguments": {}}, name="echo")
            established = tried(scene.runtime, call)
            scene.runtime.catalogue.replace("demo", [ECHO], time.monotonic())
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, call, delivery, established)
        return delivery.said[0][0], len(scene.upstream.sent)

    assert asyncio.run(run()) == ("message", 1)
