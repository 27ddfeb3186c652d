"""Rule: a proxy speaks old TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx
from yett.auditor.rule import Rule

_CIPHER: Final = re.compile(r"RC4|\b3?DES\b|CBC3|NULL|EXP|MD5|aNULL|eNULL|LOW")


class ProxyWeakTls(Rule[Nginx]):
    """`ssl_protocols` and `ssl_ciphers`."""

    id = "proxy-weak-tls"
    title = "A proxy speaks TLS that is broken"
    severity = Severity.HIGH
    cwe = 326
    maps = ("AISVS10.3.1",)
    why = "TLS before 1.2 and ciphers like RC4 and 3DES are broken: who records or changes the traffic can read it."
    fix = "Write `ssl_protocols TLSv1.2 TLSv1.3;` and leave `ssl_ciphers` to the defaults."

    def check(self, subject: Nginx) -> Iterator[Finding]:
        """One finding for each directive."""
        for directive in subject.root.walk():
            weak: list[str] = []
            if directive.name in {"ssl_protocols", "proxy_ssl_protocols"}:
                weak = [word for word in directive.arguments if word in {"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"}]
            elif directive.name in {"ssl_ciphers", "proxy_ssl_ciphers"}:
                weak = [word for word in directive.value.split(":") if _CIPHER.search(word) and word[:1] not in "!-"]
            if weak:
                what = f"`{directive.name}` allows {', '.join(f'`{word}`' for word in weak)}"
                yield self.finding(subject.at(directive), what, subject=f"{directive.name}.{weak[0]}")
