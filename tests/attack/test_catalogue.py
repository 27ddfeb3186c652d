"""The rows are the catalogue: every id once, every proof a test that exists, every absence with its reason."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from siege.cases import LETTERS, Act, Bytes, Proof, Talk
from siege.rows import every

ROOT = Path(__file__).parents[2]
ROWS = every()


def test_every_id_of_the_catalogue_stands_here_exactly_once() -> None:
    wanted = [f"{letter}-{number:02}" for letter, many in LETTERS.items() for number in range(1, many + 1)]
    found = Counter(row.id for row in ROWS if row.letter != "W")
    assert len(wanted) == 254
    assert found == Counter(wanted)


def test_every_probe_has_a_name_of_its_own() -> None:
    probes = Counter(row.id for row in ROWS if row.letter == "W")
    assert len(probes) > 180
    assert max(probes.values()) == 1


def test_what_is_not_run_says_why() -> None:
    assert [row.id for row in ROWS if not row.variants and len(row.not_yet) < 10] == []


def test_a_case_has_no_variant_twice() -> None:
    for row in ROWS:
        names = Counter((type(v).__name__, v.what, *where(v)) for v in row.variants)
        assert [name for name, times in names.items() if times > 1] == [], row.id


def where(variant: object) -> tuple[object, ...]:
    return (*variant.eras, *variant.servers) if isinstance(variant, Talk) else ()


def test_every_proof_is_a_test_that_exists() -> None:
    for row in ROWS:
        for variant in row.variants:
            if isinstance(variant, Proof):
                file, _, name = variant.node.partition("::")
                tree = ast.parse((ROOT / file).read_text("utf-8"))
                names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
                assert name in names, f"{row.id}: {variant.node}"


def test_there_are_as_many_variants_as_the_goal_says() -> None:
    runnable = [v for row in ROWS for v in row.variants if isinstance(v, (Talk, Bytes, Act))]
    assert len(runnable) > 900


def test_no_row_names_this_machine() -> None:
    for path in (ROOT / "tests" / "attack").rglob("*.py"):
        assert not re.search(r"/(work|root|home)/", path.read_text("utf-8")) or path == Path(__file__), path
