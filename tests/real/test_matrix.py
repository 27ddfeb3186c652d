from __future__ import annotations

from itertools import product

import pytest
from comparing import cell_of, compare, missing
from scenarios import LAB

pytestmark = [pytest.mark.real, pytest.mark.registry]

LABS = ("py2", "py1", "ts1")
OVER_HTTP = [
    cell_of(*cell) for cell in product(("py2", "py2-legacy", "py1", "ts1", "ts2", "ts2-legacy"), LABS, ("http",))
]
OVER_STDIO = [cell_of(*cell) for cell in product(("py2", "py1", "ts1", "ts2"), LABS, ("stdio",))]
OVER_STDIO.append(cell_of("py2-legacy", "py2", "stdio"))


@pytest.mark.parametrize("cell", [*OVER_HTTP, *OVER_STDIO], ids=str)
def test_the_gateway_changes_nothing_that_a_client_sees(full_stage, cell) -> None:
    if missing(cell):
        pytest.skip(missing(cell))
    scenarios = {name: scenario for name, scenario in LAB.items() if not scenario.beyond(cell)}
    compare(full_stage, cell, scenarios, keep=cell.transport == "stdio")
