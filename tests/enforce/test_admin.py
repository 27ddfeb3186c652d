from __future__ import annotations

import asyncio

import pytest

from yett.enforce.admin import Admin, Check
from yett.wire.http import Incoming, RequestHead

HOST = (b"host", b"127.0.0.1:9090")


class Paper:
    def send(self, status, headers, body) -> None:
        self.status, self.headers, self.body = status, dict(headers), body.decode()


def asked(method="GET", target=b"/livez", headers=(HOST,), checks=(), problem=""):
    async def run():
        async def reload():
            return problem

        admin = Admin(hosts=frozenset({b"127.0.0.1:9090"}), checks=lambda: list(checks), reload=reload)
        paper = Paper()
        head = RequestHead(method=method, target=target, headers=headers)
        await admin.answer(Incoming(head=head, body=b"", peer="127.0.0.1", port=1, secure=False), paper)
        return paper

    return asyncio.run(run())


GOOD = Check(name="ledger", ok=True)
BAD = Check(name="ledger", ok=False, detail="no space left on device")
AWAY = Check(name="server-demo", ok=False, detail="connection refused", vital=False)


def test_alive_depends_on_nothing() -> None:
    assert (asked(checks=[BAD]).status, asked(checks=[BAD]).body) == (200, "ok\n")


def test_readiness_follows_what_is_vital() -> None:
    assert asked(target=b"/readyz", checks=[GOOD, AWAY]).status == 200
    assert asked(target=b"/readyz", checks=[BAD, AWAY]).status == 503
    assert asked(target=b"/readyz", checks=[BAD]).body == "not ready\n"


def test_verbose_readiness_lists_every_check() -> None:
    assert asked(target=b"/readyz?verbose", checks=[GOOD, AWAY]).body == (
        "[+]ledger ok\n[-]server-demo connection refused\nready\n"
    )


def test_metrics_are_prometheus_text() -> None:
    paper = asked(target=b"/metrics")
    assert paper.status == 200
    assert paper.headers[b"content-type"].startswith(b"text/plain; version=")


def test_a_reload_must_be_meant() -> None:
    meant = (HOST, (b"x-yett-reload", b"1"))
    assert asked("POST", b"/reload").status == 403
    assert asked("POST", b"/reload", meant).body == "reloaded\n"
    refused = asked("POST", b"/reload", meant, problem="yett.yaml:3:1: unknown key")
    assert (refused.status, refused.body) == (409, "yett.yaml:3:1: unknown key\n")


@pytest.mark.parametrize(
    "headers",
    [(), ((b"host", b"evil.example"),), (HOST, (b"origin", b"http://evil.example")), (HOST, (b"origin", b"null"))],
)
def test_pages_and_foreign_names_get_nothing(headers) -> None:
    for target in (b"/livez", b"/readyz?verbose", b"/metrics", b"/reload"):
        assert asked("GET", target, headers).status == 421


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("POST", b"/livez", 405), ("DELETE", b"/metrics", 405), ("GET", b"/reload", 405), ("GET", b"/", 404)],
)
def test_everything_else_is_refused(method, target, status) -> None:
    assert asked(method, target).status == status
