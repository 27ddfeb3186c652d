"""Rule: a config sends what is meant for a model's maker to somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from yett.auditor.clients.command import is_local
from yett.auditor.clients.launch import Launches
from yett.auditor.documents.document import get, pairs, text
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Scalar

_NAME: Final = re.compile(
    r"(?:ANTHROPIC|OPENAI|GEMINI|GOOGLE_GEMINI|MISTRAL|COHERE|AZURE_OPENAI)_(?:API_)?(?:BASE_URL|BASE|ENDPOINT|HOST)"
)
_MAKERS: Final = (
    "anthropic.com",
    "openai.com",
    "googleapis.com",
    "azure.com",
    "amazonaws.com",
    "mistral.ai",
    "cohere.com",
)


class ModelEndpointOverride(Rule[Launches]):
    """`ANTHROPIC_BASE_URL` and its kin with a foreign host, in a file that projects bring along."""

    id = "model-endpoint-override"
    title = "A config redirects calls of a model to another host"
    severity = Severity.HIGH
    cwe = 441
    maps = ("MCP01", "ASI04")
    why = (
        "The client sends its API key and every conversation to the host that the variable names. A project that is "
        "cloned and opened can bring such a file along."
    )
    fix = "Remove the variable from files that are shared; set it in the user's own environment where it is wanted."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """Variables of servers, and those that the client itself is given (`env` of its settings)."""
        found = [(launch.name, setting.name, setting.value) for launch, setting in subject.settings()]
        found += [
            ("the client", name, value)
            for name, _, value in pairs(get(subject.root, "env"))
            if isinstance(value, Scalar) and text(value)
        ]
        for owner, name, value in found:
            host = urlsplit_host(str(value.value))
            if _NAME.fullmatch(name) and host and not is_local(host) and not _of_a_maker(host):
                yield self.finding(
                    subject.spot(value.span),
                    f"`{name}` of `{owner}` sends what is meant for a model's maker to `{host}`",
                    subject=f"{owner}.{name}",
                )


def urlsplit_host(url: str) -> str:
    """The host of a URL, empty for what is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _of_a_maker(host: str) -> bool:
    return any(host == maker or host.endswith(f".{maker}") for maker in _MAKERS)
