from __future__ import annotations

import pytest

from yett.core.reason import Kind, Reason


def test_kinds_are_named_by_stable_words():
    assert all(kind.value == kind.name.lower().replace("_", "-") for kind in Kind)
    assert len({kind.value for kind in Kind}) == len(Kind)


def test_a_reason_is_a_frozen_value():
    reason = Reason(code="access.not-granted", kind=Kind.DENIED, public="denied by policy")
    assert reason == Reason(code="access.not-granted", kind=Kind.DENIED, public="denied by policy")
    with pytest.raises(AttributeError):
        reason.public = "granted"


def test_a_reason_has_all_its_parts():
    with pytest.raises(TypeError):
        Reason(code="access.not-granted", kind=Kind.DENIED)
