"""Executes the pages of audit rules: what a `# finding: <rule>` comment marks must be found, and nothing else.

A fence whose info string has `file=NAME` is one file; the fences below one heading are one target. JSON has no
comments: the mark is cut out of every line before the file is read.
"""

import re
from pathlib import Path

import pytest

from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules, rule

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "rules"
FENCE = re.compile(r"^(`{3,})(?P<language>\w+) file=(?P<file>\S+)\n(?P<body>.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"[ \t]*(?:#|//|--|<!--|;)[ \t]*finding: (?P<rule>[a-z0-9-]+)(?:[ \t]*-->)?[ \t]*$")
RULES = [each.id for each in all_rules()]


def targets(page):
    """Per heading: the files, with the marks cut out, and the marked places as (file, line, rule)."""
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        files, marked = {}, set()
        for fence in FENCE.finditer(section):
            lines = fence["body"].splitlines()
            for number, line in enumerate(lines, 1):
                if mark := MARK.search(line):
                    marked.add((fence["file"], number, mark["rule"]))
                    lines[number - 1] = line[: mark.start()]
            files[fence["file"]] = ("\n".join(lines) + "\n").encode()
        if files:
            yield section.splitlines()[0], files, marked


@pytest.mark.parametrize("rule_id", RULES)
def test_a_page_shows_what_its_rule_finds_and_the_fix_that_ends_it(rule_id):
    page = (PAGES / f"{rule_id}.md").read_text(encoding="utf-8")
    sections = list(targets(page))
    assert any(marked for _, _, marked in sections), "the page shows no finding"
    assert any(not marked for _, _, marked in sections), "the page shows no fixed form"
    for title, files, marked in sections:
        gathered = gather(files)
        assert not gathered.skipped, title
        report = judge(gathered.subjects, [rule(rule_id)])
        assert not report.broken, title
        assert {(f.place.path, f.place.line, f.rule) for f in report.findings} == marked, title


def test_every_page_belongs_to_a_rule():
    assert {page.stem for page in PAGES.glob("*.md")} - {"index"} == set(RULES)
