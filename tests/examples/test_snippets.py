"""What the pages show must work as it is written: every YAML snippet that is a whole config, and the demo's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from yett.config.load import load

ROOT = Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^```yaml[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def snippets() -> Iterator[tuple[str, str]]:
    """Every fence of YAML that names servers: with those it claims to be a whole config."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, match in enumerate(FENCE.finditer(page.read_text(encoding="utf-8")), 1):
            if re.search(r"^(servers|mcpServers):", match[1], re.MULTILINE):
                yield f"{page.relative_to(ROOT)}-{number}", match[1]


@pytest.mark.parametrize("text", [pytest.param(text, id=where) for where, text in snippets()])
def test_a_config_on_a_page_loads(text: str, tmp_path: Path) -> None:
    path = tmp_path / "yett.yaml"
    path.write_text(text)
    assert load(path, secrets=False).servers


def test_the_readme_shows_a_config() -> None:
    assert any(where.startswith("README.md") for where, _ in snippets())


def test_the_config_of_the_demo_lacks_nothing_but_tokens() -> None:
    warnings = load(ROOT / "examples/yett.yaml").warnings
    assert [warning.code for warning in warnings] == ["no-token-file"]
