import pytest

from yett.auditor.supply.workflow import claims, parse

PATH = ".github/workflows/a.yml"


@pytest.mark.parametrize(
    ("on", "triggers"),
    [
        ("push", {"push"}),
        ("[push, pull_request_target]", {"push", "pull_request_target"}),
        ("{ workflow_run: { workflows: [a] } }", {"workflow_run"}),
        ("3", set()),
    ],
)
def test_triggers_are_read_in_every_form(on, triggers):
    assert parse(PATH, f"on: {on}\njobs: {{}}\n").triggers == triggers


def test_a_file_is_told_by_where_it_stands():
    assert claims(PATH, "jobs: {}")
    assert claims("server/.github/workflows/a.yaml", "jobs: {}")
    assert not claims("workflows/a.yml", "jobs: {}")
    assert not claims(".github/workflows/sub/a.yml", "jobs: {}")


@pytest.mark.parametrize(
    "text",
    [
        "env: { A: '${{ secrets.A }}' }\njobs: {}",
        "permissions: { id-token: write }\njobs: {}",
        "permissions: write-all\njobs: {}",
        "jobs: { a: { permissions: { packages: write } } }",
    ],
)
def test_secrets_and_rights_to_write_make_a_workflow_worth_taking(text):
    assert parse(PATH, text).trusted
    assert not parse(PATH, "permissions: { contents: read }\njobs: { a: {} }").trusted


def test_a_step_behind_a_condition_or_an_approval_is_gated():
    text = "jobs: { a: { if: x, steps: [{}] }, b: { environment: e, steps: [{}] }, c: { steps: [{ if: x }, {}] } }"
    assert [(step.job, step.gated) for step in parse(PATH, text).steps] == [
        ("a", True),
        ("b", True),
        ("c", True),
        ("c", False),
    ]
