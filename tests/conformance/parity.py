"""Run the official conformance suite with and without the gateway, and compare what passed.

Every check of every scenario must end the same way directly and through the gateway, and none may fail: the list of
expected failures is empty. A whole run writes docs/reference/conformance-results.md. A quick one leaves out the older
release of the suite and the clients without the gateway, and is skipped where the suite cannot be installed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

import processes

PAGE: Final = processes.ROOT / "docs" / "reference" / "conformance-results.md"
OLD: Final = "0.1.16"
NEW: Final = "0.2.0-alpha.12"
PLACES: Final = {OLD: "conformance-0.1", NEW: "conformance-0.2"}
SECONDS: Final = 300
"""For one suite, or one scenario of a client."""
CANNOT: Final = 3
"""What install.sh ends with where the suite cannot be installed."""
EXPECTED_FAILURES: Final[frozenset[tuple[str, str]]] = frozenset()
"""Leg and scenario. Empty, and meant to stay so."""
BETTER: Final = {
    ("servers, suite `pending`", "server-sse-polling"): (
        "Release 0.1.16 names version 2025-03-26 in the header of requests in a session of version 2025-11-25. The "
        "SDK's server believes the header and sends that client no events to resume from; Yett sends the session's "
        "version, as agreed, and the checks that only warned without it pass."
    )
}
"""Where more passes through the gateway than directly, and why. Nothing may fail or warn there."""

_FOLDER: Final = re.compile(r"(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
_COUNTED: Final = ("SUCCESS", "WARNING", "FAILURE", "SKIPPED")
"""`INFO` is what the harness merely noted, such as each event it saw."""

Outcome = Counter[tuple[str, str, str]]
"""How often each check (id, name) ended with each status."""
Outcomes = dict[str, Outcome]
"""By scenario, in the order they ran."""


class Leg(NamedTuple):
    """One suite of one release. `size` is how many scenarios it has, so that none can get lost."""

    title: str
    release: str
    words: tuple[str, ...]
    size: int


SERVER_LEGS: Final = (
    Leg("servers, 2025-11-25", NEW, ("--suite", "all", "--spec-version", "2025-11-25"), 33),
    Leg("servers, 2026-07-28", NEW, ("--suite", "all", "--spec-version", "2026-07-28"), 40),
    Leg("servers, suite `active`", OLD, ("--suite", "active"), 30),
    Leg("servers, suite `pending`", OLD, ("--suite", "pending"), 2),
)
_BOTH: Final = ("tools_call", "json-schema-2020-12-preservation")
CLIENT_LEGS: Final = {
    "2025-11-25": (*_BOTH, "initialize", "elicitation-sep1034-client-defaults", "sse-retry"),
    "2026-07-28": (
        *_BOTH,
        "request-metadata",
        "sep-2322-client-request-state",
        "http-standard-headers",
        "http-custom-headers",
        "http-invalid-tool-headers",
        "json-schema-ref-no-deref",
    ),
}
"""All client scenarios but those about authorization, which are about a client's own credentials."""
_SIGN_IN: Final = (
    *("metadata-default", "metadata-var1", "metadata-var2", "metadata-var3", "basic-cimd", "pre-registration"),
    *("scope-from-www-authenticate", "scope-from-scopes-supported", "scope-omitted-when-undefined", "scope-step-up"),
    *("scope-retry-limit", "token-endpoint-auth-basic", "token-endpoint-auth-post", "token-endpoint-auth-none"),
)
AUTH_LEGS: Final = {
    "2025-03-26": ("2025-03-26-oauth-metadata-backcompat",),
    "2025-11-25": _SIGN_IN,
    "2026-07-28": (
        *_SIGN_IN,
        *("resource-mismatch", "metadata-issuer-mismatch", "offline-access-scope", "offline-access-not-supported"),
        *("authorization-server-migration", "iss-supported", "iss-not-advertised", "iss-supported-missing"),
        *("iss-wrong-issuer", "iss-unexpected", "iss-normalized"),
    ),
    "extensions": ("client-credentials-jwt", "client-credentials-basic", "enterprise-managed-authorization"),
}
"""The scenarios about authorization, for what the gateway is towards servers: an OAuth client. Left out are drafts
(DPoP, workload identity), and `2025-03-26-oauth-endpoint-fallback`: an issuer without metadata cannot promise PKCE."""


