"""Write docs/reference/configuration.md from the schema and docs/reference/cli.md from the commands' own help.

`--check` only compares.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from yett.cli.main import cli
from yett.config.json_schema import json_schema

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = ROOT / "docs" / "reference" / "configuration.md"
COMMAND_LINE = ROOT / "docs" / "reference" / "cli.md"
SMALLEST = ROOT / "tests" / "config" / "right" / "smallest.yaml"
WIDTH = 100

CONFIGURATION_START = """\
# Configuration reference

One file, `yett.yaml`, read once at the start and again at every reload. [How to write
one](../how-to/write-a-config.md) goes through it step by step; this page lists every key. It is generated from the
schema by `make docs`.

```yaml
{smallest}```

## How the file is read

* YAML 1.2, of which JSON is a part (with the comments that editors allow); at most 1 MiB. Aliases, anchors, tags, merge
  keys, duplicate keys and a second document are errors. Only `true` and `false` are booleans; `010`, `1_000` and `1:30`
  are text.
* Unknown keys are errors, at any depth, and so is a key without a value. What belongs to a later version is refused by
  name, never half accepted.
* Relative paths start at the folder of the config file.
* Quantities have units: `1MiB` (`B`, `kB`, `KiB`, `MB`, `MiB`, `GB`, `GiB`), `30s` (`ms`, `s`, `min`, `h`, `d`),
  `600/min` (`s`, `min`, `h`, `d`).
* `${{NAME}}`, `${{env:NAME}}`, `${{file:/path}}` and `${{vault:path#field}}` stand for values from outside;
  [Secrets](../how-to/secrets.md) says where and how.
* `mcpServers` is another word for `servers`, so that the `mcp.json` of a client is a config once `auth` and `roles`
  are added.
* Switches that give up protection begin with `unsafe_`.

## Top level

"""
NOTES = {
    "servers": """\
A map of names to servers. Names hold lower-case letters, digits, `-` and `_`, 63 at most. A server is its URL, or one
of the three forms below. `type`, `transport` and `httpUrl`, which clients write, are understood.
""",
    "auth": """\
Each issuer has a name here: `members` of roles say whose user or group they mean by it, as in `keycloak:group:/eng`.
How to set each one up: [Sign in with an identity provider](../how-to/sign-in.md).

""",
    "roles": """\
A map of names to roles. The role `everyone` is for all who are signed in: it has no `members`. With
`auth: { unsafe_allow_anonymous: true }` it is the only role there is for those who are not.
""",
    "secrets": """\
Of `vault`, exactly one way to sign in is given. The other stores need no section where the environment says enough.
""",
    "tests": "A list. A call is `server.tool`, or `{ server.tool: { argument: value } }`.\n",
}
# The parts of each section: a heading, and the name of the definition in the schema.
SECTIONS = {
    "listen": (("", "Listen"),),
    "tls": (("", "Tls"),),
    "auth": (
        ("", "Auth"),
        ("`issuer`", "Issuer"),
        ("`claims`", "ClaimNames"),
        ("`introspection`", "Introspection"),
        *((f"`{name.lower()}`", name) for name in ("Keycloak", "Entra", "Google")),
        ("`stdio`", "Stdio"),
    ),
    "servers": (
        ("Over HTTP", "HttpServer"),
        ("As a process", "ProcessServer"),
        ("In this program", "InlineServer"),
        ("OAuth", "OAuth"),
        ("OAuth identity", "IdentityIssuer"),
    ),
    "roles": (("", "Role"),),
    "limits": (("", "Limits"), ("A rate in full", "Rate")),
    "ledger": (("", "Ledger"),),
    "tests": (("", "PolicyTest"),),
    "secrets": (
        ("", "Secrets"),
        ("Vault", "Vault"),
        ("Vault by AppRole", "AppRole"),
        ("Vault by Kubernetes", "KubernetesRole"),
        ("Vault by JWT", "JwtRole"),
        ("AWS Secrets Manager", "Aws"),
        ("Google Secret Manager", "Gcp"),
        ("Azure Key Vault", "Azure"),
        ("Kubernetes", "Kubernetes"),
        ("SOPS", "Sops"),
    ),
    "connections": (("", "Connections"),),
    "admin": (("", "Admin"),),
}
ISSUERS = {"issuer", "claims", "introspection", "keycloak", "entra", "auth0", "okta", "dex", "google"}
PRESETS = {"`keycloak`", "`entra`", "`google`"}
"""Issuers with keys of their own; the others have those of `issuer`."""
CLIENT_WORDS = {"$schema", "mcpServers", "inputs", "type", "transport", "disabled", "httpUrl"}

COMMAND_LINE_START = """\
# Command line reference

Generated from the commands' own help by `make docs`.

