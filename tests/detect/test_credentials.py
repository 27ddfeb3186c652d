from __future__ import annotations

import re

import msgspec
import pytest

from yett.detect.credentials import CREDENTIALS
from yett.detect.sensitive import Sensitive

SENSITIVE = Sensitive()
MIXED = "a1B2c3D4e5F6g7H8j9K0mNpQrStUvWxYz" * 12
HEX = "0123456789abcdef9d8c7b6a5e4f3021" * 8
UPPER = "A1B2C3D4E5F6G7H8J9K0LMNPQRSTUVWXYZ" * 4

# Put together here, so that no scanner takes this file for a leak.
SAMPLES = {
    "private-key": "-----BEGIN RSA PRIV" + "ATE KEY-----\nMIIE" + MIXED[:64] + "\n-----END RSA PRIV" + "ATE KEY-----",
    "age-secret-key": "AGE-SECRET-" + "KEY-1" + ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2)[:58],
    "aws-access-key": "AK" + "IA" + UPPER[:16],
    "aws-bedrock-key": "AB" + "SK" + MIXED[:120] + "=",
    "gcp-api-key": "AI" + "za" + MIXED[:35],
    "gcp-oauth-token": "ya" + "29." + MIXED[:60],
    "gcp-oauth-secret": "GOC" + "SPX-" + MIXED[:28],
    "azure-storage-key": "Account" + "Key=" + MIXED[:86] + "==",
    "azure-client-secret": "abc" + "8Q" + "~" + MIXED[:34],
    "azure-sas-signature": "https://x.blob.core.windows.net/c?sv=2024&" + "sig=" + MIXED[:43] + "%3D",
    "alibaba-access-key": "LT" + "AI" + MIXED[:20],
    "digitalocean-token": "do" + "p_v1_" + HEX[:64],
    "cloudflare-origin-key": "v1" + ".0-" + HEX[:24] + "-" + HEX[:146],
    "heroku-api-key": "HR" + "KU-" + MIXED[:60],
    "databricks-token": "da" + "pi" + HEX[:32],
    "github-token": "gh" + "p_" + MIXED[:36],
    "github-fine-grained-token": "github" + "_pat_" + MIXED[:22] + "_" + MIXED[:59],
    "gitlab-token": "gl" + "pat-" + MIXED[:20],
    "atlassian-token": "AT" + "ATT3" + MIXED[:180],
    "npm-token": "np" + "m_" + MIXED[:36],
    "pypi-token": "py" + "pi-AgEIcHlwaS5vcmc" + MIXED[:80],
    "rubygems-token": "ruby" + "gems_" + HEX[:48],
    "docker-token": "dc" + "kr_pat_" + MIXED[:27],
    "terraform-token": MIXED[:14] + ".atlas" + "v1." + MIXED[:66],
    "pulumi-token": "pu" + "l-" + HEX[:40],
    "postman-key": "PM" + "AK-" + HEX[:24] + "-" + HEX[:34],
    "anthropic-key": "sk-" + "ant-api03-" + MIXED[:93] + "AA",
    "openai-key": "sk-" + "proj-" + MIXED[:74] + "T3Blbk" + "FJ" + MIXED[:74],
    "huggingface-token": "h" + "f_" + MIXED[:34],
    "groq-key": "gs" + "k_" + MIXED[:52],
    "xai-key": "xa" + "i-" + MIXED[:80],
    "replicate-token": "r" + "8_" + MIXED[:37],
    "perplexity-key": "pp" + "lx-" + MIXED[:48],
    "slack-token": "xo" + "xb-123456789012-1234567890123-" + MIXED[:24],
    "slack-app-token": "xa" + "pp-1-A0123456789-1234567890123-" + HEX[:64],
    "slack-webhook": "https://hooks.slack" + ".com/services/T00000000/B00000000/" + MIXED[:24],
    "discord-webhook": "https://discord.com" + "/api/webhooks/123456789012345678/" + MIXED[:68],
    "discord-token": "MT" + "AyMzQ1Njc4OTAxMjM0NTY3" + ".GhIjKl." + MIXED[:38],
    "telegram-token": "123456789:" + "AA" + MIXED[:33],
    "twilio-key": "S" + "K" + HEX[:32],
    "sendgrid-key": "S" + "G." + MIXED[:22] + "." + MIXED[:43],
    "stripe-key": "sk" + "_live_" + MIXED[:24],
    "stripe-webhook-secret": "wh" + "sec_" + MIXED[:32],
    "square-secret": "sq" + "0csp-" + MIXED[:43],
    "shopify-token": "shp" + "at_" + HEX[:32],
    "linear-key": "lin" + "_api_" + MIXED[:40],
    "notion-token": "nt" + "n_" + MIXED[:46],
    "figma-token": "fi" + "gd_" + MIXED[:40],
    "airtable-token": "pa" + "t" + MIXED[:14] + "." + HEX[:64],
    "grafana-token": "gl" + "sa_" + MIXED[:32] + "_" + HEX[:8],
    "sentry-token": "snt" + "rys_" + MIXED[:100],
    "newrelic-key": "NR" + "AK-" + UPPER[:27],
    "supabase-key": "sb" + "p_" + HEX[:40],
    "planetscale-secret": "pscale" + "_tkn_" + MIXED[:43],
    "doppler-token": "dp" + ".pt." + MIXED[:43],
    "onepassword-token": "op" + "s_eyJ" + MIXED[:250],
    "vault-token": "hv" + "s." + MIXED[:24],
    "yett-token": "ye" + "tt_" + MIXED[:8] + "_" + MIXED[:43],
    "jwt": "ey" + "JhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + MIXED[:43],
    "url-password": "postgres://app:" + "hunter2" + "@db.internal:5432/app",
    "bearer-token": "Authorization: Bea" + "rer " + MIXED[:32],
    "named-secret": "DB_PASS" + "WORD=" + MIXED[:16],
}


