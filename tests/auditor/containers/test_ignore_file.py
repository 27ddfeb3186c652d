import pytest

from yett.auditor.containers import dockerfile
from yett.auditor.containers.ignore_file import claims, contexts, parse

DOCKERFILE = "FROM a\nCOPY . .\n"


def test_patterns_are_what_is_no_comment():
    assert parse(".dockerignore", "# a\n\n .git \n!b\n").patterns == (".git", "!b")


@pytest.mark.parametrize("name", [".dockerignore", "a/.containerignore", "Dockerfile.dockerignore"])
def test_a_file_is_told_by_its_name(name):
    assert claims(name, ".git")
    assert not claims(name, " \n")
    assert not claims(".gitignore", ".git")


def test_a_dockerfile_alone_says_nothing_of_what_is_around_it():
    alone = dockerfile.parse("docker/Dockerfile", DOCKERFILE)
    ignored = parse(".dockerignore", ".git\n")
    below = parse("docker/a/.dockerignore", "b\n")
    assert list(contexts([alone])) == []
    assert list(contexts([alone, ignored])) == []
    (context,) = contexts([alone, ignored, below])
    assert (context.dockerfile, context.ignored) == (alone, (".git", "b"))
