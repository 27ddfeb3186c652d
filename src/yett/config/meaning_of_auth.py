"""What makes `auth` wrong although every part of it is right: issuers that contradict each other, us, or `members`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from yett.config.node import Path as KeyPath
from yett.config.schema import Config
from yett.config.servers import InlineServer
from yett.config.sign_in import STDIO, TOKENS
from yett.config.wording import suggestion
from yett.policy.membership import CLIENT, ROLE, split_member
from yett.policy.role import EVERYONE

Report = Callable[[str, KeyPath, str], None]
"""Takes a message, the path it is about, and what to do."""

_NOT_SAID_BY_TOKENS = frozenset({ROLE, CLIENT})


def check(config: Config, report: Report) -> None:
    """Report every contradiction."""
    if any(True for _ in config.auth.trusted):
        _check_audience(config, report)
        _check_issuers(config, report)
        _check_introspection(config, report)
    _check_certificates(config, report)
    _check_members(config, report)


def path_of(config: Config, name: str) -> KeyPath:
    """Where an issuer stands in the file."""
    return ("auth", "issuers", name) if name in config.auth.issuers else ("auth", name)


def _check_audience(config: Config, report: Report) -> None:
    """Tokens are meant for a URL: there must be one that is ours alone, and that tokens may be sent to."""
    public, path = (config.url, ("url",)) if config.url is not None else (config.listen.address, ("listen",))
    if _is_unspecified(public.host):
        hint = "add `url: https://mcp.example.com`, the name that clients know the gateway by"
        report(f"tokens are meant for a URL, and `{public}` is nobody's", path, hint)
    elif public.scheme != "https" and not public.loopback:
        hint = f"write `url: https://{public.host}`, or whatever name TLS is ended for"
        report(f"tokens would be meant for `{public}`, and cross the network in clear text", path, hint)


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _check_issuers(config: Config, report: Report) -> None:
    seen: dict[str, str] = {}
    for name, issuer in config.auth.trusted:
        path = path_of(config, name)
        for said in issuer.names:
            if said in seen:
                report(f"`{said}` is the issuer of `{seen[said]}` already", path, "keep one of them")
            seen[said] = name
        asked = issuer.introspection
        for url in (issuer.url, issuer.jwks, None if asked is None else asked.url):
            if url is None or url.address.scheme == "https":
                continue
            if not url.address.loopback:
                report(f"`{url}` is not `https`: whoever stands between could sign tokens", path, "use `https`")
            elif not issuer.unsafe_allow_loopback:
                hint = f"for a trial on one machine, write `{{ url: {url}, unsafe_allow_loopback: true }}`"
                report(f"`{url}` is not `https`", path, hint)
        if issuer.ca is not None and not issuer.ca.is_file():
            hint = "relative names start at the folder of the config file"
            report(f"no such file: `{issuer.ca}`", (*path, "ca"), hint)


def _check_certificates(config: Config, report: Report) -> None:
    """Whoever signs in with a certificate, or must have one for his token, is asked for it."""
    if config.tls is not None and config.tls.client_ca is not None:
        return
    hint = "add `client_ca: clients-ca.pem` to `tls`"
    inline = any(isinstance(server, InlineServer) for server in config.servers.values())
    if config.auth.mtls is not None:
        report("`mtls`, and the listener asks nobody for a certificate", ("auth", "mtls"), hint)
    for name, issuer in config.auth.trusted:
        if issuer.require_binding and not inline:  # an app's own server may have asked
            path = (*path_of(config, name), "require_binding")
            report("no token could be accepted: the listener asks nobody for a certificate", path, hint)


def _check_introspection(config: Config, report: Report) -> None:
    """An opaque token does not say whose it is: asking several issuers would show it to those it is not of."""
    asking = [name for name, issuer in config.auth.trusted if issuer.introspection is not None]
    for name in asking[1:]:
        path = (*path_of(config, name), "introspection")
        report(f"`{asking[0]}` is asked about opaque tokens already", path, "keep one `introspection`")


def _check_members(config: Config, report: Report) -> None:
    """With several ways to sign in, a name alone does not say whose: anybody could take it somewhere else."""
    sources = config.auth.sources
    for path, text in _named(config):
        source, kind, name = split_member(text)
        if source and source not in sources:
            hint = suggestion(source, sources) or f"ways to sign in: {', '.join(sources) or 'none'}"
            report(f"`{source}` in `{text}` is no way to sign in", path, hint)
            continue
        ours = path[0] == "tests" and kind == ROLE and name in config.roles
        # A caller on a pipe is whom this very config names: nobody can take his name there.
        possible = [one for one in sources if one != STDIO and (one != TOKENS or kind not in _NOT_SAID_BY_TOKENS)]
        if kind and not source and not ours and len(possible) > 1:
            hint = f"say whose: {' or '.join(f'`{one}:{text}`' for one in possible)}"
            report(f"`{text}` could be anybody's who signs in by {' or '.join(possible)}", path, hint)


def _named(config: Config) -> Iterator[tuple[KeyPath, str]]:
    for role, entry in config.roles.items():
        yield from ((("roles", role, "members", position), member) for position, member in enumerate(entry.members))
    for number, test in enumerate(config.tests):
        if test.who not in {EVERYONE, "anonymous"}:
            yield ("tests", number, "who"), test.who
