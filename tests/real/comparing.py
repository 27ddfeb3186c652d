"""Plays scenarios directly and through the gateway, and says where the two differ and what was not as it must be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scenarios import Cell, Scenario
from staging import CLIENTS, JSON, REAL, SERVERS, Seen, Stage, play

DENIED = "forbidden"
"""The one tool that the stage's policy denies: it is in no list that the gateway passes on."""


def cell_of(client: str, server: str, transport: str) -> Cell:
    """The cell, in the era that the client prefers among those the server speaks."""
    era = next(era for era in CLIENTS[client].eras if era in SERVERS[server].eras)
    return Cell(client, server, transport, era)


def missing(cell: Cell) -> str:
    """Why a cell cannot be played here; empty when it can."""
    return CLIENTS[cell.client].missing or SERVERS[cell.server].missing


def played(stage: Stage, cell: Cell, scenarios: Mapping[str, Scenario], via: str, *, keep: bool) -> Seen:
    """What a client sees of a server, `direct`, `through` the gateway or `wrapped`."""
    target: JSON = getattr(stage, via)(cell.server, cell.transport)
    scripts = {name: scenario.steps(f"{cell}-{via}") for name, scenario in scenarios.items()}
    return play(CLIENTS[cell.client], target, scripts, keep=keep, folder=stage.folder)


def failures(seen: Seen, scenarios: Mapping[str, Scenario], cell: Cell) -> dict[str, str]:
    """The scenarios whose proof fails, with why."""
    wrong = {}
    for name, scenario in scenarios.items():
        try:
            scenario.proof(seen[name], cell)
        except (AssertionError, KeyError, IndexError, TypeError, ValueError) as error:
            wrong[name] = f"{type(error).__name__} {error}\n  saw {shown(seen[name])}"
    return wrong


def shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) < 3000 else f"{text[:1500]} ... {text[-1500:]}"


def settled(seen: Any, cell: Cell) -> Any:
    """What was seen, without what must differ: names made for one run, and the tool that the policy denies."""
    if isinstance(seen, dict):
        return {key: settled(value, cell) for key, value in seen.items() if key != "version"}
    if isinstance(seen, list):
        return [settled(each, cell) for each in seen if not (isinstance(each, dict) and each.get("name") == DENIED)]
    if isinstance(seen, str):
        for via in ("direct", "through", "wrapped"):
            seen = seen.replace(f"{cell}-{via}", "RUN")
    return seen


def differences(direct: Seen, through: Seen, cell: Cell) -> dict[str, str]:
    """The scenarios that the gateway changed, with where."""
    found = {}
    for name in direct:
        one, other = (json.dumps(settled(seen[name], cell), sort_keys=True) for seen in (direct, through))
        if one != other:
            at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
            begin = max(0, at - 150)
            found[name] = f"direct  ...{one[begin : at + 250]}\n  through ...{other[begin : at + 250]}"
    return found


def report(
    cell: Cell, scenarios: Mapping[str, Scenario], wrong: Mapping[str, str], different: Mapping[str, str]
) -> None:
    """Keep the result of a cell for the table in the docs."""
    results = REAL / "results"
    results.mkdir(parents=True, exist_ok=True)
    outcome = {name: "no" if name in wrong else "differs" if name in different else "yes" for name in scenarios}
    text = json.dumps({"cell": vars(cell), "outcome": outcome}, indent=1)
    (results / f"{cell}.json").write_text(text)


def compare(stage: Stage, cell: Cell, scenarios: Mapping[str, Scenario], *, keep: bool) -> None:
    """Play everything both ways; fail with all that is wrong."""
    direct = played(stage, cell, scenarios, "direct", keep=keep)
    baseline = failures(direct, scenarios, cell)
    assert not baseline, "\n".join(["already without the gateway:", *map(": ".join, baseline.items())])
    through = played(stage, cell, scenarios, "through", keep=keep)
    wrong = failures(through, scenarios, cell)
    different = differences(direct, through, cell)
    report(cell, scenarios, wrong, different)
    assert not wrong, "\n".join(["through the gateway:", *map(": ".join, wrong.items())])
    assert not different, "\n".join(["the gateway changed:", *map(": ".join, different.items())])
