"""The files that hold what servers list."""

from __future__ import annotations

from typing import Final

from yett.auditor.catalogues import catalogue
from yett.auditor.format import Format

FORMATS: Final = (Format("tool catalogue", catalogue.claims, catalogue.parse),)
