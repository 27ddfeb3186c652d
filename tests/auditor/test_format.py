from yett.auditor.gather import FORMATS


def test_every_format_has_its_own_name():
    kinds = [each.kind for each in FORMATS]
    assert len(set(kinds)) == len(kinds)


def test_no_format_claims_an_empty_file_of_no_name():
    assert not [each.kind for each in FORMATS if each.claims("", "")]
