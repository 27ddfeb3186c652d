"""What a command line does beyond starting a program: scripts, downloads, privileges, folders, plain URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from yett.auditor.clients.package import program_at
from yett.config.node import Scalar

_SHELLS: Final = frozenset({"sh", "bash", "zsh", "dash", "ksh", "fish", "powershell", "pwsh"})
_SCRIPT_OPTION: Final = re.compile(r"-[a-z]*c|(?i:-command|-encodedcommand|-enc|-e)")
_DOWNLOAD: Final = re.compile(
    r"(?i)\b(?:curl|wget|iwr|invoke-webrequest|invoke-restmethod|irm)\b[^|;&]{0,500}\|\s*(?:sudo\s+(?:-\S+\s+)*)?"
    r"(?:ba|z|da|k)?sh\b|\b(?:curl|wget|iwr|irm)\b[^|;&]{0,500}\|\s*(?:sudo\s+)?(?:python3?|node|perl|ruby|iex)\b"
    r"|(?:ba|z)?sh\s+<\(\s*(?:curl|wget)\b|\b(?:sh|bash|eval)\s+(?:-c\s+)?[\"']?\$\(\s*(?:curl|wget)\b"
    r"|\biex\b[^;]{0,40}\b(?:iwr|irm|downloadstring)\b"
)
_MOUNTS: Final = frozenset({"-v", "--volume", "--mount"})
_SOCKET: Final = re.compile(r"/(?:var/)?run/(?:docker|podman|containerd|crio)[\w/.-]*\.sock\b")
_HOME: Final = re.compile(
    r"(?:~|\$HOME|\$\{HOME\}|\$\{userHome\}|%USERPROFILE%|/home|/root|/Users|(?:/home|/Users)/[^/\\]+|[A-Za-z]:|[A-Za-z]:[\\/]Users"
    r"|[A-Za-z]:[\\/]Users[\\/][^\\/]+|/etc|/var|/mnt/[a-z]|/usr|/opt)?[\\/]*(?:\*\*?)?"
)
_ROUTE: Final = re.compile(r"(?i)path|route|endpoint|prefix|url|base")
_FOLDER: Final = re.compile(r"(?i)allow|dir|root|folder|workspace|file|paths")
_URL: Final = re.compile(r"http://[^\s\"'<>]+", re.IGNORECASE)
_DANGEROUS_CAPABILITIES: Final = re.compile(r"(?i)(?:cap_)?(?:all|sys_admin|sys_ptrace|sys_module|net_admin|dac_\w+)")


class Script(NamedTuple):
    """A shell's script: which shell, the script, and the word of the command line that it is."""

    shell: str
    text: str
    position: int


class Privilege(NamedTuple):
    """A right that a program should not have, and the word that gives it."""

    says: str
    position: int


def shell_script(words: Sequence[str]) -> Script | None:
    """The script that a command line hands to a shell, or None."""
    at = program_at(words)
    if at >= len(words):
        return None
    shell = re.split(r"[/\\]", words[at])[-1].lower().removesuffix(".exe")
    if shell not in _SHELLS:
        return None
    for position in range(at + 1, len(words) - 1):
        if _SCRIPT_OPTION.fullmatch(words[position]):
            return Script(shell, words[position + 1], position + 1)
        if not words[position].startswith("-"):
            return None
    return None


def downloaded_and_run(text: str) -> str:
    """The part of a script that runs what it downloads, cut short; empty where there is none."""
    found = _DOWNLOAD.search(text)
    return found.group()[:120] if found else ""


def privileges(words: Sequence[str]) -> Iterator[Privilege]:
    """Everything that makes a program the machine's master."""
    for position, word in enumerate(words[:2]):
        if word in {"sudo", "doas", "/usr/bin/sudo"}:
            yield Privilege(f"`{word}`", position)
    at = program_at(words)
    if at >= len(words) or words[at] not in {"docker", "podman", "nerdctl"}:
        return
    for position in range(at + 1, len(words)):
        option, _, value = words[position].partition("=")
        value = value or (words[position + 1] if position + 1 < len(words) else "")
        if says := _container_privilege(option, value):
            yield Privilege(says, position)


def _container_privilege(option: str, value: str) -> str:
    if option == "--privileged":
        return "`--privileged`"
    if option in _MOUNTS and _SOCKET.search(value):
        return "the container runtime's socket"
    if option in {"--network", "--net", "--pid", "--ipc", "--userns", "--uts"} and value == "host":
        return f"`{option}=host`"
    if option == "--cap-add" and _DANGEROUS_CAPABILITIES.fullmatch(value):
        return f"`--cap-add={value}`"
    return ""


def broad_folders(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Folders among the arguments that hold everything: the disk, the home, the system; and their position."""
    for position, word in enumerate(words[1:], 1):
        folder = _mounted(words[position - 1], word)
        if folder is None:
            folder = word.partition("=")[2] if word.startswith("--") and "=" in word else word
        if folder.strip("*") and _HOME.fullmatch(folder) and not _is_route(words[position - 1], word):
            yield position, folder


def remote_plain_urls(parts: Sequence[Scalar]) -> Iterator[tuple[Scalar, str]]:
    """Plain HTTP URLs of other machines, and their host."""
    for part in parts:
        for found in _URL.finditer(str(part.value)):
            host = host_of(found.group())
            if host and not is_local(host):
                yield part, host


def host_of(url: str) -> str:
    """The host of a URL; empty for what is none, and for one that a variable names."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return "" if "$" in host or "{" in host else host


def is_local(host: str) -> bool:
    """Whether a host is this machine: `localhost`, a loopback address, or a container's name for its host."""
    if host in {"localhost", "host.docker.internal", "host.containers.internal"} or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_route(before: str, word: str) -> bool:
    """Whether a `/` belongs to an option for a path of URLs: `--path /`, `--ssePath=/`."""
    option = word.partition("=")[0] if word.startswith("-") else before
    return option.startswith("-") and bool(_ROUTE.search(option)) and not _FOLDER.search(option)


def _mounted(option: str, word: str) -> str | None:
    """The host's folder of a mount, None where this is none."""
    if option in {"-v", "--volume"}:
        return word.partition(":")[0] if not word.startswith(("C:", "c:")) else word[:3]
    if option == "--mount" or word.startswith("--mount="):
        found = re.search(r"(?:source|src)=([^,]+)", word)
        return found[1] if found else ""
    return None
