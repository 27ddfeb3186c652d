from __future__ import annotations

from yett.identity.credentials import Credentials


def test_credentials_do_not_show_themselves():
    shown = Credentials(authorization=(b"Bearer hidden",), server="demo")
    assert repr(shown) == "Credentials(1 authorization headers, 'demo')"
