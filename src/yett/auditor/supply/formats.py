"""The files that say what a server is built of and by."""

from __future__ import annotations

from typing import Final

from yett.auditor.format import Format
from yett.auditor.supply import npm_package, package_lock, requirements, workflow

FORMATS: Final = (
    Format("GitHub workflow", workflow.claims, workflow.parse),
    Format("npm package", npm_package.claims, npm_package.parse),
    Format("npm lock", package_lock.claims, package_lock.parse),
    Format("requirements", requirements.claims, requirements.parse),
)
