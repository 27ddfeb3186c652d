"""Recognises credentials that stand in a config in clear text. A small rule of names and shapes, not a scanner."""

from __future__ import annotations

import re
from typing import Final

_HEADER: Final = re.compile(
    r"(?i)(proxy-)?authorization|cookie|(x-)?api-?key|x-auth(-.+)?|.+-(token|key|secret|password|signature)|password"
)
_VARIABLE: Final = re.compile(
    r"(?i)(.*_)?(token|key|apikey|secret|password|passwd|passphrase|pat|credentials?|auth|pwd)"
)
_OPTION: Final = re.compile(
    r"(?i)--?([a-z0-9]+[-_])*(token|secret|password|passwd|passphrase|api[-_]?key|access[-_]?key|pat|credentials?)"
)
_SHAPE: Final = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{20}|github_pat_\w{20}|glpat-[\w-]{20}|\bsk-[\w-]{20}|\bxox[abeprs]-[\w-]{10}"
    r"|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\beyJ[\w-]{10,}\.eyJ[\w-]{10}|\bAIza[\w-]{35}|\byett_[A-Za-z0-9]{6}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_URL: Final = re.compile(r"(?i)://[^/\s:@]*:[^/\s@]+@|[?&][\w-]*(token|secret|password|key)=[^&\s]")


def is_credential_header(name: str) -> bool:
    """Whether a header of this name carries a credential."""
    return _HEADER.fullmatch(name) is not None


def is_credential_variable(name: str) -> bool:
    """Whether an environment variable of this name holds a credential."""
    return _VARIABLE.fullmatch(name) is not None


def is_credential_option(argument: str) -> bool:
    """Whether a command-line option of this name takes a credential: `--api-key`."""
    return _OPTION.fullmatch(argument) is not None


def is_credential_assignment(argument: str) -> bool:
    """Whether an argument sets a credential: `--token=x`, `GITHUB_TOKEN=x`."""
    name, equals, value = argument.partition("=")
    return bool(equals and value) and (is_credential_option(name) or is_credential_variable(name.lstrip("-")))


def looks_secret(text: str) -> bool:
    """Whether a text has the shape of a well-known kind of credential, or is a URL with a password."""
    return _SHAPE.search(text) is not None or _URL.search(text) is not None


def is_path_to_credentials(name: str, value: str) -> bool:
    """Whether a variable names a file of credentials, as `GOOGLE_APPLICATION_CREDENTIALS` does."""
    return name.upper().endswith("CREDENTIALS") and value.startswith(("/", "./"))
