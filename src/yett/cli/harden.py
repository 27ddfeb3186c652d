"""`yett harden`: prints the files of a hardened deployment for one MCP server."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from yett.cli.console import Exit, fail

if TYPE_CHECKING:
    from yett.auditor.harden.facts import Facts

_KINDS: Final = ("dockerfile", "dockerignore", "compose", "kubernetes", "nginx", "caddy")
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_FILES: Final = {
    "dockerfile": "Dockerfile",
    "dockerignore": ".dockerignore",
    "compose": "compose.yaml",
    "kubernetes": "kubernetes.yaml",
    "nginx": "mcp.conf",
    "caddy": "Caddyfile",
}


@click.command(short_help="Print hardened Dockerfile, Compose, Kubernetes and proxy files")
@click.argument("target", metavar="TARGET")
@click.option("--only", type=click.Choice(_KINDS), multiple=True, help="Print this file only; again for more.")
@click.option("--host", default="mcp.example.com", show_default=True, help="The name under which clients reach it.")
@click.option("--base", metavar="IMAGE", default="", help="Base image of a new Dockerfile: NAME:TAG@sha256:DIGEST.")
@click.option("--image", metavar="IMAGE", default="", help="Image for Kubernetes: NAME@sha256:DIGEST.")
@click.option("--egress", metavar="CIDR:PORT", multiple=True, help="What the server calls; again for more.")
@click.option("-w", "--write", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write into a folder.")
def command(
    target: str, only: tuple[str, ...], host: str, base: str, image: str, egress: tuple[str, ...], folder: Path | None
) -> None:
    """Print what a hardened deployment of the server in the folder TARGET looks like.

    A Dockerfile that is there is mended: numeric user, no credentials, no login shell. Everything else is written anew:
    a `.dockerignore`, a Compose service, Kubernetes manifests with a NetworkPolicy (the gateway in, DNS and --egress
    out), and blocks for nginx and Caddy. Nothing of the target is run, and no file is overwritten.
    """
    facts = _facts(target)
    if not _HOST.fullmatch(host):
        raise click.UsageError(f"`--host {host}` is not a host name: write it in lower case, without a scheme")
    made = _made(facts, host, _pinned(base, "--base"), _pinned(image, "--image"), [_network(each) for each in egress])
    wanted = {kind: text for kind, text in made.items() if not only or kind in only}
    if folder is not None:
        _write(folder, wanted)
    elif len(wanted) == 1:
        click.echo(next(iter(wanted.values())), nl=False)
    else:
        for kind, text in wanted.items():
            click.echo(f"# ---- {_FILES[kind]} ----\n{text}")
    for line in _left(wanted):
        click.echo(line, err=True)


def _facts(target: str) -> Facts:
    from yett.auditor.harden.facts import facts_of
    from yett.auditor.target import Surroundings, read_target
    from yett.errors import TargetError

    try:
        source = read_target(target, Surroundings(folder=Path.cwd(), home=Path.cwd()))
    except TargetError as error:
        fail(f"cannot read `{target}`: {error}", Exit.USAGE)
    facts = facts_of(source.files, str(Path(target).resolve()))
    if isinstance(facts, str):
        fail(f"cannot tell how the server in `{target}` is run: {facts}", Exit.USAGE)
    return facts


def _made(facts: Facts, host: str, base: str, image: str, egress: list[tuple[str, int]]) -> dict[str, str]:
    from yett.auditor.harden.compose import compose
    from yett.auditor.harden.image import IGNORED, dockerfile
    from yett.auditor.harden.kubernetes import manifests
    from yett.auditor.harden.proxy import caddy, nginx

    return {
        "dockerfile": dockerfile(facts, base),
        "dockerignore": IGNORED,
        "compose": compose(facts),
        "kubernetes": manifests(facts, image, egress),
        "nginx": nginx(facts, host),
        "caddy": caddy(facts, host),
    }


def _left(made: dict[str, str]) -> list[str]:
    """What the rules still find in these files: what only their owner can mend."""
    from yett.auditor.gather import gather
    from yett.auditor.judge import judge
    from yett.auditor.registry import all_rules

    files = {_FILES[kind]: text.encode() for kind, text in made.items()}
    report = judge(gather(files).subjects, all_rules())
    return [
        f"left to you: {each.place.path}:{each.place.line}: {each.message} [{each.rule}]" for each in report.findings
    ]


def _pinned(image: str, option: str) -> str:
    from yett.auditor.image import parse_image

    found = parse_image(image) if image else None
    if image and (found is None or not found.digest):
        raise click.UsageError(f"`{option} {image}` names no digest: write NAME:TAG@sha256:DIGEST")
    return image


def _network(given: str) -> tuple[str, int]:
    from ipaddress import ip_network

    cidr, colon, port = given.rpartition(":")
    try:
        network = ip_network(cidr)
        number = int(port)
    except ValueError:
        network, number = None, 0
    if network is None or not colon or not 0 < number < 65_536 or network.prefixlen == 0:  # noqa: PLR2004 - the last port + 1
        raise click.UsageError(f"`--egress {given}` is not a network and a port: write `203.0.113.0/24:443`")
    return str(network), number


def _write(folder: Path, made: dict[str, str]) -> None:
    there = [name for kind in made if (folder / (name := _FILES[kind])).exists()]
    if there:
        fail(f"`{folder / there[0]}` is there already: name another folder with -w", Exit.USAGE)
    folder.mkdir(parents=True, exist_ok=True)
    for kind, text in made.items():
        (folder / _FILES[kind]).write_text(text, encoding="utf-8")
        print(f"wrote {folder / _FILES[kind]}", file=sys.stderr)
