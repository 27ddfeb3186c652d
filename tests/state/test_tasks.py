from __future__ import annotations

import pytest

from yett.state.tasks import Tasks, started_by

ALICE = ("yett", "alice")
MALLORY = ("yett", "mallory")


def test_a_task_is_its_starters_and_nobody_elses() -> None:
    tasks = Tasks()
    tasks.note(ALICE, "demo", "t1", "crunch")
    assert tasks.tool(ALICE, "demo", "t1") == "crunch"
    assert tasks.tool(MALLORY, "demo", "t1") is None
    assert tasks.tool(ALICE, "other", "t1") is None
    assert tasks.tool(ALICE, "demo", "t2") is None


def test_a_task_cannot_be_taken_over_by_announcing_its_id_again() -> None:
    tasks = Tasks()
    tasks.note(ALICE, "demo", "t1", "crunch")
    tasks.note(MALLORY, "demo", "t1", "echo")
    assert tasks.tool(ALICE, "demo", "t1") == "crunch"
    assert tasks.tool(MALLORY, "demo", "t1") is None


def test_the_oldest_tasks_are_forgotten() -> None:
    tasks = Tasks(total=2)
    for number in range(3):
        tasks.note(ALICE, "demo", f"t{number}", "crunch")
    assert len(tasks) == 2
    assert tasks.tool(ALICE, "demo", "t0") is None
    assert tasks.tool(ALICE, "demo", "t2") == "crunch"


def test_an_id_of_any_size_is_not_kept() -> None:
    tasks = Tasks()
    tasks.note(ALICE, "demo", "t" * 2_000, "crunch")
    assert len(tasks) == 0


@pytest.mark.parametrize(
    ("result", "task"),
    [
        ({"resultType": "task", "taskId": "t1", "status": "working"}, "t1"),
        ({"task": {"taskId": "t2", "status": "working"}}, "t2"),
        ({"resultType": "complete", "taskId": "t3"}, None),
        ({"content": []}, None),
        ({"task": "t4"}, None),
        ({"resultType": "task", "taskId": 5}, None),
        (None, None),
        ([], None),
    ],
)
def test_where_a_result_announces_a_task(result, task) -> None:
    assert started_by(result) == task
