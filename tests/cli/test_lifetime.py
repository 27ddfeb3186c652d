from __future__ import annotations

import pytest

from yett.cli.lifetime import end


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43_200), ("2w", 1_209_600)])
def test_a_lifetime_has_a_unit(text, seconds):
    assert end(text, 1000.0, option="--for") == 1000.0 + seconds


def test_never_has_no_end():
    assert end("never", 1000.0, option="--for") is None


@pytest.mark.parametrize("text", ["", "0d", "12", "-1h", "1y", "3651d", "12 h"])
def test_what_is_no_lifetime_is_a_usage_error_that_names_the_option(text, capsys):
    with pytest.raises(SystemExit) as left:
        end(text, 0.0, option="--for")
    assert left.value.code == 2
    assert f"`--for {text}` is no lifetime" in capsys.readouterr().err
