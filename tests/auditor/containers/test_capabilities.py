import pytest

from yett.auditor.containers.capabilities import DANGEROUS, HOST_FOLDERS


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("/", True),
        ("/etc", True),
        ("/home/me", True),
        ("~/.ssh", True),
        ("/var/run/docker.sock", True),
        ("/run/containerd/containerd.sock", True),
        ("${HOME}", True),
        ("/srv/docs", False),
        ("/home/me/project", False),
        ("./data", False),
        ("data", False),
    ],
)
def test_folders_that_give_the_machine_away(folder, found):
    assert bool(HOST_FOLDERS.fullmatch(folder)) is found


def test_names_have_no_prefix():
    assert not [name for name in DANGEROUS if name.startswith("CAP_")]
