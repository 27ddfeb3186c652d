"""P: servers that are processes."""

from __future__ import annotations

from siege.cases import Talk, act, broken, case, hidden, no, proof, talk, yes
from siege.plays import PIPE_PARTS
from siege.speech import call
from siege.stories.processes import child_environment, died_and_back, gone_with_the_gateway


def play(part: str) -> Talk:
    """A part on a pipe, in a session of its own."""
    good = part in (
        "one-bad-line",
        "crlf",
        "in-pieces",
        "stderr-flood",
        "two-replies",
        "foreign-id",
        "asks-unknown",
        "foreign-progress",
    )
    fate = yes(absent=(b"POISON",)) if good else broken(5020, 5030)
    return talk(part.replace("-", " "), call("play", {"part": part}), fate, eras="legacy", servers="proc")


PROCESS = "tests/upstream/test_process.py::"

SLOW_PARTS = ("never-ends-the-line", "asks-sampling", "stray-log")


ROWS = [
    case("P-01", "lines that are no messages", [play(part) for part in PIPE_PARTS if part not in SLOW_PARTS]),
    case(
        "P-02",
        "a flood on stderr",
        proof(PROCESS + "test_a_flood_on_stderr_blocks_nobody"),
        proof("tests/upstream/test_stderr.py::test_a_flood_is_logged_up_to_a_rate_and_the_rest_is_counted"),
    ),
    case(
        "P-03",
        "a process that does not read",
        proof(PROCESS + "test_a_child_that_does_not_read_is_given_up_after_the_write_deadline"),
    ),
    case(
        "P-04",
        "a process that dies",
        act("its calls fail at once, the next ones are served", died_and_back),
        proof(PROCESS + "test_a_child_that_keeps_dying_is_left_alone_for_longer_and_longer"),
    ),
    case(
        "P-05",
        "a process that will not go",
        proof(PROCESS + "test_nothing_survives_that_ignores_its_end_forks_or_becomes_a_daemon"),
    ),
    case("P-06", "zombies", proof(PROCESS + "test_many_starts_leave_no_zombies_and_no_open_files")),
    case(
        "P-07",
        "kill -9 of the gateway",
        act("nothing is left", gone_with_the_gateway),
        proof(PROCESS + "test_processes_die_with_the_gateway_however_it_dies"),
    ),
    case(
        "P-08",
        "the environment and files of the gateway",
        act("a server sees its own", child_environment),
        proof(PROCESS + "test_a_child_gets_its_own_environment_and_no_open_files"),
        proof("tests/upstream/test_command.py::test_nothing_dangerous_is_inherited"),
        not_yet="another user and another pid namespace: no sandbox yet",
    ),
    case("P-09", "escapes from the sandbox", not_yet="no sandbox yet"),
    case(
        "P-10",
        "fork bombs, memory, disk, CPU",
        not_yet="no sandbox yet; the number of processes of one server is bounded",
    ),
    case(
        "P-11",
        "client data in a command line",
        proof(PROCESS + "test_arguments_reach_the_program_as_they_are"),
        talk("an option as a tool", call("--help"), hidden(), servers="proc"),
        talk("a path as a tool", call("../../bin/sh"), hidden(), servers="proc"),
        talk(
            "an option as an argument", call("echo", {"--upload-pack=x": "y"}), no(200, tool_error=True), servers="proc"
        ),
    ),
    case(
        "P-12",
        "clients mixed up in one process",
        proof(PROCESS + "test_callers_share_one_process_and_none_sees_the_others_ids"),
        proof(PROCESS + "test_progress_goes_to_the_call_that_asked_for_it"),
        not_yet="a process per tenant",
    ),
    case("P-13", "a program replaced after the start", not_yet="programs are not pinned yet"),
    case(
        "P-14",
        "a process that asks, or speaks too early",
        proof(PROCESS + "test_a_server_may_not_ask_before_the_client_is_ready"),
        proof(PROCESS + "test_a_server_that_asks_in_the_modern_era_is_not_heard_and_given_up_at_the_third_time"),
    ),
]
