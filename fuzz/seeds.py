"""Write the seeds of every target anew from what the tests know already: `python fuzz/seeds.py`."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests" / "attack"), str(HERE)]

from siege import plays  # noqa: E402 - the path stands above
from siege.rows.http_bytes import refused_corpus  # noqa: E402
from siege.rows.json_documents import ROWS_OF_CORPUS, in_call, text_of  # noqa: E402
from siege.rows.mcp_headers import ENCODED  # noqa: E402
from siege.rows.mcp_names import URIS  # noqa: E402

LARGEST = 4_096
"""Bytes of one seed: large ones slow the fuzzer down and teach it nothing."""
EVENTS = (
    b"data: {}\n\n",
    b": comment\n\n",
    b'id: 1\nretry: 5\nevent: message\ndata: {"a":\ndata: 1}\r\n\r\n',
    b"\xef\xbb\xbfdata:x\r\rdata: y\n\n",
)
GLOBS = (
    ("get_*", "*_issue", "get_issue"),
    ("a*b*c", "*", "aXbXc"),
    ("", "*", ""),
    ("**", "a*a", "aa"),
    ("*ab*", "ab", "xaby"),
)
BEARERS = (
    b"Bearer abc",
    b"bearer a.b-c_d~e+f/g==",
    b"Bearer a b",
    b"Basic x",
    b"Bearer a\x00Bearer b",
    b"Bearer\ta",
    b"Bearer ",
)
SCHEMAS = (
    ({"type": "object", "properties": {"a": {"type": "string", "pattern": "^a+$"}}}, {"a": "aa"}),
    ({"type": "object", "properties": {"a": {"$ref": "#"}}}, {"a": {"a": {}}}),
    ({"allOf": [{"properties": {"a": {"enum": [1, 2]}}}, {"required": ["a"]}]}, {"a": 1}),
    ({"anyOf": [{"properties": {"k": {"const": "x"}}}, {"properties": {"n": {"type": "integer"}}}]}, {"n": 1.0}),
    (
        {"type": "object", "properties": {"a": {"type": "array", "uniqueItems": True, "items": {"type": "number"}}}},
        {"a": [1, 1]},
    ),
)

DEEP = (
    b"[" * 250 + b"]" * 250,
    b'{"a":' * 251 + b"1" + b"}" * 251,
    b"[" * 500 + b"]" * 500,
    b'[{"a":' * 40 + b"1" + b"}]" * 40,
)
HEADERS = (
    {"alg": "ES256", "kid": "k", "typ": "at+jwt"},
    {"alg": "RS256"},
    {"alg": "none"},
    {"alg": "HS256", "kid": "../x"},
    {"alg": "EdDSA", "jku": "http://a/", "crit": ["b64"], "b64": False},
)
CLAIMS = {"iss": "https://a", "aud": ["b"], "sub": "c", "iat": 1, "exp": 2, "scope": "d e"}
# The base points of two curves: keys that everybody knows, and that are on their curves.
P256 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
    "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
}
ED25519 = {"kty": "OKP", "crv": "Ed25519", "x": "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"}
KEYS = (
    [{**P256, "kid": "a", "use": "sig", "alg": "ES256"}, {**ED25519, "kid": "b"}],
    [{**P256, "kid": "a"}, {**P256, "kid": "a"}],
    [{**P256, "kid": "a", "use": "enc"}, {**P256, "kid": "b", "d": "AA"}],
    [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "weak"}, {"kty": "oct", "k": "AA"}],
    [],
)


def specimens() -> Iterable[bytes]:
    """The files of the zoo, each behind the byte that says what kind of file it is."""
    from audit_targets import NAMES

    for path in sorted((ROOT / "tests" / "zoo" / "specimens").glob("*.txt")):
        for each in path.read_text(encoding="utf-8").split("=== ")[1:]:
            name, content = each.split("\n", 1)
            kinds = [
                number for number, known in enumerate(NAMES) if known.rpartition("/")[2] == name.rpartition("/")[2]
            ]
            yield bytes(kinds[:1] or [0]) + content.encode()


def b64(raw: bytes) -> bytes:
    """As tokens have it: URL-safe, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def write(target: str, seeds: Iterable[bytes]) -> None:
    """Keep each seed under the name of its digest."""
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        if len(seed) <= LARGEST:
            (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


def main() -> None:
    """Write all seeds."""
    streams = [row.stream for row in refused_corpus()]
    write("head", (stream.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for stream in streams))
    write("requests", (bytes([number % 17]) + stream for number, stream in enumerate(streams)))
    write("chunks", (bytes([number % 17]) + stream.partition(b"\r\n\r\n")[2] for number, stream in enumerate(streams)))
    documents = [text_of(row) for row in ROWS_OF_CORPUS if len(text_of(row)) <= LARGEST]
    write("json", [*documents, *DEEP])
    write(
        "jsonrpc",
        (text_of(row) if row["in"] == "body" else in_call(text_of(row), modern=False) for row in ROWS_OF_CORPUS),
    )
    parts = [
        step for steps in (*plays.STREAMS.values(), *plays.BESIDE.values()) for step in steps if isinstance(step, bytes)
    ]
    write(
        "sse",
        (
            bytes([number]) + body
            for number, body in enumerate([*EVENTS, *(part.partition(b"\r\n\r\n")[2] for part in parts)])
        ),
    )
    write(
        "codec",
        [value.encode("latin-1") for _, value in ENCODED] + ["eu-w\u00e9st".encode(), b" x ", b"=?base64?eA==?="],
    )
    write("audited", specimens())
    poisoned = (ROOT / "bench" / "auditor" / "poison" / "poisoned.tsv").read_text(encoding="utf-8").splitlines()
    write("orders", (line.split("\t")[2].encode() for line in poisoned[::5]))
    write("uri", [uri.encode() for uri in URIS])
    write("glob", ("\x00".join(words).encode() for words in GLOBS))
    configs = [*(ROOT / "tests" / "config" / "right").iterdir(), *(ROOT / "tests" / "config" / "wrong").iterdir()]
    write("yaml", (path.read_bytes() for path in configs))
    write("bearer", BEARERS)
    tokens = [
        b".".join([b64(json.dumps(header).encode()), b64(json.dumps(CLAIMS).encode()), b64(b"s" * 64)])
        for header in HEADERS
    ]
    write("jwt", [*tokens, tokens[0] + b"=", tokens[0].rpartition(b".")[0] + b".", b"eyJ.eyJ.x"])
    write("keys", [*(json.dumps({"keys": keys}).encode() for keys in KEYS), b"[]", b'{"keys":1}'])
    heads = [step for steps in plays.HTTP_PARTS.values() for step in steps if isinstance(step, bytes)]
    write("response", (step.replace(b"<length>", b"5").partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for step in heads))
    write("schema", (json.dumps(schema).encode() + b"\n" + json.dumps(given).encode() for schema, given in SCHEMAS))
    line = b'{"kind":"segment","at":"2026-07-28T00:00:00.000000Z","mono":1,"format":0,"seq":1,"prev":"0","hash":"0"}\n'
    write("ledger", [b"", line, line * 3, line[:40], b"\x00" * 100, line.replace(b"}", b',"x":"\\u0000"}')])


if __name__ == "__main__":
    main()