"""


def configuration() -> str:
    """The page about the config."""
    schema = json_schema()
    parts = [CONFIGURATION_START.format(smallest=SMALLEST.read_text(encoding="utf-8"))]
    parts.append(table(schema))
    for key, sections in SECTIONS.items():
        parts.append(f"\n## `{key}`\n\n{NOTES.get(key, '')}")
        for title, name in sections:
            definition = schema["definitions"][name]
            if title in PRESETS:
                definition = beside(definition, schema["definitions"]["Issuer"])
            heading = f"\n### {title}\n\n" if title else "\n" if key in NOTES else ""
            parts.append(f"{heading}{definition['description']}\n\n{table(definition)}")
    return "".join(parts)


def beside(section: Mapping[str, Any], common: Mapping[str, Any]) -> Mapping[str, Any]:
    """A section without the keys that it has in common with another one."""
    own = {name: key for name, key in section["properties"].items() if common["properties"].get(name) != key}
    return {**section, "properties": own}


def table(section: Mapping[str, Any]) -> str:
    """The keys of a section."""
    # Where clients have another word for a key, the schema wants one of the two.
    required = {*section.get("required", ()), *(choice["required"][0] for choice in section.get("oneOf", ()))}
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, key in section["properties"].items():
        if name not in CLIENT_WORDS and not str(key.get("description", "")).startswith("Written by clients"):
            left_out = "must be given" if name in required else default(key)
            rows.append(f"| `{name}` | {value(name, key)} | {left_out} | {key['description'].replace('|', '&#124;')} |")
    return "\n".join(rows) + "\n"


def value(name: str, key: Mapping[str, Any]) -> str:
    """What may be written for a key, in words."""
    choices = [choice for choice in key.get("anyOf", key.get("oneOf", [key])) if choice.get("type") != "null"]
    return " or ".join(dict.fromkeys(word for choice in choices for word in words(name, choice)))


def words(name: str, key: Mapping[str, Any]) -> Iterator[str]:
    """What one way of writing a value looks like."""
    if "$ref" in key:
        section = key["$ref"].rpartition("/")[2]
        place = name if section not in {"Auth0", "Okta", "Dex"} else "issuer"
        linked = name in SECTIONS or name in ISSUERS
        yield f"[mapping](#{place})" if linked else "mapping"
    elif "const" in key or "enum" in key:
        given = key.get("enum", [key.get("const")])
        yield " or ".join(f"`{str(word).lower() if isinstance(word, bool) else word}`" for word in given)
    elif key.get("type") == "array":
        yield f"list of {value(name, key['items'])}"
    elif key.get("type") == "object":
        yield f"[mapping](#{name})" if name in SECTIONS else "mapping"
    elif key.get("type") == "boolean":
        yield "`true` or `false`"
    elif key.get("type") == "integer":
        yield f"`{key['minimum']}` to `{key['maximum']}`"
    elif "x-bounds" in key:
        yield "`{}` to `{}`".format(*key["x-bounds"])
    elif key.get("examples"):
        yield f"`{key['examples'][0]}`"
    else:
        yield "text"


def default(key: Mapping[str, Any]) -> str:
    """What a key means when it is left out."""
    given = key.get("default")
    if given is None or given == []:
        return ""
    if isinstance(given, bool):
        return f"`{str(given).lower()}`"
    return f"`[{', '.join(given)}]`" if isinstance(given, list) else f"`{given}`"


def command_line() -> str:
    """The page about the command line."""
    context = click.Context(cli, info_name="yett", terminal_width=WIDTH, **cli.context_settings)
    parts = [COMMAND_LINE_START, fenced(cli.get_help(context))]
    for name in cli.list_commands(context):
        parts.extend(helped(cli.get_command(context, name), name, context, "##"))
    return "".join(parts)


def helped(command: click.Command | None, name: str, parent: click.Context, mark: str) -> Iterator[str]:
    """The help of a command and of everything below it."""
    if command is None:
        raise LookupError(name)
    context = click.Context(command, info_name=name, parent=parent)
    yield f"\n{mark} `{context.command_path}`\n\n{fenced(command.get_help(context))}"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from helped(command.get_command(context, below), below, context, f"{mark}#")


def fenced(text: str) -> str:
    """A text as it looks in a terminal."""
    return f"```text\n{text.strip()}\n```\n"


def main() -> int:
    """Return 1 when a page is not current and was only to be checked."""
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing; fail when a page is not current")
    choice.add_argument("--write", action="store_true", help="write the pages (the default)")
    only_check = parser.parse_args().check
    stale = 0
    for page, write in ((CONFIGURATION, configuration), (COMMAND_LINE, command_line)):
        text = write()
        current = page.read_text(encoding="utf-8") if page.exists() else ""
        if current == text:
            continue
        if only_check:
            print(f"{page.relative_to(ROOT)} is not current: run `make docs`")
            stale = 1
        else:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
