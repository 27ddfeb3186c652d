"""Programs that sign in with a client certificate: who they are by the one name in it that counts (RFC 5280, SPIFFE).

Never by the subject's common name, which has no rules about who may claim what, and never by a header.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from yett.core.certificate import Certificate
from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.bearer import PUBLIC

CERTIFICATE_NAMELESS = Reason(code="certificate.nameless", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
CERTIFICATE_AMBIGUOUS = Reason(code="certificate.ambiguous", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
CERTIFICATE_EXPIRED = Reason(code="certificate.expired", kind=Kind.UNAUTHENTICATED, public=PUBLIC)

NAME: Final = "{name}"
"""Stands in a template for what the caller is called."""

ISSUER: Final = "mtls"
"""Identities by certificates are known by this issuer: the listener's authorities, all of them alike."""

REMEMBERED: Final = 4_096
"""Certificates whose owner is known; when full, it starts anew."""


class Rule(Struct, frozen=True, kw_only=True):
    """Which name counts: a URI, or else a DNS name, that is like the `template`. `roles` are everybody's."""

    uri: bool
    template: str = NAME
    roles: frozenset[str] = frozenset()


class ClientCertificates:
    """Identifies the owners of certificates that TLS has verified, by one rule."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._before, _, self._behind = rule.template.partition(NAME)
        self._known: dict[str, Principal | Deny] = {}

    def identify(self, certificate: Certificate, now: float) -> Principal | Deny:
        """Whose certificate this is. `now` is wall time in seconds: connections outlive certificates."""
        if now >= certificate.expires:
            return Deny(reason=CERTIFICATE_EXPIRED, detail=f"{now - certificate.expires:.0f} s ago")
        who = self._known.get(certificate.thumbprint)
        if who is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            who = self._known[certificate.thumbprint] = self._named(certificate)
        return who

    def _named(self, certificate: Certificate) -> Principal | Deny:
        shown = f"certificate {certificate.serial}, {certificate.thumbprint}"
        names = certificate.uris if self._rule.uri else certificate.hosts
        fitting = [name for name in map(self._name, names) if name]
        if not fitting:
            kind = "URI" if self._rule.uri else "DNS name"
            return Deny(reason=CERTIFICATE_NAMELESS, detail=f"no {kind} like `{self._rule.template}` in {shown}")
        # A SPIFFE id stands alone (X509-SVID, section 2); of several names nobody could say which one is meant.
        if len(fitting) > 1 or (self._rule.uri and len(names) > 1):
            return Deny(reason=CERTIFICATE_AMBIGUOUS, detail=f"{len(names)} names in {shown}")
        return Principal(
            issuer=ISSUER,
            subject=fitting[0],
            roles=self._rule.roles,
            credential=f"x5t#S256:{certificate.thumbprint}",
            source=ISSUER,
        )

    def _name(self, said: str) -> str:
        """What stands at `{name}`; nothing where the name is not like the template, or is a wildcard."""
        if not self._rule.uri:
            said = said.lower()
        if "*" in said or not said.startswith(self._before) or not said.endswith(self._behind):
            return ""
        return said[len(self._before) : len(said) - len(self._behind)]
