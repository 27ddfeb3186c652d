"""Every exception Yett raises, on one screen. Refusing is a value (`core.verdict.Deny`); breaking is one of these."""

from __future__ import annotations


class YettError(Exception):
    """The root: catch this to catch everything that Yett raises on purpose."""


class ConfigError(YettError):
    """A configuration that cannot be used. `where` is `file:line:column`, or empty when no place is known."""

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(message)
        self.where = where


class PolicyError(ConfigError):
    """A policy that cannot mean what it says: an unknown role, a cycle, a pattern that can never match."""


class PeerError(YettError):
    """The other side of a connection broke the protocol; who is in the subclass."""


class DownstreamProtocolError(PeerError):
    """The client sent bytes that are not HTTP as we accept it. `status` is the answer it gets."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class DownstreamGone(PeerError):
    """The client left before its answer was complete."""


class UpstreamProtocolError(PeerError):
    """The MCP server answered with something that must not be forwarded."""


class UpstreamError(YettError):
    """The MCP server could not be asked."""


class UpstreamTimeout(UpstreamError):
    """The MCP server did not answer in time."""


class UpstreamUnavailable(UpstreamError):
    """The MCP server cannot be reached, refuses, or has been switched off after failures."""


class UpstreamRefused(UpstreamUnavailable):
    """The MCP server does not let us in: 401 or 403 for the credentials that we have, or have not."""


class UpstreamSignIn(UpstreamError):
    """The MCP server wants the caller to sign in there himself. `page` is where, on the gateway."""

    def __init__(self, message: str, *, page: str) -> None:
        super().__init__(message)
        self.page = page


class UpstreamConflict(UpstreamUnavailable):
    """The MCP server has given out already what there is only one of: a session's stream."""


class UpstreamEraError(UpstreamError):
    """The MCP server does not speak the protocol era of this client; the message names both."""


class AskError(YettError):
    """A server that the config names (an issuer, a vault) could not be asked. The message says why, never a secret."""


class StoreError(YettError):
    """A state store (counters, sessions, catalogue, tokens) cannot be used."""


class SecretError(YettError):
    """A secret reference that cannot be resolved. The message never holds the value."""


class TargetError(YettError):
    """What an audit was pointed at cannot be read."""


class TargetUnreachable(TargetError):
    """A live target of an audit does not answer."""


class TargetNeedsSignIn(TargetError):
    """A live target of an audit answers only those who are signed in."""


class LedgerError(YettError):
    """A record could not be kept, so what it describes must not happen."""


class LedgerInUse(LedgerError):
    """Another process writes this ledger, and one ledger has one writer."""


class SafeError(YettError):
    """`yett.safe` did not do what it was asked to; why is in the subclass."""


class UnsafeInput(SafeError):
    """An argument, path or URL that could do more than it should. Nothing was started, opened or asked."""


class CommandFailed(SafeError):
    """A program could not be started, took too long, said too much, or ended with a status that is no success."""

    def __init__(self, message: str, *, status: int | None = None, stderr: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.stderr = stderr


class FetchFailed(SafeError):
    """A URL was fine to ask, and no whole answer came in time and size."""
