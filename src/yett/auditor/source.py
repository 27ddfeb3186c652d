"""Source: what was read of one target: files in memory, and everything that was not read, with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from yett.auditor.report import Server
from yett.auditor.subject import Skipped

# Said as they are, in the report's scope. What is shipped (`dist`, `build`) is read.
SKIPPED_FOLDERS: Final = {
    ".git": "version control",
    ".hg": "version control",
    ".svn": "version control",
    "node_modules": "installed dependencies",
    "site-packages": "installed dependencies",
    "__pycache__": "a cache",
    ".mypy_cache": "a cache",
    ".pytest_cache": "a cache",
    ".ruff_cache": "a cache",
    ".hypothesis": "a cache",
    ".tox": "a cache",
    ".nox": "a cache",
}
INSTALLED: Final = "client configs"
ENDPOINT: Final = "live endpoint"
STDIO: Final = "stdio server"
NOT_TEXT: Final = "not text"
_BINARY: Final = frozenset(
    {
        *("avi", "bmp", "eot", "flac", "gif", "icns", "ico", "jpeg", "jpg", "m4a", "mkv", "mov", "mp3", "mp4", "ogg"),
        *("otf", "png", "psd", "tif", "tiff", "ttf", "wav", "webm", "webp", "woff", "woff2"),
        *("7z", "bz2", "dxt", "ear", "egg", "gz", "jar", "lz4", "mcpb", "rar", "tar", "tgz", "whl", "xz", "zip", "zst"),
        *("a", "bin", "class", "dll", "dylib", "exe", "lib", "o", "obj", "pyc", "pyd", "so", "wasm"),
        *("db", "doc", "docx", "mo", "odt", "onnx", "parquet", "pdf", "pickle", "pkl", "ppt", "pptx", "sqlite"),
        *("sqlite3", "xls", "xlsx"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One target, read. Paths are relative to the target's root; `prefix` stands before them in the report."""

    given: str
    kind: str
    files: Mapping[str, bytes]
    skipped: tuple[Skipped, ...] = ()
    prefix: str = ""
    servers: tuple[Server, ...] = ()
    """What a live target said of itself; what configs say of servers is read from their subjects."""
    name: str = ""
    """What people call the target; empty: as it was given."""
    root: Path | None = None
    """The folder that paths are relative to; None for an archive."""

    def digest(self) -> str:
        """SHA-256 over all files: for each, in order of paths, `<sha256 of the content>  <path>` and a line feed."""
        sums = hashlib.sha256()
        for path in sorted(self.files):
            content = hashlib.sha256(self.files[path]).hexdigest()
            sums.update(f"{content}  {path}\n".encode())
        return sums.hexdigest()

    def lines(self) -> int:
        """How many lines were read."""
        return sum(content.count(b"\n") for content in self.files.values())


def is_binary(path: str) -> bool:
    """Whether a file is, by its name, one that holds no text."""
    return PurePosixPath(path).suffix.removeprefix(".").lower() in _BINARY


def spelt(name: bytes) -> str:
    """A file's name as text; bytes that are not UTF-8 as their hexadecimal escapes."""
    return name.decode("utf-8", "backslashreplace")
