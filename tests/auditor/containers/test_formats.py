from yett.auditor.containers.formats import FORMATS
from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules


def test_rules_do_not_break_on_odd_files():
    files = {
        "compose.yaml": b"services: {a: {image: [], ports: {}, volumes: x, privileged: 3}, c: {ports: [1, null]}}",
        "Dockerfile": b"FROM a\nCMD [1, {}]\nCMD [\nUSER\nENV\nRUN pip install\nCOPY\n",
    }
    gathered = gather(files, FORMATS)
    assert [type(each).__name__ for each in gathered.subjects] == ["Dockerfile", "Compose", "Context"]
    assert not judge(gathered.subjects, all_rules()).broken
