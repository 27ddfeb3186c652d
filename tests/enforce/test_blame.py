from __future__ import annotations

import pytest

from yett.core.reason import Kind
from yett.enforce.blame import blame
from yett.errors import (
    StoreError,
    UpstreamConflict,
    UpstreamEraError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamUnavailable,
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), Kind.UPSTREAM_TIMEOUT),
        (UpstreamTimeout("slow"), Kind.UPSTREAM_TIMEOUT),
        (UpstreamUnavailable("gone"), Kind.UPSTREAM_UNAVAILABLE),
        (UpstreamConflict("409"), Kind.HTTP_CONFLICT),
        (UpstreamProtocolError("odd"), Kind.UPSTREAM_BROKEN),
        (UpstreamEraError("the client speaks modern, the server legacy"), Kind.VERSION),
        (StoreError("lost"), Kind.UNAVAILABLE),
    ],
)
def test_every_failure_has_a_kind(error, kind) -> None:
    assert blame(error).reason.kind is kind


def test_what_the_server_said_is_for_the_ledger_only() -> None:
    deny = blame(UpstreamProtocolError("secret words of the server"))
    assert (deny.detail, deny.public) == ("secret words of the server", "")


def test_both_eras_are_named_to_the_caller() -> None:
    assert blame(UpstreamEraError("the client speaks modern, the server legacy")).public == (
        "the client speaks modern, the server legacy"
    )
