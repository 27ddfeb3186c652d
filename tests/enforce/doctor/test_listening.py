from __future__ import annotations

import asyncio
import socket

from yett.enforce.doctor.check import Status
from yett.enforce.doctor.listening import listening


def look(host: str, port: int, *, running: bool = False):
    return asyncio.run(listening("listen", host, port, running=running))


def test_a_free_port_is_given_back():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert look("127.0.0.1", port).status is Status.FAIL
        assert look("127.0.0.1", port, running=True).status is Status.OK
    assert look("127.0.0.1", port).status is Status.OK
    assert look("127.0.0.1", port).status is Status.OK


def test_an_address_of_another_machine_fails():
    assert look("192.0.2.1", 0).status is Status.FAIL
    assert "has no address" in look("a..b", 0).detail
