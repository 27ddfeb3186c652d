"""Rebuilds both sides of every pair of manifest.json in a scratch folder. What it fetches is read, never run."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

Pair = dict[str, Any]
MANIFEST = Path(__file__).with_name("manifest.json")
HOST = "https://github.com"
# A mirror may lack the largest files; no rule reads these.
# What makes a folder of a repository a project of its own: a repository of many servers is scored server by server.
MEDIA = tuple(
    f":(exclude)*.{suffix}" for suffix in ("mp4", "gif", "png", "jpg", "pdf", "zip", "mov", "webm", "docx", "pptx")
)
PROJECT_FILES = ("pyproject.toml", "package.json", "setup.py")


def pairs() -> list[Pair]:
    found: list[Pair] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return found


def side(pair: Pair, which: str, scratch: Path, mirror: Path | None) -> tuple[Path, str]:
    """The folder of one side's tree and the path of the project below it (`` for the whole tree)."""
    origin = pair[which]
    file = pair["file"] if which == "vulnerable" else pair.get("fixed_file") or pair["file"]
    if "git" in origin:
        return _from_git(origin, file, scratch, mirror)
    kind = "pypi" if "pypi" in origin else "npm"
    return _from_package(kind, origin[kind], origin["version"], scratch), ""


def _run(*command: str, cwd: Path | None = None) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, cwd=cwd).stdout


def _from_git(origin: dict[str, str], file: str, scratch: Path, mirror: Path | None) -> tuple[Path, str]:
    name, commit = origin["git"], origin["commit"]
    flat = name.replace("/", "+")
    repository = mirror / flat / "repo" if mirror else scratch / "clones" / flat
    if not repository.exists():
        repository.parent.mkdir(parents=True, exist_ok=True)
        _run("git", "clone", "--quiet", "--bare", f"{HOST}/{name}", str(repository))
    git = ("git", "-c", "safe.directory=*", f"--git-dir={repository}")
    project = _project(git, commit, file)
    tree = scratch / "trees" / flat / commit
    done = tree / f".done-{project.replace('/', '+')}"
    if not done.exists():
        tree.mkdir(parents=True, exist_ok=True)
        _untar(_run(*git, "archive", commit, "--", project or ".", *MEDIA), tree)
        done.touch()
    return tree, project


def _project(git: tuple[str, ...], commit: str, file: str) -> str:
    folder = str(Path(file).parent)
    while folder not in {".", ""}:
        names = _run(*git, "ls-tree", "--name-only", commit, f"{folder}/").decode().split()
        if any(Path(name).name in PROJECT_FILES for name in names):
            return folder
        folder = str(Path(folder).parent)
    return ""


def _from_package(kind: str, name: str, version: str, scratch: Path) -> Path:
    tree = scratch / "trees" / f"{kind}+{name.replace('/', '+')}" / version
    if (tree / ".done").exists():
        return tree
    tree.mkdir(parents=True, exist_ok=True)
    downloads = tree.parent / f"{version}.download"
    downloads.mkdir(exist_ok=True)
    if kind == "npm":
        _run("npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}", cwd=downloads)
    else:
        wanted = ("--no-deps", "--only-binary", ":all:", "--python-version", "3.13", f"{name}=={version}")
        _run("pip", "download", "--quiet", "-d", str(downloads), *wanted)
    for package in downloads.iterdir():
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as wheel:
                wheel.extractall(tree)
        else:
            _untar(package.read_bytes(), tree)
    (tree / ".done").touch()
    return tree


def _untar(content: bytes, tree: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(tree, filter="data")
