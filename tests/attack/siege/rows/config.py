"""C: configurations that are wrong, dangerous, or changed at a bad moment."""

from __future__ import annotations

from siege.cases import act, case, proof
from siege.stories.config import bad_reloads, one_record_a_change, reload_while_draining
from siege.stories.mcp_upstream import revoked
from siege.stories.policy import reloaded

LOAD = "tests/config/test_load.py::"
WRONG = LOAD + "test_a_wrong_config_is_refused_with_exactly_these_words"
READER = "tests/config/test_yaml_reader.py::"
MEANING = "tests/config/test_meaning.py::"


ROWS = [
    case(
        "C-01",
        "YAML that is none, or a bomb",
        proof(READER + "test_what_is_refused"),
        proof(READER + "test_an_anchor_bomb_is_refused_at_its_first_anchor"),
        proof(READER + "test_bytes_that_are_no_text"),
        proof(READER + "test_any_text_is_read_or_refused"),
        proof(LOAD + "test_any_bytes_load_or_are_refused"),
        proof(LOAD + "test_a_file_is_not_read_beyond_the_limit"),
    ),
    case(
        "C-02",
        "unknown keys, wrong types",
        proof(WRONG),
        proof(READER + "test_a_scalar_is_what_yaml_1_2_says_and_no_more"),
        proof("tests/config/test_fields.py::test_nothing_is_coerced_and_nothing_is_ignored"),
        proof(LOAD + "test_a_real_config_with_a_change_loads_or_is_refused"),
    ),
    case(
        "C-03",
        "bounds",
        proof("tests/config/test_limits.py::test_what_is_no_limit"),
        proof("tests/config/test_units.py::test_any_text_is_a_quantity_or_unreadable"),
    ),
    case(
        "C-04",
        "inline secrets, default credentials",
        proof("tests/config/test_inline_secrets.py::test_shapes_of_credentials"),
        proof(LOAD + "test_no_secret_of_a_wrong_config_is_ever_shown"),
    ),
    case(
        "C-05",
        "dangerous combinations",
        proof(MEANING + "test_a_listener_is_not_open_by_accident"),
        proof(MEANING + "test_anonymous_strangers_need_two_switches"),
        proof(MEANING + "test_leaving_everything_unprotected_has_a_name"),
    ),
    case(
        "C-06",
        "reloads of bad files under load",
        act("forty-two reloads", bad_reloads),
        act("while draining", reload_while_draining),
    ),
    case(
        "C-07",
        "a reload that takes away what is in use",
        act("rules and tokens", reloaded, long=True),
        act("running calls", revoked, long=True),
    ),
    case("C-08", "workers that disagree", not_yet="one process"),
    case(
        "C-09",
        "who changed what",
        act("digests before and after", one_record_a_change),
        not_yet="signed changes and who made them: the admin listener asks nobody who they are",
    ),
    case("C-10", "an older policy", not_yet="policies have no version and no signature"),
    case(
        "C-11",
        "settings overridden by the environment",
        proof(
            "tests/config/test_interpolation.py::test_settings_are_resolved_from_the_environment",
            "only where the file says so",
        ),
        proof("tests/config/test_permitted.py::test_without_the_section_everything_is_permitted"),
    ),
    case(
        "C-12",
        "paths that lead out",
        proof("tests/config/test_permitted.py::test_files_are_inside_the_folders"),
        proof("tests/config/test_lint.py::test_a_file_that_everybody_can_change_is_told"),
        not_yet="there are no includes",
    ),
]
