import pytest

from yett.auditor.subject import Skipped
from yett.auditor.supply.requirements import LINES, Line, claims, parse


def test_options_and_packages_are_told_apart():
    read = parse("requirements.txt", "# a\n-r base.txt\n--index-url=https://i.example  # own\nmcp[cli]==2.3.0  # b\n")
    assert list(read.options()) == [Line("r", "base.txt", 2), Line("index-url", "https://i.example", 3)]
    assert list(read.packages()) == [Line("mcp", "==2.3.0", 4)]


def test_configs_have_options_only():
    read = parse(".npmrc", "; a\n@acme:registry=https://r.example/\nstrict-ssl = false\n[global]\n")
    assert list(read.options()) == [
        Line("@acme:registry", "https://r.example/", 2),
        Line("strict-ssl", "false", 3),
    ]
    assert list(read.packages()) == []


def test_a_secret_is_not_shown():
    token = "ghp_" + "a1B2c3D4e5" * 3 + "a1B2c3"
    read = parse("requirements.txt", f"--extra-index-url https://x:{token}@i.example/simple\n")
    assert token not in read.at(next(iter(read.options()))).text


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "dev-requirements.in", "constraints.txt"])
def test_a_file_is_told_by_its_name(name):
    assert claims(f"a/{name}", "mcp")
    assert not claims(name, " ")
    assert not claims("notes.txt", "mcp")


def test_a_file_of_too_many_lines_is_said():
    assert isinstance(parse("requirements.txt", "a\n" * (LINES + 1)), Skipped)
