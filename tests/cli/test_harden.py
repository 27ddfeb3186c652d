import pytest
from click.testing import CliRunner

from yett.cli.harden import command

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "weather"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "weather"\n[project.scripts]\nweather = "w:main"\n')
    return folder


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_every_file_is_printed_and_nothing_is_left(project):
    done = run(project)
    assert done.exit_code == 0
    for name in ("Dockerfile", ".dockerignore", "compose.yaml", "kubernetes.yaml", "mcp.conf", "Caddyfile"):
        assert f"# ---- {name} ----" in done.stdout
    assert done.stderr == ""


def test_one_file_is_printed_bare(project):
    done = run(project, "--only", "dockerfile", "--base", f"python:3.13-slim@{DIGEST}")
    assert done.stdout.startswith(f"FROM python:3.13-slim@{DIGEST}\n")


def test_what_only_the_owner_can_mend_is_told(project):
    (project / "Dockerfile").write_text('FROM python:3.13\nCMD ["weather"]\n')
    done = run(project, "--only", "dockerfile")
    assert "USER 10001:10001" in done.stdout
    assert done.stderr == "left to you: Dockerfile:1: `python:3.13` names no digest [unpinned-base-image]\n"


def test_files_are_written_and_none_is_overwritten(project, tmp_path):
    assert run(project, "-w", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "kubernetes.yaml").exists()
    again = run(project, "-w", tmp_path / "out")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--base", "python:3.13"], "names no digest"),
        (["--egress", "0.0.0.0/0:443"], "is not a network and a port"),
        (["--egress", "203.0.113.0/24"], "is not a network and a port"),
        (["--host", "https://a"], "is not a host name"),
    ],
)
def test_what_is_not_hardened_is_refused(project, arguments, why):
    done = run(project, *arguments)
    assert (done.exit_code, why in done.stderr) == (2, True)


def test_a_folder_without_a_server_is_refused_with_what_to_do(tmp_path):
    done = run(tmp_path)
    assert done.exit_code == 2
    assert run(tmp_path / "nowhere").exit_code == 2
