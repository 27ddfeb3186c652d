"""Dockerfile: instructions with their lines, in stages, with the arguments of `FROM` filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.documents.document import text_lines
from yett.auditor.documents.secrecy import blotted
from yett.auditor.finding import Place
from yett.auditor.subject import Skipped, Text

LINES: Final = 20_000
"""Lines; the largest Dockerfile that we read has eight hundred."""

_KNOWN: Final = frozenset(
    {
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
    }
    | {"RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_NAME: Final = re.compile(r"(?i)(?:.*\.)?(?:docker|container)file(?:[.-].*)?")
_INSTRUCTION: Final = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+(.*)", re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?[ \t]*[\"']?([A-Za-z_]\w*)[\"']?")
_ESCAPE: Final = re.compile(r"#[ \t]*escape[ \t]*=[ \t]*([\\`])[ \t]*\Z", re.IGNORECASE)
_FROM: Final = re.compile(r"(?:--platform=\S+[ \t]+)?(\S+)(?:[ \t]+(?i:as)[ \t]+(\S+))?[ \t]*\Z")
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruction:
    """One instruction: its name in capitals, all that follows in one line, and where it begins and ends."""

    name: str
    value: str
    line: int
    end_line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """What one `FROM` begins. `base` has its arguments filled in; empty where one has no value."""

    base: str
    alias: str
    start: Instruction
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dockerfile(Text):
    """A Dockerfile."""

    stages: tuple[Stage, ...]

    @property
    def final(self) -> tuple[Stage, ...]:
        """The stage that is run and those it stands on, the last one first."""
        chain = [self.stages[-1]]
        while below := next((s for s in self.stages if s.alias and s.alias == chain[-1].base.lower()), None):
            if below in chain:
                break
            chain.append(below)
        return tuple(chain)

    def at(self, instruction: Instruction) -> Place:
        """The place of an instruction: its first line, without secrets."""
        text = blotted(self.lines[instruction.line - 1])
        return Place(
            path=self.path,
            line=instruction.line,
            column=1,
            end_line=instruction.line,
            end_column=len(text) + 1,
            text=text[: self.EXCERPT],
        )


def claims(path: str, content: str) -> bool:
    """Whether a file is one, by its name; templates of other tools are not."""
    return bool(_NAME.fullmatch(PurePosixPath(path).name)) and "FROM" in content.upper()


def parse(path: str, content: str) -> Dockerfile | Skipped:
    """Read it."""
    lines = text_lines(content)
    if len(lines) > LINES:
        return Skipped(path=path, why=f"a Dockerfile of more than {LINES} lines")
    stages = tuple(_stages(list(_instructions(lines))))
    if not stages:
        return Skipped(path=path, why="a Dockerfile without `FROM`")
    return Dockerfile(path=path, lines=lines, stages=stages)


def _instructions(lines: tuple[str, ...]) -> Iterator[Instruction]:
    found = _ESCAPE.match(lines[0]) if lines else None
    escape = found[1] if found else "\\"
    number = 0
    while number < len(lines):
        start = number
        whole, number = _joined(lines, number, escape)
        instruction = _INSTRUCTION.match(whole)
        if instruction is None or instruction[1].upper() not in _KNOWN:
            continue
        name, value = instruction[1].upper(), instruction[2].strip()
        for end in _HEREDOC.findall(value) if name in {"RUN", "COPY", "ADD"} else ():
            body = number
            while number < len(lines) and lines[number].strip() != end:
                number += 1
            value += "\n" + "\n".join(lines[body:number])
            number += 1
        yield Instruction(name=name, value=value, line=start + 1, end_line=min(number, len(lines)))


def _joined(lines: tuple[str, ...], number: int, escape: str) -> tuple[str, int]:
    """One logical line, comments and empty lines within it left out, and the number of the line behind it."""
    parts: list[str] = []
    while number < len(lines):
        line = lines[number].strip()
        number += 1
        if line.startswith("#") or not line:
            if parts:
                continue
            break
        parts.append(line.removesuffix(escape).strip())
        if not line.endswith(escape):
            break
    return " ".join(parts), number


def _stages(instructions: list[Instruction]) -> Iterator[Stage]:
    arguments: dict[str, str] = {}
    starts = [n for n, each in enumerate(instructions) if each.name == "FROM" and _FROM.match(each.value)]
    if not starts:
        return
    for each in instructions[: starts[0]]:
        if each.name == "ARG":
            name, _, value = each.value.partition("=")
            arguments[name.strip()] = value.strip().strip("\"'")
    for start, end in zip(starts, [*starts[1:], len(instructions)], strict=True):
        found = _FROM.match(instructions[start].value)
        base, alias = (found[1], (found[2] or "").lower()) if found else ("", "")
        yield Stage(
            base=_filled(base, arguments),
            alias=alias,
            start=instructions[start],
            instructions=tuple(instructions[start + 1 : end]),
        )


def _filled(text: str, arguments: dict[str, str]) -> str:
    unknown = False

    def value(found: re.Match[str]) -> str:
        nonlocal unknown
        given = arguments.get(found[1] or found[3]) or found[2] or ""
        unknown = unknown or not given
        return given

    filled = _VARIABLE.sub(value, text)
    return "" if unknown else filled
