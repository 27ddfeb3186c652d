"""The configs of the gateway."""

from __future__ import annotations

from typing import Final

from yett.auditor.format import Format
from yett.auditor.gateways import gateway

FORMATS: Final = (Format("gateway config", gateway.claims, gateway.parse),)
