"""What live servers leave behind for the rules."""

from __future__ import annotations

from typing import Final

from yett.auditor.format import Format
from yett.auditor.live import endpoint

FORMATS: Final = (Format("probes of an endpoint", endpoint.claims, endpoint.parse),)
