"""From a server's section `oauth` to what gets its tokens."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from yett.config.endpoints import public_url
from yett.config.schema import Config
from yett.config.secret_stores import fetcher
from yett.config.servers import HttpServer
from yett.config.upstream_oauth import OAuth, Registered
from yett.errors import ConfigError
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.credential import Credential
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.exchange import ACCESS_TOKEN, Desk, Exchange
from yett.upstream.oauth.kept import Connections
from yett.upstream.oauth.personal import Pages, Personal
from yett.upstream.oauth.sealed import Sealed
from yett.upstream.oauth.service import Service, Wanted
from yett.upstream.upstream import Upstream

CONNECT: Final = "/connect/"
"""Below it, the name of the server."""
CALLBACK: Final = "/connect"
DOCUMENT: Final = "/connect/.client.json"
"""No server has such a name."""

_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a name


def credential_of(name: str, server: HttpServer, config: Config, port: int) -> Credential | None:
    """What gets tokens for a server; nothing where it needs none."""
    section = server.oauth
    if section is None:
        return None
    if section.grant == "authorization-code":
        return _personal(name, server, section, config, port)
    return _shared(server, section)


def connections_of(upstreams: Mapping[str, Upstream]) -> dict[str, Personal]:
    """The servers where callers sign in themselves."""
    found = {name: getattr(upstream, "credential", None) for name, upstream in upstreams.items()}
    return {name: credential for name, credential in found.items() if isinstance(credential, Personal)}


def _personal(name: str, server: HttpServer, section: OAuth, config: Config, port: int) -> Personal:
    if config.connections is None:
        raise ConfigError("`connections` is missing: nothing says where callers' tokens are kept")
    base = public_url(config, port)
    pages = Pages(
        sign_in=f"{base}{CONNECT}{name}",
        redirect=f"{base}{CALLBACK}",
        document=f"{base}{DOCUMENT}" if base.startswith("https://") else "",
    )
    issuer = "" if section.issuer is None else str(section.issuer)
    return Personal(
        _endpoint(section, issuer),
        str(server.url),
        Connections(Sealed(config.connections.path, config.connections.key), name),
        pages,
        issuer=issuer,
        own=_client(section) if section.client_id is not None else None,
        scopes=frozenset(section.scopes),
        clock=time.time,
    )


def _shared(server: HttpServer, section: OAuth) -> Credential:
    wanted = Wanted(
        resource=section.resource or str(server.url), scopes=section.scopes, audience=section.audience or ""
    )
    own = "" if section.issuer is None else str(section.issuer)
    desk = Desk(endpoint=_endpoint(section, own), client=_client(section))
    service = Service(desk.endpoint, desk.client, wanted, clock=time.time)
    if section.grant == "client-credentials":
        return service
    identity = section.identity
    callers = [str(issuer) for issuer in section.callers_of] or [str(identity.issuer) if identity is not None else own]
    return Exchange(
        desk,
        wanted,
        service,
        subject_type=ACCESS_TOKEN if section.subject_token == "access-token" else _ID_TOKEN,  # noqa: S105 - a kind
        identity=None
        if identity is None
        else Desk(endpoint=_endpoint(section, str(identity.issuer)), client=_client(identity)),
        issuers=frozenset(callers),
        clock=time.time,
    )


def _endpoint(section: OAuth, issuer: str) -> Endpoint:
    fetch = fetcher(section)
    return Endpoint(fetch, issuer, clock=time.time, close=fetch.close)


def _client(registered: Registered) -> Client:
    return Client(
        id=registered.client_id or "",
        secret=registered.client_secret,
        key=registered.private_key,
        key_id=registered.key_id or "",
    )
