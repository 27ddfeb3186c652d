from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.live.formats import FORMATS
from yett.auditor.registry import all_rules

ODD = b"""{"yettProbes": 1, "url": 3, "seen": {"anonymous": {"status": 401, "headers": 3},
 "tls": {"old": 3, "days_left": "x"},
 "metadata": {"status": 200, "resource": 5, "authorization_servers": 5}, "burst": 3, "session-id": {"length": "x"},
 "page /metrics": {"text": 3}, "foreign-origin": {"listed": true, "headers": []}}}"""


def test_rules_do_not_break_on_odd_records():
    gathered = gather({"probes.json": ODD}, FORMATS)
    assert len(gathered.subjects) == 1
    assert not judge(gathered.subjects, all_rules()).broken
