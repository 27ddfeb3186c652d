"""The files that a cluster is told things with."""

from __future__ import annotations

from typing import Final

from yett.auditor.format import Format
from yett.auditor.kubernetes import chart, manifest

FORMATS: Final = (
    Format("Kubernetes manifest", manifest.claims, manifest.parse),
    Format("Helm chart", chart.claims, chart.parse),
)
