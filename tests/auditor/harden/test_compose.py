from yett.auditor.gather import gather
from yett.auditor.harden.compose import compose
from yett.auditor.harden.facts import Facts
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules


def test_the_file_passes_its_own_rules():
    text = compose(Facts(name="a", language="node", command=("node",), port=3000))
    gathered = gather({"compose.yaml": text.encode()})
    assert [type(subject).__name__ for subject in gathered.subjects] == ["Compose"]
    assert judge(gathered.subjects, all_rules()).findings == ()
