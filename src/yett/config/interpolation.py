"""Puts values in place of `${...}` references, and finds the secrets that should have been references.

Secret places (headers, environment, the ledger's key) get `Secret`s. Everything else is shown in logs and takes no
secrets. Roles and tests take no references at all: the file alone says what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from yett.config import inline_secrets
from yett.config.node import Entry, List, Map, Node, Scalar, Span
from yett.config.node import Path as KeyPath
from yett.config.permitted import Permitted
from yett.config.report import Report
from yett.errors import SecretError
from yett.secrets.live import LiveSecret
from yett.secrets.references import Malformed, Part, Reference, parse, resolve
from yett.secrets.secret import Secret

_WRITTEN_OUT: Final = frozenset({"roles", "protect"})
_PERMISSIONS: Final = frozenset({"env", "files", "mounts"})
"""Of the section `secrets`: what says which references may be read takes none."""
_IN_ENV = "pass it in `env`, as a reference: arguments are visible to everybody on the machine"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What references are resolved against. Without `secrets`, secrets stay unread and settings are resolved."""

    environment: Mapping[str, str]
    folder: Path
    secrets: bool = True


def interpolate(root: Map, surroundings: Surroundings, report: Report) -> Map:
    """The tree with every reference replaced; one that cannot be replaced is reported and stays."""
    return _Interpolation(surroundings, report, Permitted(root, surroundings.folder)).map(root, ())


class _Interpolation:
    def __init__(self, surroundings: Surroundings, report: Report, permitted: Permitted) -> None:
        self._surroundings = surroundings
        self._report = report
        self._permitted = permitted

    def map(self, node: Map, path: KeyPath) -> Map:
        entries = {key: Entry(entry.span, self._node(entry.node, (*path, key))) for key, entry in node.entries.items()}
        return replace(node, entries=entries)

    def _node(self, node: Node, path: KeyPath) -> Node:
        match node:
            case Map():
                return self.map(node, path)
            case List():
                if _is_args(path):
                    self._check_arguments(node.items)
                return replace(node, items=[self._node(item, (*path, i)) for i, item in enumerate(node.items)])
            case Scalar() if isinstance(node.value, str):
                return replace(node, value=self._text(node.value, node.span, path))
            case _:
                return node

    def _text(self, text: str, span: Span, path: KeyPath) -> str | Secret:
        if _holds_secret(text, path):
            self._report.blot(span)
        if path[0] == "tests":
            return text
        parts = parse(text)
        if isinstance(parts, Malformed):
            self._error(parts.message, span, parts.help, parts.text)
            return Secret(text) if _is_secret(path) else text
        written = next((part.text for part in parts if isinstance(part, Reference)), None)
        if written and (path[0] in _WRITTEN_OUT or (path[0] == "secrets" and path[1:2] and path[1] in _PERMISSIONS)):
            hint = "write the value: the file alone says what is allowed"
            self._error(f"references are not read in `{path[0]}`", span, hint, written)
            return text
        return self._secret(parts, text, span, path) if _is_secret(path) else self._setting(parts, text, span, path)

    def _secret(self, parts: Sequence[Part], text: str, span: Span, path: KeyPath) -> Secret:
        name = str(path[-1])
        credential = _is_credential(path)
        if not any(isinstance(part, Reference) for part in parts):
            inline = text != "" and (credential or inline_secrets.looks_secret(text))
            if inline and not inline_secrets.is_path_to_credentials(name, text):
                self._error(f"`{name}` holds a secret in clear text", span, _as_reference(path, text))
            return Secret("".join(map(str, parts)), shown=text)
        first: dict[Reference, str] = {}
        for part in parts:
            if (
                isinstance(part, Reference)
                and (found := self._value(part, span, path, credential=credential)) is not None
            ):
                first[part] = found
        live = LiveSecret(tuple(parts), first=first)
        if live.followed:
            return live
        # Nothing of it can change: the short way, for it may go with every request.
        return Secret(live.reveal() if live.known else None, shown=live.shown)

    def _value(self, reference: Reference, span: Span, path: KeyPath, *, credential: bool) -> str | None:
        """What is known of a reference when the config is read: nothing, where a store will have to be asked."""
        if credential and reference.default is not None:
            hint = "remove the default: it would be a secret in clear text, or none at all"
            self._error("a default for a secret", span, hint, reference.text)
            return None
        if reference.stored:
            self._check_store(reference, span, path)
            return None
        return self._resolved(reference, span) if self._surroundings.secrets else None

    def _check_store(self, reference: Reference, span: Span, path: KeyPath) -> None:
        refusal = self._permitted.refusal(reference)
        if path[0] == "secrets":
            hint = "use `${file:/path}` or `${env:NAME}`: what opens a store cannot lie in one"
            self._error("a store cannot be opened with a secret of a store", span, hint, reference.text)
        elif refusal:
            self._error(refusal, span, "add it there, or use another reference", reference.text)
        elif reference.kind == "vault" and not self._permitted.vault:
            hint = "add `secrets: { vault: { address: https://vault.example.com:8200, kubernetes: { role: yett } } }`"
            self._error("`secrets.vault` is missing: nothing says where Vault is", span, hint, reference.text)

    def _setting(self, parts: Sequence[Part], text: str, span: Span, path: KeyPath) -> str:
        value = ""
        for part in parts:
            if isinstance(part, str):
                value += part
                continue
            if part.kind != "env" or inline_secrets.is_credential_variable(part.name):
                key = "args" if _is_args(path[:-1]) else path[-1]
                hint = _IN_ENV if key == "args" else "secrets belong into `headers`, `env` and `ledger.key`"
                self._error(f"a secret in `{key}`, which is not kept secret", span, hint, part.text)
                return text
            found = self._resolved(part, span)
            if found is None:
                return text
            value += found
        # Arguments have been looked at together, and the URL of a server is looked at by its own parser.
        if inline_secrets.looks_secret(value) and path[0] != "servers":
            self._error("a secret in clear text", span, "secrets belong into `headers`, `env` and `ledger.key`")
        return value

    def _resolved(self, reference: Reference, span: Span) -> str | None:
        refusal = self._permitted.refusal(reference)
        if refusal:
            self._error(refusal, span, "add it there, or use another reference", reference.text)
            return None
        around = self._surroundings
        try:
            return resolve(
                reference, environment=around.environment, folder=around.folder, mounts=self._permitted.mounts
            )
        except SecretError as error:
            hint = f"set `{reference.name}` where Yett is started" if reference.kind == "env" else ""
            self._error(str(error), span, hint, reference.text)
            return None

    def _check_arguments(self, items: Sequence[Node]) -> None:
        option = False
        for item in items:
            text = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""
            follows = option and not text.startswith("-") and text != ""
            if follows or inline_secrets.is_credential_assignment(text) or inline_secrets.looks_secret(text):
                self._report.blot(item.span)
                self._error("a secret among the arguments", item.span, _IN_ENV)
            option = inline_secrets.is_credential_option(text)

    def _error(self, message: str, span: Span, hint: str, part: str = "") -> None:
        self._report.error(message, self._report.within(span, part), help=hint, code="secret")


