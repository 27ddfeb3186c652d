from yett.auditor.analysis.commands import argv, shell_among
from yett.auditor.analysis.marks import EVERY, LISTED
from yett.auditor.analysis.values import Value, constant

X = Value(taint={(0, 0, ()): EVERY})


def test_a_list_has_a_program_and_places_for_options():
    program, options, shell = argv(Value(items=(constant("git"), constant("log"), X)))
    assert (program.text, options, shell) == ("git", [X], [])


def test_behind_two_dashes_nothing_is_an_option():
    assert argv(Value(items=(constant("git"), constant("add"), constant("--"), X)))[1] == []


def test_the_value_of_an_option_is_none():
    assert argv(Value(items=(constant("git"), constant("-m"), X)))[1] == []


def test_a_program_without_risky_options_takes_any_value_but_no_list_of_words():
    words = Value(taint={(0, 0, ()): EVERY | LISTED})
    assert argv(Value(items=(constant("echo"), X)))[1] == []
    assert argv(Value(items=(constant("kubectl"), words)))[1] == [words]


def test_a_shell_reads_what_stands_behind_c():
    assert argv(Value(items=(constant("/bin/sh"), constant("-c"), X)))[2] == [X]
    assert list(shell_among([Value(items=(constant("bash"), constant("-c"), X))])) == [X]
    assert list(shell_among([Value(items=(constant("cat"), constant("-c"), X))])) == []
