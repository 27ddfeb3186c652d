"""What observations mean: a certificate's names and end, an issuer's clock and keys, who has a port. No I/O."""

from __future__ import annotations

import errno
import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from msgspec import Struct

from yett.core.exchange import Era
from yett.enforce.doctor.check import Check, failed, ok, unreached, warn
from yett.identity.explanation import Explanation
from yett.identity.keys import Keys
from yett.upstream.upstream import Offer

CLOCK_SECONDS: Final = 30.0
"""The leeway that claims are judged with (`identity.claims`): a clock that differs more breaks good tokens."""

CERTIFICATE_DAYS: Final = 14
_DAY: Final = 86_400
_AGE: Final = 86_400
_SHOWN: Final = 4
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - what is looked for


class Dated(Struct, frozen=True, kw_only=True):
    """An answer's `Date` and `Age` headers, and our wall time before and after it."""

    date: str
    age: str
    sent: float
    received: float


def clock(source: str, seen: Dated | None) -> Check:
    """Whether our clock and the issuer's agree."""
    what = f"clock {source}"
    ahead = None if seen is None else _ahead(seen)
    if ahead is None:
        return warn(
            what, "the issuer does not say what time it is", "compare the clocks by hand: `date -u` here, and there"
        )
    if abs(ahead) <= CLOCK_SECONDS:
        return ok(what, f"within {max(1.0, abs(ahead)):.0f} s of the issuer's")
    said, effect = ("behind", "not yet valid") if ahead > 0 else ("ahead of", "expired")
    detail = f"this machine is {abs(ahead):.0f} s {said} the issuer: tokens will look {effect}"
    return failed(what, detail, "let NTP set the clock of this machine (`timedatectl set-ntp true`), or the issuer's")


def _ahead(seen: Dated) -> float | None:
    """By how many seconds the issuer's clock is ahead of ours; `None` where it says no time."""
    try:
        date = parsedate_to_datetime(seen.date[:64])
    except ValueError:
        return None
    # A cache's answer is as old as it says (RFC 9111, 5.1).
    age = min(int(seen.age), _AGE) if seen.age.isascii() and seen.age.isdigit() and len(seen.age) < _SHOWN * 2 else 0
    known = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return known.timestamp() + age - (seen.sent + seen.received) / 2


def certificate(names: Sequence[str], expires_at: float, now: float, *, called: str, bound: str) -> Check:
    """A certificate that is good now: for how long, and whether for the name that clients use (`called`)."""
    left = (expires_at - now) / _DAY
    shown = ", ".join(names[:_SHOWN]) or "no name"
    if not any(covers(name, called) for name in names) and called not in _EVERYWHERE:
        detail = f"the certificate is for {shown}, and clients call `{called}`"
        fix = f"get a certificate that names `{called}`, or set `url:` to a name that it has"
        if called != bound and any(covers(name, bound) for name in names):
            return warn("certificate", f"{detail}: right only behind something that has one for it", fix)
        return failed("certificate", detail, fix)
    if left < CERTIFICATE_DAYS:
        return warn("certificate", f"it ends in {left:.0f} days", "renew it: its files are read again when they change")
    return ok("certificate", f"for {shown}, {left:.0f} days left")


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name is a host's (RFC 9525, 6.3): `*` stands for one label, the first."""
    address = _address(host)
    if address is not None:
        return _address(name) == address
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    first, dot, rest = host.partition(".")
    return name == host or (bool(first and dot) and name == f"*.{rest}")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def port(what: str, place: str, number: int, *, running: bool) -> Check:
    """What trying to bind showed, by its `errno` (0: free). `running`: a gateway has this config's ledger."""
    if number == 0 and running and not place.endswith(":0"):
        fix = "end it, or give each gateway a ledger of its own: one ledger has one writer"
        return failed(what, f"nobody listens at {place}, and yet another process writes this config's ledger", fix)
    if number == 0:
        return ok(what, f"{place} is free")
    if number == errno.EADDRINUSE:
        if running:
            return ok(what, f"{place} is taken, and so is this ledger: the gateway runs already")
        fix = f"find out who has it (`ss -ltnp 'sport = :{place.rpartition(':')[2]}'`), or listen elsewhere"
        return failed(what, f"another program listens at {place}", fix)
    if number == errno.EACCES:
        fix = "use a port above 1023, or give the program CAP_NET_BIND_SERVICE"
        return failed(what, f"this user may not listen at {place}", fix)
    fix = "name an address of this machine: `ip address` lists them"
    return failed(what, f"cannot listen at {place}: {os.strerror(number).lower()}", fix)


def keys(source: str, found: Keys, where: str) -> Check:
    """The keys of an issuer: those that count, and those that do not."""
    kinds = ", ".join(sorted({key.algorithm for key in found.by_id.values()}))
    detail = f"{len(found.by_id)} usable ({kinds}) at {where}"
    if not found.dropped:
        return ok(f"keys {source}", detail)
    left_out = "; ".join(found.dropped[:_SHOWN])
    return warn(
        f"keys {source}",
        f"{detail}; left out: {left_out}",
        "tokens signed with those are refused: let the issuer replace them",
    )


def audience(source: str, wanted: Sequence[str], *, named: bool) -> Check:
    """What tokens must say. `named`: that is the same at every start."""
    detail = f"tokens must have one of {', '.join(wanted)} in `aud`"
    if named:
        return ok(f"audience {source}", detail)
    return warn(f"audience {source}", detail, "the port is another at every start: set `url:`, or a port in `listen`")


def open_files(allowed: int, connections: int) -> Check:
    """Whether so many connections can be open. `allowed` is what `run` gives itself; -1 is without end."""
    if allowed < 0 or allowed >= connections:
        return ok("open files", f"{'any number' if allowed < 0 else allowed} may be open")
    detail = f"{allowed} may be open, and the limits of the config allow {connections} connections"
    return warn(
        "open files",
        detail,
        f"raise the hard limit: `LimitNOFILE={connections}` in systemd, `--ulimit nofile` in Docker",
    )


def offer(name: str, found: Offer, where: str) -> Check:
    """What a server that answered speaks."""
    if not found.eras:
        fix = "see whether the URL or command is that of its MCP endpoint"
        return failed(f"server {name}", f"{where} answers, but not as an MCP server", fix)
    eras = "both eras" if len(found.eras) > 1 else "the modern era" if Era.MODERN in found.eras else "the legacy era"
    versions = ", ".join(version[:32] for version in found.versions[:_SHOWN])
    return ok(f"server {name}", f"{where} speaks {eras}{f' ({versions})' if versions else ''}")


def token(found: Explanation) -> Check:
    """A token, judged as the gateway would."""
    lines = {line.title: line.text for line in found.lines}
    deny = found.deny
    if deny is None:
        unchecked = (
            ""
            if all(line.good is not None for line in found.lines if line.title == "signature")
            else " if the signature is good"
        )
        who = f"`{found.principal.subject}`" if found.principal is not None else "its owner"
        return ok("token", f"accepted{unchecked}, as {who}")
    said = lines.get("audience", deny.detail) if deny.reason.code == "jwt.audience" else deny.detail
    client = f" (of client {lines['client'].partition('  ')[0]})" if "client" in lines else ""
    detail = f"{deny.reason.code}: {said}{client}"
    if deny.reason.code == "jwt.keys-unavailable":
        return unreached("token", detail, found.fix)
    return failed("token", detail, found.fix or "see all of it: `yett token explain`")
