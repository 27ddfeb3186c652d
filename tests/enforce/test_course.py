from __future__ import annotations

import asyncio

import pytest

from yett import telemetry
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.course import Course
from yett.enforce.establish import establish
from yett.wire.deadlines import NEVER

NO = Reason(code="test.no", kind=Kind.DENIED, public="no")


def with_course(kit, act, timeout=5.0):
    """Have `act` do something with a course; return what it returned, what was said and the records."""

    async def run():
        scene = kit.scene()
        scene.timeout = timeout
        async with scene:
            delivery = kit.Delivery(scene.runtime)
            delivery.task = asyncio.current_task()
            course = Course(scene.runtime, establish(scene.runtime, kit.modern("server/discover")), delivery, 0.0)
            result = await act(course)
        return result, delivery.said, scene.records()

    return asyncio.run(run())


async def overslept(course):
    course.watch(asyncio.get_running_loop())
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        return course.took_too_long(), asyncio.current_task().cancelling(), course.deadline
    finally:
        course.rest()


def test_a_call_that_takes_too_long_is_told_from_one_whose_client_left(kit) -> None:
    assert with_course(kit, overslept, timeout=0.02)[0] == (True, 0, NEVER)


def test_a_client_that_leaves_at_the_same_moment_has_left(kit) -> None:
    async def both(course):
        course.expire()
        course.delivery.task.cancel()
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            return course.took_too_long()

    assert with_course(kit, both)[0] is False


def test_a_call_that_rests_is_not_watched(kit) -> None:
    async def watched(course):
        course.watch(asyncio.get_running_loop())
        during = len(course.runtime.deadlines.members)
        course.rest()
        return during, len(course.runtime.deadlines.members)

    assert with_course(kit, watched)[0] == (1, 0)


def test_a_refusal_is_one_record_and_one_answer(kit) -> None:
    _, said, records = with_course(kit, lambda course: course.refuse(Deny(reason=NO, detail="why")))
    assert said == [("refused", "test.no", "why")]
    assert [(record["kind"], record["reason"]) for record in records] == [("refusal", "test.no")]


@pytest.mark.parametrize(("detail", "shown"), [("", "test.no"), ("why", "test.no: why")])
def test_a_failure_is_answered_and_is_in_the_outcome(kit, detail, shown) -> None:
    async def failing(course):
        await course.fail(Deny(reason=NO, detail=detail))
        course.write_outcome()

    _, said, records = with_course(kit, failing)
    assert said == [("refused", "test.no", detail)]
    assert [(record["status"], record["detail"]) for record in records] == [("failed", shown)]


def test_an_outcome_is_counted(kit) -> None:
    key = ("demo", "aborted", "")
    before = telemetry.DECISIONS.series().get(key, 0)

    async def ending(course):
        course.write_outcome()

    with_course(kit, ending)
    assert telemetry.DECISIONS.series()[key] == before + 1
