"""What makes a config wrong although every part of it is right: parts that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from yett.config import meaning_of_auth
from yett.config.node import Map, spot
from yett.config.node import Path as KeyPath
from yett.config.report import Report
from yett.config.schema import Config
from yett.config.servers import HttpServer, ProcessServer
from yett.config.wording import suggestion
from yett.policy import pattern as patterns
from yett.policy.role import EVERYONE

_TLS: Final = "tls: { cert: tls.crt, key: tls.key }"


def check(config: Config, root: Map, report: Report) -> None:
    """Add every contradiction to the report."""
    meaning = _Meaning(config, root, report)
    meaning.check_listeners()
    meaning.check_files()
    meaning.check_servers()
    meaning.check_connections()
    meaning.check_roles()
    meaning.check_includes()
    meaning.check_patterns()
    meaning.check_protection()
    meaning_of_auth.check(config, meaning.error)


def named_patterns(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Every pattern of roles and tests, with the path to it."""
    for name, role in config.roles.items():
        for effect, rules in (("allow", role.allow), ("deny", role.deny)):
            yield from ((("roles", name, effect, position), rule) for position, rule in enumerate(rules))
    for number, test in enumerate(config.tests):
        for effect, calls in (("allow", test.allow), ("deny", test.deny)):
            yield from ((("tests", number, effect, position), call.pattern) for position, call in enumerate(calls))


