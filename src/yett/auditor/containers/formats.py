"""The files that say how a server is packed and run."""

from __future__ import annotations

from typing import Final

from yett.auditor.containers import compose, dockerfile, ignore_file
from yett.auditor.format import Format

FORMATS: Final = (
    Format("Dockerfile", dockerfile.claims, dockerfile.parse),
    Format("Compose file", compose.claims, compose.parse),
    Format(".dockerignore", ignore_file.claims, ignore_file.parse),
)
