from yett.auditor.live.wishes import Wishes
from yett.secrets.secret import Secret


def test_without_wishes_nothing_is_used_and_nothing_called():
    assert Wishes() == Wishes(token=None, foreign=None, second=None, direct=None, burst=0, calls=())


def test_a_token_does_not_show():
    assert "s3cret" not in repr(Wishes(token=Secret("s3cret")))
