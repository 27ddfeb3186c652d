"""References to secrets and settings: `${NAME}`, `${env:NAME}`, `${file:/path}`, `${vault:path#field}`, from text.

Parsing a text gives its parts. What stands in this process or on this machine's disk can be resolved at once; the
stores of secrets are asked by `secrets.cache`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from yett.errors import SecretError
from yett.secrets.files import read_file

LATER: Final = frozenset({"age", "op"})
"""Places that this version does not read: named, so that the error can say so."""

_HINT: Final = "use `${env:NAME}` or `${file:/path}`"
_START: Final = re.compile(r"\$\$\{|\$\{")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}\Z")
_FIELD: Final = re.compile(r"[^\x00-\x1f\x7f#{}]{1,256}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How a store's references are written: what `name` looks like, and whether a `#field` follows it."""

    name: re.Pattern[str]
    example: str
    field: bool | None = None
    """Must follow, must not, or (`None`) may."""


STORES: Final[Mapping[str, Grammar]] = {
    # Paths of Vault are segments; a version is asked for as its API does.
    "vault": Grammar(
        name=re.compile(r"(?!.*/\.{1,2}/)[A-Za-z0-9_@:+.-]+(/[A-Za-z0-9_@:+.-]+)+(\?version=[1-9][0-9]{0,8})?\Z"),
        example="${vault:kv/mcp/github#token}",
        field=True,
    ),
    # API reference of Secrets Manager, GetSecretValue: a name or an ARN.
    "aws-sm": Grammar(name=re.compile(r"[A-Za-z0-9/_+=.@:-]{1,2048}\Z"), example="${aws-sm:prod/github#token}"),
    "gcp-sm": Grammar(
        name=re.compile(r"[a-z0-9][a-z0-9.:-]{2,62}/[A-Za-z0-9_-]{1,255}(/[1-9][0-9]{0,8})?\Z"),
        example="${gcp-sm:my-project/github-token}",
    ),
    "azure-kv": Grammar(
        name=re.compile(r"[A-Za-z][A-Za-z0-9-]{2,23}/[A-Za-z0-9-]{1,127}(/[0-9a-f]{32})?\Z"),
        example="${azure-kv:my-vault/github-token}",
    ),
    # RFC 1123 labels and subdomains.
    "k8s": Grammar(
        name=re.compile(r"[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9.-]{0,252}\Z"),
        example="${k8s:namespace/secret#key}",
        field=True,
    ),
    "keyring": Grammar(
        name=re.compile(r"[^\x00-\x1f\x7f#]{1,255}/[^\x00-\x1f\x7f/#]{1,255}\Z"),
        example="${keyring:yett/github}",
        field=False,
    ),
    "sops": Grammar(
        name=re.compile(r"[^~\x00-\x1f\x7f#-][^\x00-\x1f\x7f#]{0,1023}\Z"),
        example="${sops:secrets.yaml#github.token}",
        field=True,
    ),
}
"""The stores that are asked while the gateway runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One `${...}`: `kind` is `env`, `file` or a store, `name` the variable, path or secret, `text` how it was written.

    `field` is what follows the `#`, empty where nothing does.
    """

    kind: str
    name: str
    text: str
    default: str | None = None
    field: str = ""

    @property
    def shown(self) -> str:
        """The text for people: `env:NAME` in single angle quotes, which no value and no shell syntax looks like."""
        return f"\u2039{self.kind}:{self.name}{'#' if self.field else ''}{self.field}\u203a"

    @property
    def stored(self) -> bool:
        """Whether a store has to be asked for it."""
        return self.kind in STORES


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Something that begins like a reference and is none. `text` is the offending part, `help` what to do."""

    message: str
    text: str
    help: str = _HINT


Part: TypeAlias = str | Reference


def parse(text: str) -> tuple[Part, ...] | Malformed:
    """Split a text into literals and references; empty literals are left out. `$${` stands for a literal `${`."""
    parts: list[Part] = []
    literal, position = "", 0
    while found := _START.search(text, position):
        literal += text[position : found.start()]
        position = found.end()
        if found.group() == "$${":
            literal += "${"
            continue
        end = text.find("}", position)
        if end < 0:
            return Malformed(
                message="a reference is not closed",
                text="${",
                help="end it with `}`; `$${` writes the two characters themselves",
            )
        reference = _reference(text[position:end], text[found.start() : end + 1])
        if isinstance(reference, Malformed):
            return reference
        parts += [literal, reference]
        literal, position = "", end + 1
    parts.append(literal + text[position:])
    return tuple(part for part in parts if part != "")


def _reference(body: str, text: str) -> Reference | Malformed:
    scheme, colon, rest = body.partition(":")
    if not colon or (rest.startswith("-") and scheme not in {"env", "file", *STORES}):
        return _environment(body, text)
    if scheme == "env":
        return _environment(rest, text)
    if scheme == "file":
        return _file(rest, text)
    return _stored(scheme, rest, text) if scheme in STORES else _unknown(scheme, text)


def _unknown(scheme: str, text: str) -> Malformed:
    if scheme == "input":
        return Malformed(message="a gateway has nobody to ask for `${input:}`", text=text)
    if scheme in LATER:
        return Malformed(message=f"`${{{scheme}:}}` references are not part of this version", text=text)
    return Malformed(message=f"unknown reference `{text}`", text=text)


def _environment(body: str, text: str) -> Reference | Malformed:
    name, has_default, default = body.partition(":-")
    if _NAME.match(name) is None:
        return Malformed(message=f"`{name}` cannot be the name of an environment variable", text=text)
    return Reference(kind="env", name=name, text=text, default=default if has_default else None)


def _file(path: str, text: str) -> Reference | Malformed:
    if not path or "\x00" in path:
        return Malformed(message="`${file:}` names no file", text=text, help="write `${file:/run/secrets/name}`")
    if path.startswith("~"):
        return Malformed(message="`~` is not expanded in `${file:}`", text=text, help="write the whole path")
    return Reference(kind="file", name=path, text=text)


def _stored(kind: str, body: str, text: str) -> Reference | Malformed:
    grammar = STORES[kind]
    name, mark, field = body.partition("#")
    hint = f"write it like `{grammar.example}`"
    if grammar.name.match(name) is None:
        return Malformed(message=f"`{text}` does not name a secret", text=text, help=hint)
    if grammar.field is True and not field:
        return Malformed(message=f"`{text}` does not say which field of the secret is meant", text=text, help=hint)
    if grammar.field is False and mark:
        return Malformed(message=f"a secret of `${{{kind}:}}` has no fields", text=text, help=hint)
    if mark and _FIELD.match(field) is None:
        return Malformed(message=f"`{text}` names no field after its `#`", text=text, help=hint)
    return Reference(kind=kind, name=name, field=field, text=text)


def resolve(reference: Reference, *, environment: Mapping[str, str], folder: Path, mounts: Sequence[Path] = ()) -> str:
    """Give a variable's value or a file's content. Relative paths start at `folder`; `mounts` as in `read_file`.

    Raises `SecretError`, which never holds a value.
    """
    if reference.kind == "file":
        return read_file(folder / reference.name, mounts)
    value = environment.get(reference.name, reference.default)
    if value is None:
        raise SecretError(f"the environment variable `{reference.name}` is not set")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise SecretError(f"the environment variable `{reference.name}` is not UTF-8 text") from None
    return value
