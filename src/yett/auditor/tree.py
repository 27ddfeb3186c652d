"""Reads a folder: bounded, nothing executed, no symbolic link followed, everything left out named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from yett.auditor.bounds import Budget
from yett.auditor.source import NOT_TEXT, SKIPPED_FOLDERS, is_binary, spelt
from yett.auditor.subject import Skipped

# A FIFO must not make us wait, and what became a link since it was listed must not be followed.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_tree(root: Path, budget: Budget) -> tuple[dict[str, bytes], list[Skipped]]:
    """Every text file below `root`, by its path with forward slashes; and what was left out."""
    files: dict[str, bytes] = {}
    skipped: list[Skipped] = []
    for path, entry in _entries(root, budget, skipped):
        if is_binary(path):
            skipped.append(Skipped(path=path, why=NOT_TEXT))
            continue
        content = read_file(Path(entry.path), budget)
        if isinstance(content, bytes):
            files[path] = content
        else:
            skipped.append(Skipped(path=path, why=content))
    return files, skipped


def read_file(path: Path, budget: Budget) -> bytes | str:
    """The bytes of one regular file, or why they were not read."""
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        return _reason(error)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return "not a regular file"
        if why := budget.refusal(found.st_size):
            return why
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(budget.bounds.one_file + 1)
    except OSError as error:
        return _reason(error)
    finally:
        os.close(descriptor)
    # A file that grows while it is read (or says nothing of its size, as below /proc) is measured again.
    if why := budget.refusal(len(content)):
        return why
    budget.spend(len(content))
    return NOT_TEXT if b"\0" in content[:8192] else content


def _entries(root: Path, budget: Budget, skipped: list[Skipped]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Regular files, depth first, in the order of their names."""
    waiting: list[tuple[str, str, int]] = [(str(root), "", 0)]
    while waiting:
        folder, prefix, depth = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = _listed(listing, prefix, budget, skipped)
        except OSError as error:
            skipped.append(Skipped(path=prefix or ".", why=_reason(error)))
            continue
        folders = []
        for entry in entries:
            path = f"{prefix}{spelt(os.fsencode(entry.name))}"
            if entry.is_symlink():
                skipped.append(Skipped(path=path, why="a symbolic link, not followed"))
            elif entry.is_dir(follow_symlinks=False):
                if why := _left_out(entry, depth, budget):
                    skipped.append(Skipped(path=f"{path}/", why=why))
                else:
                    folders.append((entry.path, f"{path}/", depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield path, entry
            else:
                skipped.append(Skipped(path=path, why="not a regular file"))
        waiting += reversed(folders)


def _listed(
    listing: Iterator[os.DirEntry[str]], prefix: str, budget: Budget, skipped: list[Skipped]
) -> list[os.DirEntry[str]]:
    entries = []
    for entry in listing:
        if why := budget.see():
            skipped.append(Skipped(path=prefix or ".", why=f"{why}: the rest of this folder was not read"))
            break
        entries.append(entry)
    return sorted(entries, key=lambda entry: entry.name)


def _left_out(entry: os.DirEntry[str], depth: int, budget: Budget) -> str:
    """Why a folder is not entered; empty when it is."""
    if entry.name in SKIPPED_FOLDERS:
        return SKIPPED_FOLDERS[entry.name]
    if depth + 1 > budget.bounds.depth:
        return f"more than {budget.bounds.depth} folders deep"
    # PEP 405: what makes a folder a virtual environment.
    return "a virtual environment" if Path(entry.path, "pyvenv.cfg").is_file() else ""


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or "not a file name").lower()
