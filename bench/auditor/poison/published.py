"""Descriptions of published MCP servers, read out of their packages without running any of them.

Packages come from npm and PyPI through their own clients (`npm pack`, `pip download`), into a folder outside of the
project; nothing is installed. From Python files the docstrings and `description=` of tools are taken, from JavaScript
and TypeScript the texts behind `description:` and behind a tool's name.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
LARGEST = 3_000_000
SHORTEST = 12
SKIPPED = re.compile(r"(^|/)(node_modules|test|tests|__tests__|\.git|examples?)/|\.(min|map|d)\.(js|ts)$|\.map$")
STRING = r"`(?:[^`\\]|\\.)*`|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
TEXTS = rf"(?:{STRING})(?:\s*\+\s*(?:{STRING}))*"
DESCRIPTION = re.compile(rf"\b(?:description|\.describe\()\s*[:(]?\s*({TEXTS})", re.DOTALL)
DESCRIBE = re.compile(rf"\.describe\(\s*({TEXTS})", re.DOTALL)
NAMED = re.compile(rf"\.tool\(\s*(?:{STRING})\s*,\s*({TEXTS})", re.DOTALL)
NAMES = re.compile(r"(?:\.tool\(|registerTool\(|\bname\s*[:=])\s*[\"'`]([A-Za-z][\w.-]{2,64})[\"'`]")
PIECE = re.compile(STRING, re.DOTALL)


def packages() -> list[tuple[str, str]]:
    lines = (HERE / "servers.txt").read_text().splitlines()
    return [tuple(line.split()) for line in lines if line.strip() and not line.startswith("#")]  # type: ignore[misc]


def fetch(folder: Path) -> None:
    """Bring every package of the list into the folder; what cannot be had is said."""
    for index, name in packages():
        place = folder / index / name.replace("/", "+")
        if place.exists():
            continue
        place.mkdir(parents=True)
        if index == "npm":
            command = ["npm", "pack", "--silent", "--ignore-scripts", name]
        else:
            command = ["python3", "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", name]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=180)
        if done.returncode:
            place.rmdir()
            print(f"not fetched: {index} {name}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Package and description, every description of a package once."""
    for index, name in packages():
        place = folder / index / name.replace("/", "+")
        seen: set[str] = set()
        for path, content in files(place):
            for text in python(content) if path.endswith(".py") else script(content):
                clean = text.strip()
                if len(clean) >= SHORTEST and " " in clean and clean not in seen:
                    seen.add(clean)
                    yield f"{index}:{name}", clean


def names(folder: Path) -> dict[str, list[str]]:
    """For each package, what may be the names of its tools: the texts that stand as a name, and decorated functions."""
    found: dict[str, list[str]] = {}
    for index, name in packages():
        mine: set[str] = set()
        for path, content in files(folder / index / name.replace("/", "+")):
            mine.update(NAMES.findall(content))
            if path.endswith(".py"):
                mine.update(re.findall(r"\bdef ([a-z]\w+)\(", content))
        found[f"{index}:{name}"] = sorted(mine)
    return found


def files(place: Path) -> Iterator[tuple[str, str]]:
    for archive in sorted(place.glob("*")) if place.exists() else ():
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                for entry in wheel.infolist():
                    if (
                        entry.filename.endswith(".py")
                        and entry.file_size < LARGEST
                        and not SKIPPED.search(entry.filename)
                    ):
                        yield entry.filename, wheel.read(entry).decode("utf-8", "replace")
        elif archive.suffix == ".tgz":
            with tarfile.open(archive) as tarball:
                for member in tarball:
                    fits = member.isfile() and member.size < LARGEST and not SKIPPED.search(member.name)
                    if fits and member.name.endswith((".js", ".mjs", ".cjs", ".ts")):
                        file = tarball.extractfile(member)
                        yield member.name, file.read().decode("utf-8", "replace") if file else ""


def python(content: str) -> Iterator[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(tool(each) for each in node.decorator_list):
            yield ast.get_docstring(node) or ""
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "description" and isinstance(keyword.value, ast.Constant | ast.JoinedStr):
                    yield literal(keyword.value)
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "description" and isinstance(value, ast.Constant):
                    yield literal(value)


def tool(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(target, ast.Attribute) and target.attr in {"tool", "prompt", "resource"}


def literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)


def script(content: str) -> Iterator[str]:
    for pattern in (DESCRIPTION, DESCRIBE, NAMED):
        for found in pattern.finditer(content):
            yield "".join(unquoted(piece.group()) for piece in PIECE.finditer(found[1]))


def unquoted(text: str) -> str:
    inner = re.sub(r"\$\{[^}]*\}", "X", text[1:-1])
    try:
        return str(
            json.loads(
                '"'
                + re.sub(r"\\(['`$])", r"\1", inner)
                .replace("\n", "\\n")
                .replace("\t", "\\t")
                .replace('"', '\\"')
                .replace('\\\\"', '\\"')
                + '"'
            )
        )
    except ValueError:
        return inner.replace("\\n", "\n").replace("\\", "")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    fetch(target)
    for package, text in texts(target):
        print(json.dumps({"package": package, "text": text}, ensure_ascii=False))
    for package, mine in names(target).items():
        print(json.dumps({"package": package, "names": mine}, ensure_ascii=False))
