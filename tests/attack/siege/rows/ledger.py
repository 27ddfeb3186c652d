"""L: the record of what happened."""

from __future__ import annotations

from siege.cases import act, case, proof
from siege.stories.ledger import (
    disk_full,
    every_end_is_recorded,
    flood_is_counted,
    killed,
    ledger_cannot_be_moved,
    one_line_each,
    tampering,
)

LEDGER = "tests/ledger/test_ledger.py::"

JOURNAL = "tests/ledger/test_journal.py::"

GROUP = "tests/ledger/test_group.py::"

VERIFY = "tests/ledger/test_verify.py::"


ROWS = [
    case("L-01", "log injection", act("hostile text in every field", one_line_each)),
    case(
        "L-02",
        "edits, deletions, swaps, cuts, roll-back",
        act("of a real ledger", tampering),
        *(
            proof(VERIFY + name)
            for name in (
                "test_any_changed_byte_is_found_where_it_is",
                "test_any_deleted_record_is_found_in_its_place",
                "test_any_two_swapped_records_are_found",
                "test_a_ledger_rolled_back_and_written_again_is_found_with_an_anchor",
            )
        ),
    ),
    case(
        "L-03",
        "a chain computed anew",
        proof(VERIFY + "test_a_chain_recomputed_without_the_key_is_found"),
        proof(VERIFY + "test_a_forged_header_that_claims_the_key_is_found"),
    ),
    case(
        "L-04",
        "kill -9",
        act("twice under load", killed(2)),
        act("twenty times under load", killed(20), long=True),
        proof(LEDGER + "test_no_acknowledged_intent_is_lost_to_kill_9"),
    ),
    case("L-05", "power loss", proof(JOURNAL + "test_a_power_cut_at_any_step_loses_no_acknowledged_record")),
    case(
        "L-06",
        "disk full, errors on write and fsync",
        act("a file that may not grow", disk_full),
        *(
            proof(JOURNAL + name)
            for name in (
                "test_a_full_disk_keeps_nothing_of_the_batch",
                "test_after_a_failed_fsync_the_segment_is_never_touched_again",
                "test_running_out_of_files_is_survived",
            )
        ),
        proof(GROUP + "test_a_failed_fsync_refuses_everyone_who_waited_for_it"),
    ),
    case(
        "L-07",
        "a slow disk",
        proof(GROUP + "test_waiting_is_bounded"),
        proof(GROUP + "test_intents_that_arrive_meanwhile_share_the_next_flush"),
    ),
    case(
        "L-08",
        "a disk that hangs",
        proof(GROUP + "test_a_disk_that_hangs_counts_as_failed"),
        proof(GROUP + "test_closing_does_not_wait_for_a_hanging_disk"),
    ),
    case(
        "L-09",
        "rotation by others, two writers, links",
        proof(JOURNAL + "test_what_others_do_to_the_file_is_seen_within_a_second"),
        proof(LEDGER + "test_two_processes_cannot_write_one_ledger"),
        proof("tests/ledger/test_folder.py::test_no_link_is_followed_when_a_file_is_made"),
    ),
    case(
        "L-10",
        "the clock goes back",
        proof(VERIFY + "test_a_clock_that_goes_back_is_noted"),
        proof("tests/ledger/test_stamp.py::test_times_follow_the_clock_both_ways"),
    ),
    case("L-11", "several workers", not_yet="one process, one chain"),
    case("L-12", "a SIEM that is down", not_yet="no exporters yet"),
    case("L-13", "framing of syslog, CEF, LEEF", not_yet="no exporters yet"),
    case(
        "L-14",
        "every end is recorded",
        act("denied, failed, aborted, unreadable", every_end_is_recorded),
        act("a flood is counted exactly", flood_is_counted),
    ),
    case(
        "L-15",
        "values in the ledger",
        *(
            proof("tests/ledger/" + name)
            for name in (
                "test_arguments.py::test_no_value_is_written",
                "test_scribe.py::test_no_argument_value_of_any_depth_is_written",
                "test_arguments.py::test_digests_need_the_key",
            )
        ),
    ),
    case(
        "L-16",
        "a hostile ledger to verify",
        proof(VERIFY + "test_a_hostile_file_costs_bounded_memory"),
        proof(VERIFY + "test_no_file_breaks_the_verifier"),
    ),
    case(
        "L-17",
        "keys that change",
        proof(VERIFY + "test_a_changed_key_is_followed_with_both_keys"),
        proof("tests/ledger/test_key.py::test_a_lost_key_is_not_replaced_in_silence"),
    ),
    case("L-18", "switching the ledger off by a reload", act("refused, and recorded", ledger_cannot_be_moved)),
]