class Table(NamedTuple):
    """What one leg brought. `direct` is `None` where nothing was run without the gateway."""

    title: str
    release: str
    direct: Outcomes | None
    through: Outcomes

    @property
    def problems(self) -> list[str]:
        """What must not be: failures, and differences."""
        sides = (("directly", self.direct or {}), ("through the gateway", self.through))
        found = [
            f"{self.title}: {scenario} fails {where}"
            for where, outcomes in sides
            for scenario, outcome in outcomes.items()
            if failed(outcome) and (self.title, scenario) not in EXPECTED_FAILURES
        ]
        every = dict.fromkeys((*self.direct, *self.through)) if self.direct is not None else {}
        equal = [scenario for scenario in every if not self._is_better(scenario)]
        return found + [line for scenario in equal for line in self._differences(scenario)]

    @property
    def notes(self) -> list[str]:
        """Why something may differ, where it does."""
        return [f"{name}: {why}" for (leg, name), why in BETTER.items() if leg == self.title and self._is_better(name)]

    def _is_better(self, scenario: str) -> bool:
        """Whether this may differ, and everything is well through the gateway."""
        through = {status for _, _, status in self.through.get(scenario, ())}
        return (self.title, scenario) in BETTER and through == {"SUCCESS"}

    def _differences(self, scenario: str) -> Iterator[str]:
        direct, through = (side.get(scenario, Counter()) for side in (self.direct or {}, self.through))
        for where, only in (("directly", direct - through), ("through the gateway", through - direct)):
            for (check, name, status), times in only.items():
                yield f"{self.title}: {scenario}: {times} {status} of {check} ({name}) only {where}"


def failed(outcome: Outcome) -> bool:
    return any(status == "FAILURE" for _, _, status in outcome)


# Running.


