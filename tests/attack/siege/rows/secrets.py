"""S: where secrets must not be."""

from __future__ import annotations

from siege.cases import act, case, proof
from siege.stories.http_upstream import credentials_stay
from siege.stories.processes import child_environment, gateway_is_closed, rotated

SECRET = "tests/secrets/test_secret.py::"

FILES = "tests/secrets/test_files.py::"

STORES = "tests/credentials/test_secrets_of_stores.py::"

WRONG = "tests/config/test_load.py::test_a_wrong_config_is_refused_with_exactly_these_words"


ROWS = [
    case(
        "S-01",
        "forty secrets planted, everything searched",
        proof("tests/attack/test_secrets.py::test_no_secret_is_found_where_none_may_be"),
    ),
    case(
        "S-02",
        "secrets in tracebacks, repr, errors",
        *(
            proof(SECRET + name)
            for name in (
                "test_no_way_of_printing_shows_the_value",
                "test_a_traceback_with_locals_does_not_show_the_value",
                "test_logging_does_not_show_the_value",
            )
        ),
        proof("tests/config/test_load.py::test_no_secret_of_a_wrong_config_is_ever_shown"),
    ),
    case(
        "S-03",
        "core dumps and other programs of the same user",
        act("the gateway is closed", gateway_is_closed),
        proof("tests/cli/test_closed.py::test_no_core_and_no_reading_by_others"),
    ),
    case("S-04", "swap", not_yet="Python cannot lock its memory; say so, and encrypt swap (documented)"),
    case(
        "S-05",
        "a secret in the arguments of a server",
        proof(WRONG, "secret-in-args, secret-reference-in-args"),
        proof("tests/config/test_interpolation.py::test_arguments_hold_no_secrets"),
        act("command lines of running servers", child_environment),
    ),
    case(
        "S-06",
        "Vault sealed, slow, forbidden, gone; leases and tokens that end",
        *(
            proof(STORES + name)
            for name in (
                "test_while_vault_is_sealed_the_last_value_is_used_until_it_is_too_old_and_then_none",
                "test_a_start_without_vault_serves_the_others_and_the_rest_once_it_is_there",
                "test_a_slow_vault_holds_up_the_start_for_so_long_and_no_longer",
                "test_a_rotated_secret_is_used_without_a_restart_and_without_a_failed_call",
                "test_no_value_of_a_store_is_found_where_none_may_be",
            )
        ),
        proof("tests/secrets/stores/test_vault.py::test_what_vault_refuses_is_told_by_what_it_means"),
        proof("tests/secrets/stores/test_vault_token.py::test_a_token_that_has_ended_is_not_used"),
        proof("tests/secrets/test_entry.py::test_a_lease_ends_when_it_says_and_not_when_the_config_does"),
        proof("tests/secrets/test_entry.py::test_an_empty_value_is_never_given"),
    ),
    case(
        "S-07",
        "a credential for one server sent to another",
        act("every canary saw its own only", credentials_stay),
        proof("tests/config/test_build.py::test_a_changed_server_is_reached_anew_and_its_catalogue_forgotten"),
        proof("tests/credentials/test_tokens_of_the_gateway.py::test_a_redirect_is_not_followed_and_the_token_stays"),
        proof("tests/upstream/oauth/test_exchange.py::test_a_token_of_another_issuer_is_never_shown"),
        proof(
            "tests/upstream/oauth/test_personal.py"
            "::test_another_issuer_is_another_registration_and_never_shown_the_first_ones"
        ),
    ),
    case("S-08", "rotation under load", act("a credential file and a reload", rotated)),
    case(
        "S-09",
        "files of secrets",
        *(
            proof(FILES + name)
            for name in (
                "test_a_file_others_can_read_is_refused",
                "test_a_symbolic_link_is_refused",
                "test_a_fifo_is_refused_without_waiting",
                "test_the_size_is_bounded",
                "test_exactly_one_final_newline_is_stripped",
                "test_a_file_of_somebody_else_is_refused",
                "test_a_link_out_of_a_mount_is_refused",
            )
        ),
    ),
    case(
        "S-10",
        "inline secrets, missing references",
        proof(WRONG, "secret-in-header, secret-in-env, secret-unset, secret-default"),
    ),
]
