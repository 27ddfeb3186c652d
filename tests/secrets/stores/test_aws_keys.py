from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from counterfeit.clouds import Aws
from counterfeit.http import Question, Reply, asker

from yett.errors import SecretError
from yett.secrets.stores.aws_keys import KeyRing
from yett.secrets.stores.aws_signature import Keys

SESSION = Keys(access="ASIA", secret="hunter2", session="session")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def nobody(question: Question) -> Reply:
    raise ConnectionError


class Machine:
    """The endpoints of EC2 (version 2 of its metadata service) and of ECS."""

    def __init__(self, until: str) -> None:
        self.until = until
        self.asked: list[str] = []
        self.role = "yett-role"

    def __call__(self, question: Question) -> Reply:
        self.asked.append(f"{question.method} {question.headers['host']}{question.path}")
        keys = {"AccessKeyId": "ASIA", "SecretAccessKey": "hunter2", "Token": "session", "Expiration": self.until}
        if question.path == "/latest/api/token" and question.method == "PUT":
            return Reply(200, b"the-token")
        if question.path.startswith("/latest/") and question.headers.get("x-aws-ec2-metadata-token") != "the-token":
            return Reply(401)
        if question.path.endswith("security-credentials/"):
            return Reply(200, self.role.encode())
        if question.path == "/v4/creds" and question.headers.get("authorization") != "container-token":
            return Reply(403)
        return Reply(200, keys)


def keys(ring: KeyRing) -> Keys:
    return asyncio.run(ring.keys("eu-west-1"))


def test_the_environments_keys_come_first():
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
    ring = KeyRing(asker(nobody), asker(nobody), environment, Clock())
    assert keys(ring) == Keys(access="a", secret="b", session="c")


def test_a_web_identity_is_exchanged_and_the_session_kept_until_it_nears_its_end(tmp_path: Path):
    clock, there = Clock(), Aws(SESSION)
    there.web_identity = "the-pod-jwt"
    (tmp_path / "token").write_text("the-pod-jwt")
    environment = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/yett"}

    async def work() -> None:
        ring = KeyRing(asker(there, "https://sts.eu-west-1.amazonaws.com"), asker(nobody), environment, clock)
        found = await asyncio.gather(*[ring.keys("eu-west-1") for _ in range(5)])
        assert found == [SESSION] * 5
        assert there.asked == ["arn:aws:iam::1:role/yett"]
        ring.refused("AccessDeniedException")
        await ring.keys("eu-west-1")
        assert len(there.asked) == 1
        ring.refused("ExpiredTokenException")
        await ring.keys("eu-west-1")
        assert len(there.asked) == 2
        clock.now = datetime.fromtimestamp(1_800_000_000, UTC) - timedelta(minutes=4)
        await ring.keys("eu-west-1")
        assert len(there.asked) == 3

    asyncio.run(work())
    there.web_identity = "another"
    with pytest.raises(SecretError, match="AWS refused the gateway's web identity with 400"):
        keys(KeyRing(asker(there), asker(nobody), environment, clock))


def test_a_machine_has_its_role_by_the_second_version_of_its_metadata():
    there = Machine("2026-11-23T15:00:00Z")
    ring = KeyRing(asker(nobody), asker(there), {}, Clock())
    assert keys(ring) == SESSION
    assert there.asked[0] == "PUT 169.254.169.254/latest/api/token"
    there.role = "../../evil"
    with pytest.raises(SecretError, match="no AWS credentials"):
        keys(KeyRing(asker(nobody), asker(there), {}, Clock()))


def test_a_container_has_its_role_from_its_endpoint(tmp_path: Path):
    there = Machine("not a date")
    (tmp_path / "token").write_text("container-token")
    environment = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v4/creds"}
    with pytest.raises(SecretError, match="the container has no AWS role: its endpoint answered 403"):
        keys(KeyRing(asker(nobody), asker(there), environment, Clock()))
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(tmp_path / "token")
    assert keys(KeyRing(asker(nobody), asker(there), environment, Clock())) == SESSION
    assert there.asked[-1] == "GET 169.254.170.2/v4/creds"


def test_nowhere_at_all_is_an_error():
    with pytest.raises(SecretError, match="it hung up"):
        keys(KeyRing(asker(nobody), asker(nobody), {}, Clock()))
