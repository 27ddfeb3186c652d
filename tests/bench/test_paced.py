from __future__ import annotations

import contextlib
import socket
import threading

import pytest
from yardstick.paced import paced
from yardstick.programs import BenchError

REQUEST = b"POST / HTTP/1.1\r\n\r\n"


def serve(door: socket.socket, answer: bytes, *, pieces: int = 1) -> None:
    def one(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while client.recv(65_536):
                for piece in range(pieces):
                    client.sendall(answer[piece::pieces])

    def accept() -> None:
        while True:
            try:
                client = door.accept()[0]
            except OSError:
                return
            threading.Thread(target=one, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def test_as_many_calls_are_made_as_the_rate_says() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        serve(door, b"x" * 300, pieces=2)
        took = paced(door.getsockname()[1], REQUEST, 300, rate=200, seconds=0.5, lanes=4)
    assert len(took) in {100, 101}  # the last one falls on the end, give or take a rounding
    assert min(took) > 0


def test_an_answer_of_another_size_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        serve(door, b"x" * 301)
        with pytest.raises(BenchError, match="1 bytes longer"):
            paced(door.getsockname()[1], REQUEST, 300, rate=100, seconds=0.2, lanes=2)
