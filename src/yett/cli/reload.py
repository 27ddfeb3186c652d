"""`yett reload`: make a running gateway apply its config."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from yett.cli.console import Exit, config_option, fail, load_or_exit


@click.command(short_help="Apply the config to a running gateway, or keep the old one")
@config_option
def command(config_path: Path) -> None:
    """Check the config, then tell the gateway at its admin address to apply it.

    Exit 0 when it was applied, 2 when the config cannot be used (the old one stays), 4 when no gateway answers.
    """
    config = load_or_exit(config_path)
    if config.admin is None:
        fail("the config has no `admin` listener; send the gateway SIGHUP instead", Exit.USAGE)
    connection = HTTPConnection(config.admin.host, config.admin.port, timeout=60)
    try:
        connection.request("POST", "/reload", headers={"X-Yett-Reload": "1"})
        with connection.getresponse() as response:
            text = response.read(65_536).decode(errors="replace").strip()
    except (OSError, HTTPException) as error:
        why = getattr(error, "strerror", None) or str(error)
        hint = "is it running, and with this config?"
        fail(f"no gateway answers at {config.admin.listen} ({why.lower()}): {hint}", Exit.UNREACHABLE)
    finally:
        connection.close()
    if response.status != 200:  # noqa: PLR2004 - HTTP's word for yes
        fail(f"the old config stays\n{text}", Exit.USAGE)
    click.echo(text)
