from __future__ import annotations

import pytest

from yett.config.inline_secrets import (
    is_credential_assignment,
    is_credential_header,
    is_credential_option,
    is_credential_variable,
    is_path_to_credentials,
    looks_secret,
)

CREDENTIALS = """
    Authorization proxy-authorization COOKIE X-API-Key api-key x-apikey X-Auth-Token x-auth X-Acme-Secret
    Ocp-Apim-Subscription-Key
"""


@pytest.mark.parametrize("name", CREDENTIALS.split())
def test_headers_that_carry_credentials(name):
    assert is_credential_header(name)


@pytest.mark.parametrize("name", ["X-Team", "User-Agent", "X-Keyboard", "X-Tokens-Used", "Accept-Language"])
def test_headers_that_do_not(name):
    assert not is_credential_header(name)


@pytest.mark.parametrize(
    "name",
    ["GITHUB_TOKEN", "api_key", "KEY", "APIKEY", "DB_PASSWORD", "X_SECRET", "GH_PAT", "SSH_PASSPHRASE"],
)
def test_variables_that_hold_credentials(name):
    assert is_credential_variable(name)


@pytest.mark.parametrize("name", ["PATH", "HOME", "PATTERN", "TOKENS", "KEYBOARD", "LOG_LEVEL", "MAX_TOKENS", "AUTHOR"])
def test_variables_that_do_not(name):
    assert not is_credential_variable(name)


def test_options_and_assignments():
    assert is_credential_option("--api-key")
    assert is_credential_option("--github-token")
    assert is_credential_option("-password")
    assert not is_credential_option("--key")
    assert not is_credential_option("--token-file")
    assert is_credential_assignment("--token=x")
    assert is_credential_assignment("GITHUB_TOKEN=x")
    assert not is_credential_assignment("GITHUB_TOKEN=")
    assert not is_credential_assignment("GITHUB_TOKEN")
    assert not is_credential_assignment("--port=8080")


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a" * 22,
        "glpat-" + "a" * 20,
        "sk-" + "a" * 40,
        "xoxb-123456789012-abc",
        "AKIA" + "ABCD" * 4,
        "Bearer eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + ".c",
        "AIza" + "a" * 35,
        "yett_abcdef_0123",
        "-----BEGIN RSA PRIVATE KEY-----",
        "postgres://user:pw@db/x",
        "https://a.example/?api_key=x",
    ],
)
def test_shapes_of_credentials(text):
    assert looks_secret(text)


@pytest.mark.parametrize(
    "text",
    ["", "demo.echo", "http://127.0.0.1:3001/mcp", "mcp-server-git==2026.6.4", "user:alice@acme.io", "https://a/?q=1"],
)
def test_shapes_of_everything_else(text):
    assert not looks_secret(text)


def test_a_file_of_credentials_is_a_path():
    assert is_path_to_credentials("GOOGLE_APPLICATION_CREDENTIALS", "/run/gcp.json")
    assert not is_path_to_credentials("GOOGLE_APPLICATION_CREDENTIALS", "hunter2")
    assert not is_path_to_credentials("GITHUB_TOKEN", "/abcdef")
