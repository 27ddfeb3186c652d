from __future__ import annotations

import pytest
from comparing import cell_of, failures, played
from scenarios import LAB

pytestmark = pytest.mark.real


@pytest.mark.parametrize("transport", ["http", "stdio"])
@pytest.mark.parametrize("client", ["py2", "py2-legacy"])
def test_a_real_client_does_everything_with_a_real_server_through_the_gateway(stage, client, transport) -> None:
    cell = cell_of(client, "py2", transport)
    scenarios = {name: scenario for name, scenario in LAB.items() if not scenario.beyond(cell)}
    seen = played(stage, cell, scenarios, "through", keep=True)
    assert failures(seen, scenarios, cell) == {}
