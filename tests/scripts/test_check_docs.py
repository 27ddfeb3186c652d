from __future__ import annotations

from pathlib import Path

import pytest

from check_docs import anchors, links, problems


def write(root: Path, pages: dict[str, str]) -> Path:
    for name, text in pages.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_page_that_every_link_serves_has_no_problems(tmp_path: Path) -> None:
    pages = {
        "README.md": "[docs](docs/index.md) [elsewhere](https://example.com/x) [mail](mailto:a@example.com)\n",
        "docs/index.md": "# Map\n\n[a](how-to/a.md#second-heading) [home](../README.md)\n",
        "docs/how-to/a.md": "# A\n\n## Second *heading*\n\n[up](#a)\n",
    }
    assert problems(write(tmp_path, pages)) == []


def test_a_link_to_nothing_is_named_with_its_page(tmp_path: Path) -> None:
    pages = {"docs/index.md": "# Map\n\n[gone](gone.md)\n"}
    assert problems(write(tmp_path, pages)) == ["docs/index.md: `gone.md` leads nowhere"]


def test_a_link_to_a_missing_heading_is_named(tmp_path: Path) -> None:
    pages = {"docs/index.md": "# Map\n\n[b](b.md#nine)\n", "docs/b.md": "# B\n"}
    assert problems(write(tmp_path, pages)) == ["docs/index.md: `b.md#nine` names a heading that does not exist"]


def test_a_link_out_of_the_project_is_named(tmp_path: Path) -> None:
    pages = {"docs/index.md": "# Map\n\n[out](../../other.md)\n"}
    assert problems(write(tmp_path, pages)) == ["docs/index.md: `../../other.md` leads out of the project"]


def test_a_page_that_no_link_leads_to_is_named(tmp_path: Path) -> None:
    pages = {"docs/index.md": "# Map\n", "docs/reference/lost.md": "# Lost\n"}
    assert problems(write(tmp_path, pages)) == ["docs/reference/lost.md: no link leads here from docs/index.md"]


def test_a_reference_style_link_counts(tmp_path: Path) -> None:
    pages = {"docs/index.md": "# Map\n\nsee [b]\n\n[b]: b.md\n", "docs/b.md": "# B\n"}
    assert problems(write(tmp_path, pages)) == []


@pytest.mark.parametrize("text", ["`[x](gone.md)`", "```md\n[x](gone.md)\n```", "~~~\n[x](gone.md)\n~~~"])
def test_code_is_not_searched_for_links(tmp_path: Path, text: str) -> None:
    root = write(tmp_path, {"docs/index.md": f"# Map\n\n{text}\n"})
    assert list(links(root / "docs/index.md")) == []


def test_headings_of_the_same_text_get_numbers(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.md": "# A\n\n## `yett run`\n\n## Why?\n\n## Why?\n"})
    assert anchors(root / "a.md") == {"a", "yett-run", "why", "why-1"}


def test_a_project_without_an_index_is_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path) == ["docs/index.md is missing"]
