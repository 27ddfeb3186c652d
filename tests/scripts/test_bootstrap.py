"""The bootstrap's decisions, with stand-ins for python3, uv and pip: what it runs, and what it tells people."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ("sh", "cat", "cksum", "dirname", "basename", "head", "rm", "mkdir", "cp", "chmod")

# A stand-in for python3: answers the version question, makes an environment of itself, logs what pip is asked.
PYTHON = """#!/bin/sh
case "$*" in
*"< (3, 11)"*) exit {too_old} ;;
*"%d.%d"*) echo 3.9 ;;
*ensurepip*) exit {without_venv} ;;
"-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo "venv" >>log ;;
"-m pip "*) echo "$*" >>log; exit {pip_fails} ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" >>log
case "$1" in venv) mkdir -p .venv/bin && cp tools/python3 .venv/bin/python ;; esac
"""


class Project:
    """A copy of what the bootstrap reads, and a PATH with nothing but stand-ins."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "requirements").mkdir()
        (root / "requirements/dev.lock").write_text("one==1\n")
        (root / "pyproject.toml").write_text("[project]\n")
        (root / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/bootstrap.sh", root / "scripts")
        (root / "tools").mkdir()
        for tool in TOOLS:
            (root / "tools" / tool).symlink_to(shutil.which(tool) or "")

    def add(self, name: str, text: str) -> None:
        path = self.root / "tools" / name
        path.write_text(text)
        path.chmod(0o755)

    def add_python(self, *, too_old: int = 0, without_venv: int = 0, pip_fails: int = 0, name: str = "python3") -> None:
        self.add(name, PYTHON.format(too_old=too_old, without_venv=without_venv, pip_fails=pip_fails))

    def run(self, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "scripts/bootstrap.sh", "demo"],
            cwd=self.root,
            env={"PATH": str(self.root / "tools"), **env},
            text=True,
            capture_output=True,
            check=False,
        )

    def log(self) -> list[str]:
        path = self.root / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_pip_installs_only_locked_wheels_and_then_the_project_without_an_index(project: Project) -> None:
    project.add_python()
    assert project.run().returncode == 0
    made, locked, own = project.log()
    assert made == "venv"
    assert "--require-hashes --only-binary :all:" in locked
    assert locked.endswith("--requirement requirements/dev.lock")
    assert "--no-index --no-deps --no-build-isolation --editable ." in own


def test_uv_is_used_where_it_is_present(project: Project) -> None:
    project.add_python()
    project.add("uv", UV)
    assert project.run().returncode == 0
    made, locked, own = project.log()
    assert made.startswith("uv venv")
    assert "--require-hashes --no-build requirements/dev.lock" in locked
    assert "--no-deps --no-build-isolation --offline --editable ." in own


def test_nothing_is_done_when_nothing_changed(project: Project) -> None:
    project.add_python()
    project.run()
    project.log()
    result = project.run()
    assert (result.returncode, result.stderr, project.log()) == (0, "", [])


def test_a_changed_lock_is_installed_into_the_same_environment(project: Project) -> None:
    project.add_python()
    project.run()
    project.log()
    (project.root / "requirements/dev.lock").write_text("two==2\n")
    assert project.run().returncode == 0
    assert [line.split()[:2] for line in project.log()] == [["-m", "pip"], ["-m", "pip"]]


def test_an_interrupted_install_starts_afresh(project: Project) -> None:
    project.add_python(pip_fails=1)
    assert project.run().returncode == 1
    project.log()
    project.add_python()
    assert project.run().returncode == 0
    assert project.log()[0] == "venv"


def test_an_environment_made_elsewhere_is_made_anew(project: Project) -> None:
    project.add_python()
    project.run()
    project.log()
    stamp = project.root / ".venv/.yett-stamp"
    stamp.write_text(stamp.read_text().replace(os.fspath(project.root), "/somewhere/else"))
    assert project.run().returncode == 0
    assert project.log()[0] == "venv"


def test_a_missing_venv_module_names_the_package(project: Project) -> None:
    project.add_python(without_venv=1)
    result = project.run()
    assert result.returncode == 1
    assert "its venv module is missing" in result.stderr
    assert result.stderr.endswith("apt-get install python3-venv\n")


def test_another_interpreter_has_its_own_venv_package(project: Project) -> None:
    project.add_python(without_venv=1, name="python3.13")
    result = project.run(PYTHON="python3.13")
    assert result.stderr.endswith("apt-get install python3.13-venv\n")


def test_an_old_python_is_named_with_its_version(project: Project) -> None:
    project.add_python(too_old=1)
    result = project.run()
    assert result.returncode == 1
    assert "python3 is 3.9 here, and Yett needs 3.11 or newer" in result.stderr
    assert "make demo PYTHON=python3.13" in result.stderr


def test_a_newer_python_beside_an_old_one_is_found(project: Project) -> None:
    project.add_python(too_old=1)
    project.add_python(name="python3.12")
    assert project.run().returncode == 0


def test_no_python_at_all_names_the_packages(project: Project) -> None:
    result = project.run()
    assert result.returncode == 1
    assert result.stderr.endswith("apt-get install python3 python3-venv\n")
