"""Looks at the files of a config: tokens, revocations, the ledger's folder, the certificate. Writes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from yett.config import build
from yett.config.schema import Config, Tls
from yett.enforce.doctor import judgement
from yett.enforce.doctor.check import Check, failed, ok, warn
from yett.errors import ConfigError, LedgerError, LedgerInUse, StoreError
from yett.identity.revocations import RevocationFile
from yett.identity.token_file import TokenFile
from yett.ledger.folder import Folder
from yett.wire.client_trust import trust_of
from yett.wire.tls import ReloadingTls

_SOON: Final = 30 * 86_400.0
"""Seconds: as early as for the listener's own certificate."""

_OWN: Final = "make it a whole file of the gateway's user alone (`chmod 600`, `chown`): until then nobody can sign in"


def tokens(path: Path, now: float) -> Check:
    """The token file, as the gateway would read it."""
    make = f"make a token: `yett token new NAME --role ROLE --tokens {path}`"
    try:
        found = TokenFile(path).read()
    except StoreError as error:
        return failed("tokens", str(error), _OWN)
    if not path.exists():
        return warn("tokens", f"`{path}` does not exist: nobody can sign in with a token yet", make)
    good = sum(not entry.expired(now) for entry in found)
    if not good:
        return warn("tokens", f"`{path}` has {len(found)} tokens, and none that is still good", make)
    return ok("tokens", f"{good} good, {len(found) - good} expired, in `{path}`")


def revoked(path: Path) -> Check:
    """The revocation file; it need not be there."""
    try:
        found = RevocationFile(path).read()
    except StoreError as error:
        return failed("revoked", str(error), _OWN)
    return ok("revoked", f"{len(found)} in `{path}`" if path.exists() else f"nobody yet: `{path}` need not exist")


def ledger(path: Path) -> tuple[Check, bool]:
    """The ledger's folder, and whether another process writes it. A folder that is missing is not made."""
    if not path.exists() and not path.is_symlink():
        return _to_be_made(path), False
    fix = f"give it to the user of the gateway alone: `chown USER {path}`, `chmod 700 {path}`"
    try:
        Folder.open(path).close()
    except LedgerInUse:
        return ok("ledger", f"`{path}` is being written by a gateway that runs"), True
    except LedgerError as error:
        return failed("ledger", str(error), fix), False
    if not os.access(path, os.W_OK | os.X_OK):
        return failed("ledger", f"this user may not write into `{path}`", fix), False
    return ok("ledger", f"`{path}` can be written, and nobody else writes it"), False


def _to_be_made(path: Path) -> Check:
    above = next((folder for folder in path.parents if folder.exists()), Path("/"))
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return ok("ledger", f"`{path}` will be made")
    fix = f"make it and give it to the user of the gateway: `mkdir -p {path}`, `chown USER {path}`"
    return failed("ledger", f"`{path}` cannot be made: this user may not write into `{above}`", fix)


def certificate(config: Config, now: float) -> list[Check]:
    """The listener's certificate and its key; nothing where it has none."""
    if config.tls is None:
        return []
    try:
        tls = ReloadingTls(config.tls.cert, config.tls.key)
    except ConfigError as error:
        fix = "name a chain in PEM, the server's own certificate first and good today, and the key that belongs to it"
        return [failed("certificate", str(error), fix)]
    bound = config.listen.host
    called = config.url.host if config.url is not None else bound
    checks = _private(config.tls.key)
    checks.append(judgement.certificate(tls.names, tls.expires_at, now, called=called, bound=bound))
    return [*checks, *_clients(config.tls, now)]


def _clients(tls: Tls, now: float) -> list[Check]:
    """Whose client certificates would be taken, and for how long yet; nothing where none are asked for."""
    asked = build.clients_of(tls)
    if asked is None:
        return []
    try:
        trust = trust_of(asked, now)
    except ConfigError as error:
        fix = "name CA certificates in PEM that are good today and, where there is a list, a fresh one of each of them"
        return [failed("client certificates", str(error), fix)]
    if trust.expires - now < _SOON:
        fix = f"add the next CA certificate to `{asked.authorities}` before that"
        return [warn("client certificates", f"a CA certificate ends in {(trust.expires - now) / 86_400:.0f} d", fix)]
    if not asked.lists:
        fix = "add `client_crl:`; until then only a new CA, or `yett revoke`, keeps a stolen key out"
        return [warn("client certificates", f"of {len(trust.subjects)} CA, without a revocation list", fix)]
    left = (trust.until - now) / 3_600
    return [ok("client certificates", f"of {len(trust.subjects)} CA; the revocation lists are good for {left:.0f} h")]


def _private(key: Path) -> list[Check]:
    mode = key.stat().st_mode
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        return [warn("private key", f"others on this machine can read or change `{key}`", f"run `chmod 600 {key}`")]
    return [ok("private key", f"`{key}` is not for others")]
