"""A: who is calling."""

from __future__ import annotations

from typing import Any

from siege.cases import Fate, Talk, act, case, no, proof, talk
from siege.speech import ABSENT, call
from siege.stories.identity import brute_force, comparison_time, fixed_challenge, no_such_routes, one_answer_for_all
from siege.stories.mcp_upstream import credentials_of_sessions, revoked
from siege.stories.sign_in import challenge_leads_home, metadata_is_the_configs

UNSIGNED = no(401, present=(b"www-authenticate: Bearer ",))


MALFORMED = no(400)


def signed(what: str, value: Any, fate: Fate, *lines: bytes) -> Talk:
    """A good call with another `Authorization`."""
    return talk(what, call("echo", {"text": "x"}, head={"authorization": value}, lines=lines), fate)


STATE = "tests/state/test_counters.py::"


OWN_TOKENS = "tests/identity/test_own_tokens.py::"


ROWS = [
    case(
        "A-01",
        "the Authorization header",
        signed("none", ABSENT, UNSIGNED),
        [
            signed(what, value, UNSIGNED)
            for what, value in (
                ("Basic", "Basic YWxpY2U6eA=="),
                ("Digest", "Digest x"),
                ("a token of nobody", "Bearer abc"),
            )
        ],
        [
            signed(what, value, MALFORMED)
            for what, value in (
                ("empty", ""),
                ("Bearer alone", "Bearer"),
                ("Bearer and a space", "Bearer "),
                ("two tokens", "Bearer abc def"),
                ("a list", "Bearer abc, Bearer def"),
                ("a tab", "Bearer\tabc"),
                ("two spaces", "Bearer  abc"),
                ("9 KiB", "Bearer " + "a" * 9000),
                ("quotes", 'Bearer "abc"'),
                ("a comma", "Bearer abc,def"),
            )
        ],
        signed("two headers", "Bearer abc", MALFORMED, b"authorization: Bearer def"),
        act(
            "a good scheme in lower case",
            lambda campaign: (
                []
                if campaign.say(
                    call("echo", {"text": "x"}, head={"authorization": f"bearer {campaign.castle.tokens['alice']}"})
                ).status
                == 200
                else ["refused"]
            ),
        ),
        act("one answer for all that failed", one_answer_for_all),
        act("one challenge for all tokens of issuers", challenge_leads_home),
    ),
    case(
        "A-02",
        "a token elsewhere",
        [
            talk(what, call("echo", {"text": "x"}, caller="stranger", head=head), no(400, 401), servers="web")
            for what, head in (
                ("a cookie", {"cookie": "token=yett_x"}),
                ("X-API-Key", {"x-api-key": "yett_x"}),
                ("Sec-WebSocket-Protocol", {"sec-websocket-protocol": "bearer, yett_x"}),
                ("Proxy-Authorization", {"proxy-authorization": "Bearer yett_x"}),
            )
        ],
        talk("the query", call("echo", caller="stranger", path="/web/mcp?access_token=yett_x"), no(400), servers="web"),
        talk("the body", call("echo", {"access_token": "yett_x"}, caller="stranger"), no(401)),
        talk("`_meta`", call("echo", caller="stranger", meta={"authorization": "Bearer yett_x"}), no(401)),
        act("good tokens, elsewhere", credentials_of_sessions),
    ),
    case(
        "A-20",
        "a token revoked during a stream",
        act("static tokens", revoked, long=True),
        not_yet="a session that is ended at the issuer",
    ),
    case(
        "A-21",
        "static tokens: timing",
        act("a wrong beginning, a wrong end", comparison_time, long=True),
        proof(OWN_TOKENS + "test_known_and_unknown_key_ids_cost_the_same"),
        proof(OWN_TOKENS + "test_a_digest_in_the_file_is_no_token"),
    ),
    case(
        "A-22",
        "static tokens: weak, default, twice",
        [
            signed(repr(token), f"Bearer {token}", UNSIGNED)
            for token in ("secret-api-key", "changeme", "yett_", "test", "0" * 40, "yett_00000000_" + "0" * 40)
        ],
        proof("tests/identity/test_token_yaml.py::test_what_is_not_exactly_right_is_refused_with_its_line"),
        proof("tests/identity/test_token_file.py::test_an_id_is_given_once"),
        proof("tests/identity/test_token_file.py::test_a_file_that_others_reach_is_refused"),
    ),
    case("A-23", "guessing tokens", act("400 guesses", brute_force)),
    case(
        "A-31",
        "the clock jumps",
        proof(OWN_TOKENS + "test_expiry_is_judged_by_the_wall_time_given_even_when_cached"),
        proof(STATE + "test_a_wall_clock_that_jumps_changes_nothing"),
        not_yet="an alarm record when the clock jumps",
    ),
    case("A-32", "injection into the challenge", act("fixed texts", fixed_challenge)),
    case(
        "A-33",
        "protected-resource metadata",
        act("under every name", metadata_is_the_configs),
        proof("tests/identity/test_front_door.py::test_metadata_stands_at_the_path_form_and_at_the_root"),
    ),
    case("A-34", "OAuth proxying", act("no such route", no_such_routes)),
]
