"""Rule: a host is refused by its name only."""

from __future__ import annotations

from yett.auditor.analysis.sinks import DENIED_HOSTS
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class HostComparedByName(Reached):
    """A host compared with the names of this machine."""

    id = "host-compared-by-name"
    title = "A host is refused by its name only"
    severity = Severity.MEDIUM
    cwe = 918
    maps = ("ASI02",)
    kinds = frozenset((DENIED_HOSTS,))
    does = "is checked by name, not by address, in"
    surest = Confidence.MEDIUM
    why = (
        "`localhost` has many names: `127.1`, `0`, `[::]`, any domain whose owner points it there. A list of "
        "forbidden names stops only those who do not try."
    )
    fix = (
        "Resolve the name, check every address (`ipaddress.ip_address(a).is_global`), and connect to the address that "
        "was checked."
    )
