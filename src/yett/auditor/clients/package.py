"""Package: what a command fetches and runs, and whether it is always the same."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from yett.auditor.image import Image, parse_image

_EXACT: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+.]?[0-9A-Za-z][0-9A-Za-z.+-]*)?")
_COMMIT: Final = re.compile(r"(?:#|@)[0-9a-f]{40}(?:[#?].*)?\Z")
_PYTHON: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?(?P<rest>.*)")
_REMOTE: Final = re.compile(r"(?:git\+|https?://|git://|ssh://|github:|gitlab:|[\w.-]+/[\w.-]+(?:#|$))")

# Runners, and how many words of them come before the package.
_NPM: Final[dict[tuple[str, ...], int]] = {
    ("npx",): 1, ("bunx",): 1, ("pnpx",): 1, ("bun", "x"): 2, ("pnpm", "dlx"): 2, ("yarn", "dlx"): 2,
    ("npm", "exec"): 2, ("npm", "x"): 2,
}  # fmt: skip
_PYPI: Final[dict[tuple[str, ...], int]] = {("uvx",): 1, ("uv", "tool", "run"): 3, ("pipx", "run"): 2}
_CONTAINER: Final = frozenset({"docker", "podman", "nerdctl"})
_NPM_PACKAGE: Final = frozenset({"-p", "--package"})
_PYPI_PACKAGE: Final = frozenset({"--from", "--spec"})
_NPM_VALUES: Final = frozenset(
    {"-c", "--call", "-w", "--workspace", "--registry", "--cache", "--prefix", "--userconfig"}
)
_PYPI_VALUES: Final = frozenset(
    {"--with", "--with-editable", "--with-requirements", "-p", "--python", "-i", "--index-url", "--index", "-f"}
    | {
        "--default-index",
        "--extra-index-url",
        "--find-links",
        "--cache-dir",
        "--directory",
        "--project",
        "--config-file",
    }
    | {"-c", "--constraints", "--overrides", "--env-file", "--pip-args", "--index-strategy", "--refresh-package"}
)
_CONTAINER_FLAGS: Final = frozenset(
    {
        "-i",
        "-t",
        "-it",
        "-ti",
        "-d",
        "-dit",
        "-P",
        "--rm",
        "--init",
        "--interactive",
        "--tty",
        "--detach",
        "--privileged",
    }
    | {
        "--read-only",
        "--publish-all",
        "--no-healthcheck",
        "--oom-kill-disable",
        "--sig-proxy",
        "--quiet",
        "-q",
        "--help",
    }
)
_WRAPPERS: Final = frozenset({"sudo", "doas", "env", "nice", "nohup", "time", "wsl", "wsl.exe", "exec"})
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A package of npm or PyPI, or an image. `position` is the word of the command that names it."""

    ecosystem: Literal["npm", "pypi", "image"]
    name: str
    version: str
    pinned: bool
    position: int
    image: Image | None = None


def from_command(words: Sequence[str]) -> Package | None:
    """What a command line fetches and runs; None where it fetches nothing that we know of."""
    start = program_at(words)
    rest = [_program(words[start]), *words[start + 1 :]] if start < len(words) else []
    if rest and rest[0] in _CONTAINER:
        return _image(rest, start)
    for runners, read, options, values in (
        (_NPM, npm, _NPM_PACKAGE, _NPM_VALUES),
        (_PYPI, pypi, _PYPI_PACKAGE, _PYPI_VALUES),
    ):
        for runner, taken in runners.items():
            if tuple(rest[:taken]) == runner:
                found = _first(rest, taken, options, values)
                return None if found is None else read(found[1], start + found[0])
    return None


def program_at(words: Sequence[str]) -> int:
    """The position of the program itself, behind `env A=b`, `sudo -E`, `cmd /c`."""
    at = 0
    while at < len(words):
        word = _program(words[at])
        if word in _WRAPPERS:
            at += 1
            while at < len(words) and (words[at].startswith("-") or _ASSIGNMENT.match(words[at])):
                at += 1
        elif word == "cmd" and at + 1 < len(words) and words[at + 1].lower() in {"/c", "/k"}:
            at += 2
        else:
            break
    return at


def split(command: str) -> list[str]:
    """A command line as words; one word where its quotes do not close."""
    try:
        return shlex.split(command)
    except ValueError:
        return [command]


def npm(spec: str, position: int) -> Package | None:
    """`@scope/name@1.2.3`."""
    if spec.startswith((".", "/", "~", "file:")) or "${" in spec:
        return None
    if _REMOTE.match(spec) and not spec.startswith("@"):
        return Package(ecosystem="npm", name=spec, version="", pinned=bool(_COMMIT.search(spec)), position=position)
    name, _, version = spec.removeprefix("npm:").rpartition("@") if "@" in spec[1:] else (spec, "", "")
    return Package(
        ecosystem="npm", name=name, version=version, pinned=bool(_EXACT.fullmatch(version)), position=position
    )


def pypi(spec: str, position: int) -> Package | None:
    """`name==1.2.3`, `name@1.2.3`, `git+https://...@commit`."""
    if spec.startswith((".", "/", "~", "file:")) or "${" in spec:
        return None
    if _REMOTE.match(spec):
        return Package(ecosystem="pypi", name=spec, version="", pinned=bool(_COMMIT.search(spec)), position=position)
    found = _PYTHON.fullmatch(spec)
    if found is None:
        return None
    rest = found["rest"].replace(" ", "")
    version = rest.lstrip("=@") if rest.startswith(("==", "@")) else rest
    pinned = rest.startswith(("==", "@")) and bool(_EXACT.fullmatch(version))
    return Package(ecosystem="pypi", name=found["name"], version=version, pinned=pinned, position=position)


def _first(
    words: Sequence[str], at: int, package_options: frozenset[str], value_options: frozenset[str]
) -> tuple[int, str] | None:
    """The word that names the package: behind `--package`, or the first that is no option."""
    while at < len(words):
        word = words[at]
        option, equals, value = word.partition("=")
        if option in package_options:
            return (at, value) if equals else ((at + 1, words[at + 1]) if at + 1 < len(words) else None)
        if word == "--":
            at += 1
            continue
        if not word.startswith("-"):
            return at, word
        at += 2 if word in value_options else 1
    return None


def _image(words: Sequence[str], start: int) -> Package | None:
    at = 1
    if words[1:2] == ["container"]:
        at = 2
    if words[at : at + 1] not in (["run"], ["create"]):
        return None
    at += 1
    while at < len(words) and words[at].startswith("-"):
        word = words[at]
        at += 1 if "=" in word or word in _CONTAINER_FLAGS or _attached(word) else 2
    image = parse_image(words[at]) if at < len(words) else None
    if image is None:
        return None
    return Package(
        ecosystem="image",
        name=image.name,
        version=image.tag,
        pinned=bool(image.digest),
        position=start + at,
        image=image,
    )


def _attached(word: str) -> bool:
    """`-p3000:3000`, `-eNAME`: a short option with its value in one word."""
    return not word.startswith("--") and len(word) > 2 and word[1] in "pevumlhw"  # noqa: PLR2004 - `-p` alone takes the next


def _program(word: str) -> str:
    name = re.split(r"[/\\]", word)[-1].lower()
    for ending in (".exe", ".cmd", ".bat"):
        name = name.removesuffix(ending)
    return name
