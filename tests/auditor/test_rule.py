import pytest

from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.rule import Rule
from yett.auditor.subject import Text


class Shouting(Rule[Text]):
    id = "shouting"
    title = "Text in capitals"
    severity = Severity.LOW
    cwe = 1
    why = "It is loud."
    fix = "Write it in small letters."


class Nameless(Rule):
    id = "nameless"


def test_a_rule_says_what_it_judges():
    assert Shouting.judges() is Text


def test_a_rule_that_does_not_say_what_it_judges_is_an_error():
    with pytest.raises(TypeError, match="does not say what it judges"):
        Nameless.judges()


def test_a_rule_without_a_check_is_an_error():
    with pytest.raises(TypeError, match="Shouting does not judge `a`"):
        Shouting().check(Text(path="a", lines=()))


def test_a_finding_has_the_rules_own_words_unless_others_are_given():
    place = Place(path="a", line=1)
    assert Shouting().finding(place, "loud", subject="x") == Finding(
        rule="shouting",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        place=place,
        message="loud",
        subject="x",
        fix="Write it in small letters.",
    )
    other = Shouting().finding(place, "loud", subject="x", severity=Severity.HIGH, fix="Whisper.")
    assert (other.severity, other.fix) == (Severity.HIGH, "Whisper.")
