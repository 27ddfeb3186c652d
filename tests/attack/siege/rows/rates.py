"""R: how often."""

from __future__ import annotations

from siege.cases import act, case, proof
from siege.stories.identity import brute_force
from siege.stories.rates import one_caller_many_tokens, peers_are_limited, running_calls_are_capped

STATE = "tests/state/test_counters.py::"


GCRA = "tests/state/test_gcra.py::"


ROWS = [
    case(
        "R-01",
        "limits dodged by other tokens, addresses, headers",
        act("one caller", one_caller_many_tokens),
        act("one address", peers_are_limited),
        proof(STATE + "test_a_peer_is_an_address_or_a_network_of_64_bits"),
        not_yet="tenants",
    ),
    case(
        "R-02",
        "ten million keys",
        *(
            proof(GCRA + name)
            for name in (
                "test_the_table_is_bounded",
                "test_eviction_never_grants_more_than_burst",
                "test_a_key_in_use_outlives_a_flood_of_others",
            )
        ),
        proof(STATE + "test_inventing_peers_costs_no_memory"),
    ),
    case("R-03", "bursts at a window's border", proof(GCRA + "test_no_window_grants_more_than_burst_and_rate")),
    case("R-04", "several workers", not_yet="one process; shared limits come with Valkey/Redis"),
    case("R-05", "the wall clock jumps", proof(STATE + "test_a_wall_clock_that_jumps_changes_nothing")),
    case("R-06", "Redis down", not_yet="no Redis yet"),
    case("R-07", "Redis: a cancelled command's reply", not_yet="no Redis yet"),
    case("R-08", "expensive calls", act("running calls and streams are capped", running_calls_are_capped)),
    case("R-09", "injection into keys", proof(STATE + "test_two_identities_never_share_a_key")),
    case(
        "R-10",
        "many streams of one caller",
        act("streams are capped, and their places given back", running_calls_are_capped, long=True),
        proof(STATE + "test_running_calls_are_capped_and_counted_out"),
    ),
    case(
        "R-11",
        "locking out somebody else",
        proof(STATE + "test_failures_to_sign_in_close_the_door_to_their_peer_only"),
        act("guesses for alice from one address", brute_force, long=True),
    ),
    case("R-12", "cost by bytes", not_yet="no byte budgets yet; single sizes are bounded (J-09, M-40)"),
]
