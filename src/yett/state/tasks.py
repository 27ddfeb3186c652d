"""Whose tasks are whose: a task id is no credential, so what a caller may ask of one is decided by who started it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from yett.state.sessions import Owner

_TASKS: Final = 100_000
_ID_CHARACTERS: Final = 1_024


class Tasks:
    """Which caller started a task, and with which tool. Bounded: the oldest are forgotten, and then nobody's."""

    def __init__(self, *, total: int = _TASKS) -> None:
        self._total = total
        self._started: OrderedDict[tuple[str, str], tuple[Owner, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._started)

    def note(self, owner: Owner, server: str, task: str, tool: str) -> None:
        """Remember a task that a call has just started. An id that is somebody's already stays his."""
        if len(task) > _ID_CHARACTERS:
            return
        self._started.setdefault((server, task), (owner, tool))
        if len(self._started) > self._total:
            self._started.popitem(last=False)

    def tool(self, owner: Owner, server: str, task: str) -> str | None:
        """The tool that this caller started the task with; `None` when it is unknown or another caller's."""
        found = self._started.get((server, task))
        return found[1] if found is not None and found[0] == owner else None


def started_by(result: Any) -> str | None:
    """The id of the task that a `tools/call` result announces: at its top (SEP-2663) or in `task` (2025-11-25)."""
    if not isinstance(result, dict):
        return None
    task = result if result.get("resultType") == "task" else result.get("task")
    identifier = task.get("taskId") if isinstance(task, dict) else None
    return identifier if isinstance(identifier, str) else None
