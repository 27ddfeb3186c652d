"""Turns what pydantic found wrong into words a user can act on, at the place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from yett.config import hints, issuers, limits, presets, roles, schema, servers, sign_in, stdio, stores, upstream_oauth
from yett.config.node import Map, Scalar, Span, find, spot
from yett.config.node import Path as KeyPath
from yett.config.report import Report
from yett.config.wording import kind

_SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "": schema.Config,
    "listen": schema.Listen,
    "tls": schema.Tls,
    "auth": sign_in.Auth,
    **{f"auth.{name}": section for name, section in presets.PRESETS.items()},
    "auth.claims": issuers.ClaimNames,
    "auth.introspection": issuers.Introspection,
    "auth.stdio": stdio.Stdio,
    "servers.http": servers.HttpServer,
    "servers.process": servers.ProcessServer,
    "servers.inline": servers.InlineServer,
    "connections": upstream_oauth.Connections,
    "servers.oauth": upstream_oauth.OAuth,
    "servers.oauth.identity": upstream_oauth.IdentityIssuer,
    "roles.*": roles.Role,
    "limits": limits.Limits,
    "limits.*": limits.Rate,
    "ledger": schema.Ledger,
    "tests.*": roles.PolicyTest,
    "secrets": stores.Secrets,
    "secrets.vault": stores.Vault,
    "secrets.vault.approle": stores.AppRole,
    "secrets.vault.kubernetes": stores.KubernetesRole,
    "secrets.vault.jwt": stores.JwtRole,
    "secrets.aws": stores.Aws,
    "secrets.gcp": stores.Gcp,
    "secrets.azure": stores.Azure,
    "secrets.kubernetes": stores.Kubernetes,
    "secrets.sops": stores.Sops,
    "admin": schema.Admin,
}
_EXPECTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "`true` or `false`",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_RETYPED: Final = {
    "a whole number": "write digits only, without quotes, leading zeros or `_`",
    "`true` or `false`": "write `true` or `false`, without quotes",
}
_MISSING: Final[Mapping[str, tuple[str, str]]] = {
    "auth": ("`auth` is missing: nobody could sign in", '"auth": {{ "tokens": "tokens.yaml" }}'),
    "servers": (
        "`servers` is missing: there is nothing to protect",
        '"servers": {{ "demo": "http://127.0.0.1:3001/mcp" }}',
    ),
    "roles": (
        "`roles` is missing: everything would be denied",
        '"roles": {{ "reader": {{ "members": ["user:alice"], "allow": ["{server}.*"] }} }}',
    ),
    "who": ("a test does not say whom it is about", '"who": "user:alice"'),
}
"""The sentence, and the line to add, as JSON."""


def describe(error: ValidationError, root: Map, report: Report) -> None:
    """Add everything that is wrong to the report."""
    for detail in error.errors(include_url=False):
        _Problem(detail, root, report).describe()


class _Problem:
    def __init__(self, detail: ErrorDetails, root: Map, report: Report) -> None:
        self._root = root
        self._report = report
        self._type = detail["type"]
        self._input = detail["input"]
        self._context: Mapping[str, Any] = detail.get("ctx", {})
        self._of_key = "[key]" in detail["loc"]
        self._tag = str(detail["loc"][2]) if detail["loc"][:1] == ("servers",) and len(detail["loc"]) > 2 else ""  # noqa: PLR2004
        self._path = _tree_path(detail["loc"])
        self._node = find(root, self._path).node

    def describe(self) -> None:
        if self._is_null() or self._type == "default_factory_not_called":
            return  # a null is reported by itself, and a default that needs a broken value follows from it
        if isinstance(self._node, Scalar) and self._report.failed_within(self._node.span):
            return  # a reference in it could not be resolved
        message, hint, span = _DESCRIBERS.get(self._type, _Problem._other)(self)
        self._report.error(message, span, help=hint, code=self._code())

    def _is_null(self) -> bool:
        return isinstance(self._node, Scalar) and self._node.value is None

    def _code(self) -> str:
        return "policy" if self._path[:1] in {("roles",), ("tests",)} else "config"

    def _value_span(self) -> Span:
        return spot(self._root, self._path)

    def _key_span(self) -> Span:
        return spot(self._root, self._path, of_key=True)

    def _wrong(self) -> tuple[str, str, Span]:
        whole = self._of_key or isinstance(self._node, Map)
        return self._context["message"], self._context["help"], self._key_span() if whole else self._value_span()

    def _unknown_key(self) -> tuple[str, str, Span]:
        return *hints.unknown(self._path, self._known()), self._key_span()

    def _known(self) -> list[str]:
        section = hints.section_of(self._path[:-1])
        if section == "servers.*":
            section = f"servers.{self._tag}"
        if section == "auth" and len(self._path) > 2:  # noqa: PLR2004 - `auth.keycloak.x`
            section = self._of_sign_in()
        if section == "limits" and len(self._path) > 2:  # noqa: PLR2004 - `limits.user.x`
            section = "limits.*"
        return list(_SECTIONS[section].model_fields) if section in _SECTIONS else []

    def _of_sign_in(self) -> str:
        """The section of an issuer, or of its claims, that the path leads into."""
        last = self._path[-2]
        known = f"auth.{last}" in _SECTIONS
        return f"auth.{last}" if known else "auth.issuer"

    def _missing(self) -> tuple[str, str, Span]:
        name = str(self._path[-1])
        message, line = _MISSING.get(name, (f"`{name}` is missing", f'"{name}": ...'))
        line = line.format(server=_any_server(self._root))
        if self._report.excerpt(self._root.span.line)[self._root.span.column - 1 :][:1] != "{":
            # YAML needs quotes only around the pattern.
            line = re.sub(r'"([^"*]*)"', r"\1", line)
        return message, f"add `{line}`", self._key_span()

    def _unknown_word(self) -> tuple[str, str, Span]:
        if not isinstance(self._input, str):
            return f"expected text, found {kind(self._input)}", "", self._value_span()
        known = [word.strip("'") for word in str(self._context["expected"]).replace(" or ", ", ").split(", ")]
        path = self._path[:-1] if isinstance(self._path[-1], int) else self._path
        return *hints.unknown_word(path, self._input, known), self._value_span()

    def _bounds(self) -> tuple[str, str, Span]:
        least, most = self._context.get("ge"), self._context.get("le")
        hint = f"at least {least}" if least is not None else f"at most {most}"
        return f"`{self._input}` is out of bounds", hint, self._value_span()

    def _empty(self) -> tuple[str, str, Span]:
        return f"`{self._path[-1]}` is empty", "", self._value_span()

    def _other(self) -> tuple[str, str, Span]:
        expected = _EXPECTED.get(self._type, "another value")
        return f"expected {expected}, found {kind(self._input)}", self._retype(expected), self._value_span()

    def _retype(self, expected: str) -> str:
        value = self._input
        if expected == "text" and isinstance(value, bool | int | float):
            return f'quote it: "{str(value).lower()}"'
        if expected == "a list" and isinstance(value, str) and self._code() == "policy":
            return f'write a list: ["{value}"]'
        if expected == "a mapping" and self._path == ("servers",):
            return "write `name: url` for each server"
        return _RETYPED.get(expected, "")


_DESCRIBERS: Final[Mapping[str, Callable[[_Problem], tuple[str, str, Span]]]] = {
    "wrong": _Problem._wrong,  # noqa: SLF001 - the class's own table
    "extra_forbidden": _Problem._unknown_key,  # noqa: SLF001
    "missing": _Problem._missing,  # noqa: SLF001
    "literal_error": _Problem._unknown_word,  # noqa: SLF001
    "greater_than_equal": _Problem._bounds,  # noqa: SLF001
    "less_than_equal": _Problem._bounds,  # noqa: SLF001
    "string_too_short": _Problem._empty,  # noqa: SLF001
}


def _tree_path(loc: tuple[str | int, ...]) -> KeyPath:
    """A pydantic location without what pydantic adds: the union's tag, and the mark of a key."""
    steps = loc[:2] + loc[3:] if loc[:1] == ("servers",) and loc[2:3] in {("http",), ("process",), ("inline",)} else loc
    return tuple(step for step in steps if step != "[key]")


def _any_server(root: Map) -> str:
    node = find(root, ("servers",)).node if "servers" in root.entries else root
    return next(iter(node.entries), "demo") if isinstance(node, Map) and node is not root else "demo"
