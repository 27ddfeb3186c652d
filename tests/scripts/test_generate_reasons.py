from __future__ import annotations

from generate_reasons import Declared, Place, declared, page, places, problems
from yett.core.pipeline import PIPELINE_EMPTY
from yett.core.reason import Kind, Reason

SPENT = Reason(code="quota.spent", kind=Kind.LIMITED, public="too many calls | wait")


def test_a_module_level_constant_is_found_by_its_name() -> None:
    text = 'SPENT = Reason(code="a.b", kind=Kind.LIMITED, public="no")\nMORE: Final = Reason(code="c.d")\n'
    assert list(places("yett.x", text)) == [Place("yett.x", 1, "SPENT"), Place("yett.x", 2, "MORE")]


def test_a_reason_made_anywhere_else_has_no_name() -> None:
    text = 'def f():\n    return Reason(code="a.b", kind=Kind.DENIED, public="no")\n\nT = {1: Reason(code="c.d")}\n'
    assert list(places("yett.x", text)) == [Place("yett.x", 2, ""), Place("yett.x", 4, "")]


def test_a_place_leads_to_its_reason() -> None:
    place = Place("yett.core.pipeline", 1, "PIPELINE_EMPTY")
    assert declared(place) == Declared("yett.core.pipeline", PIPELINE_EMPTY)


def test_two_reasons_must_not_share_a_code() -> None:
    assert problems([Declared("yett.a", SPENT), Declared("yett.b", SPENT)], []) == [
        "`quota.spent` is declared in yett.a and yett.b"
    ]


def test_a_code_is_part_and_what() -> None:
    odd = Reason(code="Quota", kind=Kind.LIMITED, public="no")
    assert problems([Declared("yett.a", odd)], []) == ["yett.a: `Quota` is not `<part>.<what>`"]


def test_a_stray_is_named_with_its_line() -> None:
    assert problems([], [Place("yett.a", 7, "")]) == ["yett.a:7: a reason that is not a module-level constant"]


def test_the_page_has_a_table_for_each_part() -> None:
    denied = Reason(code="access.not-granted", kind=Kind.DENIED, public="not granted")
    text = page([Declared("yett.b", SPENT), Declared("yett.a", denied)])
    table = "| code | kind | public words | module |\n|---|---|---|---|\n"
    assert text.endswith(
        f"\n\n## access\n\n{table}| `access.not-granted` | denied | not granted | `yett.a` |\n"
        f"\n## quota\n\n{table}| `quota.spent` | limited | too many calls \\| wait | `yett.b` |\n"
    )
