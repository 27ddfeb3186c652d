from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from yett.cli.descriptors import ENOUGH, allowed, raised

INFINITY = resource.RLIM_INFINITY
PROBE = """
import resource
from yett.cli.descriptors import allow_enough
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 512))
allow_enough()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert found.stdout == "(512, 512)\n"


@pytest.mark.parametrize(
    ("soft", "hard", "enough"),
    [
        (1_024, 4_096, 4_096),
        (1_024, 1_048_576, ENOUGH),
        (1_024, INFINITY, ENOUGH),
        (1_048_576, 1_048_576, 1_048_576),
        (1_048_576, INFINITY, 1_048_576),
        (INFINITY, INFINITY, INFINITY),
    ],
)
def test_it_is_enough_and_never_less_than_before(soft, hard, enough) -> None:
    assert raised(soft, hard) == enough


def test_what_a_gateway_may_open_is_told_without_changing_it():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert allowed() == raised(*before)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
