"""Walk a client through the gateway and print what happened and why: what `make demo` runs.

Starts the example server and `yett run` on free loopback ports with a folder of their own, makes every call of
demo_steps.py, has the ledger verified, tampers with a copy of it, and leaves nothing behind. Exits with 1 when
anything was not as expected. `--keep` goes on serving until Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent, shorten
from typing import Any, NoReturn, TypeAlias

from demo_programs import DemoError, demo_server, free_ports, gateway, new_token, waiting, write_config, yett
from demo_steps import STEPS, Seen, Step, clients

PEOPLE = {"rita": "reader", "alice": "engineer"}
WIDTHS = (36, 8, 18, 18)
Record: TypeAlias = dict[str, Any]
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="go on serving after the walk, until Ctrl-C")
    keep = parser.parse_args().keep
    signal.signal(signal.SIGTERM, interrupted)
    try:
        with ExitStack() as stack:
            return demonstrate(stack, keep=keep)
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
        return 130


def interrupted(*_: object) -> NoReturn:
    """Let SIGTERM end the demo as Ctrl-C does: with everything tidied up."""
    raise KeyboardInterrupt


def demonstrate(stack: ExitStack, *, keep: bool) -> int:
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="yett-demo-")))
    upstream = stack.enter_context(demo_server(folder))
    port, admin = free_ports(2)
    write_config(folder, upstream, port, admin)
    tokens = {who: new_token(folder, who, role, "tokens.yaml") for who, role in PEOPLE.items()}
    tokens["mallory"] = new_token(folder, "mallory", "engineer", "elsewhere.yaml")
    stack.enter_context(gateway(folder))
    endpoint = f"http://127.0.0.1:{port}/demo/mcp"
    print(f"server   {upstream}  (examples/demo_server.py: no security of its own)")
    print(f"gateway  {endpoint}  (yett run -c examples/yett.yaml, on free ports)\n")
    good = walk(folder, endpoint, tokens)
    good = prove_ledger(folder) and good
    print(f"\n{'everything was as expected' if good else paint('not everything was as expected', 31)}")
    if keep:
        with suppress(KeyboardInterrupt):
            stay(endpoint, admin, tokens["alice"])
    else:
        print("keep it running and try it yourself:  make demo KEEP=1")
    return 0 if good else 1


# --- the walk -----------------------------------------------------------------------------------------------------


def walk(folder: Path, endpoint: str, tokens: dict[str, str]) -> bool:
    """Take every step and print its row; true when each was as expected."""
    print(paint(row("", "what is sent", "as", "expected", "happened", "why, says the ledger"), 1))
    people = clients(endpoint, tokens)
    ledger = Ledger(folder / "ledger")
    good, quotes = 0, []
    for step in STEPS:
        seen = step.send(people[step.who])
        why = ledger.why()
        complaint = shortfall(step, seen, why)
        good += not complaint
        mark = paint("NO", 31) if complaint else paint("ok", 32)
        print(row(mark, step.title, step.who, step.expected, seen.happened, shorten(why, 64)), flush=True)
        if complaint:
            print(paint(f"   {complaint}", 31))
        if step.quoted:
            quotes.append(f"  {step.title}:\n{indent(seen.text, '    ')}")
    print("\nwhat the client, and so the model, reads:", *quotes, sep="\n")
    print(f"\n{good} of {len(STEPS)} steps as expected")
    return good == len(STEPS)


def shortfall(step: Step, seen: Seen, why: str) -> str:
    """How a step fell short of what was expected; empty when it did not."""
    if seen.happened != step.expected:
        return f"expected {step.expected}, happened {seen.happened}"
    if step.reason and why != step.reason:
        return f"expected the reason `{step.reason}`, the ledger says `{why}`"
    return seen.proof


def row(mark: str, *cells: str) -> str:
    fixed = [f"{cell:{width}}" for cell, width in zip(cells, WIDTHS, strict=False)]
    return f"{mark or '  '} {' '.join([*fixed, *cells[len(WIDTHS) :]])}"


def paint(text: str, colour: int) -> str:
    return f"\033[{colour}m{text}\033[0m" if COLOUR else text


class Ledger:
    """The gateway's ledger, read as it grows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = len(self._records())

    def why(self) -> str:
        """What the ledger says about the exchanges since the last call, once all of them have ended."""
        news: list[Record] = []
        for _ in waiting():
            records = self._records()
            news, self._seen = news + records[self._seen :], len(records)
            ended = [record for record in news if record["kind"] in ("refusal", "outcome")]
            open_still = {record["exchange"] for record in news if record["kind"] == "intent"}
            if ended and open_still <= {record["exchange"] for record in ended}:
                return grounds(news)
        return ""

    def _records(self) -> list[Record]:
        files = sorted(self._folder.glob("*.jsonl"))
        return [
            json.loads(line)
            for file in files
            for line in file.read_bytes().splitlines(keepends=True)
            if line[-1:] == b"\n"
        ]


def grounds(records: list[Record]) -> str:
    """Why the last call ended as it did: the reason of its refusal, or what the guards remarked.

    What was said about the answer comes first. A client makes more exchanges than its call: it shakes hands, lists the
    tools, ends its session.
    """
    asked = [record for record in records if record["kind"] in ("refusal", "intent")]
    last = [record for record in asked if record.get("method") in ("tools/call", None)] or asked
    if last[-1]["kind"] == "refusal":
        return str(last[-1]["reason"])
    trails = [record.get("trail", ()) for record in records if record.get("exchange") == last[-1]["exchange"]]
    return ", ".join(
        f"{said['guard']}: {said['note']}" for trail in reversed(trails) for said in trail if said.get("note")
    )


# --- the ledger ---------------------------------------------------------------------------------------------------


def prove_ledger(folder: Path) -> bool:
    """Have the ledger verified, then a copy in which one character was changed."""
    honest = yett(folder, "ledger", "verify", "ledger")
    print(f"\n$ yett ledger verify ledger\n{honest.stdout.rstrip()}")
    forged = folder / "forged"
    shutil.copytree(folder / "ledger", forged)
    segment = min(forged.glob("*.jsonl"))
    segment.write_text(segment.read_text().replace('"rita"', '"nora"', 1))
    caught = yett(folder, "ledger", "verify", "forged")
    print(f"\n$ sed -i s/rita/nora/ forged/{segment.name}; yett ledger verify forged\n{caught.stdout.rstrip()}")
    return honest.returncode == 0 and caught.returncode == 1


# --- afterwards ---------------------------------------------------------------------------------------------------


def stay(endpoint: str, admin: int, token: str) -> None:
    """Say how to connect, and serve until interrupted."""
    entry = {"mcpServers": {"demo": {"type": "http", "url": endpoint, "headers": {"Authorization": f"Bearer {token}"}}}}
    print(f"\nthe gateway keeps running; for any MCP client (alice, an engineer):\n\n{json.dumps(entry, indent=2)}\n")
    print(
        f"health   http://127.0.0.1:{admin}/readyz?verbose\nmetrics  http://127.0.0.1:{admin}/metrics\n\nCtrl-C ends it"
    )
    sys.stdout.flush()
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
