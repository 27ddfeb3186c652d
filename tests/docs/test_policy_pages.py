"""The pages about policy and guards say what the code does: their examples are configs, their lists are complete."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import yett.guards
from yett.config.load import parse
from yett.config.rules import cases_of, policy_of
from yett.core.guard import Guard
from yett.core.reason import Reason
from yett.detect.credentials import CREDENTIALS
from yett.guards import access
from yett.policy.trial import run_tests

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [DOCS / "reference" / "policy.md", DOCS / "how-to" / "write-a-policy.md"]
EXAMPLES = [
    pytest.param(found[1], id=f"{page.stem}-{number}")
    for page in PAGES
    for number, found in enumerate(
        re.finditer(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    )
]
REST = """\
auth: { tokens: tokens.yaml }
servers: { demo: http://a, github: http://b, jira: http://c, docs: http://d }
"""
ROLES = """\
roles:
  engineer: { members: ["group:/engineering"], allow: ["jira.get_*", "github.create_*"] }
"""
MODULES = [import_module(f"yett.guards.{module.name}") for module in iter_modules(yett.guards.__path__)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_policy_whose_tests_pass(example, tmp_path):
    text = REST + ("" if "roles:" in example else ROLES) + example
    config = parse(text.encode(), tmp_path / "yett.yaml", environment={}, secrets=False)
    assert all(result.passed for result in run_tests(policy_of(config), cases_of(config)))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_guard_has_a_page_with_its_reasons(module):
    [guard] = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Guard) and value is not Guard
    ]
    page = (DOCS / "reference" / "guards" / f"{guard.name}.md").read_text(encoding="utf-8")
    codes = [value.code for value in vars(module).values() if isinstance(value, Reason)]
    assert codes
    assert [code for code in codes if f"`{code}`" not in page] == []
    assert page.startswith(f"# Guard `{guard.name}`\n")


def test_the_page_names_every_kind_of_credential():
    page = (DOCS / "reference" / "guards" / "redaction.md").read_text(encoding="utf-8")
    assert [credential.kind for credential in CREDENTIALS if f"`{credential.kind}`" not in page] == []
    assert f"\n{len(CREDENTIALS)} kinds:\n" in page


def test_the_page_names_every_method_that_is_open():
    page = (DOCS / "reference" / "guards" / "access.md").read_text(encoding="utf-8")
    methods = access.OPEN | access.NAMING
    assert [method for method in methods if f"`{method.removeprefix('notifications/')}`" not in page] == []
