"""One thing that was checked: how it is, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, StrEnum

from msgspec import Struct


class Status(StrEnum):
    """How a thing is. `SKIPPED` says nothing about it: it was not looked at."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    SKIPPED = "--"


class Cause(Enum):
    """Where the trouble is; what a script can tell failures apart by."""

    HERE = "here"
    CONFIG = "config"
    UNREACHABLE = "unreachable"


class Check(Struct, frozen=True, kw_only=True):
    """`what` was checked. `fix` is said for all that is not well; `cause` counts where `status` is `FAIL`."""

    what: str
    status: Status
    detail: str
    fix: str = ""
    cause: Cause = Cause.HERE


def ok(what: str, detail: str) -> Check:
    """It is well."""
    return Check(what=what, status=Status.OK, detail=detail)


def warn(what: str, detail: str, fix: str) -> Check:
    """It works and should be looked at."""
    return Check(what=what, status=Status.WARN, detail=detail, fix=fix)


def failed(what: str, detail: str, fix: str, cause: Cause = Cause.HERE) -> Check:
    """It does not work."""
    return Check(what=what, status=Status.FAIL, detail=detail, fix=fix, cause=cause)


def unreached(what: str, detail: str, fix: str) -> Check:
    """Something elsewhere did not answer: perhaps only now."""
    return failed(what, detail, fix, Cause.UNREACHABLE)


def skipped(what: str, why: str) -> Check:
    """It was not looked at."""
    return Check(what=what, status=Status.SKIPPED, detail=why)


def causes(checks: Iterable[Check]) -> set[Cause]:
    """Why it fails; empty where it does not."""
    return {check.cause for check in checks if check.status is Status.FAIL}
