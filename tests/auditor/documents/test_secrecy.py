import pytest

from yett.auditor.documents.secrecy import blotted, credentials, masked, secret_kind


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("X", "ghp_Zk81mQw93nXc72LpRt65vBy48HsJd20FgA17", "github-token"),
        ("API_KEY", "k8Hw92nQx71LmPz4", "secret"),
        ("DB_PASSWORD", "rosebud", "password"),
        ("DB_PASSWORD", "${DB_PASSWORD}", ""),
        ("DB_PASSWORD", "changeme-please", ""),
        ("PWD", "/srv/app", ""),
        ("API_KEY", "{env:API_KEY}", ""),
        ("API_KEY", "<your key>", ""),
        ("TOKEN_PATH", "k8Hw92nQx71LmPz4", ""),
        ("SORT_KEY", "created_at", ""),
        ("PASSWORD", "true", ""),
        ("URL", "postgres://app:hx72Lq9@db/app", "url-password"),
    ],
)
def test_a_secret_is_told_by_its_form_or_its_name(name, value, kind):
    assert secret_kind(name, value) == kind


def test_a_mask_shows_whose_secret_it_is_and_no_more():
    assert masked("ghp_Zk81mQw93nXc72LpRt65vBy48HsJd20FgA17") == "ghp_…"
    assert masked("rosebud") == "…"


def test_a_blotted_line_keeps_its_length():
    line = 'a ghp_Zk81mQw93nXc72LpRt65vBy48HsJd20FgA17 "rosebud"'
    shown = blotted(line, [(43, 52)])
    assert len(shown) == len(line)
    assert shown == "a " + "*" * 40 + " " + "*" * 9


def test_the_kinds_are_built_once():
    assert credentials() is credentials()
