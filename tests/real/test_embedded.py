"""Clients of every SDK and a server with Yett inside, on uvicorn: they see what they see without it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from comparing import cell_of, differences, failures, missing, played
from scenarios import LAB, Cell, call
from staging import ADDRESS, CLIENTS, PROGRAMS, SERVERS, V2, Stage, free_port, play, running, served, yett

pytestmark = pytest.mark.real

CONFIG = """\
listen: http://127.0.0.1:{port}
auth: {{ unsafe_allow_anonymous: true }}
servers: {{ lab: {{ inline: true }} }}
roles:
  everyone:
    allow: ["*.*", "*.prompt:*", "*.resource:*"]
    deny: ["*.forbidden"]
limits: {{ user: 600000/min, peer: 600000/min, body: 4MiB, timeout: 30s, drain: 1s }}
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Stage]]:
    """Two stages with the same server: without Yett, and with it inside."""
    folder = tmp_path_factory.mktemp("embedded")
    port = free_port()
    (folder / "yett.yaml").write_text(CONFIG.format(port=port))
    command = (V2, str(PROGRAMS / "embedded.py"), str(port), str(folder / "yett.yaml"))
    with served(SERVERS["py2"], folder) as direct, running(command, folder, "embedded.log", ADDRESS) as inside:
        yield _stage(folder, direct), _stage(folder, inside)
    log = (folder / "embedded.log").read_text()
    assert "Traceback" not in log
    for ledger in (folder / "ledger").iterdir():
        yett(folder, "ledger", "verify", str(ledger))


def _stage(folder: Path, url: str) -> Stage:
    return Stage(folder, "", "", {"py2": url})


def _compare(pair: tuple[Stage, Stage], cell: Cell) -> None:
    scenarios = {name: scenario for name, scenario in LAB.items() if not scenario.beyond(cell)}
    direct, inside = (played(stage, cell, scenarios, "direct", keep=True) for stage in pair)
    assert failures(direct, scenarios, cell) == failures(inside, scenarios, cell) == {}
    assert differences(direct, inside, cell).keys() <= {"grown"}  # counted notifications: see test_wrap.py


@pytest.mark.parametrize("client", ["py2", "py2-legacy"])
def test_a_real_client_sees_through_it_what_it_sees_without_it(pair, client) -> None:
    _compare(pair, cell_of(client, "py2", "http"))


@pytest.mark.registry
@pytest.mark.parametrize(
    "cell", [cell_of(*cell) for cell in product(("py1", "ts1", "ts2"), ("py2",), ("http",))], ids=str
)
def test_clients_of_other_sdks_do_too(pair, cell) -> None:
    if missing(cell):
        pytest.skip(missing(cell))
    _compare(pair, cell)


def test_what_the_policy_denies_is_denied(pair) -> None:
    _, inside = pair
    steps = [call("forbidden")]
    seen = play(CLIENTS["py2"], inside.direct("py2", "http"), {"denied": steps}, folder=inside.folder)
    assert "unknown tool" in str(seen["denied"])
