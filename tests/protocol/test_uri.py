from __future__ import annotations

import time
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yett.protocol.uri import LENGTH, canonical

CANONICAL = [
    "demo://note/a",
    "config://app",
    "memo:abc",
    "urn:isbn:0451450523",
    "file:///",
    "file:///home/me/notes.md",
    "file:///C:/Users/me/a.txt",
    "file:///a%20b/%C3%A9.md",
    "https://example.com/",
    "https://example.com:8443/a/b?c=d/e&f=%2F..",
    "http://127.0.0.1:3000/x",
    "http://[2001:db8::1]/x",
    "repo://Microsoft/vscode/contents",
    "greeting://Alice",
    "memory:///insights",
    "ui://widget/board.html",
    "data:text/plain,hello",
    "skill://acme/refunds/SKILL.md",
    "a1+b-c.d://x/y;v=1/z,@!$&'()*+",
    "note://m%C3%BCller/%E4%B8%96",
    "x://a/b?",
]


@pytest.mark.parametrize("uri", CANONICAL)
def test_uris_as_servers_name_their_resources_are_canonical(uri):
    assert canonical(uri) == uri


@pytest.mark.parametrize(
    ("uri", "form"),
    [
        ("file:///a/../b", "file:///b"),
        ("file:///a/./b/..", "file:///a/"),
        ("file:///../../etc/passwd", "file:///etc/passwd"),
        ("file:///a/%2e%2e/b", "file:///b"),
        ("file:///a/%2E./b", "file:///b"),
        ("FILE:///a", "file:///a"),
        ("file:/a", "file:///a"),
        ("file://localhost/a", "file:///a"),
        ("DEMO://Note/a", "demo://Note/a"),
        ("demo://a/%7euser", "demo://a/~user"),
        ("demo://a/%c3%a9", "demo://a/%C3%A9"),
        ("HTTP://EXAMPLE.com:80", "http://example.com/"),
        ("https://example.com:0443/", "https://example.com/"),
        ("https://example.com:/", "https://example.com/"),
        ("http://h/?a=%2f%7e", "http://h/?a=%2F~"),
        ("http://[2001:DB8:0:0:0:0:0:1]/", "http://[2001:db8::1]/"),
        ("x:/a/../../b", "x:/b"),
    ],
)
def test_other_forms_of_one_uri_have_one_canonical_form(uri, form):
    assert canonical(uri) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "a",
        "/etc/passwd",
        "//host/a",
        "x:",
        "x://",
        "1x://a",
        "file:a",
        "file:///a/%252e%252e/b",
        "file:///a/%2f../b",
        "file:///a%2Fb",
        "file:///a%2fb",
        "file:///a\\b",
        "file:///a%5Cb",
        "file:///a%5c..%5cb",
        "file://host/share",
        "file://127.0.0.1/a",
        "file://localhost:80/a",
        "file:///a#b",
        "file:///a#",
        "file:///a%00",
        "file:///a%0A",
        "file:///a\0",
        "file:///a\n",
        "file:///a b",
        "file:///é",
        "file:///secret.txt.",
        "file:///secret.txt%20",
        "file:///a/..;x/b",
        "file:///a/.;/b",
        "file:///a/%EF%BC%8E%EF%BC%8E/b",
        "file:///a%EF%BC%8Fb",
        "file:///e%CC%81",
        "file:///a%E2%80%8Bb",
        "file:///a%E2%80%AEb",
        "file:///a%C0%AFb",
        "file:///a%ED%A0%80",
        "file:///a%FF",
        "file:///a%",
        "file:///a%2",
        "file:///a%zz",
        "demo://user@host/a",
        "demo://user:pass@host/a",
        "demo://a//b",
        "demo://a/b//",
        "demo://../a",
        "demo://./a",
        "demo://%2e%2e/a",
        "demo://a%2Fb/c",
        "demo://a./b",
        "demo://xn--a/b",
        "demo://h:99999/a",
        "demo://h:-1/a",
        "demo://h:1:2/a",
        "x:../a",
        "x:a/../b",
        "x:./a",
        "http:example.com",
        "http:/example.com",
        "http:///a",
        "http://example.com./",
        "http://xn--bcher-kva.example/",
        "http://XN--bcher-kva.example/",
        "http://b%C3%BCcher.example/",
        "http://ex%61mple.com/",
        "http://-a.example/",
        "http://a-.example/",
        "http://a..b/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://256.0.0.1/",
        "http://1.2.3.4.5/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[v1.x]/",
        "http://[:::]/",
        "http://[::1/",
        "x" * 33 + "://a",
        "x://" + "a" * LENGTH,
    ],
)
def test_what_has_more_than_one_reading_has_no_canonical_form(uri):
    assert canonical(uri) is None


def test_long_uris_cost_nothing():
    began = time.process_time()
    for uri in ("x://" + "%41" * 1_000_000, "x:" + "/.." * 1_000_000, "x://" + "a" * LENGTH, "x:" + "/.." * 600):
        canonical(uri)
    assert time.process_time() - began < 20  # seconds of CPU: the line to a process that is held


pieces = st.sampled_from(
    [
        "a",
        "B",
        "/",
        "..",
        ".",
        "%2e",
        "%2F",
        "%25",
        "%5C",
        "\\",
        "//",
        ":",
        "@",
        "?",
        "#",
        ";",
        "%c3%a9",
        "[",
        "]",
        "80",
        "é",
    ]
)
uris = st.builds(
    lambda scheme, rest: scheme + "".join(rest),
    st.sampled_from(["file://", "file:", "x://", "x:", "X:/", "http://", "HTTPS://h", "file:///"]),
    st.lists(pieces, max_size=8),
)


@given(uris | st.text(max_size=30))
@example("x://a/%2541")
def test_a_canonical_form_is_its_own(uri):
    form = canonical(uri)
    if form is not None:
        assert canonical(form) == form


@given(uris)
def test_no_reader_finds_a_way_up_in_a_canonical_form(uri):
    form = canonical(uri)
    if form is None:
        return
    split = urlsplit(form)
    for path in (split.path, unquote(split.path), unquote(unquote(split.path))):
        assert not {".", ".."} & set(path.replace("\\", "/").split("/"))
    assert unquote(split.path).count("/") == split.path.count("/")
    assert "@" not in split.netloc
    assert split.fragment == ""


@given(uris)
def test_case_of_percent_encoding_never_makes_two_forms(uri):
    assert canonical(uri.replace("%c3", "%C3").replace("%a9", "%A9").replace("%2e", "%2E")) == canonical(uri)
