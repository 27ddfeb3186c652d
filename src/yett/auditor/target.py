"""Target: what the user pointed at, told from what is given, and read into memory. Nothing of it is executed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from yett.auditor.archive import is_archive, read_archive
from yett.auditor.bounds import Bounds, Budget
from yett.auditor.installed import Installed
from yett.auditor.source import INSTALLED, NOT_TEXT, Source
from yett.auditor.subject import Skipped
from yett.auditor.tree import read_file, read_tree
from yett.errors import TargetError

URL: Final = re.compile(r"https?://", re.IGNORECASE)
_ARCHIVES: Final = ((".whl", "wheel"), (".mcpb", "MCP bundle"), (".dxt", "MCP bundle"))
_MARKS: Final = (("package.json", "npm package"), ("PKG-INFO", "sdist"), ("manifest.json", "MCP bundle"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """Where reading happens: paths in the report are relative to `folder`, or to `home` as `~/...`."""

    folder: Path
    home: Path
    bounds: Bounds = field(default_factory=Bounds)
    clock: Callable[[], float] = time.monotonic


def is_url(given: str) -> bool:
    """Whether this is a live endpoint over HTTP."""
    return URL.match(given) is not None


def command_of(given: str) -> tuple[str, ...]:
    """The command that starts a stdio server; empty when this is none. A path that exists is never a command."""
    if Path(given).exists() or is_url(given):
        return ()
    try:
        words = tuple(shlex.split(given))
    except ValueError:
        return ()
    return words if len(words) > 1 and shutil.which(words[0]) else ()


def read_target(given: str, where: Surroundings) -> Source:
    """Read a folder, an archive or a file. Raises TargetError, which says why it cannot be read."""
    path = Path(given)
    budget = Budget(where.bounds, where.clock)
    try:
        if not path.exists():
            raise TargetError("there is no such file or folder")
        if path.is_dir():
            files, skipped = read_tree(path, budget)
            prefix = _prefix(path, where)
            return Source(
                given=given,
                kind="folder",
                name=path.resolve().name,
                files=files,
                skipped=tuple(skipped),
                prefix=prefix,
                root=path,
            )
    except (OSError, ValueError) as error:
        raise TargetError((getattr(error, "strerror", None) or "not a file name").lower()) from error
    if is_archive(path.name):
        files, skipped = read_archive(path, budget)
        prefix = _prefix(path, where)
        return Source(given=given, kind=_archived(path, files), files=files, skipped=tuple(skipped), prefix=prefix)
    return _single(given, path, budget, where)


def read_installed(found: Sequence[Installed], where: Surroundings) -> tuple[Source, ...]:
    """The configs of this machine's clients: one source for those of the project, one for those of the user."""
    sources: dict[tuple[Path, str], tuple[dict[str, bytes], list[Skipped]]] = {}
    budget = Budget(where.bounds, where.clock)
    for each in found:
        root, prefix = _root(each.path.parent, where)
        content = _config(each.path, budget, where, strange=not prefix)
        files, skipped = sources.setdefault((root, prefix), ({}, []))
        path = each.path.relative_to(root).as_posix()
        if isinstance(content, bytes):
            files[path] = content
        else:
            skipped.append(Skipped(path=path, why=content))
    return tuple(
        Source(
            given=prefix or str(root.name),
            kind=INSTALLED,
            files=files,
            skipped=tuple(skipped),
            prefix=prefix,
            root=root,
        )
        for (root, prefix), (files, skipped) in sources.items()
    )


def _config(path: Path, budget: Budget, where: Surroundings, *, strange: bool) -> bytes | str:
    """A client's config. The user's own may be a link into a folder of dotfiles; a project's may lead nowhere else."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        return "its symbolic links lead nowhere"
    if strange and not real.is_relative_to(where.folder.resolve()):
        return "a symbolic link that leads out of the folder, not followed"
    return read_file(real, budget)


def _single(given: str, path: Path, budget: Budget, where: Surroundings) -> Source:
    # The user's own word for a file may be a link: it is followed once, here.
    try:
        content = read_file(path.resolve(), budget)
    except (OSError, RuntimeError) as error:
        raise TargetError("its symbolic links lead nowhere") from error
    if isinstance(content, str):
        raise TargetError(content if content != NOT_TEXT else "a binary file of no kind that Yett knows")
    absolute = _absolute(path)
    root, prefix = _root(absolute.parent, where)
    name = absolute.relative_to(root).as_posix()
    return Source(given=given, kind="file", files={name: content}, prefix=prefix, root=root)


def _absolute(path: Path) -> Path:
    """The path from the root of the disk, without `..`; links stay as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - `Path.absolute` keeps `..`, `resolve` follows links


def _root(folder: Path, where: Surroundings) -> tuple[Path, str]:
    """What paths of files in `folder` are relative to, and what stands before them: never an absolute path."""
    for root, prefix in ((where.folder, ""), (where.home, "~/")):
        if folder.is_relative_to(root):
            return root, prefix
    # The folder's own name stays: `.cursor/mcp.json` says more than `mcp.json`.
    return folder.parent, ""


def _prefix(path: Path, where: Surroundings) -> str:
    """What stands before the paths inside a folder or archive: how it looks from here, or its name."""
    absolute = _absolute(path)
    for root, prefix in ((where.folder, ""), (where.home, "~/")):
        for form in (absolute, absolute.resolve()):
            if form.is_relative_to(root):
                inside = form.relative_to(root).as_posix()
                return prefix if inside == "." else f"{prefix}{inside}/"
    return f"{absolute.resolve().name}/"


def _archived(path: Path, files: Mapping[str, bytes]) -> str:
    for suffix, kind in _ARCHIVES:
        if path.name.lower().endswith(suffix):
            return kind
    return next((kind for mark, kind in _MARKS if mark in files), "archive")
