"""`yett show`: the config as it works, and where each value comes from."""

from __future__ import annotations

import json
from pathlib import Path

import click

from yett.cli.console import color_option, config_option, load_or_exit, output_option
from yett.cli.stores import read_secrets


@click.command(short_help="Print the effective config and where each value comes from")
@config_option
@output_option("text", "json")
@color_option
@click.option("--versions", is_flag=True, help="Ask the stores of secrets, and show which version each reference has.")
def command(config_path: Path, output: str, color: str, *, versions: bool) -> None:
    """Print the effective config and where each value comes from.

    Shorthands are written out, defaults filled in, paths made absolute. Secrets are not read: their references stand in
    their place. With --versions they are read, and what is shown beside a reference is its version, never its value.
    """
    from yett.config.effective import as_yaml, effective

    config = load_or_exit(config_path, secrets=versions, color=color)
    if versions:
        for where, problem in read_secrets(config):
            click.echo(f"warning: {where}: {problem}", err=True)
    values = list(effective(config))
    if output == "json":
        leaves = [{"path": list(v.path), "value": v.value, "origin": v.origin} for v in values if not v.branch]
        click.echo(json.dumps(leaves, indent=2, ensure_ascii=False))
    else:
        click.echo(as_yaml(values), nl=False)
