"""Clients of every SDK with `yett wrap` between them and a stdio server: they see what they see without it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from comparing import cell_of, differences, failures, missing, played
from others import EVERYTHING, GIT, TIME
from scenarios import LAB, Cell, Scenario
from staging import Stage, yett

pytestmark = pytest.mark.real

COUNTED = "grown"
"""Of two changes of a list that come one after the other, a client hears once or twice, as it happens."""

CELLS = [cell_of(*cell) for cell in product(("py1", "ts1", "ts2"), ("py2", "py1", "ts1"), ("stdio",))]


PUBLISHED = {"everything": EVERYTHING, "git": GIT, "time": TIME}


def _compare(stage: Stage, cell: Cell, chosen: Mapping[str, Scenario] = LAB) -> None:
    scenarios = {name: scenario for name, scenario in chosen.items() if not scenario.beyond(cell)}
    direct = played(stage, cell, scenarios, "direct", keep=True)
    wrapped = played(stage, cell, scenarios, "wrapped", keep=True)
    # The proofs also take out what is another one each time, such as the time of day.
    assert failures(direct, scenarios, cell) == failures(wrapped, scenarios, cell) == {}
    assert differences(direct, wrapped, cell).keys() <= {COUNTED}
    for ledger in (stage.folder / f"wrap-{cell.server}").iterdir():
        yett(stage.folder, "ledger", "verify", str(ledger))


@pytest.mark.parametrize("client", ["py2", "py2-legacy"])
def test_a_real_client_sees_through_it_what_it_sees_without_it(stage, client) -> None:
    _compare(stage, cell_of(client, "py2", "stdio"))


@pytest.mark.registry
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_clients_of_other_sdks_do_too(full_stage, cell) -> None:
    if missing(cell):
        pytest.skip(missing(cell))
    _compare(full_stage, cell)


@pytest.mark.registry
@pytest.mark.parametrize("server", PUBLISHED)
@pytest.mark.parametrize("client", ["py2", "ts1"])
def test_and_so_do_they_with_published_servers(full_stage, client, server) -> None:
    cell = cell_of(client, server, "stdio")
    if missing(cell):
        pytest.skip(missing(cell))
    _compare(full_stage, cell, PUBLISHED[server])
