"""Z: what a caller may do."""

from __future__ import annotations

from siege.cases import act, case, hidden, no, proof, talk, tool_error, yes
from siege.speech import call
from siege.stories.policy import admin_is_apart, everything_is_denied, matrix_agrees, reloaded

TYPED = (
    ("a list for a text", {"count": 1, "path": ["a"]}),
    ("an object for a text", {"count": 1, "path": {"a": 1}}),
    ("JSON in a text for an object", {"count": 1, "inner": '{"x":1}'}),
    ("a number for a text", {"count": 1, "path": 5}),
    ("true for a text", {"count": 1, "path": True}),
    ("null for a text", {"count": 1, "path": None}),
    ("a text for a number", {"count": "1"}),
    ("true for a number", {"count": True}),
    ("1.0 for an integer", {"count": 1.0}),
    ("a list for a number", {"count": [1]}),
    ("1 for true", {"count": 1, "on": 1}),
    ('"true" for true', {"count": 1, "on": "true"}),
    ("a text for a list", {"count": 1, "tags": "a"}),
    ("an object for a list", {"count": 1, "tags": {"0": "a"}}),
    ("another case of an enum", {"count": 1, "kind": "A"}),
    ("beyond the maximum", {"count": 101}),
    ("below the minimum", {"count": -1}),
    ("a line feed behind a pattern", {"count": 1, "path": "abc\n"}),
    ("a pattern that matches inside", {"count": 1, "path": "abc DEF"}),
    ("too many items", {"count": 1, "tags": ["a"] * 4}),
    ("nothing that is required", {}),
    ("a number in a list of texts", {"count": 1, "tags": [1]}),
)


EXTRA = (
    ("an unknown property", {"count": 1, "extra": 1}),
    ("one inside", {"count": 1, "inner": {"x": 1, "y": 2}}),
    ("an option as a key", {"count": 1, "--force": "x"}),
    ("a known key in another case", {"count": 1, "Path": "a"}),
    ("for a tool without any", {"text": "x", "more": 1}),
)


ENFORCE = "tests/core/test_pipeline.py::"


ROWS = [
    case(
        "Z-01",
        "a caller without any rule",
        act("nothing", everything_is_denied),
        proof(
            "tests/config/test_load.py::test_a_wrong_config_is_refused_with_exactly_these_words",
            "a config without roles is an error",
        ),
    ),
    case(
        "Z-02",
        "unknown tools, methods, servers, roles",
        talk("a tool", call("none"), hidden()),
        talk("a server", call("echo", path="/none/mcp"), no(404)),
        talk("a caller of no role", call("echo", caller="mallory"), hidden()),
        talk("a tool of another role", call("echo", caller="carol"), hidden()),
        talk("a role that only the token names", call("echo", {"text": "x"}, caller="olga"), yes(), servers="web"),
        talk("beyond that role", call("get_issue", caller="olga"), hidden()),
    ),
    case(
        "Z-03",
        "wildcards",
        act("random roles through the gateway", matrix_agrees),
        proof("tests/attack/test_policy_oracle.py::test_a_hundred_thousand_decisions_are_the_oracles"),
    ),
    case(
        "Z-04",
        "a guard that fails",
        *(
            proof(ENFORCE + name)
            for name in (
                "test_a_failing_guard_refuses",
                "test_nonsense_refuses",
                "test_an_empty_pipeline_refuses_everything",
                "test_nothing_is_cleared_unless_every_enforcing_guard_agrees",
            )
        ),
    ),
    case("Z-05", "Cedar: forbid with a type error", not_yet="the policy engine is Yett's own; there is no Cedar"),
    case(
        "Z-06",
        "CEL: errors in conditions",
        not_yet="there are no conditions on arguments yet; a config with one is refused",
    ),
    case(
        "Z-07",
        "arguments of another type",
        [talk(what, call("typed", arguments), tool_error()) for what, arguments in TYPED],
        talk(
            "as they should be", call("typed", {"count": 1, "path": "abc", "tags": ["a"], "inner": {"x": 1.5}}), yes()
        ),
    ),
    case("Z-08", "the same path in another form", not_yet="kinds of arguments (path, url) are not known yet"),
    case("Z-09", "URLs that lead inside", not_yet="kinds of arguments (path, url) are not known yet"),
    case("Z-10", "SQL in arguments", not_yet="nothing reads SQL; the server's role decides (documented)"),
    case(
        "Z-11",
        "properties that the schema does not know",
        [
            talk(what, call("echo" if "text" in arguments else "typed", arguments), tool_error())
            for what, arguments in EXTRA
        ],
    ),
    case("Z-12", "a missing argument whose default is dangerous", not_yet="there are no conditions on arguments yet"),
    case(
        "Z-13",
        "claims of another type",
        proof("tests/identity/test_claim_paths.py::test_a_claim_of_a_wrong_kind_refuses_the_token"),
        proof("tests/identity/test_claim_paths.py::test_what_is_not_there_gives_nothing"),
        proof("tests/identity/test_claim_paths.py::test_a_path_leads_through_objects_only"),
    ),
    case(
        "Z-14",
        "scopes and step-up",
        proof("tests/tokens/test_gateway.py::test_a_call_that_needs_a_scope_says_exactly_which"),
        proof("tests/guards/test_access.py::test_scopes_neither_open_what_is_denied_nor_tell_strangers_what_there_is"),
        proof("tests/policy/test_scopes.py::test_a_role_demands_scopes_for_what_it_allows_and_denies_without_them"),
    ),
    case("Z-15", "across tenants", not_yet="there are no tenants; callers among each other are M-21 and M-26"),
    case("Z-16", "decisions remembered beyond a change", act("reload and revocation", reloaded)),
    case(
        "Z-18",
        "typos in the policy",
        proof("tests/config/test_load.py::test_a_wrong_config_is_refused_with_exactly_these_words"),
        proof("tests/config/test_lint.py::test_what_is_worth_a_look"),
        proof("tests/config/test_meaning.py::test_roles_that_cannot_mean_what_they_say"),
    ),
    case("Z-19", "admin endpoints as a normal caller", act("two listeners", admin_is_apart)),
    case("Z-20", "around the gateway", not_yet="a deployment test: the auditor will probe it"),
]
