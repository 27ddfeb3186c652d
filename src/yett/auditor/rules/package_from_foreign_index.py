"""Rule: a server's package may come from an index that is not the usual one, or that nobody verifies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Scalar

_ADDS: Final = frozenset({"--extra-index-url", "--find-links", "-f", "--trusted-host", "--allow-insecure-host"})
_REPLACES: Final = frozenset({"--index-url", "-i", "--registry", "--default-index", "--index"})
_VARIABLES: Final = frozenset(
    {"PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "UV_INSECURE_HOST", "UV_FIND_LINKS"}
)
_REPLACING: Final = frozenset({"NPM_CONFIG_REGISTRY", "PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"})


class PackageFromForeignIndex(Rule[Launches]):
    """A second index beside the usual one, or one without TLS."""

    id = "package-from-foreign-index"
    title = "A server's package may come from an unverified index"
    severity = Severity.MEDIUM
    cwe = 427
    maps = ("MCP04", "ASI04")
    why = (
        "With a second index, whichever has the higher version wins: who registers the name in the public one is "
        "installed. An index without TLS can be answered by anybody on the way."
    )
    fix = "Use one index, over https, that mirrors what is needed."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each option and variable."""
        for launch in subject.launches:
            if launch.runs() is None:
                continue
            for name, value in _given(launch.parts):
                if name in _ADDS or (name in _REPLACES and str(value.value).startswith("http://")):
                    yield self._found(subject, launch.name, name, value)
            for setting in launch.environment:
                plain = setting.name.upper() in _REPLACING and setting.text.startswith("http://")
                if setting.name.upper() in _VARIABLES or plain:
                    yield self._found(subject, launch.name, setting.name, setting.value)

    def _found(self, subject: Launches, server: str, name: str, value: Scalar) -> Finding:
        return self.finding(
            subject.spot(value.span),
            f"`{name}` of server `{server}` lets its package come from an index that is not verified",
            subject=f"{server}.{name}",
        )


def _given(parts: tuple[Scalar, ...]) -> Iterator[tuple[str, Scalar]]:
    for position, part in enumerate(parts):
        name, equals, value = str(part.value).partition("=")
        if equals:
            yield name, Scalar(value, part.span)
        elif position + 1 < len(parts):
            yield name, parts[position + 1]
