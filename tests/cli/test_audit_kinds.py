from pathlib import Path

import click
import pytest

from yett.cli.audit_kinds import KINDS, kind_of


@pytest.mark.parametrize(
    ("name", "kind"), [("a.json", "json"), ("a.SARIF", "sarif"), ("a.b.xml", "junit"), ("a.txt", "text")]
)
def test_a_name_says_the_form(name, kind):
    assert kind_of(Path(name), None) == kind
    assert kind in KINDS


def test_what_was_asked_for_wins():
    assert kind_of(Path("a.json"), "sarif") == "sarif"


def test_an_unknown_name_is_refused():
    with pytest.raises(click.UsageError, match=r"cannot tell from `a\.doc` what to write"):
        kind_of(Path("a.doc"), None)


def test_a_dash_is_no_file():
    with pytest.raises(click.UsageError, match="leave it out"):
        kind_of(Path("-"), "json")