def test_there_is_a_sample_of_every_kind():
    assert list(SAMPLES) == [credential.kind for credential in CREDENTIALS]
    assert len(SAMPLES) >= 40


def test_kinds_are_words_for_people():
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", credential.kind) for credential in CREDENTIALS)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_credential_is_found_as_its_kind(kind):
    spans = SENSITIVE.find(f"here it is: {SAMPLES[kind]} and on")
    assert [span.kind for span in spans] == [kind]


CONTEXTS = [
    "{}",
    "\n{}\n",
    "\t{}\t",
    "({})",
    "'{}'",
    '"{}"',
    "token={};",
    "<b>{}</b>",
    "\N{LATIN SMALL LETTER E WITH ACUTE} {} \N{SNOWMAN}",
    "{},{}",
    '{{"a": "{}"}}',
    "x\\n{}\\nx",
]


@pytest.mark.parametrize("kind", SAMPLES)
def test_whatever_a_pattern_finds_its_trigger_suspects(kind):
    """The cheap first look, over JSON with its escapes, must never miss what the exact one would find."""
    for context in CONTEXTS:
        for nested in (False, True):
            text = context.replace("{}", SAMPLES[kind]).replace("{{", "{").replace("}}", "}")
            text = msgspec.json.encode(text).decode() if nested else text
            found = {span.kind for span in SENSITIVE.find(text)}
            suspected = {CREDENTIALS[index].kind for index in SENSITIVE.suspects(msgspec.json.encode({"t": text}))}
            assert found <= suspected, (context, nested)


@pytest.mark.parametrize("kind", SAMPLES)
def test_nothing_of_a_credential_is_left(kind):
    text, counts = SENSITIVE.redact(f"before {SAMPLES[kind]} after")
    assert counts == {kind: 1}
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert all(part not in text for part in (MIXED[:12], HEX[:12], UPPER[:12], "hunter2"))
    assert f"[redacted:{kind}]" in text


@pytest.mark.parametrize("kind", SAMPLES)
def test_redacting_twice_changes_nothing_more(kind):
    once, _ = SENSITIVE.redact(f"before {SAMPLES[kind]} after, key={SAMPLES[kind]}")
    assert SENSITIVE.redact(once) == (once, {})
