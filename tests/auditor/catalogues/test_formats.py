from yett.auditor.catalogues.formats import FORMATS
from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules


def test_rules_do_not_break_on_odd_catalogues():
    odd = (
        b'{"tools": [{"name": 1, "inputSchema": 2}, {"name": "", "description": null, "inputSchema": {}},'
        b' {"name": "x", "annotations": 3, "inputSchema": {"properties": {"command": true}}}]}'
    )
    gathered = gather({"tools.json": odd, "tools.lock.json": b'{"tools": [{"name": "x", "inputSchema": {}}]}'})
    assert {type(subject).__name__ for subject in gathered.subjects} == {"Catalogue", "Approved", "Approval"}
    assert not judge(gathered.subjects, all_rules()).broken


def test_the_catalogue_is_one_kind():
    assert [each.kind for each in FORMATS] == ["tool catalogue"]
