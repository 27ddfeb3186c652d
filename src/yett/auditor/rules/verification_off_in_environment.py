"""Rule: a server's environment or arguments switch off a check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_OFF: Final = {
    "NODE_TLS_REJECT_UNAUTHORIZED": ("0",),
    "PYTHONHTTPSVERIFY": ("0",),
    "GIT_SSL_NO_VERIFY": ("1", "true"),
    "NPM_CONFIG_STRICT_SSL": ("false", "0"),
    "SSL_VERIFY": ("false", "0", "no"),
    "VERIFY_SSL": ("false", "0", "no"),
    "CURL_INSECURE": ("1", "true"),
    "DANGEROUSLY_OMIT_AUTH": ("1", "true"),
    "DANGEROUSLY_BIND_ALL_INTERFACES": ("1", "true"),
}
_ARGUMENTS: Final = frozenset(
    {
        "--insecure",
        "--no-verify-ssl",
        "--no-check-certificate",
        "--disable-tls-verification",
        "--ignore-certificate-errors",
    }
    | {"--no-sandbox", "--disable-web-security", "--dangerously-skip-permissions", "--ignore-https-errors"}
)


class VerificationOffInEnvironment(Rule[Launches]):
    """Certificates unchecked, authentication omitted, a browser without its sandbox."""

    id = "verification-off-in-environment"
    title = "A server is started with a protection switched off"
    severity = Severity.HIGH
    cwe = 295
    maps = ("MCP07", "AISVS10.3.1")
    why = (
        "Without the check, whoever stands between the server and what it talks to can read and change everything; "
        "without the sandbox, a hostile page reaches the machine."
    )
    fix = "Remove the switch; where a private authority signs the certificates, name its CA file instead."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each switch."""
        for launch in subject.launches:
            switches = [
                (setting.name, setting.value)
                for setting in launch.environment
                if setting.text.lower() in _OFF.get(setting.name.upper(), ())
            ]
            switches += [(str(part.value), part) for part in launch.arguments if part.value in _ARGUMENTS]
            for name, where in switches:
                yield self.finding(
                    subject.spot(where.span),
                    f"`{name}` switches off a protection of server `{launch.name}`",
                    subject=f"{launch.name}.{name}",
                )
