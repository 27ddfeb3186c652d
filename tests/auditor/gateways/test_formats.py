from yett.auditor.gateways.formats import FORMATS
from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules


def test_rules_do_not_break_on_odd_configs():
    odd = b"servers: {a: 1, b: {command: [x]}}\nroles: {r: {allow: x}, s: 3}\nlimits: {user: []}\nauth: 2\n"
    gathered = gather({"yett.yaml": odd}, FORMATS)
    assert len(gathered.subjects) == 1
    assert not judge(gathered.subjects, all_rules()).broken
