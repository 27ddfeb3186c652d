"""From a server's section `oauth` to what gets its tokens."""

from __future__ import annotations

import time

from yett.config.secret_stores import fetcher
from yett.config.servers import HttpServer
from yett.config.upstream_oauth import OAuth, Registered
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.credential import Credential
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.exchange import ACCESS_TOKEN, Desk, Exchange
from yett.upstream.oauth.service import Service, Wanted

_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a name


def credential_of(server: HttpServer) -> Credential | None:
    """What gets tokens for a server; nothing where it needs none."""
    section = server.oauth
    if section is None:
        return None
    wanted = Wanted(
        resource=section.resource or str(server.url), scopes=section.scopes, audience=section.audience or ""
    )
    desk = Desk(endpoint=_endpoint(section, str(section.issuer)), client=_client(section))
    service = Service(desk.endpoint, desk.client, wanted, clock=time.time)
    if section.grant == "client-credentials":
        return service
    identity = section.identity
    callers = section.callers_of or ((identity.issuer,) if identity is not None else (section.issuer,))
    return Exchange(
        desk,
        wanted,
        service,
        subject_type=ACCESS_TOKEN if section.subject_token == "access-token" else _ID_TOKEN,  # noqa: S105 - a kind
        identity=None
        if identity is None
        else Desk(endpoint=_endpoint(section, str(identity.issuer)), client=_client(identity)),
        issuers=frozenset(str(issuer) for issuer in callers),
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
