"""What an audit reads: configs, catalogues, images, manifests, proxies, records of probes; and texts with orders."""

from __future__ import annotations

from typing import Final

from promise import wants

from yett.auditor.gather import FORMATS, gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules
from yett.detect.disguise import MAX_LENGTH, undisguise
from yett.detect.injection import look
from yett.detect.steering import steers

NAMES: Final = (
    "mcp.json",
    ".codex/config.toml",
    "config.yaml",
    "server.json",
    "manifest.json",
    "tools.json",
    "Dockerfile",
    "compose.yaml",
    "weather.yaml",
    "mcp.conf",
    "Caddyfile",
    "yett.yaml",
    "probes.json",
)
"""Of each kind of file one; the first byte of an input says which."""
RULES: Final = all_rules()
# Rules and patterns are loaded before an input is timed.
judge(gather({"tools.json": b'[{"name": "a", "inputSchema": {}}]'}, FORMATS).subjects, RULES)


def audited_target(given: bytes) -> None:
    """Any file: subjects, or words about why there are none; and no rule that breaks."""
    name = NAMES[(given[0] if given else 0) % len(NAMES)]
    gathered = gather({name: given[1:]}, FORMATS)
    report = judge(gathered.subjects, RULES, skipped=gathered.skipped)
    wants(not report.broken, f"a rule broke: {report.broken}")
    wants(all(skipped.why for skipped in gathered.skipped), "a file was skipped without a reason")
    for finding in report.findings:
        wants(finding.place.line >= 0 and "\n" not in finding.message, "a finding without a place, or of two lines")


def orders_target(given: bytes) -> None:
    """Any description: looked at in bounded time, under its disguises."""
    text = given.decode(errors="replace")
    wants(len(undisguise(text).plain) <= 4 * MAX_LENGTH, "a text grew")
    look(text)
    steers(text, ["own_tool"])
