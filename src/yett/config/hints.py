"""What is known about keys that the schema does not have: later versions, other tools, near misses."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from yett.config.node import Path as KeyPath
from yett.config.wording import suggestion

_SHIP: Final = "the ledger is files on this machine; ship them with the log shipper you have"
_LATER: Final[dict[str, dict[str, str]]] = {
    "": {
        "ui": "this version has no dashboard",
        "dashboard": "this version has no dashboard",
        "include": "write the config in one file",
        "state": "counters and sessions live in this process",
        "redis": "counters and sessions live in this process",
        "pins": "this version has no pinned tool definitions",
    },
    "auth": {
        "dpop": "bound tokens always need their proof; to take no others, write `require_dpop: true` for an issuer",
    },
    "servers.*": {
        "sandbox": "run the server in a container of its own, and remove the line",
        "pin": "this version has no pinned tool definitions",
    },
    "roles.*": dict.fromkeys(("when", "if", "condition", "conditions"), "a role allows a tool or does not"),
    "ledger": dict.fromkeys(("send", "keep", "sign", "format", "rotate"), _SHIP),
    "tls": {"acme": "give `cert` and `key`"},
    "limits": dict.fromkeys(("budget", "tokens", "cost"), "limit the rate with `user` and `tool`"),
    "protect": {"injection": "keep `secrets`", "pii": "keep `secrets`"},
}
_OTHERS: Final[dict[str, dict[str, str]]] = {
    "": {"server": "servers", "role": "roles", "test": "tests", "policy": "roles", "policies": "roles", "on": "listen"}
    | {
        "port": "listen",
        "host": "listen",
        "bind": "listen",
        "audit": "ledger",
        "log": "ledger",
        "rate_limits": "limits",
    },
    "servers.*": {
        "serverUrl": "url",
        "uri": "url",
        "auth": "oauth",
        "cmd": "command",
        "envs": "env",
        "environment": "env",
    }
    | {"arguments": "args", "workingDirectory": "cwd", "workdir": "cwd"},
    "servers.oauth": {"id": "client_id", "secret": "client_secret", "key": "private_key", "scope": "scopes"},
    "auth": {"token": "tokens", "anonymous": "unsafe_allow_anonymous", "oidc": "issuer", "jwt": "issuer"}
    | {"oauth": "issuer", "azure": "entra", "audience": "issuer", "jwks": "issuer"},
    "roles.*": {"extends": "include", "inherits": "include", "users": "members", "tools": "allow", "permit": "allow"}
    | {"forbid": "deny", "block": "deny"},
    "limits": {"rate": "user", "burst": "user", "memory": "body"},
    "tests.*": {"user": "who", "role": "who"},
    "secrets": {"hashicorp": "vault", "openbao": "vault", "k8s": "kubernetes", "aws-sm": "aws", "gcp-sm": "gcp"}
    | {"azure-kv": "azure", "ttl": "refresh"},
    "secrets.vault": {"url": "address", "role": "kubernetes", "app_role": "approle"},
    "admin": {"address": "listen", "port": "listen"},
}
_ADVICE: Final[dict[str, dict[str, str]]] = {
    "servers.*": {
        "envFile": "list the variables in `env`, as references",
        "env_file": "list the variables in `env`, as references",
        "headersHelper": "list the headers in `headers`, as references",
        "bearer_token_env_var": 'write `headers: { Authorization: "Bearer ${env:NAME}" }`',
        "timeout": "one for all servers: `limits: { timeout: 60s }`",
        "verify": "the certificate is checked; `ca` names other roots",
        "insecure": "the certificate is checked; `ca` names other roots",
    }
    | dict.fromkeys(
        ("includeTools", "excludeTools", "allowedTools", "disabledTools", "enabledTools", "tools"),
        "say it in a role: `allow` and `deny`",
    ),
    "tls": {
        "ca": "for clients' certificates it is `client_ca`; for servers', `ca` in the server's entry",
        "password": "use a key without a pass phrase",
    },
}


def unknown(path: KeyPath, known: Collection[str]) -> tuple[str, str]:
    """Message and help for a key (the last step of `path`) that is not among the `known` ones."""
    section, key = section_of(path[:-1]), str(path[-1])
    later = _LATER.get(section, {}).get(key)
    if later is not None:
        return f"`{key}` is not part of this version", later
    advice = _ADVICE.get(section, {}).get(key)
    if advice is not None:
        return f"unknown key `{key}`", advice
    other = _OTHERS.get(section, {}).get(key)
    hint = f"did you mean `{other}`?" if other in known else suggestion(key, known)
    if not hint and (near := suggestion(key, _LATER.get(section, {}))):
        hint = f"{near} it is not part of this version"
    return f"unknown key `{key}`", hint or f"known keys: {', '.join(known)}"


def unknown_word(path: KeyPath, word: str, known: Collection[str]) -> tuple[str, str]:
    """Message and help for a value that is not among the `known` ones."""
    later = _LATER.get(section_of(path), {}).get(word)
    if later is not None:
        return f"`{word}` is not part of this version", later
    return f"unknown word `{word}`", suggestion(word, known) or f"one of {', '.join(known)}"


def section_of(path: KeyPath) -> str:
    """`("servers", "demo", "env")` as `servers.*`: the sections that have keys of their own."""
    if not path:
        return ""
    top = str(path[0])
    if top == "servers" and len(path) > 2 and path[2] == "oauth":  # noqa: PLR2004 - below the server's name
        return ".".join(["servers", *[str(step) for step in path[2:]]])
    if top == "secrets":
        return ".".join(str(step) for step in path)
    if path[:2] == ("auth", "stdio"):
        return "auth.stdio"
    return f"{top}.*" if top in {"servers", "roles", "tests"} and len(path) > 1 else top
