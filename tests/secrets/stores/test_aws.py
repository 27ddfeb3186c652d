from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from counterfeit.clouds import Aws
from counterfeit.http import asker

from yett.errors import SecretError
from yett.secrets.store import WHOLE, Reading
from yett.secrets.stores.aws import SecretsManager
from yett.secrets.stores.aws_keys import KeyRing
from yett.secrets.stores.aws_signature import Keys

KEYS = Keys(access="AKIDEXAMPLE", secret="wJalrXUtnFEMI")
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": KEYS.access, "AWS_SECRET_ACCESS_KEY": KEYS.secret}


def now() -> datetime:
    return datetime(2026, 11, 23, 9, tzinfo=UTC)


def manager(there: Aws, origin: str = "", region: str = "eu-west-1", **environment: str) -> SecretsManager:
    ask = asker(there, origin)
    return SecretsManager(ask, KeyRing(ask, ask, environment or ENVIRONMENT, now), region=region, now=now)


def refusal(store: SecretsManager, name: str = "prod/github") -> str:
    with pytest.raises(SecretError) as caught:
        asyncio.run(store.read(name))
    return str(caught.value)


def test_a_secret_is_read_whole_and_by_its_fields():
    there = Aws(KEYS)
    there.secrets = {"prod/github": '{"token": "one"}', "plain": "two"}
    store = manager(there, "https://secretsmanager.eu-west-1.amazonaws.com")
    assert asyncio.run(store.read("prod/github")) == Reading(
        fields={WHOLE: '{"token": "one"}', "token": "one"}, version="v-1"
    )
    assert asyncio.run(store.read("plain")).fields == {WHOLE: "two"}


def test_an_arn_names_its_region():
    arn = "arn:aws:secretsmanager:us-east-2:123456789012:secret:github-AbCdEf"
    there = Aws(KEYS, "us-east-2")
    there.secrets = {arn: "one"}
    store = manager(there, "https://secretsmanager.us-east-2.amazonaws.com")
    assert asyncio.run(store.read(arn)).fields == {WHOLE: "one"}


def test_without_a_region_nothing_is_asked():
    there = Aws(KEYS)
    assert refusal(manager(there, region="")).startswith("no AWS region is known")
    assert there.asked == []


def test_what_aws_refuses_is_told_by_what_it_means():
    there = Aws(KEYS)
    assert refusal(manager(there)) == "AWS has no secret `prod/github`"
    there.problem = "AccessDeniedException"
    assert refusal(manager(there)) == "AWS permits the gateway no access to `prod/github`"
    there.problem = "InternalServiceError"
    assert refusal(manager(there)) == "AWS answered 400 for `prod/github`"
    wrong = manager(there, AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="hunter2")
    assert refusal(wrong) == "AWS does not accept the gateway's signature (or clock) for `prod/github`"


def test_a_binary_secret_is_refused():
    class Binary(Aws):
        def __call__(self, question):
            reply = super().__call__(question)
            return type(reply)(200, {"SecretBinary": "AA=="})

    assert refusal(manager(Binary(KEYS))) == "the secret `prod/github` is binary"
