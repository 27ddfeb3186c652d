"""C: configurations that are wrong, dangerous, or changed at a bad moment."""

from __future__ import annotations

import threading
import time

from siege.campaign import Campaign
from siege.cases import act, case, proof
from siege.castle import Castle
from siege.rows.access import reloaded
from siege.rows.mcp_upstream import revoked
from siege.speech import call

LOAD = "tests/config/test_load.py::"
WRONG = LOAD + "test_a_wrong_config_is_refused_with_exactly_these_words"
READER = "tests/config/test_yaml_reader.py::"
MEANING = "tests/config/test_meaning.py::"


def bad_reloads(campaign: Campaign) -> list[str]:
    """A hundred reloads of good, bad, half and missing files under load: nothing fails, nothing half-applies."""
    problems = []
    with Castle(campaign.castle.folder / "reloads") as castle:
        mine = Campaign(castle)
        path = castle.folder / "yett.yaml"
        good = path.read_text("utf-8")
        stop = threading.Event()
        wrong: list[str] = []

        def client() -> None:
            while not stop.is_set():
                for name, allowed in (("echo", True), ("delete_all", False)):
                    document = mine.say(call(name)).document or {}
                    if ("result" in document) is not allowed:
                        wrong.append(f"{name}: {document}")

        clients = [threading.Thread(target=client) for _ in range(2)]
        for one in clients:
            one.start()
        wanted = {"good": 200, "empty": 409, "half": 409, "garbage": 409, "typo": 409, "missing": 409, "bomb": 409}
        contents = {
            "good": good,
            "empty": "",
            "half": good[: len(good) // 2],
            "garbage": "\x00\xff: [",
            "typo": good.replace("deny:", "deney:"),
            "bomb": "a: &a [x]\n" + good.replace("web.*", "*a"),
        }
        for number in range(42):
            what = list(wanted)[number % len(wanted)]
            if what == "missing":
                path.unlink()
            else:
                path.write_text(contents[what], "latin-1")
            status, words = castle.reload()
            if status != wanted[what]:
                problems.append(f"{what}: {status} {words[:80]}")
            path.write_text(good, "utf-8")
        stop.set()
        for one in clients:
            one.join()
        if wrong:
            problems.append(f"{len(wrong)} calls were judged wrongly meanwhile: {wrong[0]}")
        rejected = sum(record.get("event") == "reload-rejected" for record in castle.ledger())
        if rejected != 36:
            problems.append(f"{rejected} records of rejected reloads, not 36")
    return problems


def reload_while_draining(campaign: Campaign) -> list[str]:
    """A reload during the drain does not bring the gateway back, and it ends in time."""
    with Castle(campaign.castle.folder / "draining") as castle:
        castle.gateway.terminate()
        castle.reload()
        started = time.monotonic()
        castle.gateway.wait(15)
        return [] if time.monotonic() - started < 10 and castle.gateway.returncode == 0 else ["it did not end"]


def one_record_a_change(campaign: Campaign) -> list[str]:
    """Each change names the digests before and after."""
    with Castle(campaign.castle.folder / "changes") as castle:
        castle.write_config(old="proc.get_issue]", new="proc.get_issue, web.getX]")
        castle.reload()
        changes = [record["fields"] for record in castle.ledger() if record.get("event") == "reload"]
    good = len(changes) == 1 and changes[0]["before"] != changes[0]["after"] and len(changes[0]["after"]) == 64
    return [] if good else [f"{changes}"]


ROWS = [
    case("C-01", "YAML that is none, or a bomb", proof(READER + "test_what_is_refused"), proof(READER + "test_an_anchor_bomb_is_refused_at_its_first_anchor"), proof(READER + "test_bytes_that_are_no_text"), proof(READER + "test_any_text_is_read_or_refused"), proof(LOAD + "test_any_bytes_load_or_are_refused"), proof(LOAD + "test_a_file_is_not_read_beyond_the_limit")),
    case("C-02", "unknown keys, wrong types", proof(WRONG), proof(READER + "test_a_scalar_is_what_yaml_1_2_says_and_no_more"), proof("tests/config/test_fields.py::test_nothing_is_coerced_and_nothing_is_ignored"), proof(LOAD + "test_a_real_config_with_a_change_loads_or_is_refused")),
    case("C-03", "bounds", proof("tests/config/test_limits.py::test_what_is_no_limit"), proof("tests/config/test_units.py::test_any_text_is_a_quantity_or_unreadable")),
    case("C-04", "inline secrets, default credentials", proof("tests/config/test_inline_secrets.py::test_shapes_of_credentials"), proof(LOAD + "test_no_secret_of_a_wrong_config_is_ever_shown")),
    case("C-05", "dangerous combinations", proof(MEANING + "test_a_listener_is_not_open_by_accident"), proof(MEANING + "test_anonymous_strangers_need_two_switches"), proof(MEANING + "test_leaving_everything_unprotected_has_a_name")),
    case("C-06", "reloads of bad files under load", act("forty-two reloads", bad_reloads), act("while draining", reload_while_draining)),
    case("C-07", "a reload that takes away what is in use", act("rules and tokens", reloaded, long=True), act("running calls", revoked, long=True)),
    case("C-08", "workers that disagree", not_yet="one process"),
    case("C-09", "who changed what", act("digests before and after", one_record_a_change), not_yet="signed changes and who made them: the admin listener asks nobody who they are"),
    case("C-10", "an older policy", not_yet="policies have no version and no signature"),
    case("C-11", "settings overridden by the environment", proof("tests/config/test_interpolation.py::test_settings_are_resolved_from_the_environment", "only where the file says so"), proof("tests/config/test_permitted.py::test_without_the_section_everything_is_permitted")),
    case("C-12", "paths that lead out", proof("tests/config/test_permitted.py::test_files_are_inside_the_folders"), proof("tests/config/test_lint.py::test_a_file_that_everybody_can_change_is_told"), not_yet="there are no includes"),
]  # fmt: skip
