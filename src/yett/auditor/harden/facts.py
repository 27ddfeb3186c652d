"""Facts: what a project tells of its server: language, command, port, name. Nothing of it is run."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from yett.auditor.containers.dockerfile import Dockerfile, claims, parse

PORT: Final = 8000
_NAME: Final = re.compile(r"[^a-z0-9]+")
_NUMBER: Final = re.compile(r"\b([0-9]{2,5})\b")
_LONGEST: Final = 40
_HIGHEST: Final = 65_535


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the hardened files are written for."""

    name: str
    language: Literal["python", "node"]
    command: tuple[str, ...]
    port: int = PORT
    lock: str = ""
    """The lock file that dependencies are installed from; empty: there is none."""
    dockerfile: Dockerfile | None = None
    """The Dockerfile that is there already."""


def facts_of(files: Mapping[str, bytes], given: str) -> Facts | str:
    """Read them from the files of a project, or say what is missing."""
    top = {path: content.decode("utf-8", "replace") for path, content in files.items() if path.count("/") == 0}
    dockerfile = _dockerfile(top)
    npm, python = _json(top.get("package.json", "")), _toml(top.get("pyproject.toml", ""))
    name = _called(str(npm.get("name") or python.get("name") or PurePosixPath(given).name))
    port = _port(dockerfile)
    command = _command_of(dockerfile)
    if npm:
        lock = next((each for each in ("package-lock.json", "npm-shrinkwrap.json") if each in top), "")
        return Facts(
            name=name, language="node", command=command or _node(npm), port=port, lock=lock, dockerfile=dockerfile
        )
    if python or "requirements.txt" in top or (dockerfile and command):
        lock = next((each for each in ("uv.lock", "requirements.lock", "requirements.txt") if each in top), "")
        given_command = command or _python(python)
        if not given_command:
            return "it does not say how it is started: add `[project.scripts]`, or a Dockerfile with `CMD`"
        return Facts(name=name, language="python", command=given_command, port=port, lock=lock, dockerfile=dockerfile)
    return "it holds no pyproject.toml, requirements.txt, package.json or Dockerfile: name the folder of a server"


def _dockerfile(top: Mapping[str, str]) -> Dockerfile | None:
    for path, content in sorted(top.items()):
        if claims(path, content):
            found = parse(path, content)
            if isinstance(found, Dockerfile):
                return found
    return None


def _command_of(dockerfile: Dockerfile | None) -> tuple[str, ...]:
    """What the final stage starts, where it is written as a list."""
    words: tuple[str, ...] = ()
    for stage in reversed(dockerfile.final if dockerfile else ()):
        for each in stage.instructions:
            if each.name in {"CMD", "ENTRYPOINT"}:
                listed = _json_list(each.value)
                words = (*words, *listed) if each.name == "CMD" and words else listed
    return words


def _port(dockerfile: Dockerfile | None) -> int:
    for stage in dockerfile.final if dockerfile else ():
        for each in stage.instructions:
            found = _NUMBER.search(each.value) if each.name == "EXPOSE" else None
            if found and 0 < int(found[1]) <= _HIGHEST:
                return int(found[1])
    return PORT


def _node(npm: Mapping[str, Any]) -> tuple[str, ...]:
    binaries = npm.get("bin")
    if isinstance(binaries, dict):
        binaries = next((each for each in binaries.values() if isinstance(each, str)), None)
    entry = binaries if isinstance(binaries, str) else npm.get("main")
    return ("node", str(entry) if isinstance(entry, str) else "index.js")


def _python(project: Mapping[str, Any]) -> tuple[str, ...]:
    scripts = project.get("scripts")
    return (str(next(iter(scripts))),) if isinstance(scripts, dict) and scripts else ()


def _called(name: str) -> str:
    """A name that images, services and labels may have."""
    return _NAME.sub("-", name.lower().rpartition("/")[2]).strip("-")[:_LONGEST].strip("-") or "mcp-server"


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _json_list(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _toml(text: str) -> dict[str, Any]:
    try:
        found = tomllib.loads(text).get("project")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
