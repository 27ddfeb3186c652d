"""The judge is judged: what is done although it must not be is seen three times, by answer, effects and ledger."""

from __future__ import annotations

from siege.campaign import Campaign, Lane
from siege.cases import Act, Case, broken, case, no, stream, talk, yes
from siege.castle import Castle
from siege.rows.http_bytes import POST
from siege.speech import call

DONE = call("echo", {"text": "x"})


def problems(castle: Castle, *rows: Case) -> list[list[str]]:
    campaign = Campaign(castle)
    campaign.patience = 0.0
    return [attempt.problems for attempt in campaign.run(rows, [Lane()], long=False)]


def breaks(_: Campaign) -> list[str]:
    raise RuntimeError("no idea")


def test_a_bypass_would_be_seen_and_a_refusal_is_not_taken_for_one(tmp_path) -> None:
    with Castle(tmp_path) as castle:
        # A good call, of which a row says that it must be refused: exactly what a bypass looks like.
        (seen,) = problems(castle, case("X-01", "done", talk("x", DONE, no(400, code=-32602))))
        assert any("status 200" in one for one in seen)
        assert any("1 effects, not 0" in one for one in seen)
        assert any("`refusal`" in one for one in seen)
        assert any("`intent`" in one for one in seen)

        # A refusal, of which a row says that it must be done.
        (seen,) = problems(castle, case("X-02", "refused", talk("x", call("delete_all"), yes())))
        assert any("no good result" in one for one in seen)
        assert any("0 effects, not 1" in one for one in seen)

        # What a server must not say, said.
        (seen,) = problems(castle, case("X-03", "leaks", talk("x", DONE, yes(absent=(b'"text"',)))))
        assert [one for one in seen if "is in the answer" in one] == seen

        # A connection that stays open, and one that hangs.
        request = POST + b"content-length: 1000\r\n\r\n{"
        (seen,) = problems(castle, case("X-04", "hangs", stream("x", no(400), request, seconds=0.3)))
        assert any("hangs" in one for one in seen)
        (seen,) = problems(castle, case("X-05", "stays", stream("x", yes(closes=True), b"<call>")))
        assert seen == ["the connection stays open"]

        # A wrong outcome, and a story that breaks.
        (seen,) = problems(castle, case("X-06", "outcome", talk("x", DONE, broken())))
        assert any("outcome ['allowed']" in one for one in seen)
        (seen,) = problems(castle, case("X-07", "breaks", Act(what="x", story=breaks)))
        assert seen == ["the story broke: RuntimeError: no idea"]

        # And the rows of a peaceful day.
        good = case(
            "X-08", "peace", talk("done", DONE, yes()), talk("refused", call("delete_all"), no(200, code=-32602))
        )
        assert problems(castle, good) == [[], []]
