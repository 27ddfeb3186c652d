from __future__ import annotations

import pytest
from yardstick.soaking import FLAT_MIB, growth


def test_what_fills_up_in_the_warm_up_is_no_growth() -> None:
    assert growth([50.0 + min(sample, 20) for sample in range(100)]) == 0.0


def test_a_leak_is_growth() -> None:
    assert growth([50.0 + sample * 0.1 for sample in range(100)]) > FLAT_MIB


def test_one_high_sample_is_no_growth() -> None:
    samples = [50.0] * 100
    samples[-1] = 90.0
    assert growth(samples) == 0.0


def test_too_few_samples_tell_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        growth([50.0])
