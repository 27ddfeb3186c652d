from __future__ import annotations

from pathlib import Path

from generate_index import renewed

INDEX = "# Map\n\n<!-- pages: how-to -->\n- [Old](how-to/old.md)\n<!-- end -->\n\nthe rest\n"


def test_a_list_holds_every_page_of_its_folder_by_title(tmp_path: Path) -> None:
    folder = tmp_path / "how-to"
    folder.mkdir()
    (folder / "b.md").write_text("# Rotate a token\n")
    (folder / "a.md").write_text("intro\n\n# Add a server\n")
    assert renewed(tmp_path, INDEX) == (
        "# Map\n\n<!-- pages: how-to -->\n"
        "- [Add a server](how-to/a.md)\n- [Rotate a token](how-to/b.md)\n"
        "<!-- end -->\n\nthe rest\n"
    )


def test_a_renewed_index_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "how-to").mkdir()
    once = renewed(tmp_path, INDEX)
    assert renewed(tmp_path, once) == once


def test_a_folder_without_pages_gives_an_empty_list(tmp_path: Path) -> None:
    assert renewed(tmp_path, INDEX) == "# Map\n\n<!-- pages: how-to -->\n<!-- end -->\n\nthe rest\n"
