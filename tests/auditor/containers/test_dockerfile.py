import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.containers.dockerfile import Dockerfile, claims, parse
from yett.auditor.subject import Skipped

TEXT = """# syntax=docker/dockerfile:1
ARG VERSION=3.13
FROM python:${VERSION}-slim AS build
RUN apt-get update \\
    # why
    && apt-get install -y git

COPY <<EOF /etc/motd
USER root
EOF
FROM build
ENV A=b
USER 10001
"""


def test_instructions_are_read_with_their_lines():
    found = parse("Dockerfile", TEXT)
    assert [(stage.base, stage.alias, stage.start.line) for stage in found.stages] == [
        ("python:3.13-slim", "build", 3),
        ("build", "", 11),
    ]
    assert [(each.name, each.line, each.end_line) for each in found.stages[0].instructions] == [
        ("RUN", 4, 6),
        ("COPY", 8, 10),
    ]
    assert found.stages[0].instructions[0].value == "apt-get update && apt-get install -y git"
    assert [stage.base for stage in found.final] == ["build", "python:3.13-slim"]


def test_stages_that_stand_on_each_other_end():
    found = parse("Dockerfile", "FROM a AS b\nFROM b AS a\n")
    assert len(found.final) == 2


def test_an_argument_without_a_value_leaves_the_base_unknown():
    assert parse("Dockerfile", "ARG X\nFROM a:${X}\n").stages[0].base == ""


@pytest.mark.parametrize("name", ["Dockerfile", "app.Dockerfile", "Dockerfile.prod", "Containerfile", "x/dockerfile"])
def test_a_file_is_told_by_its_name(name):
    assert claims(name, "FROM a")
    assert not claims("README.md", "FROM a")


def test_a_file_without_a_base_is_skipped():
    assert parse("Dockerfile", "# nothing FROM here") == Skipped(path="Dockerfile", why="a Dockerfile without `FROM`")


def test_an_excerpt_shows_no_secret():
    found = parse("Dockerfile", "FROM a\nENV T=ghp_Zk81mQw93nXc72LpRt65vBy48HsJd20FgA17\n")
    assert "ghp_" not in found.at(found.stages[0].instructions[0]).text


@given(st.text() | st.text(alphabet="FROMRUNCPYaes \\\n<\"'#=$`{}"))
def test_any_text_is_read_or_skipped(text):
    found = parse("Dockerfile", text)
    assert isinstance(found, Dockerfile | Skipped)
    if isinstance(found, Dockerfile):
        assert found.final
        for stage in found.stages:
            assert found.at(stage.start).line == stage.start.line
