"""`yett rule`: what an audit rule looks for, why, and how to fix it; or the list of all rules."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yett.cli.console import Exit, fail, output_option

if TYPE_CHECKING:
    from yett.auditor.rule import Rule


@click.command(short_help="What an audit rule looks for, and how to fix it")
@click.argument("rule_id", required=False, metavar="[ID]")
@output_option("text", "json")
def command(rule_id: str | None, output: str) -> None:
    """Print the page of an audit rule: what it finds, why that matters, examples and the fix.

    Without an ID, list every rule.
    """
    from yett.auditor.registry import all_rules
    from yett.auditor.registry import rule as of_id

    if rule_id is None:
        rules = all_rules()
        click.echo(json.dumps([_facts(each) for each in rules], indent=2) if output == "json" else _listed(rules))
        return
    found = of_id(rule_id)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(rule_id, [each.id for each in all_rules()], n=1)
        hint = f"did you mean `{near[0]}`?" if near else "`yett rule` lists them"
        fail(f"no rule is called `{rule_id}`: {hint}", Exit.USAGE, output=output)
    click.echo(json.dumps(_facts(found), indent=2) if output == "json" else _page(found))
    sys.exit(Exit.OK)


def _listed(rules: tuple[Rule[Any], ...]) -> str:
    width = max(len(each.id) for each in rules)
    return "\n".join(f"{each.id:<{width}}  {each.severity.name.lower():<8}  {each.title}" for each in rules)


def _facts(each: Rule[Any]) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title,
        "severity": each.severity.name.lower(),
        "cwe": each.cwe,
        "maps": list(each.maps),
        "why": each.why,
        "fix": each.fix,
    }


def _page(each: Rule[Any]) -> str:
    """The rule's page: from the wheel, or from the docs beside the source."""
    package = Path(str(files("yett")))
    for folder in (package / "auditor" / "pages", package.parents[1] / "docs" / "reference" / "rules"):
        page = folder / f"{each.id}.md"
        if page.is_file():
            return page.read_text(encoding="utf-8").rstrip()
    maps = " ".join(each.maps)
    head = f"# {each.id}: {each.title}\n\n{each.severity.name.title()} · CWE-{each.cwe} · {maps}"
    return f"{head}\n\n{each.why}\n\n{each.fix}"
