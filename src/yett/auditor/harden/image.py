"""A hardened Dockerfile: the one that is there, mended, or a new one."""

from __future__ import annotations

import json
import re
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile, Instruction
from yett.auditor.documents.secrecy import secret_kind
from yett.auditor.harden.facts import Facts

USER: Final = "10001:10001"
BASES: Final = {"python": "python:3.13-slim", "node": "node:22-slim"}
_ASSIGNED: Final = re.compile(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S+)")
IGNORED: Final = """\
# What no image needs, and nobody should get with it.
.git
.env
.env.*
*.pem
*.key
.venv
node_modules
__pycache__
"""
"""The `.dockerignore` beside it: its `COPY . .` takes in what is left."""
_GONE: Final = "\0"
_LOGIN: Final = re.compile(r"(\b(?:useradd|adduser|usermod)\b[^|;&]*?\s(?:-s|--shell)[= ]+)/\S*?/?\w*sh\b")


def dockerfile(facts: Facts, base: str = "") -> str:
    """The file, with `base` for an image that is pinned; without it the build asks for one."""
    return mended(facts.dockerfile) if facts.dockerfile is not None else _new(facts, base)


def mended(found: Dockerfile) -> str:
    """The file that is there: run by a number, without credentials, without login shells. The rest stays as it is."""
    lines = list(found.lines)
    stages = found.final
    users = [each for stage in stages for each in stage.instructions if each.name == "USER"]
    for stage in found.stages:
        for each in stage.instructions:
            if each.name in {"ENV", "ARG"} and (kept := _without_secrets(each)) is not None:
                _replace(lines, each, kept)
            elif each.name == "RUN" and _LOGIN.search(each.value):
                for number in range(each.line - 1, each.end_line):
                    lines[number] = _LOGIN.sub(r"\1/usr/sbin/nologin", lines[number])
    for each in users:
        _replace(lines, each, f"USER {USER}")
    if not users:
        last = stages[0]
        starts = [each.line for each in last.instructions if each.name in {"CMD", "ENTRYPOINT"}]
        lines.insert(min(starts) - 1 if starts else len(lines), f"USER {USER}")
    return "\n".join(line for line in lines if line != _GONE).rstrip("\n") + "\n"


def _replace(lines: list[str], each: Instruction, text: str) -> None:
    lines[each.line - 1] = text
    for number in range(each.line, each.end_line):
        lines[number] = _GONE


def _without_secrets(each: Instruction) -> str | None:
    """The instruction without the credentials in it; None where there are none."""
    secret = [name for name, value in _ASSIGNED.findall(each.value) if secret_kind(name, value.strip("\"'"))]
    if not secret:
        return None
    kept = [f"{name}={value}" for name, value in _ASSIGNED.findall(each.value) if name not in secret]
    note = f"# {', '.join(secret)}: give it at run time, from a secret store"
    return f"{note}\n{each.name} {' '.join(kept)}" if kept else note


def _new(facts: Facts, base: str) -> str:
    wanted = BASES[facts.language]
    begin = (
        [f"FROM {base}"]
        if base
        else [
            "# Pin the base by its digest; the build asks for it:",
            f"#   docker build --build-arg BASE={wanted}@sha256:... .",
            f"# `docker buildx imagetools inspect {wanted}` prints the digest.",
            "ARG BASE",
            "FROM ${BASE}",
        ]
    )
    return "\n".join(
        [
            *begin,
            "WORKDIR /app",
            *_installed(facts),
            f"USER {USER}",
            f"EXPOSE {facts.port}",
            f"CMD {json.dumps(list(facts.command))}",
            "",
        ]
    )


def _installed(facts: Facts) -> list[str]:
    if facts.language == "node":
        lock = f"COPY package.json {facts.lock} ./" if facts.lock else "COPY package.json ./"
        install = (
            "RUN npm ci --omit=dev --ignore-scripts" if facts.lock else "RUN npm install --omit=dev --ignore-scripts"
        )
        return ["ENV NODE_ENV=production", lock, install, "COPY . ."]
    if facts.lock.endswith((".txt", ".lock")) and facts.lock != "uv.lock":
        return [f"COPY {facts.lock} ./", f"RUN pip install --no-cache-dir -r {facts.lock}", "COPY . ."]
    return ["COPY . .", "RUN pip install --no-cache-dir ."]
