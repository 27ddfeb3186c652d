"""A: tokens of issuers. The tokens themselves are those of `tests/tokens/test_battery.py`."""

from __future__ import annotations

from siege.cases import act, case, proof
from siege.stories.sign_in import forged, good_tokens, new_key, unknown_key_ids

BATTERY = "tests/tokens/test_battery.py::"
BEARER = "tests/identity/test_jwt_bearer.py::"
KEYS = "tests/identity/test_keys.py::"
SOURCE = "tests/identity/test_key_source.py::"
DISCOVERY = "tests/identity/test_discovery.py::"
MTLS = "tests/tokens/test_mtls.py::"
TRUST = "tests/wire/test_client_trust.py::"
CERTIFICATES = (
    "test_a_wrong_certificate_ends_the_handshake_and_is_told",
    "test_who_has_no_certificate_is_let_in_only_where_that_may_be",
    "test_a_revocation_ends_open_connections_and_refuses_new_ones",
    "test_no_session_outlives_what_was_verified_for_it",
    "test_an_intermediate_that_the_client_shows_is_followed_to_the_authority",
)


def battery(id: str, title: str, *more: object, not_yet: str = "") -> object:
    """A case whose tokens are in the battery."""
    return case(id, title, act("every token of the battery", forged(id)), *more, not_yet=not_yet)  # type: ignore[arg-type] # variants


ROWS = [
    battery(
        "A-03",
        "JWT: alg none",
        act("good tokens of every kind are served", good_tokens),
        proof(BATTERY + "test_no_forged_token_passes_no_good_one_is_refused_and_nobody_else_is_asked"),
    ),
    battery("A-04", "JWT: HS256 with a public key"),
    battery("A-05", "JWT: another family of algorithms"),
    battery("A-06", "JWT: keys named by the token"),
    battery(
        "A-07",
        "JWT: key ids",
        proof("tests/identity/test_jwt_bearer.py::test_the_same_key_id_at_two_issuers_means_two_keys"),
    ),
    battery("A-08", "JWT: crit and b64"),
    battery("A-09", "JWT: exp"),
    battery("A-10", "JWT: nbf and iat"),
    battery("A-11", "JWT: iss"),
    battery("A-12", "JWT: aud"),
    battery("A-13", "JWT: sub"),
    battery("A-14", "other kinds of token"),
    battery("A-15", "JWT: duplicate members"),
    battery(
        "A-16",
        "JWT: other encodings",
        proof(BATTERY + "test_no_change_to_a_token_goes_unseen"),
        proof("tests/identity/test_verified.py::test_nothing_but_the_canonical_spelling_is_found"),
    ),
    battery("A-17", "JWE"),
    battery("A-18", "JWT: strange payloads", proof(BATTERY + "test_no_text_that_looks_like_a_token_costs_much")),
    battery(
        "A-19",
        "sender-constrained tokens",
        proof("tests/identity/test_binding.py::test_what_cannot_be_verified_is_refused_whatever_else_there_is"),
        proof(
            "tests/identity/test_verified.py::test_a_bound_token_that_is_known_is_worth_nothing_on_another_connection"
        ),
        proof(MTLS + "test_a_bound_token_opens_with_its_certificate_alone_also_once_it_is_known"),
        proof(MTLS + "test_binding_can_be_demanded_and_is_told_in_the_metadata"),
        proof("tests/identity/test_dpop.py::test_no_wrong_proof_passes_and_no_good_one_is_refused"),
        proof("tests/tokens/test_dpop_gateway.py::test_one_head_twice_on_one_connection_is_a_replay"),
    ),
    case(
        "A-24",
        "JWKS: unknown key ids",
        act("a flood of them", unknown_key_ids),
        proof(SOURCE + "test_a_flood_of_unknown_ids_causes_one_fetch_in_a_cool_down"),
        proof(SOURCE + "test_an_id_that_was_asked_for_in_vain_is_not_asked_for_again_at_once"),
    ),
    case(
        "A-25",
        "JWKS: rotation",
        act("a new key", new_key, long=True),
        proof(SOURCE + "test_a_new_key_is_accepted_within_a_cool_down_and_told"),
        proof(SOURCE + "test_a_withdrawn_key_is_gone_before_it_is_too_old"),
        proof(SOURCE + "test_a_gateway_that_slept_asks_before_it_believes_old_keys"),
    ),
    case(
        "A-26",
        "JWKS: hostile answers",
        proof(SOURCE + "test_while_the_issuer_is_away_good_keys_stay_good_and_then_it_is_said"),
        proof(SOURCE + "test_a_slow_issuer_holds_up_nobody_with_a_known_key_and_can_be_left"),
        proof(KEYS + "test_a_bad_key_does_not_take_the_good_ones_with_it"),
        proof(KEYS + "test_the_same_id_twice_is_nobodys"),
        proof(KEYS + "test_a_set_has_a_bound"),
        proof(KEYS + "test_no_document_breaks_it"),
        proof("tests/identity/test_signature.py::test_what_is_weak_wrong_or_not_for_this_is_left_out"),
    ),
    case(
        "A-27",
        "issuer discovery",
        proof(DISCOVERY + "test_metadata_that_is_not_the_issuers_own_is_an_error"),
        proof(DISCOVERY + "test_keys_elsewhere_are_not_believed"),
        proof(DISCOVERY + "test_a_server_that_is_broken_is_not_asked_elsewhere"),
    ),
    battery(
        "A-28",
        "issuer mix-up",
        proof(BEARER + "test_each_issuer_is_judged_by_its_own_keys_alone"),
    ),
    case(
        "A-29",
        "introspection",
        proof("tests/tokens/test_gateway.py::test_an_opaque_token_is_asked_about_and_fails_closed"),
        *(
            proof("tests/identity/test_introspection.py::" + name)
            for name in (
                "test_an_active_token_that_is_not_for_us_is_refused",
                "test_what_is_no_answer_closes_the_door_and_says_that_it_is_ours",
                "test_a_yes_is_believed_for_so_long_and_never_beyond_the_tokens_end",
                "test_a_token_that_was_believed_stays_so_while_the_issuer_is_away_and_no_longer",
                "test_a_token_for_one_endpoint_opens_that_one",
                "test_so_many_questions_are_asked_at_once_and_no_more",
                "test_no_answer_breaks_it",
            )
        ),
    ),
    case(
        "A-30",
        "client certificates",
        *(proof(TRUST + name) for name in CERTIFICATES),
        proof(MTLS + "test_no_header_says_whose_certificate_it_is"),
        proof(MTLS + "test_a_revoked_certificate_loses_its_open_connection_and_gets_no_other"),
        proof("tests/identity/test_client_certificate.py::test_a_certificate_without_one_such_name_is_nobodys"),
        proof("tests/wire/test_x509.py::test_a_name_with_anything_odd_in_it_makes_the_certificate_unreadable"),
        proof("tests/wire/test_x509.py::test_names_are_those_of_the_certificate_and_never_its_common_name"),
        not_yet="OCSP; a bound of its own for the length of a chain",
    ),
]
