from __future__ import annotations

import pytest

VAULT = "secrets: {{ vault: {{ address: {}, token: '${{file:t}}'{} }} }}\n"


@pytest.fixture
def token(folder):
    (folder / "t").write_text("hvs.x\n")
    (folder / "t").chmod(0o600)


def test_a_vault_is_read(config, token):
    vault = config(VAULT.format("https://vault:8200", "")).secrets.vault
    assert (str(vault.address), vault.token.reveal(), vault.namespace) == ("https://vault:8200", "hvs.x", None)


def test_without_the_section_nothing_is_limited_and_no_vault_is_there(config):
    secrets = config().secrets
    assert (secrets.env, secrets.files, secrets.vault) == (None, None, None)
    assert (float(secrets.refresh), float(secrets.max_stale)) == (300, 3600)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ address: https://v:1 }", "`vault` names no way to sign in"),
        ("{ address: http://v:1, token: '${file:t}' }", "secrets would cross the network in clear text"),
        (
            "{ address: https://v:1, token: '${file:t}', jwt: { role: a, token: '${file:t}' } }",
            "`token` and `jwt` exclude each other",
        ),
        ("{ address: https://v:1/v1, token: '${file:t}' }", "the public name has no path, and this one has `/v1`"),
        ("{ address: https://v:1, token: '${vault:kv/a#b}' }", "a store cannot be opened with a secret of a store"),
        ("{ address: https://v:1, token: hvs.CAESIJ0123456789 }", "`token` holds a secret in clear text"),
        (
            "{ address: https://v:1, token: '${file:t}', allow_addresses: [10.0.0.1/8] }",
            "`10.0.0.1/8` is not a network",
        ),
        ("{ address: https://v:1, tokn: '${file:t}' }", "a secret in `tokn`, which is not kept secret"),
        ("{ address: https://v:1, token: '${file:t}', namespce: a }", "unknown key `namespce`"),
    ],
)
def test_a_wrong_vault_is_refused(errors, token, text, message):
    assert message in " ".join(errors(f"secrets: {{ vault: {text} }}\n"))


def test_values_do_not_end_before_they_are_read_again(errors):
    found = errors("secrets: { refresh: 1h, max_stale: 1min }\n")
    assert "`max_stale` is shorter than `refresh`" in found[0]


def test_a_certificate_file_that_is_not_there_is_named(errors, token):
    found = errors(VAULT.format("https://v:1", ", ca: none.pem"))
    assert "no such file" in found[0]
