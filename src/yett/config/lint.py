"""What works and should be looked at: rules that do nothing, switches that open something, tests that are missing."""

from __future__ import annotations

import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from yett.config.inline_secrets import is_credential_header
from yett.config.node import Map, spot, walk
from yett.config.node import Path as KeyPath
from yett.config.report import Report
from yett.config.schema import Config
from yett.config.servers import HttpServer, ProcessServer
from yett.config.sign_in import STDIO, TOKENS
from yett.errors import StoreError
from yett.identity.revocations import RevocationFile
from yett.identity.token_file import TokenFile
from yett.policy import pattern as patterns
from yett.policy.membership import CLIENT, GROUP, ROLE, SCOPE, split_member
from yett.policy.pattern import Pattern
from yett.policy.role import EVERYONE


def lint(config: Config, root: Map, report: Report, path: Path) -> None:
    """Add every warning to the report. `path` is the config file."""
    look = _Lint(config, root, report)
    look.at_file(path)
    look.at_switches()
    look.at_sign_in()
    look.at_servers()
    look.at_roles()
    look.at_rules()
    look.at_tests()


class _Lint:
    def __init__(self, config: Config, root: Map, report: Report) -> None:
        self._config = config
        self._root = root
        self._report = report

    def _warn(self, code: str, message: str, path: KeyPath, hint: str = "", *, of_key: bool = False) -> None:
        self._report.warning(message, spot(self._root, path, of_key=of_key), code=code, help=hint)

    def at_switches(self) -> None:
        """Every `unsafe_` switch that is on."""
        for path, _, node in walk(self._root):
            name = path[-1]
            if isinstance(name, str) and name.startswith("unsafe_") and getattr(node, "value", False) is True:
                self._warn(
                    "unsafe-switch", f"`{name}` is on", path, "keep it only as long as it is needed", of_key=True
                )
        if "unsafe_nothing" in self._config.protect:
            self._warn("unsafe-switch", "credentials in replies are not removed", ("protect",), "write `[secrets]`")

    def at_file(self, path: Path) -> None:
        """Whether others may change what is allowed."""
        with suppress(OSError):
            if path.stat().st_mode & stat.S_IWOTH:
                message = "everybody on this machine can change this file"
                self._report.warning(message, None, code="writable-config", help=f"run `chmod o-w {path}`")

    def at_sign_in(self) -> None:
        """Whether anybody can sign in at all."""
        self._check_revocations()
        tokens = self._config.auth.tokens
        if tokens is not None and not tokens.exists():
            role = next((name for name in self._config.roles if name != EVERYONE), "reader")
            hint = f"make the first token: `yett token new alice --role {role} --tokens {tokens}`"
            self._warn(
                "no-token-file", "the token file does not exist: nobody can sign in yet", ("auth", "tokens"), hint
            )
        elif tokens is not None:
            try:
                TokenFile(tokens).read()
            except StoreError as error:
                self._warn("token-file", f"nobody can sign in: {error}", ("auth", "tokens"))

    def _check_revocations(self) -> None:
        revoked = self._config.auth.revoked
        if revoked is not None:
            try:
                RevocationFile(revoked).read()
            except StoreError as error:
                self._warn("revocation-file", f"nobody can sign in: {error}", ("auth", "revoked"))

    def at_servers(self) -> None:
        """Servers nobody may use, and credentials that cross the network in clear text."""
        allowed = [patterns.parse(rule).server for role in self._config.roles.values() for rule in role.allow]
        for name, server in self._config.servers.items():
            if name not in allowed and "*" not in allowed:
                hint = f'allow something, `"{name}.*"`, or remove the server'
                self._warn(
                    "unused-server", f"no role allows anything of `{name}`", ("servers", name), hint, of_key=True
                )
            if isinstance(server, HttpServer):
                self._at_http(name, server)
            elif isinstance(server, ProcessServer) and " " in server.command and not server.args:
                hint = f"the program is `{server.command.split()[0]}`; put the rest into `args`"
                self._warn(
                    "command-with-spaces", "a command with spaces is one name", ("servers", name, "command"), hint
                )

    def _at_http(self, name: str, server: HttpServer) -> None:
        if server.scheme == "https":
            return
        if not server.url.address.loopback and any(is_credential_header(header) for header in server.headers):
            hint = "use `https`"
            self._warn("clear-text", "a credential crosses the network in clear text", ("servers", name, "url"), hint)
        for key, given in (("ca", server.ca), ("unsafe_skip_verification", server.unsafe_skip_verification)):
            if given:
                message = f"`{key}` means nothing for an `http` server"
                self._warn("useless-key", message, ("servers", name, key), "use `https`, or remove it", of_key=True)

    def at_roles(self) -> None:
        """Roles that nobody can have, and roles that give everything to everybody."""
        for name, role in self._config.roles.items():
            if not role.allow and not role.deny and not role.include:
                self._warn("empty-role", f"`{name}` allows and denies nothing", ("roles", name), of_key=True)
            # A token can carry any role, without being listed as a member.
            if not self._config.auth.sources and name not in self._reached(EVERYONE):
                hint = f"callers without a credential have the role `{EVERYONE}` and no other"
                self._warn("nobody-has-role", f"nobody can have the role `{name}`", ("roles", name), hint, of_key=True)
            for position, member in enumerate(role.members):
                if set(self._config.auth.sources) <= {TOKENS, STDIO} and member.startswith(("role:", "client:")):
                    hint = "identity providers say such things; tokens have `--role`, `--group` and `--scope`"
                    path = ("roles", name, "members", position)
                    self._warn("member-of-nobody", f"nobody can be `{member}`: no token of ours says it", path, hint)
            if name == EVERYONE and "*.*" in role.allow:
                path = ("roles", name, "allow", role.allow.index("*.*"))
                self._warn("everything-for-everyone", "everybody may use every tool", path, "narrow it")

    def at_rules(self) -> None:
        """Rules that another rule makes pointless."""
        rules = {name: [patterns.parse(rule) for rule in role.deny] for name, role in self._config.roles.items()}
        for name, role in self._config.roles.items():
            denies = [deny for reached in self._reached(name, EVERYONE) for deny in rules[reached]]
            exact = {deny.text: deny for deny in denies if deny.exact}
            wide = [deny for deny in denies if not deny.exact]
            allows = [patterns.parse(rule) for rule in role.allow]
            for position, rule in enumerate(allows):
                path = ("roles", name, "allow", position)
                if deny := exact.get(rule.text) or next((deny for deny in wide if deny.covers(rule)), None):
                    message = f"`{rule.text}` is denied by `{deny.text}`"
                    self._warn("shadowed-rule", message, path, "deny wins: remove one of them")
                elif wider := _wider(rule, position, allows):
                    self._warn("redundant-rule", f"`{wider}` allows `{rule.text}` already", path, "remove one of them")

    def _reached(self, *names: str) -> Collection[str]:
        """These roles and all that they include, as far as they exist."""
        reached = dict.fromkeys(name for name in names if name in self._config.roles)
        pending = list(reached)
        while pending:
            below = [role for role in self._config.roles[pending.pop()].include if role not in reached]
            reached.update(dict.fromkeys(below))
            pending += below
        return reached.keys()

    def at_tests(self) -> None:
        """Policies without tests, and tests about nobody."""
        if not self._config.tests:
            server = next(iter(self._config.servers))
            hint = f'add `tests: [{{ who: anonymous, deny: ["{server}.*"] }}]`'
            self._warn("no-tests", "no tests say what the roles must mean", ("roles",), hint, of_key=True)
        known = {f"role:{name}" for name in self._config.roles}
        known |= {member for role in self._config.roles.values() for member in role.members}
        for number, test in enumerate(self._config.tests):
            if split_member(test.who)[1] in {ROLE, GROUP, SCOPE, CLIENT} and test.who not in known:
                hint = "write the name as `roles` or a list of `members` has it"
                self._warn("test-of-nobody", f"nothing is said about `{test.who}`", ("tests", number, "who"), hint)


def _wider(rule: Pattern, position: int, rules: list[Pattern]) -> str:
    for other, candidate in enumerate(rules):
        # Of two equal rules the second one is the redundant one.
        if other != position and candidate.covers(rule) and (other < position or not rule.covers(candidate)):
            return candidate.text
    return ""
