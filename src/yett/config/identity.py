"""From the `auth` section to an `Identity`: which issuers are asked, through what, and which tokens are for us."""

from __future__ import annotations

from collections.abc import Callable
from ssl import SSLContext

from yett.config import issuers
from yett.config.authorities import renewed
from yett.config.endpoints import public_url, resources
from yett.config.runtime import Runtime
from yett.config.schema import Config
from yett.identity.client_certificate import ClientCertificates
from yett.identity.dpop import Proofs
from yett.identity.identify import Identity
from yett.identity.introspection import Desk, Introspection
from yett.identity.issuer import HEADER_TYPES, Issuer
from yett.identity.jwt_bearer import JwtBearer, Trusted
from yett.identity.key_source import KeySource
from yett.identity.own_tokens import Tokens
from yett.identity.replays import Replays
from yett.identity.revocations import Revocations
from yett.identity.verified import VerifiedTokens
from yett.wire.fetch import Fetch
from yett.wire.tls import client_context


def identity_for(
    config: Config, port: int, note: Callable[[str], None], previous: tuple[Config, Runtime] | None
) -> Identity:
    """What `previous` had, where nothing that it depends on has changed: what was verified and fetched goes on."""
    if previous is not None:
        old, runtime = previous
        same = old.auth == config.auth and resources(old, port) == resources(config, port)
        same = same and not renewed(old, config, *(entry.ca for _, entry in config.auth.trusted))
        if same and public_url(old, port) == public_url(config, port):
            return runtime.identity
        # A proof that was shown under the old config was shown.
        return identity_of(config, port, note, runtime.identity.replays)
    return identity_of(config, port, note)


def identity_of(config: Config, port: int, note: Callable[[str], None], replays: Replays | None = None) -> Identity:
    """All ways to sign in under `config`, on a listener that has got `port`. `note` hears when other things hold."""
    auth = config.auth
    known = VerifiedTokens()

    def changed(sentence: str) -> None:
        known.purge()
        note(sentence)

    trusted, fetches = trusting(config, port, changed)
    asking = [
        _introspection(fetch, one.issuer, entry.introspection, known)
        for (_, entry), one, fetch in zip(auth.trusted, trusted, fetches, strict=True)
        if entry.introspection is not None
    ]
    return Identity(
        tokens=Tokens(auth.tokens, changed=note) if auth.tokens is not None else None,
        jwt=JwtBearer(trusted, known, Proofs(public_url(config, port), replays)) if trusted else None,
        opaque=next(iter(asking), None),
        certificates=None if auth.mtls is None else ClientCertificates(auth.mtls.rule),
        known=known,
        fetches=fetches,
        revocations=Revocations(auth.revoked, changed=note) if auth.revoked is not None else None,
        unsafe_allow_anonymous=auth.unsafe_allow_anonymous,
    )


def trusting(config: Config, port: int, changed: Callable[[str], None]) -> tuple[list[Trusted], list[Fetch]]:
    """Every issuer of the config with its keys, and what they are asked through; both must be closed."""
    trusted, fetches = [], []
    for name, entry in config.auth.trusted:
        fetch = fetch_of(entry)
        fetches.append(fetch)
        keys = KeySource(fetch, entry.names[0], source=name, url=entry.keys_url, rsa_default=entry.rsa, changed=changed)
        trusted.append(Trusted(issuer=issuer_of(name, entry, config, port), keys=keys))
    return trusted, fetches


def _introspection(fetch: Fetch, issuer: Issuer, entry: issuers.Introspection, known: VerifiedTokens) -> Introspection:
    return Introspection(
        fetch,
        issuer,
        Desk(
            url=entry.url.text,
            client=entry.client_id,
            secret=entry.client_secret,
            any_audience=entry.unsafe_any_audience,
        ),
        known,
    )


def issuer_of(name: str, entry: issuers.Issuer, config: Config, port: int) -> Issuer:
    """What identity needs to know of an issuer of the config."""
    base = public_url(config, port)
    return Issuer(
        source=name,
        names=entry.names,
        # An empty path and `/` are the same resource (RFC 3986, 6.2.3), and clients write both.
        audiences=frozenset({base, f"{base}/", *entry.audience}),
        resources=resources(config, port),
        claims=entry.paths,
        required=entry.required,
        types=frozenset({"at+jwt"}) if entry.require_access_type else HEADER_TYPES,
        id_tokens=entry.id_tokens,
        max_lifetime=float(entry.max_lifetime),
        require_binding=entry.require_binding,
        require_dpop=entry.require_dpop,
    )


def fetch_of(entry: issuers.Issuer) -> Fetch:
    """What an issuer is asked through: only where the config lets it be. Raises as `client_tls`."""
    return Fetch(client_tls(entry), allowed=entry.allow_addresses, unsafe_allow_loopback=entry.unsafe_allow_loopback)


def client_tls(entry: issuers.Issuer) -> SSLContext:
    """How an issuer is verified. Raises `ConfigError` when its `ca` cannot be used."""
    return client_context(entry.ca)