def harness(release: str, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    (node,) = processes.SUITE.glob("node-*/bin/node")
    program = processes.SUITE / PLACES[release] / "dist" / "index.js"
    command = (str(node), str(program), *words)
    return subprocess.run(command, text=True, capture_output=True, timeout=SECONDS, check=False)


def read(output: Path, prefix: str) -> Iterator[tuple[str, Outcome]]:
    """What the harness wrote about each scenario, in the order they ended."""
    for path in sorted(output.glob("*/checks.json"), key=lambda path: path.parent.name[-24:]):
        named = _FOLDER.fullmatch(path.parent.name)
        if named is not None:
            checks = [check for check in json.loads(path.read_text()) if check["status"] in _COUNTED]
            outcome = Counter((check["id"], check.get("name", ""), check["status"]) for check in checks)
            yield named[1].removeprefix(prefix), outcome


def suite(leg: Leg, url: str, output: Path) -> Outcomes:
    """Run all scenarios of one leg against one server."""
    ended = harness(leg.release, ("server", "--url", url, *leg.words, "-o", str(output)))
    outcomes = dict(read(output, "server-"))
    if len(outcomes) != leg.size:
        raise RuntimeError(f"{len(outcomes)} of {leg.size} scenarios ran\n{ended.stdout[-1000:]}{ended.stderr[-1000:]}")
    return outcomes


def servers(folder: Path, legs: Sequence[Leg]) -> Iterator[Table]:
    def side(name: str, front: Callable[[Path, str], AbstractContextManager[str]]) -> list[Outcomes]:
        place = folder / name
        place.mkdir()
        with processes.everything(place) as server, front(place, server) as url:
            return [suite(leg, url, place / str(number)) for number, leg in enumerate(legs)]

    directly, through = side("direct", processes.bare), side("through", processes.shimmed)
    for leg, one, other in zip(legs, directly, through, strict=True):
        yield Table(leg.title, leg.release, one, other)


def client(scenario: str, version: str, flag: str, output: Path, program: str = "mock_client.py") -> Outcome:
    """Run one client scenario. A harness that is not content for a reason of its own counts as a failed check."""
    command = f"{sys.executable} {processes.HERE / program} {flag}".strip()
    spoken = ("--spec-version", version) if version in {*CLIENT_LEGS, *AUTH_LEGS} - {"extensions"} else ()
    words = ("--command", command, "--scenario", scenario, *spoken, "--timeout", "60000")
    ended = harness(NEW, ("client", *words, "-o", str(output)))
    # Once each: the gateway speaks to the mock for itself too, so some things are checked more often through it.
    folder, name = output / Path(scenario).parent, Path(scenario).name
    outcome = Counter(set(dict(read(folder, "")).get(name, ())))
    if not outcome:
        outcome["harness", "nothing was checked", "FAILURE"] += 1
    if ended.returncode and not failed(outcome):
        outcome["harness", f"exit code {ended.returncode}", "FAILURE"] += 1
    return outcome


def clients(folder: Path, *, compared: bool) -> Iterator[Table]:
    for version, scenarios in CLIENT_LEGS.items():

        def side(flag: str, version: str = version, scenarios: Sequence[str] = scenarios) -> Outcomes:
            place = folder / f"clients{flag}-{version}"
            return {scenario: client(scenario, version, flag, place / scenario) for scenario in scenarios}

        yield Table(f"clients, {version}", NEW, side("") if compared else None, side("--through"))


def authorizations(folder: Path, *, quick: bool) -> Iterator[Table]:
    """The gateway's OAuth client alone: the harness is the server, and its issuer."""
    for version, names in AUTH_LEGS.items():
        if quick and version != "2026-07-28":
            continue
        outcomes = {
            name: client(f"auth/{name}", version, "", folder / f"auth-{version}" / name, "auth_client.py")
            for name in names
        }
        yield Table(f"the gateway's OAuth client, {version}", NEW, None, outcomes)


# Telling.

_WORDS: Final = {"SUCCESS": "passed", "WARNING": "warned", "FAILURE": "FAILED", "SKIPPED": "not applicable"}


def cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "-"
    totals = Counter[str]()
    for (_, _, status), times in outcome.items():
        totals[status] += times
    return ", ".join(f"{totals[status]} {word}" for status, word in _WORDS.items() if totals[status]) or "nothing"


def rows(table: Table) -> Iterator[tuple[str, str, str]]:
    direct, through = table.direct or {}, table.through
    yield "scenario", "directly", "through Yett"
    for scenario in dict.fromkeys((*direct, *through)):
        yield scenario, cell(direct.get(scenario)), cell(through.get(scenario))
    sums = [cell(sum(side.values(), Counter())) if side else "-" for side in (direct, through)]
    yield f"{len(through)} scenarios", sums[0], sums[1]


def page(tables: Sequence[Table]) -> str:
    introduction = (
        "# Conformance results\n\n"
        "<!-- Made by `make conformance`. Do not edit. -->\n\n"
        f"The official suite, `@modelcontextprotocol/conformance` {OLD} and {NEW}, against one server directly and\n"
        "through Yett. What the columns count are checks; a scenario has several. How it is run, and what it cannot\n"
        "show: [Conformance](../explanation/conformance.md). The last tables are about Yett's own OAuth client, which\n"
        "gets tokens [for servers that demand them](../how-to/upstream-oauth.md).\n"
    )
    parts = [introduction]
    for table in tables:
        head, *scenarios, total = rows(table)
        lines = [head, ("---",) * 3, *scenarios, tuple(f"**{part}**" for part in total)]
        title = table.title[0].upper() + table.title[1:]
        parts.append(f"\n## {title} ({table.release})\n\n")
        parts += [f"| {' | '.join(line)} |\n" for line in lines]
        parts += [f"\n{textwrap.fill(note, 120)}\n" for note in table.notes]
    return "".join(parts)


def show(table: Table) -> None:
    lines = list(rows(table))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    say(f"\n{table.title} ({table.release})")
    for line in lines:
        say("  " + "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip())
    for note in table.notes:
        say(textwrap.fill(note, 100, initial_indent="  ", subsequent_indent="  "))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(*, quick: bool) -> int:
    """Run, show, compare; 1 when a check failed or ended differently."""
    started = time.monotonic()
    folder = processes.workspace()
    legs = [leg for leg in SERVER_LEGS if leg.release == NEW or not quick]
    tables = []
    for made in (
        servers(folder, legs),
        clients(folder, compared=not quick),
        authorizations(folder, quick=quick),
    ):
        for table in made:
            show(table)
            tables.append(table)
    problems = [problem for table in tables for problem in table.problems]
    say("\n" + "\n".join(problems))
    if problems:
        say(f"{len(problems)} problems; everything that was written is in {folder.relative_to(processes.ROOT)}")
        return 1
    shutil.rmtree(folder)
    if not quick:
        PAGE.write_text(page(tables))
    say(f"no failure, and the same with and without the gateway ({time.monotonic() - started:.0f} s)")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a shorter form")
    quick = parser.parse_args().quick
    installed = subprocess.run(("sh", str(processes.HERE / "install.sh")), check=False).returncode
    if installed:
        return 0 if quick and installed == CANNOT else installed
    return run(quick=quick)


if __name__ == "__main__":
    sys.exit(main())
