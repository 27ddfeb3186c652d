"""Why an exchange failed after it was cleared: exceptions become refusals here, once."""

from __future__ import annotations

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.establish import ERA_NOT_SPOKEN
from yett.errors import (
    UpstreamConflict,
    UpstreamEraError,
    UpstreamProtocolError,
    UpstreamSignIn,
    UpstreamTimeout,
    UpstreamUnavailable,
)

UPSTREAM_UNAVAILABLE = Reason(
    code="upstream.unavailable", kind=Kind.UPSTREAM_UNAVAILABLE, public="the MCP server cannot be reached"
)
UPSTREAM_BROKEN = Reason(
    code="upstream.broken", kind=Kind.UPSTREAM_BROKEN, public="the MCP server gave an answer that cannot be passed on"
)
UPSTREAM_SLOW = Reason(
    code="upstream.timeout", kind=Kind.UPSTREAM_TIMEOUT, public="the MCP server did not answer in time"
)
SIGN_IN_NEEDED = Reason(
    code="upstream.sign-in", kind=Kind.APPROVAL, public="sign in to the MCP server first, at the gateway's page for it"
)
STREAM_TAKEN = Reason(
    code="session.stream-taken", kind=Kind.HTTP_CONFLICT, public="the session's stream is open already"
)
UPSTREAM_SILENT = Reason(
    code="upstream.no-reply", kind=Kind.UPSTREAM_BROKEN, public="the MCP server ended its answer without a reply"
)
LEDGER_UNWRITABLE = Reason(
    code="ledger.unwritable",
    kind=Kind.UNAVAILABLE,
    public="calls cannot be recorded at the moment, so none are made",
)
FAILED_INSIDE = Reason(code="gateway.failed", kind=Kind.UNAVAILABLE, public="the request could not be processed")

TOO_MANY_AT_ONCE = Reason(code="limits.concurrency", kind=Kind.LIMITED, public="too many calls at the same time")


def sign_in_needed(page: str, detail: str) -> Deny:
    """Say where the caller has to sign in: an address that is made of the config."""
    return Deny(reason=SIGN_IN_NEEDED, detail=detail, public=f"sign in to the MCP server first, at {page}")


def blame(error: Exception) -> Deny:  # noqa: PLR0911 - a table of what can happen
    """Say what a failure means to the caller; the detail is for the ledger."""
    match error:
        case TimeoutError() | UpstreamTimeout():
            return Deny(reason=UPSTREAM_SLOW, detail=str(error) or "the call's time limit is over")
        case UpstreamEraError():
            return Deny(reason=ERA_NOT_SPOKEN, detail=str(error), public=str(error))
        case UpstreamProtocolError():
            return Deny(reason=UPSTREAM_BROKEN, detail=str(error))
        case UpstreamSignIn():
            return sign_in_needed(error.page, str(error))
        case UpstreamConflict():
            return Deny(reason=STREAM_TAKEN, detail=str(error))
        case UpstreamUnavailable():
            return Deny(reason=UPSTREAM_UNAVAILABLE, detail=str(error))
        case _:
            return Deny(reason=FAILED_INSIDE, detail=f"{type(error).__name__}: {error}")
