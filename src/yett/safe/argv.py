"""A command as a template: fixed words with places for values, and what may stand in them.

    ["git", "log", "--max-count={count}", "--", "{path}"]

There is no shell, so a value is one argument and can never become two. What it could still become is an option: a value
that starts an argument and begins with `-` is refused, unless a literal `--` stands before it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yett.errors import UnsafeInput

ARGUMENT_BYTES: Final = 64 * 1024
"""One value. Linux allows 128 KiB for one argument."""
VALUES: Final = 1_000
"""Values that one list may hold."""

_PIECE: Final = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}|[{}]")
_OPTION_NAME: Final = re.compile(r"-+|--[^=]*|-[^-=][^=]+")
"""What stands before a place in an option's name rather than in its value: `-{x}`, `--{x}`, `--max{x}`, `-ab{x}`."""

_SHELLS: Final = frozenset({"ash", "bash", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "zsh"})
_EVALUATING: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_SHELLS, frozenset({"-c"})),
    "cmd": frozenset({"/c", "/k", "/r"}),
    "deno": frozenset({"eval"}),
    "node": frozenset({"-e", "--eval", "-p", "--print", "-pe"}),
    "perl": frozenset({"-e", "-E"}),
    "php": frozenset({"-r"}),
    "powershell": frozenset({"-c", "-command", "-encodedcommand", "-e", "-ec"}),
    "pwsh": frozenset({"-c", "-command", "-encodedcommand", "-e", "-ec"}),
    "python": frozenset({"-c"}),
    "ruby": frozenset({"-e"}),
}
"""Programs that run one of their arguments as code, and the options that say so."""

Value = str | int | float | os.PathLike[str]


@dataclass(frozen=True, kw_only=True)
class Word:
    """One argument of the template: literal pieces, and names of parameters in between (`pieces[1::2]`)."""

    pieces: tuple[str, ...]
    after_separator: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters of this argument."""
        return self.pieces[1::2]

    @property
    def whole(self) -> bool:
        """Whether a value is the whole argument: then it may be a list, one argument each."""
        return len(self.pieces) == 3 and not self.pieces[0] and not self.pieces[2]  # noqa: PLR2004 - text, name, text


@dataclass(frozen=True)
class Template:
    """An argument vector with places. Making one raises `ValueError` for what could never be safe."""

    words: tuple[Word, ...]

    @classmethod
    def of(cls, argv: Sequence[str]) -> Template:
        """Read a template. The program's name, and code that an interpreter runs, have no places."""
        if isinstance(argv, str) or not argv or not argv[0]:
            raise ValueError('a command is a list of words that begins with a program: `["git", "log"]`')
        words: list[Word] = []
        separated = False
        for text in argv:
            words.append(Word(pieces=_pieces(text), after_separator=separated))
            separated = separated or text == "--"
        if words[0].names:
            raise ValueError(f"the program itself cannot be a parameter: `{argv[0]}`")
        _refuse_code(argv, words)
        for text, word in zip(argv, words, strict=True):
            if word.names and not word.after_separator and _OPTION_NAME.fullmatch(word.pieces[0]):
                raise ValueError(f"a parameter in the name of an option: `{text}`: write `--name={{value}}`")
        return cls(tuple(words))

    def fill(self, values: Mapping[str, Value | Sequence[Value]]) -> list[str]:
        """Return the argument vector. Raises `UnsafeInput` for values, `TypeError` for missing or unknown names."""
        wanted = {name for word in self.words for name in word.names}
        if wanted != values.keys():
            missing, unknown = sorted(wanted - values.keys()), sorted(values.keys() - wanted)
            raise TypeError(f"the command takes other parameters: missing {missing}, unknown {unknown}")
        return [argument for word in self.words for argument in _filled(word, values)]


def _pieces(text: str) -> tuple[str, ...]:
    if "\x00" in text:
        raise ValueError("a NUL character cannot be passed to a program")
    pieces = [""]
    end = 0
    for match in _PIECE.finditer(text):
        pieces[-1] += text[end : match.start()]
        end = match.end()
        if match[1]:
            pieces += [match[1], ""]
        elif match[0] in ("{{", "}}"):
            pieces[-1] += match[0][0]
        else:
            raise ValueError(f"`{text}` has a brace that is no parameter: write `{{name}}`, or `{{{{` for a brace")
    pieces[-1] += text[end:]
    return tuple(pieces)


def _refuse_code(argv: Sequence[str], words: Sequence[Word]) -> None:
    """A value in code that an interpreter runs is what having no shell is to prevent. `env sh -c` is `sh -c`, too."""
    interpreter, flags = "", frozenset[str]()
    evaluates = False
    for text, word in zip(argv, words, strict=True):
        if evaluates and word.names:
            raise ValueError(f"`{interpreter}` would run `{text}` as code: pass values as arguments of a program")
        if not interpreter:
            interpreter = _program(text)
            flags = _EVALUATING.get(interpreter, frozenset())
            interpreter = interpreter if flags else ""
        else:
            evaluates = evaluates or text.lower() in flags or _bundled(interpreter, text)


def _program(text: str) -> str:
    name = re.split(r"[/\\]", text)[-1].lower().removesuffix(".exe")
    return re.sub(r"[0-9.]+$", "", name)


def _bundled(interpreter: str, text: str) -> bool:
    """Shells take `-c` together with others: `bash -lc`."""
    return interpreter in _SHELLS and re.match(r"-[a-z]*c", text) is not None


def _filled(word: Word, values: Mapping[str, Value | Sequence[Value]]) -> list[str]:
    if not word.names:
        return [word.pieces[0]]
    if word.whole:
        name = word.names[0]
        given = values[name]
        if isinstance(given, list | tuple):
            if len(given) > VALUES:
                raise UnsafeInput(f"`{name}` has more than {VALUES} values")
            return [_argument(word, name, _text(name, value)) for value in given]
    filled = list(word.pieces)
    for place, name in enumerate(word.names):
        filled[2 * place + 1] = _text(name, values[name])
    return [_argument(word, word.names[0], "".join(filled))]


def _argument(word: Word, name: str, argument: str) -> str:
    if word.pieces[0]:
        return argument  # its first characters are the author's
    if argument == "-" or (argument.startswith("-") and not word.after_separator):
        raise UnsafeInput(f"`{name}` looks like an option: `{argument[:40]}`")
    if sys.platform == "win32" and argument.startswith("/"):
        raise UnsafeInput(f"`{name}` looks like an option: `{argument[:40]}`")
    return argument


def _text(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | os.PathLike):
        raise TypeError(f"`{name}` is a {type(value).__name__}: text, a number or a path is needed")
    text = os.fspath(value) if isinstance(value, os.PathLike) else str(value)
    try:
        size = len(os.fsencode(text))
    except UnicodeEncodeError:
        raise UnsafeInput(f"`{name}` holds characters that cannot be passed to a program") from None
    if "\x00" in text:
        raise UnsafeInput(f"`{name}` holds a NUL character, which cannot be passed to a program")
    if size > ARGUMENT_BYTES:
        raise UnsafeInput(f"`{name}` is longer than {ARGUMENT_BYTES} bytes")
    return text
