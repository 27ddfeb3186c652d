import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.analysis.marks import DOTS, HOST, OPTION, PATH, ROOT, SHELL, SQL
from yett.auditor.analysis.regexes import Atoms, proves, refutes, strips


@pytest.mark.parametrize(
    ("pattern", "whole", "proven", "open_"),
    [
        (r"^[a-zA-Z0-9_-]+$", False, SHELL | SQL | PATH, OPTION),
        (r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$", False, SHELL | OPTION | PATH, 0),
        (r"[a-z]+", False, 0, SHELL | PATH),
        (r"[a-z]+", True, SHELL | PATH | SQL, 0),
        (r"^[\x20-\x7E]+$", False, 0, SHELL | PATH),
        (r"^\d+$", False, SHELL | SQL | PATH | OPTION | HOST, 0),
        (r"^[a-z]+|x$", False, 0, SHELL),
        (r"^https://api\.example\.com/.*", False, HOST, SHELL),
        (r"^https://api\.example\.com.*", False, 0, HOST),
        (r"^[\w/]+$", False, DOTS | SHELL, ROOT),
    ],
)
def test_what_a_match_proves(pattern, whole, proven, open_):
    found = proves(pattern, whole=whole)
    assert found & proven == proven
    assert found & open_ == 0


@pytest.mark.parametrize(
    ("pattern", "ended"),
    [(r"[;&|`$]", SHELL), (r"[;&|`$(){}\[\]<>\\]", SHELL), (r"[;&]", 0), (r"^-", OPTION), (r"\.\.", DOTS), (r"[/\\]", PATH),
     (r"[;&|`$]+x", 0)],
)  # fmt: skip
def test_what_a_search_in_vain_proves(pattern, ended):
    assert refutes(pattern) & (SHELL | OPTION | DOTS | PATH) == ended


def test_what_is_left_when_everything_else_is_removed():
    assert strips(r"[^a-zA-Z0-9_-]") & (SHELL | SQL | PATH) == SHELL | SQL | PATH
    assert strips(r"[;&]") == 0


@given(st.text(max_size=80))
def test_any_pattern_is_read(pattern):
    Atoms(pattern)
    assert isinstance(proves(pattern, whole=True) | refutes(pattern) | strips(pattern), int)
