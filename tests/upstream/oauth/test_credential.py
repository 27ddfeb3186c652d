from __future__ import annotations

import inspect

from yett.upstream.oauth.credential import Credential
from yett.upstream.oauth.exchange import Exchange
from yett.upstream.oauth.service import Service


def test_every_credential_has_the_same_three_methods_with_the_same_parameters():
    wanted = {
        name: list(inspect.signature(getattr(Credential, name)).parameters) for name in ("bearer", "refused", "close")
    }
    for kind in (Service, Exchange):
        assert {name: list(inspect.signature(getattr(kind, name)).parameters) for name in wanted} == wanted