class _Meaning:
    def __init__(self, config: Config, root: Map, report: Report) -> None:
        self._config = config
        self._root = root
        self._report = report

    def error(self, message: str, path: KeyPath, hint: str, *, of_key: bool = False) -> None:
        """Add one contradiction."""
        code = "policy" if path[0] in {"roles", "tests"} else "config"
        self._report.error(message, spot(self._root, path, of_key=of_key), help=hint, code=code)

    def check_listeners(self) -> None:
        """A listener that strangers reach has TLS and authentication, or the danger has a name."""
        listen, auth, admin = self._config.listen, self._config.auth, self._config.admin
        where = str(listen.address)
        if listen.scheme == "https" and self._config.tls is None:
            hint = f"add `{_TLS}`; certificates by ACME are not part of this version"
            self.error("an `https` listener without a certificate", ("listen",), hint)
        if listen.scheme == "http" and self._config.tls is not None:
            hint = f"write `listen: https://{listen.address.authority}`, or remove `tls`"
            self.error("a certificate without an `https` listener", ("tls",), hint, of_key=True)
        if listen.scheme == "http" and not listen.address.loopback and not listen.unsafe_allow_plain_http:
            hint = (
                f"add `{_TLS}` and listen on https; or, behind something that ends TLS, write\n"
                f"`listen: {{ address: {where}, unsafe_allow_plain_http: true }}`"
            )
            self.error(f"tokens would cross the network in clear text to `{where}`", ("listen",), hint)
        if auth.unsafe_allow_anonymous and not listen.address.loopback and not listen.unsafe_allow_public_anonymous:
            hint = (
                f"listen on 127.0.0.1, or write `listen: {{ address: {where}, unsafe_allow_public_anonymous: true }}`"
            )
            self.error(f"everybody who reaches `{where}` could call", ("auth",), hint)
        if admin is not None and not admin.listen.loopback and not admin.unsafe_allow_public:
            hint = (
                "it asks nobody who they are: write `127.0.0.1`; or, where the network keeps strangers out,\n"
                f'`admin: {{ listen: "{admin.listen}", unsafe_allow_public: true }}`'
            )
            self.error(
                f"everybody who reaches `{admin.listen}` could read health and metrics", ("admin", "listen"), hint
            )
        if admin is not None and admin.listen.authority == listen.address.authority and listen.port:
            self.error("two listeners at one address", ("admin", "listen"), "give the admin listener a port of its own")

    def check_files(self) -> None:
        """The files a listener or a server cannot start without are there."""
        tls = self._config.tls
        files: list[tuple[KeyPath, Path]] = []
        if tls is not None:
            files += [(("tls", "cert"), tls.cert), (("tls", "key"), tls.key)]
            files += [(("tls", "client_ca"), tls.client_ca)] if tls.client_ca is not None else []
            files += [(("tls", "client_crl", number), file) for number, file in enumerate(tls.client_crl)]
        for name, server in self._config.servers.items():
            if isinstance(server, HttpServer):
                files += [(("servers", name, "ca"), server.ca)] if server.ca else []
                if server.oauth is not None and server.oauth.ca is not None:
                    files.append((("servers", name, "oauth", "ca"), server.oauth.ca))
            elif isinstance(server, ProcessServer) and not server.cwd.is_dir():
                self.error(f"no such folder: `{server.cwd}`", ("servers", name, "cwd"), "make it, or name another")
        for store in ("vault", "aws", "gcp", "azure", "kubernetes"):
            section = getattr(self._config.secrets, store)
            if section is not None and section.ca is not None:
                files.append((("secrets", store, "ca"), section.ca))
        for path, file in files:
            if not file.is_file():
                self.error(f"no such file: `{file}`", path, "relative names start at the folder of the config file")

    def check_servers(self) -> None:
        """There is something to protect."""
        if not self._config.servers:
            hint = "add one: `demo: http://127.0.0.1:3001/mcp`"
            self.error("`servers` is empty: there is nothing to protect", ("servers",), hint, of_key=True)

    def check_connections(self) -> None:
        """Callers who sign in at servers themselves are somebody, and what they leave there is kept."""
        for name, server in self._config.servers.items():
            personal = isinstance(server, HttpServer) and server.oauth and server.oauth.grant == "authorization-code"
            path = ("servers", name, "oauth")
            if personal and self._config.connections is None:
                hint = 'add `connections: { key: "${file:connections-key}" }`'
                self.error("`connections` is missing: nothing says where callers' tokens are kept", path, hint)
            if personal and self._config.auth.unsafe_allow_anonymous:
                hint = "have callers sign in at the gateway, or use `grant: client-credentials`"
                self.error("callers without a name would share one sign-in at the server", path, hint)

    def check_roles(self) -> None:
        """Somebody may do something."""
        roles = self._config.roles
        server = next(iter(self._config.servers), "demo")
        if not any(role.allow for role in roles.values()):
            what = "no role allows anything" if roles else "`roles` is empty"
            hint = f'add `reader: {{ members: [user:alice], allow: ["{server}.*"] }}`'
            self.error(f"{what}: everything would be denied", ("roles",), hint, of_key=True)
        if EVERYONE in roles and roles[EVERYONE].members:
            hint = "remove `members`: the role is for all who are signed in"
            self.error(f"`{EVERYONE}` has no members", ("roles", EVERYONE, "members"), hint, of_key=True)

    def check_includes(self) -> None:
        """Every included role exists, and none includes itself."""
        roles = self._config.roles
        for name, role in roles.items():
            for position, included in enumerate(role.include):
                if included not in roles:
                    hint = suggestion(included, roles) or f"known roles: {', '.join(roles)}"
                    self.error(f"unknown role `{included}`", ("roles", name, "include", position), hint)
        for ring in rings({name: [r for r in role.include if r in roles] for name, role in roles.items()}):
            # Told where the first of them, in the order of the file, leads into it.
            first = min(range(len(ring)), key=lambda index: list(roles).index(ring[index]))
            told = [*ring[first:], *ring[:first], ring[first]]
            path = ("roles", told[0], "include", roles[told[0]].include.index(told[1]))
            self.error(f"roles include each other: {' -> '.join(told)}", path, "remove one of the includes")

    def check_patterns(self) -> None:
        """Every pattern is about a server that exists."""
        known = self._config.servers
        for path, text in named_patterns(self._config):
            server = patterns.parse(text).server
            if server != "*" and server not in known:
                hint = suggestion(server, known) or f"known servers: {', '.join(known)}"
                self.error(f"unknown server `{server}` in `{text}`", path, hint)

    def check_protection(self) -> None:
        """Leaving everything unprotected has a name."""
        protect = self._config.protect
        if not protect:
            hint = "write `[secrets]`; or, if credentials may pass, `[unsafe_nothing]`"
            self.error("`protect` is empty", ("protect",), hint)
        if "unsafe_nothing" in protect and len(protect) > 1:
            self.error("`unsafe_nothing` stands for nothing else", ("protect",), "write `[secrets]`")


def rings(includes: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """The circles in a graph, each once, found in one walk; without recursion, for chains may be long."""
    done: set[str] = set()
    for start in includes:
        # A dict is a path that knows at once who is on it.
        path: dict[str, Iterator[str]] = {} if start in done else {start: iter(includes[start])}
        while path:
            name = next(reversed(path))
            following = next(path[name], None)
            if following is None:
                del path[name]
                done.add(name)
            elif following in path:
                names = list(path)
                yield names[names.index(following) :]
            elif following not in done:
                path[following] = iter(includes[following])
