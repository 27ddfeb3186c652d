from yett.auditor.analysis.marks import EVERY, LEXICAL, PIECE, RAW, SHELL, SOFT, SQL, merge, through


def test_either_way_is_as_dangerous_as_both_and_formed_only_as_both():
    assert merge(SHELL | LEXICAL | PIECE, SQL | SOFT) == SHELL | SQL | PIECE | SOFT
    assert merge(SHELL | LEXICAL, SHELL | LEXICAL) == SHELL | LEXICAL


def test_what_passes_through_is_dangerous_only_in_what_both_let_through():
    assert through(SHELL | RAW, EVERY | RAW) == SHELL | RAW
    assert through(SHELL, EVERY | RAW) == SHELL
    assert through(EVERY | PIECE, SQL | RAW) == SQL | PIECE
