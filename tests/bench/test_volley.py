from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from yardstick.programs import BenchError
from yardstick.volley import volley

GOOD = b'{"jsonrpc":"2.0","id":7,"result":{"isError":false}}'


def serve(door: socket.socket, body: bytes, status: bytes = b"200 OK") -> None:
    def answer() -> None:
        client = door.accept()[0]
        with client, contextlib.suppress(OSError):
            while client.recv(65_536):
                # In two pieces: an answer seldom comes whole.
                client.sendall(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n" % (status, len(body)))
                client.sendall(body)

    threading.Thread(target=answer, daemon=True).start()


def fire(body: bytes, status: bytes = b"200 OK") -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        serve(door, body, status)
        with volley(door.getsockname()[1], b"POST / HTTP/1.1\r\n\r\n", 1) as lanes:
            lanes.fire(3)


def test_answers_are_read_to_their_end() -> None:
    fire(GOOD)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"jsonrpc":"2.0","id":7,"error":{"code":4030}}', b"200 OK"),
        (b'{"jsonrpc":"2.0","id":7,"result":{"content":[],"isError":true}}', b"200 OK"),
        (GOOD, b"401 Unauthorized"),
    ],
)
def test_a_refusal_is_no_answer_to_measure(body: bytes, status: bytes) -> None:
    with pytest.raises(BenchError, match="refused"):
        fire(body, status)
