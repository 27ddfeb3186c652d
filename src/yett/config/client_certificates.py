"""Programs that sign in with a client certificate: which of its names counts, and what it gives."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from yett.config.fields import Items, Section, wrong
from yett.config.stdio import Word
from yett.identity.client_certificate import NAME, Rule


def _template(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text or len(text) > 256:  # noqa: PLR2004 - as long as a name
        raise wrong(f"`{text[:64]}` is no name of a certificate", "write `spiffe://acme.io/agents/{name}`")
    if text.count(NAME) != 1 or text.replace(NAME, "").count("{") or text.replace(NAME, "").count("}"):
        raise wrong(
            f"`{text}` needs `{NAME}` once: what stands there is who calls", f"write `{NAME}` for the whole name"
        )
    return text


class Mtls(Section):
    """Who the owner of a client certificate is: never its common name, and never what a header says."""

    san: Literal["uri", "dns"]
    """Which of its subject alternative names counts: `uri` (SPIFFE ids are URIs) or `dns`."""
    name: Annotated[str, AfterValidator(_template)] = NAME
    """What that name must look like: `spiffe://acme.io/agents/{name}`. What stands at `{name}` is who `user:` means.
    Exactly one name of the certificate must be like it."""
    roles: Items[Word] = ()
    """Roles of this config that every such caller has, beside those that name him as a member."""

    @model_validator(mode="after")
    def _like_its_kind(self) -> Self:
        if self.san == "dns" and "/" in self.name:
            raise wrong(f"`{self.name}` is no DNS name", "write `{name}.agents.acme.io`, or `san: uri`")
        return self

    @property
    def rule(self) -> Rule:
        """The same, as identity has it."""
        return Rule(uri=self.san == "uri", template=self.name, roles=frozenset(self.roles))
