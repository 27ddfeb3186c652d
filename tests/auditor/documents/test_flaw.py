from yett.auditor.documents.flaw import Flaw


def test_a_flaw_says_its_line_where_it_has_one():
    assert str(Flaw("not YAML", 3)) == "not YAML, line 3"
    assert str(Flaw("too long")) == "too long"
