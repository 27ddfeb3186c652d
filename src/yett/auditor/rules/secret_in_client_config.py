"""Rule: a credential stands in a client's config in clear text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yett.auditor.clients.launch import Launch, Launches, Setting
from yett.auditor.documents.secrecy import masked, secret_kind
from yett.auditor.finding import Edit, Finding, Severity
from yett.auditor.rule import Rule
from yett.config.inline_secrets import is_credential_assignment, is_credential_option
from yett.config.node import Scalar
from yett.detect.plausible import is_placeholder


class SecretInClientConfig(Rule[Launches]):
    """Environment, headers, arguments and URLs of every server."""

    id = "secret-in-client-config"
    title = "A credential is written into the config"
    severity = Severity.HIGH
    cwe = 798
    maps = ("MCP01", "SAFE-T1206", "ASI03")
    why = (
        "Configs are copied, committed and synchronised, and every program of the same user can read them. Who finds "
        "the file has the credential, for as long as it is valid."
    )
    fix = "Keep the value in the environment or a keyring, write a reference to it here, and replace the credential."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """Every value that is a secret by its form or by its name."""
        for launch in subject.launches:
            for setting in (*launch.environment, *launch.headers):
                if kind := secret_kind(setting.name, setting.text):
                    yield self._in_setting(subject, launch, setting, kind)
            yield from self._in_words(subject, launch)

    def _in_setting(self, subject: Launches, launch: Launch, setting: Setting, kind: str) -> Finding:
        place = subject.spot(setting.value.span)
        edits: tuple[Edit, ...] = ()
        if subject.reference and len(subject.roots) == 1:
            # `Authorization` names no secret: the server's name does.
            name = f"{launch.name}_token" if setting.name.lower() == "authorization" else setting.name
            variable = re.sub(r"\W", "_", name).upper()
            scheme, _, rest = setting.text.partition(" ")
            reference = subject.reference.replace("NAME", variable)
            edits = (Edit(place=place, text=f'"{scheme} {reference}"' if rest else f'"{reference}"'),)
        return self.finding(
            place,
            f"`{setting.name}` of server `{launch.name}` holds a credential in clear text ({kind})",
            subject=f"{launch.name}.{setting.name}",
            evidence=(f"{setting.name} = {masked(setting.text)}",),
            edits=edits,
        )

    def _in_words(self, subject: Launches, launch: Launch) -> Iterator[Finding]:
        option = ""
        for part in (*launch.parts, *((launch.url,) if launch.url else ())):
            word = str(part.value)
            if kind := _kind(word, option):
                where = "the URL" if part is launch.url else "an argument"
                yield self._in_word(subject, launch, part, f"{where} of server `{launch.name}`", kind)
            option = word if is_credential_option(word) else ""

    def _in_word(self, subject: Launches, launch: Launch, part: Scalar, where: str, kind: str) -> Finding:
        return self.finding(
            subject.spot(part.span),
            f"{where} holds a credential in clear text ({kind})",
            subject=f"{launch.name}.{where}.{kind}",
            evidence=(masked(str(part.value)),),
        )


def _kind(word: str, option: str) -> str:
    if kind := secret_kind("", word):
        return kind
    if is_credential_assignment(word):
        name, _, value = word.partition("=")
        return secret_kind(name.lstrip("-").replace("-", "_"), value)
    if option and not word.startswith("-"):
        return secret_kind(option.lstrip("-").replace("-", "_"), word) if not is_placeholder(word) else ""
    return ""
