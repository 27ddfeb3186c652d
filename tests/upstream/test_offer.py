from __future__ import annotations

import pytest

from yett.core.exchange import Era
from yett.core.message import Failure, Reply
from yett.protocol.headers import era_of
from yett.protocol.methods import check_params
from yett.upstream.offer import DISCOVER, INITIALIZE, agreed, discovered, offered
from yett.upstream.upstream import Offer


def test_the_questions_are_well_formed():
    assert check_params(DISCOVER, Era.MODERN) is None
    assert check_params(INITIALIZE, Era.LEGACY) is None
    assert era_of(DISCOVER).era is Era.MODERN
    assert era_of(INITIALIZE).era is Era.LEGACY


@pytest.mark.parametrize(
    ("reply", "versions"),
    [
        (Reply(id=1, result={"supportedVersions": ["2026-07-28"]}), ("2026-07-28",)),
        (Reply(id=1, result={"supportedVersions": ["2099-01-01", "2026-07-28", "2025-11-25"]}), ("2026-07-28",)),
        (Reply(id=1, result={"supportedVersions": []}), ()),
        (Reply(id=1, result={"supportedVersions": "2026-07-28"}), ()),
        (Reply(id=1, result={"supportedVersions": {"2026-07-28": 1}}), ()),
        (Reply(id=1, result={}), ()),
        (Reply(id=1, error=Failure(code=-32022, message="", data={"supported": ["2026-07-28"]})), ("2026-07-28",)),
        (Reply(id=1, error=Failure(code=-32022, message="", data={"supported": ["2025-11-25"]})), ()),
        (Reply(id=1, error=Failure(code=-32022, message="")), ()),
        (Reply(id=1, error=Failure(code=-32601, message="", data={"supported": ["2026-07-28"]})), ()),
    ],
)
def test_a_discovery_names_the_modern_versions(reply, versions):
    assert discovered(reply) == versions


@pytest.mark.parametrize(
    ("reply", "versions"),
    [
        (Reply(id=1, result={"protocolVersion": "2025-06-18"}), ("2025-06-18",)),
        (Reply(id=1, result={"protocolVersion": "2026-07-28"}), ()),
        (Reply(id=1, result={"protocolVersion": ["2025-06-18"]}), ()),
        (Reply(id=1, result={}), ()),
        (Reply(id=1, error=Failure(code=1, message="")), ()),
    ],
)
def test_a_greeting_agrees_on_a_legacy_version(reply, versions):
    assert agreed(reply) == versions


def test_an_offer_has_the_eras_that_were_answered():
    assert offered((), ()) == Offer()
    assert offered(("2026-07-28",), ()) == Offer(eras=frozenset({Era.MODERN}), versions=("2026-07-28",))
    assert offered(("m",), ("l",)) == Offer(eras=frozenset(Era), versions=("m", "l"))
