"""A few seconds of `make soak`: too few to judge growth, enough to see that all traffic goes and comes to an end."""

from __future__ import annotations

import asyncio

from steady.page import page, text
from steady.soak import soak
from steady.traffic import PARTS


def test_everybody_is_served_and_nothing_is_left_when_they_have_gone(tmp_path) -> None:
    finding = asyncio.run(soak(tmp_path, 0.1, strangers=160))
    assert finding.wrong == []
    assert all(tally.turns for tally in finding.tallies)
    assert 0 < finding.effects < finding.records["intent"] == finding.records["outcome"]
    shown = page(finding, "here")
    assert all(part.what in shown and part.what in text(finding) for part in PARTS)
