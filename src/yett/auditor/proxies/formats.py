"""The files of reverse proxies."""

from __future__ import annotations

from typing import Final

from yett.auditor.format import Format
from yett.auditor.proxies import proxy

FORMATS: Final = (
    Format("nginx config", proxy.claims_nginx, proxy.parse_nginx),
    Format("Caddyfile", proxy.claims_caddy, proxy.parse_caddy),
)
