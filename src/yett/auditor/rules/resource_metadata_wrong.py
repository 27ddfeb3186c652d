"""Rule: the metadata of a server is about something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from yett.auditor.clients.command import host_of, is_local
from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

FOUND: Final = 200


def _scopes(url: str) -> set[str]:
    """The URL itself, and those of its parents: a server may be one resource with all its paths."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    steps = [step for step in parts.path.split("/") if step]
    return {origin, *(f"{origin}/{'/'.join(steps[:end])}" for end in range(1, len(steps) + 1))}


class ResourceMetadataWrong(Rule[Endpoint]):
    """`resource` that is not the URL, authorization servers without https or missing."""

    id = "resource-metadata-wrong"
    title = "The metadata of a server is wrong"
    severity = Severity.MEDIUM
    cwe = 346
    maps = (
        "MCP01",
        "MCP07",
    )
    why = (
        "Clients ask for a token for the `resource` that stands there. With another one, tokens are made for "
        "another audience, and servers that accept them accept the tokens of others too."
    )
    fix = "Publish `resource` exactly as the URL that clients are given, and authorization servers with https."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding for each thing that is wrong."""
        seen = subject.seen("metadata")
        if seen.get("named") and seen.get("status") != FOUND:
            yield self.finding(
                subject.at("metadata"),
                f"the challenge names metadata that answer {seen.get('status')}",
                subject="missing",
            )
        if seen.get("status") != FOUND or seen.get("resource") is None:
            return
        if str(seen["resource"]).rstrip("/") not in _scopes(subject.url):
            what = f"`resource` is `{seen['resource']}`, and the server is `{subject.url}`"
            yield self.finding(subject.at("metadata"), what, subject="resource")
        servers = seen.get("authorization_servers")
        listed = [str(each) for each in servers] if isinstance(servers, list) else []
        bad = [each for each in listed if not each.startswith("https://") and not is_local(host_of(each))]
        if bad or not listed:
            what = f"the authorization server `{bad[0]}` is not https" if bad else "no authorization server is named"
            yield self.finding(subject.at("metadata"), what, subject="authorization_servers")
