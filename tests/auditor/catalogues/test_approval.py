from yett.auditor.catalogues.approval import approvals
from yett.auditor.catalogues.catalogue import parse

TEXT = '{"tools": [{"name": "a", "inputSchema": {}}]}'


def test_a_catalogue_goes_with_the_approved_copy_beside_it():
    subjects = [parse("x/tools.json", TEXT), parse("x/tools.lock.json", TEXT), parse("y/tools.json", TEXT)]
    assert [(each.path, each.then.path) for each in approvals(subjects)] == [("x/tools.json", "x/tools.lock.json")]
