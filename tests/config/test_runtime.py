from __future__ import annotations

import dataclasses

import pytest

from yett.config.runtime import Runtime


def test_a_runtime_is_replaced_whole_and_never_changed() -> None:
    runtime = object.__new__(Runtime)
    with pytest.raises(dataclasses.FrozenInstanceError):
        runtime.timeout = 1.0  # type: ignore[misc] # the point of the test


def test_two_runtimes_do_not_share_what_is_filled_while_they_run() -> None:
    [offers] = [field for field in dataclasses.fields(Runtime) if field.name == "offers"]
    assert offers.default_factory is dict
