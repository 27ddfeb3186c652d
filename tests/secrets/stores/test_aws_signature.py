from __future__ import annotations

from datetime import UTC, datetime

from yett.core.ask import Ask
from yett.secrets.stores.aws_signature import Keys, signed

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
EXAMPLE = Keys(access="AKIDEXAMPLE", secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def test_the_example_of_the_documentation_has_its_signature():
    # "Create a signed AWS API request": a GET of IAM's ListUsers.
    ask = Ask(
        url="https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers",
        headers=(("content-type", "application/x-www-form-urlencoded; charset=utf-8"),),
    )
    headers = dict(signed(ask, EXAMPLE, region="us-east-1", service="iam", now=AT).headers)
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


def test_the_session_token_is_sent_and_signed():
    keys = Keys(access="a", secret="b", session="c")
    ask = signed(Ask(url="https://x/", method="POST", body=b"{}"), keys, region="r", service="s", now=AT)
    headers = dict(ask.headers)
    assert headers["x-amz-security-token"] == "c"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in headers["authorization"]
    assert (ask.method, ask.body) == ("POST", b"{}")


def test_every_part_of_a_request_changes_its_signature():
    base = {"url": "https://x/a", "method": "POST", "body": b"{}", "headers": (("a", "b"),)}
    changes = [{}, {"url": "https://x/b"}, {"url": "https://y/a"}, {"url": "https://x/a?q=1"}, {"method": "PUT"}]
    changes += [{"body": b"[]"}, {"headers": (("a", "c"),)}]
    found = {
        dict(signed(Ask(**base | change), EXAMPLE, region="r", service="s", now=AT).headers)["authorization"]
        for change in changes
    }
    assert len(found) == len(changes)


def test_keys_do_not_print():
    assert "wJal" not in repr(EXAMPLE)
