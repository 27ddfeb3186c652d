"""What the pages show must work as it is written: every YAML snippet that is a whole config, and the demo's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from yett.config.load import load

ROOT = Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^```yaml[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


REST = {
    "auth": "auth: { tokens: tokens.yaml }\n",
    "roles": "roles: { everyone: { allow: ['*.*'] } }\n",
}
"""What a snippet about servers may leave out."""
VAULT = "secrets: { vault: { address: https://vault.example.com, token: '${env:VAULT_TOKEN}' } }\n"


EXECUTED = ROOT / "docs" / "reference" / "rules"
"""Pages of audit rules: configs with flaws, on purpose; tests/docs executes them."""


def has(key: str, text: str) -> bool:
    return re.search(rf'^"?{key}"?:', text, re.MULTILINE) is not None


def snippets() -> Iterator[tuple[str, str]]:
    """Every fence of YAML that names servers, with the rest that makes it a whole config."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        if page.is_relative_to(EXECUTED):
            continue
        for number, match in enumerate(FENCE.finditer(page.read_text(encoding="utf-8")), 1):
            if has("servers", match[1]) or has("mcpServers", match[1]):
                rest = "".join(line for key, line in REST.items() if not has(key, match[1]))
                if "${vault:" in match[1] and not has("secrets", match[1]):
                    rest += VAULT
                yield f"{page.relative_to(ROOT)}-{number}", match[1] + rest


@pytest.mark.parametrize("text", [pytest.param(text, id=where) for where, text in snippets()])
def test_a_config_on_a_page_loads(text: str, tmp_path: Path) -> None:
    for file in re.findall(r"[\w-]+\.(?:pem|crt|key)", text):
        (tmp_path / file).touch()
    path = tmp_path / "yett.yaml"
    path.write_text(re.sub(r"cwd: /\S+", f"cwd: {tmp_path}", text))
    assert load(path, environment=Anything(), secrets=False).servers


class Anything(dict[str, str]):
    """An environment in which every variable has a value."""

    def __missing__(self, name: str) -> str:
        return name.lower()

    def __contains__(self, name: object) -> bool:
        return True

    def get(self, name: str, default: str | None = None) -> str | None:
        return name.lower()


def test_the_readme_shows_a_config() -> None:
    assert any(where.startswith("README.md") for where, _ in snippets())


def test_the_config_of_the_demo_lacks_nothing_but_tokens() -> None:
    warnings = load(ROOT / "examples/yett.yaml").warnings
    assert [warning.code for warning in warnings] == ["no-token-file"]
