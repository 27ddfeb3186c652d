"""Argument vectors: which argument is the program, which may become options, and which is handed to a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.analysis.marks import LISTED, OPTION
from yett.auditor.analysis.values import NOTHING, Value, texts

SHELLS: Final = frozenset(
    ("sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "osascript", "fish")
)
_TAKES_COMMAND: Final = frozenset(
    ("-c", "-lc", "-ec", "-ic", "-Command", "-command", "/c", "/C", "-e", "-EncodedCommand")
)
# Interpreters: what follows is a program in their own language.
_INTERPRETERS: Final = frozenset(("python", "python3", "node", "ruby", "perl", "php", "deno"))

# Programs with an option that runs another program, writes a file, or changes where it connects, by their manuals.
_RISKY: Final = frozenset(
    "git ssh scp sftp rsync tar curl wget find xargs zip unzip 7z ffmpeg yt-dlp youtube-dl hg svn sed awk gawk "
    "rg npm npx pip "
    "pip3 uvx man nmap psql mysql sqlite3 mongosh openssl gpg convert magick pandoc libreoffice soffice chrome "
    "chromium "
    "google-chrome firefox gh make cmake cargo go tcpdump tshark sudo su env nice timeout watch script vim vi "
    "emacs less "
    "java mvn gradle terraform ansible ansible-playbook helm aws gcloud jq sqlmap strace gdb dot plantuml".split()
)


def argv(command: Value) -> tuple[Value, list[Value], list[Value]]:
    """The program, the arguments that may be taken for options, and the texts that a shell reads."""
    if command.items is None:
        # A list that was made of a text: its first word is the program, and any word may be an option.
        words = Value(taint=command.taint)
        return words, [words] if command.taint else [], []  # words of a stranger: any program's options
    if not command.items:
        return NOTHING, [], []
    program, *rest = command.items
    shell = [rest[i] for i in _commands(program, rest)]
    name = (program.text or "").rsplit("/", 1)[-1].removesuffix(".exe")
    risky = name in _RISKY or not command.items[0].text
    return program, [each for each in _positional(rest) if risky or _split(each)], shell


def _split(value: Value) -> bool:
    """The argument is a list that was made of one text: whoever wrote the text chose where arguments begin."""
    return any(mark & LISTED for mark in value.taint.values())


def _commands(program: Value, rest: list[Value]) -> Iterator[int]:
    name = (program.text or "").rsplit("/", 1)[-1]
    if name not in SHELLS and name not in _INTERPRETERS:
        return
    for i, each in enumerate(rest[:-1]):
        if each.text in _TAKES_COMMAND:
            yield i + 1


def _positional(rest: list[Value]) -> Iterator[Value]:
    before = ""
    for each in rest:
        if each.text == "--":
            return
        if each.taint and not (before.startswith("-") and "=" not in before):
            yield each
        before = each.text or ""


def shell_among(values: list[Value]) -> Iterator[Value]:
    """`["sh", "-c", text]` wherever it is made: remote shells take it so. The shell may be a caller's choice too."""
    for value in values:
        items = value.items or ()
        for i in range(len(items) - 2):
            names = texts(items[i])
            known = any(name.rsplit("/", 1)[-1] in SHELLS for name in names)
            if (known or (not names and len(items) == 3)) and items[i + 1].text in _TAKES_COMMAND:
                yield items[i + 2]


def words(value: Value) -> Value:
    """A whole command line split into words. Its options are what such a tool is for; its program is not."""
    return Value(taint={o: (m | LISTED) & ~OPTION for o, m in value.taint.items()}, head=value.head)
