"""Where a gateway is for its clients: its public URL, the paths of its servers, and the names requests may use."""

from __future__ import annotations

from collections.abc import Mapping

from yett.config.address import PORTS
from yett.config.schema import Config
from yett.config.servers import InlineServer
from yett.identity.front_door import FrontDoor
from yett.policy.policy import Policy


def public_url(config: Config, port: int) -> str:
    """The URL clients know the gateway by, without a slash at its end; never from what a request says."""
    if config.url is not None:
        scheme, host, number = config.url.scheme, config.url.host, config.url.port
    else:
        scheme, host, number = config.listen.scheme, config.listen.host, port
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if number == PORTS[scheme] else f"{scheme}://{shown}:{number}"


def routes(config: Config) -> Mapping[bytes, str]:
    """From every path, byte by byte, to the server that answers at it."""
    return {path.encode(): name for name, paths in endpoints(config).items() for path in paths}


def endpoints(config: Config) -> Mapping[str, tuple[str, ...]]:
    """The paths each server answers at, the first of them its own."""
    alone = len(config.servers) == 1
    return {
        name: (server.path,) if isinstance(server, InlineServer) else (f"/{name}/mcp", *(("/mcp",) if alone else ()))
        for name, server in config.servers.items()
    }


def resources(config: Config, port: int) -> Mapping[str, frozenset[str]]:
    """For each server, the URLs of its endpoints: what a token that is meant for it alone has in `aud` (RFC 8707)."""
    base = public_url(config, port)
    return {name: frozenset(f"{base}{path}" for path in paths) for name, paths in endpoints(config).items()}


def names(host: str, port: int, scheme: str = "http") -> frozenset[str]:
    """What a client may call a listener, as `Host` values: the name it binds, and the loopback's names if it is one."""
    known = {host}
    if host in {"127.0.0.1", "::1", "localhost"}:
        known |= {"127.0.0.1", "::1", "localhost"}
    shown = {f"[{name}]" if ":" in name else name for name in known}
    default = {"http": 80, "https": 443}[scheme]
    return frozenset({f"{name}:{port}" for name in shown} | (shown if port == default else frozenset()))


def hosts(config: Config, port: int) -> frozenset[str]:
    """What clients may call the gateway, as `Host` values: the listener's names, and those of the public URL."""
    return frozenset().union(*_known(config, port).values())


def origins(config: Config, port: int) -> frozenset[str]:
    """The web origins whose pages may call: the gateway's own, and those that the config lists."""
    own = {f"{scheme}://{host}" for scheme, known in _known(config, port).items() for host in known}
    listed = (
        (address.scheme, name)
        for address in config.listen.origins
        for name in names(address.host, address.port, address.scheme)
    )
    return frozenset(own | {f"{scheme}://{name}" for scheme, name in listed})


def _known(config: Config, port: int) -> dict[str, frozenset[str]]:
    known = {config.listen.scheme: names(config.listen.host, port, config.listen.scheme)}
    if config.url is not None:
        public = names(config.url.host, config.url.port, config.url.scheme)
        known[config.url.scheme] = known.get(config.url.scheme, frozenset()) | public
    return known


def front_door(config: Config, port: int, policy: Policy) -> FrontDoor:
    """What strangers may see: metadata where there is an issuer to sign in at, challenges, and preflights."""
    paths = {
        path: frozenset(config.servers[name].scopes.get("*", ()))
        for name, answering in endpoints(config).items()
        for path in answering
    }
    demanding = {issuer.require_dpop for _, issuer in config.auth.trusted}
    return FrontDoor(
        base=public_url(config, port),
        paths=paths,
        issuers=[issuer.names[0] for _, issuer in config.auth.trusted],
        scopes=policy.scopes,
        origins=origins(config, port),
        certificate_bound=config.tls is not None and config.tls.client_ca is not None,
        dpop=True in demanding,
        only_dpop=demanding == {True} and config.auth.tokens is None,
    )
