from __future__ import annotations

from pathlib import Path

from check_mirror import problems


def project(root: Path, *files: str) -> Path:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_a_whole_mirror_has_no_problems(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "src/yett/__init__.py",
        "src/yett/errors.py",
        "src/yett/__main__.py",
        "src/yett/wire/__init__.py",
        "src/yett/wire/head.py",
        "src/yett/wire/_table.py",
        "tests/test_errors.py",
        "tests/wire/test_head.py",
        "tests/wire/test_table.py",
    )
    assert problems(root) == []


def test_a_module_without_a_test_file_is_named(tmp_path: Path) -> None:
    root = project(tmp_path, "src/yett/wire/__init__.py", "src/yett/wire/head.py", "tests/test_head.py")
    assert problems(root) == [
        "`src/yett/wire/head.py` has no `tests/wire/test_head.py`",
        "`tests/test_head.py` mirrors no module of `src/yett`",
    ]


def test_a_test_file_without_a_module_is_named(tmp_path: Path) -> None:
    root = project(tmp_path, "src/yett/wire/__init__.py", "tests/wire/test_gone.py")
    assert problems(root) == ["`tests/wire/test_gone.py` mirrors no module of `src/yett`"]


def test_folders_that_name_no_package_are_about_more_than_one_module(tmp_path: Path) -> None:
    root = project(tmp_path, "src/yett/wire/__init__.py", "tests/playbooks/test_refusals.py")
    assert problems(root) == []


def test_packages_within_packages_are_mirrored_too(tmp_path: Path) -> None:
    root = project(
        tmp_path, "src/yett/wire/__init__.py", "src/yett/wire/tls/__init__.py", "src/yett/wire/tls/context.py"
    )
    assert problems(root) == ["`src/yett/wire/tls/context.py` has no `tests/wire/tls/test_context.py`"]


def test_an_audit_rule_has_its_page_as_its_test(tmp_path: Path) -> None:
    root = project(tmp_path, "src/yett/auditor/__init__.py", "src/yett/auditor/rules/loud.py")
    assert problems(root) == []
