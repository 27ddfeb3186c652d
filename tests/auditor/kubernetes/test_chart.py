from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.kubernetes.chart import Chart, charts, claims, parse
from yett.auditor.registry import all_rules
from yett.auditor.subject import Skipped


def test_values_belong_to_the_chart_beside_them():
    chart = parse("a/Chart.yaml", "name: a")
    values, other = parse("a/values.yaml", "b: 1"), parse("c/values.yaml", "b: 1")
    assert list(charts([chart, values, other])) == [Chart(path="a/values.yaml", values=values)]


def test_a_file_is_told_by_its_name():
    assert claims("a/values.yml", "b: 1")
    assert claims("a/Chart.yaml", "name: a")
    assert not claims("a/values-dev.yaml", "b: 1")
    assert not claims("a/values.yaml", "\n")


def test_what_is_no_yaml_is_said():
    assert isinstance(parse("a/values.yaml", "a: ["), Skipped)


def test_the_rule_takes_any_values():
    odd = "image: [1]\nservice: {type: 3}\nnetworkPolicy: off\nsecurityContext: []\nrunAsUser: false\nprivileged: 1\n"
    files = {"Chart.yaml": b"name: a", "values.yaml": odd.encode()}
    report = judge(gather(files).subjects, all_rules())
    assert not report.broken
    assert not report.findings