def _is_secret(path: KeyPath) -> bool:
    match path:
        case ("servers", _, "headers" | "env", str()) | ("ledger", "key"):
            return True
        case ("servers", _, "oauth", "client_secret" | "private_key") | ("connections", "key"):
            return True
        case ("servers", _, "oauth", "identity", "client_secret" | "private_key"):
            return True
        case (
            ("auth", *_, "introspection", "client_secret")
            | ("secrets", "vault", "token")
            | ("secrets", "vault", "approle", "secret_id")
        ):
            return True
        case ("secrets", "vault", "jwt", "token") | ("secrets", "azure", "client_secret"):
            return True
        case _:
            return False


def _is_credential(path: KeyPath) -> bool:
    match path:
        case ("servers", _, "headers", str(name)):
            return inline_secrets.is_credential_header(name)
        case ("servers", _, "env", str(name)):
            return inline_secrets.is_credential_variable(name)
        case _:
            return True


def _is_args(path: KeyPath) -> bool:
    match path:
        case ("servers", _, "args"):
            return True
        case _:
            return False


def _holds_secret(text: str, path: KeyPath) -> bool:
    if "${" in text or path == ("tls", "key"):
        return False
    name = path[-1] if isinstance(path[-1], str) and len(path) > 1 else ""
    named = inline_secrets.is_credential_header(name) or inline_secrets.is_credential_variable(name)
    return named or inline_secrets.looks_secret(text)


def _as_reference(path: KeyPath, text: str) -> str:
    match path:
        case ("servers", str(server), "headers", str(name)):
            variable = f"{server}_{'token' if name.lower() == 'authorization' else name}"
        case ("servers", _, "env", str(name)):
            variable = name
        case _:
            return "put it into a file of mode 600 and write `${file:/path}`"
    variable = "".join(letter if letter.isalnum() else "_" for letter in variable.upper())
    scheme = text.partition(" ")[0] + " " if text.lower().startswith(("bearer ", "basic ", "token ")) else ""
    return f'write a reference: "{scheme}${{env:{variable}}}"'
