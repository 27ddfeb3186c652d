from __future__ import annotations

from yett.enforce.doctor.check import Cause, Check, Status, causes, failed, ok, skipped, unreached, warn


def test_only_failures_have_a_cause():
    checks = [ok("a", "b"), warn("a", "b", "c"), skipped("a", "b")]
    assert causes(checks) == set()
    assert causes([*checks, unreached("a", "b", "c")]) == {Cause.UNREACHABLE}
    assert causes([failed("a", "b", "c"), unreached("a", "b", "c")]) == {Cause.HERE, Cause.UNREACHABLE}


def test_what_is_not_well_has_a_fix():
    assert failed("a", "b", "c") == Check(what="a", status=Status.FAIL, detail="b", fix="c", cause=Cause.HERE)
    assert warn("a", "b", "c") == Check(what="a", status=Status.WARN, detail="b", fix="c")
