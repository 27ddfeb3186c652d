"""Modules: which file of the target an import means, and what to call what is outside of it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.analysis import ir

_ENDINGS: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx")
# Packages that offer what another does, under their own name.
_SAME: Final = {
    "fs-extra": "fs", "fs-extra/esm": "fs", "graceful-fs": "fs", "mz/fs": "fs.promises", "memfs": "fs",
    "path/posix": "path", "path/win32": "path", "upath": "path", "pathe": "path",
    # `open` is Python's function for files; the package opens URLs.
    "open": "opn", "zod/v4": "zod", "zod/v3": "zod", "zod/v4-mini": "zod", "mz/child_process": "child_process",
    "https-proxy": "https", "node-fetch-native": "node-fetch", "sqlite3": "sqlite3", "dns/promises": "dns.promises",
}  # fmt: skip


class Modules:
    """All files of one target by the names that imports give them."""

    def __init__(self, modules: list[ir.Module]) -> None:
        self.by_path = {module.path: module for module in modules}
        self._python: dict[str, list[ir.Module]] = defaultdict(list)
        self._script: dict[str, list[ir.Module]] = defaultdict(list)
        for module in modules:
            path = PurePosixPath(module.path)
            if module.language == ir.PYTHON:
                stem = path.parent if path.name == "__init__.py" else path.with_suffix("")
                self._python[stem.name].append(module)
            else:
                self._script[path.stem].append(module)

    def find(self, importer: ir.Module, source: str) -> ir.Module | None:
        """The file that `source` means in `importer`; None when it is outside."""
        if importer.language == ir.PYTHON:
            return self._find_python(importer, source)
        return self._find_script(importer, source)

    def _find_python(self, importer: ir.Module, source: str) -> ir.Module | None:
        level = len(source) - len(source.lstrip("."))
        names = [name for name in source.lstrip(".").split(".") if name]
        if level:
            folder = PurePosixPath(importer.path).parent
            for _ in range(level - 1):
                folder = folder.parent
            return self._python_file(folder.joinpath(*names))
        if not names:
            return None
        tail = "/".join(names)
        found = [module for module in self._python.get(names[-1], ()) if _python_stem(module).endswith(tail)]
        found = [module for module in found if _whole_names(_python_stem(module), tail)]
        return _nearest(importer, found)

    def _python_file(self, stem: PurePosixPath) -> ir.Module | None:
        name = str(stem)
        first = self.by_path.get(f"{name}.py")
        return first or self.by_path.get(f"{name}/__init__.py" if name != "." else "__init__.py")

    def _find_script(self, importer: ir.Module, source: str) -> ir.Module | None:
        if source.startswith("."):
            return self._script_file(_normal(PurePosixPath(importer.path).parent / source))
        if source.startswith(("@/", "~/", "src/", "#")):
            rest = _without_ending(source.lstrip("@~#").lstrip("/").removeprefix("src/"))
            found = [
                m for m in self._script.get(PurePosixPath(rest).name, ()) if _without_ending(m.path).endswith(rest)
            ]
            return _nearest(importer, found)
        return None

    def _script_file(self, path: str) -> ir.Module | None:
        stem = _without_ending(path)
        for candidate in (path, *(stem + end for end in _ENDINGS), *(path + end for end in _ENDINGS)):
            if candidate in self.by_path:
                return self.by_path[candidate]
        for end in _ENDINGS:
            index = f"{path}/index{end}" if path not in {"", "."} else f"index{end}"
            if index in self.by_path:
                return self.by_path[index]
        return None


def outside(language: str, source: str, member: str) -> str:
    """What to call `member` of a module that is not in the target."""
    if language == ir.SCRIPT:
        plain = source.removeprefix("node:")
        source = _SAME.get(plain, plain).replace("/", ".")
        if source.startswith("zod"):
            source = "zod"
    if member in {"*", "default", ""}:
        return source
    return f"{source}.{member}"


def _python_stem(module: ir.Module) -> str:
    path = PurePosixPath(module.path)
    return str(path.parent if path.name == "__init__.py" else path.with_suffix(""))


def _whole_names(stem: str, tail: str) -> bool:
    return stem == tail or stem.endswith("/" + tail)


def _nearest(importer: ir.Module, found: list[ir.Module]) -> ir.Module | None:
    """Of several, the one that shares most folders with the importer."""
    if len(found) < 2:
        return found[0] if found else None
    mine = PurePosixPath(importer.path).parts

    def shared(module: ir.Module) -> int:
        theirs = PurePosixPath(module.path).parts
        return next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), len(theirs))

    return max(found, key=shared)


def _without_ending(path: str) -> str:
    for end in _ENDINGS:
        if path.endswith(end):
            return path.removesuffix(end)
    return path


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
