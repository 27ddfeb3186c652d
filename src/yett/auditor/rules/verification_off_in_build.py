"""Rule: a build does not check whom it talks to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_OFF: Final = re.compile(
    r"\bcurl\b[^|;&]*\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure)\b|--no-check-certificate|--trusted-host|strict-ssl[= ]+false"
    r"|http\.sslVerify[= ]+(?:false|0)|--allow-unauthenticated|--allow-untrusted|--force-yes|--no-gpg-check"
    r"|NODE_TLS_REJECT_UNAUTHORIZED[= ]+[\"']?0|PYTHONHTTPSVERIFY[= ]+[\"']?0|GIT_SSL_NO_VERIFY[= ]+[\"']?(?:1|true)"
)


class VerificationOffInBuild(Rule[Dockerfile]):
    """Switches of curl, wget, pip, npm, git, apt and apk."""

    id = "verification-off-in-build"
    title = "A build does not verify what it fetches"
    severity = Severity.MEDIUM
    cwe = 295
    maps = ("MCP04",)
    why = "Whoever stands between the build and the server it fetches from can put anything into the image."
    fix = "Remove the switch; install the CA certificate of a private authority instead."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each instruction."""
        for stage in subject.stages:
            for each in stage.instructions:
                if each.name in {"RUN", "ENV"} and (found := _OFF.search(each.value)):
                    what = f"`{found.group().strip()}` switches verification off"
                    yield self.finding(subject.at(each), what, subject=found.group().strip())
