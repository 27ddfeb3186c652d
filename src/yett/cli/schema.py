"""`yett schema`: the JSON Schema of the config, for editors."""

from __future__ import annotations

import json

import click


@click.command(short_help="Print the JSON Schema")
def command() -> None:
    """Print the JSON Schema of the config.

    Write it to yett.schema.json, and put `# yaml-language-server: $schema=./yett.schema.json` on the first line of the
    config: editors then complete keys and show what they mean.
    """
    from yett.config.json_schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
