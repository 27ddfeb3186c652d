"""M-01 to M-10: headers that tell another story than the body, and eras that are mixed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from siege.cases import Fate, Talk, act, case, hidden, no, talk, yes
from siege.speech import ABSENT, LEGACY, META, MODERN, VERSION_KEY, Say, b64, call
from siege.stories.mcp_headers import dropped_tools, warned_about

MISMATCH = no(400, code=-32020)


def headed(what: str, fate: Fate, say: Say | None = None, era: str = "modern", **head: Any) -> Talk:
    """A call with other headers; underscores stand for hyphens."""
    base = say or call("echo", {"text": "x"})
    replaced = {name.replace("_", "-"): value for name, value in head.items()}
    return talk(what, Say(params=base.params, method=base.method, meta=base.meta, head=replaced), fate, eras=era)


def lined(what: str, fate: Fate, *lines: bytes, say: Say | None = None, era: str = "modern") -> Talk:
    """A call with more header lines."""
    base = say or call("echo", {"text": "x"})
    return talk(what, Say(params=base.params, method=base.method, head=base.head, lines=lines), fate, eras=era)


FORBIDDEN = call("delete_all")
TELLING = {"mcp_method": "tools/call", "mcp_name": "echo", "mcp_protocol_version": LEGACY}


def twice(name: str, value: str, other: str) -> Iterator[Talk]:
    """A routing header that stands there twice."""
    for what, second in (("equal", value), ("different", other), ("empty", "")):
        yield lined(f"{name} twice, {what}", MISMATCH, f"{name.upper()}: {second}".encode())


ENCODED = (
    ("junk inside", "=?base64?ZW\x21Nobw==?="),
    ("wrong padding", "=?base64?ZWNobw=?="),
    ("no padding", "=?base64?ZWNobw?="),
    ("bits that are not zero", "=?base64?ZWNobx==?="),
    ("another alphabet", "=?base64?_-_-?="),
    ("white space inside", "=?base64?ZWNo bw==?="),
    ("an upper-case marker", "=?BASE64?ZWNobw==?="),
    ("nested", b64(b64(b"echo").encode())),
    ("no UTF-8", b64(b"\xff\xfe")),
    ("empty", "=?base64??="),
    ("another name", b64(b"delete_all")),
    ("half a marker", "=?base64?ZWNobw=="),
    ("RFC 2047", "=?utf-8?B?ZWNobw==?="),
    ("padding only", "=?base64?====?="),
    ("a NUL", b64(b"echo\x00")),
    ("a line feed", b64(b"echo\n")),
)


def mirrored(what: str, fate: Fate, arguments: Any, *lines: bytes) -> Talk:
    """A call of the tool whose arguments are mirrored."""
    return talk(what, call("mirror", arguments, lines=lines), fate, eras="modern")


def body(meta: dict[str, Any] | None, **head: Any) -> Say:
    """A call with this `_meta` (`None`: without one), and headers."""
    params = {"name": "echo", "arguments": {"text": "x"}, **({} if meta is None else {"_meta": meta})}
    import json

    whole = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
    replaced = {name.replace("_", "-"): value for name, value in head.items()}
    return Say(params=params, body=json.dumps(whole).encode(), head=replaced)


ROWS = [
    case(
        "M-01",
        "Mcp-Name names one tool, the body another",
        headed("an allowed name over a forbidden tool", MISMATCH, FORBIDDEN, mcp_name="echo"),
        headed("a forbidden name over an allowed tool", MISMATCH, mcp_name="delete_all"),
        headed("another allowed name", MISMATCH, mcp_name="get_issue"),
        talk(
            "legacy: headers are not heard, the body is forbidden",
            Say(params=FORBIDDEN.params, head={"mcp-name": "echo"}),
            hidden(),
            eras="legacy",
        ),
        talk(
            "legacy: headers are not heard, the body is allowed",
            call("echo", {"text": "x"}, head={"mcp-name": "delete_all"}),
            yes(),
            eras="legacy",
        ),
        talk(
            "a prompt's header over a tool",
            Say(method="prompts/get", params={"name": "hello"}, head={"mcp-name": "echo"}),
            MISMATCH,
            eras="modern",
        ),
        talk(
            "a resource's header over another",
            Say(method="resources/read", params={"uri": "note://secret/b"}, head={"mcp-name": "note://public/a"}),
            MISMATCH,
            eras="modern",
        ),
    ),
    case(
        "M-02",
        "Mcp-Method names one method, the body another",
        headed("tools/list over tools/call", MISMATCH, FORBIDDEN, mcp_method="tools/list"),
        headed("tools/call over tools/list", MISMATCH, Say(method="tools/list"), mcp_method="tools/call"),
        headed(
            "tools/call over resources/read",
            MISMATCH,
            Say(method="resources/read", params={"uri": "note://secret/b"}),
            mcp_method="tools/call",
        ),
        headed("another case", MISMATCH, mcp_method="Tools/Call"),
        talk(
            "legacy: not heard",
            Say(params=FORBIDDEN.params, head={"mcp-method": "tools/list"}),
            hidden(),
            eras="legacy",
        ),
    ),
    case(
        "M-03",
        "routing headers missing, empty, twice",
        [headed(f"{name} missing", MISMATCH, **{name: ABSENT}) for name in ("mcp_method", "mcp_name")],
        headed("version missing", no(400), mcp_protocol_version=ABSENT),
        [
            headed(f"{name} empty", MISMATCH, **{name: ""})
            for name in ("mcp_method", "mcp_name", "mcp_protocol_version")
        ],
        twice("mcp-method", "tools/call", "tools/list"),
        twice("mcp-name", "echo", "delete_all"),
        twice("mcp-protocol-version", MODERN, LEGACY),
        lined("legacy: the version twice", no(400), b"mcp-protocol-version: " + LEGACY.encode(), era="legacy"),
        lined("legacy: the session twice", no(400), b"mcp-session-id: x", era="legacy"),
    ),
    case(
        "M-04",
        "headers without anything in the body",
        headed("a name for tools/list", MISMATCH, Say(method="tools/list"), mcp_name="echo"),
        talk(
            "a name for a call without one",
            Say(params={"arguments": {}}, head={"mcp-name": "echo"}),
            no(400),
            eras="modern",
        ),
        talk(
            "a name for a call whose name is no text",
            Say(params={"name": ["echo"], "arguments": {}}, head={"mcp-name": "echo"}),
            no(400, 200),
        ),
        headed("a parameter for tools/list", MISMATCH, Say(method="tools/list"), mcp_param_region="x"),
    ),
    case(
        "M-05",
        "encoded values that are not what an encoder writes",
        [headed(what, MISMATCH, mcp_name=value) for what, value in ENCODED],
        headed("what an encoder writes", yes(), mcp_name=b64(b"echo")),
    ),
    case(
        "M-06",
        "values that look encoded, spaces, another case",
        headed("a tool whose name looks encoded", no(200, 400), call(b64(b"echo")), mcp_name=b64(b"echo")),
        headed(
            "a tool whose name looks encoded, encoded",
            hidden(),
            call(b64(b"delete_all")),
            mcp_name=b64(b64(b"delete_all").encode()),
        ),
        headed("a space behind, in both", no(400, code=-32020), call("echo "), mcp_name="echo "),
        headed("a space before, in both", no(400, code=-32020), call(" echo"), mcp_name=" echo"),
        headed("another case", MISMATCH, mcp_name="Echo"),
        headed("white space around is not part of a value", yes(), mcp_name=" \t echo \t "),
    ),
    case(
        "M-07",
        "mirrored arguments",
        mirrored(
            "all agree",
            yes(),
            {"region": "eu", "limit": 42, "dry": True},
            b"mcp-param-region: eu",
            b"mcp-param-limit: 42",
            b"mcp-param-dry: true",
        ),
        mirrored("42.0 is 42", yes(), {"limit": 42}, b"mcp-param-limit: 42.0"),
        mirrored("different", MISMATCH, {"region": "eu"}, b"mcp-param-region: us"),
        mirrored("another case", MISMATCH, {"region": "eu"}, b"mcp-param-region: EU"),
        mirrored("missing", MISMATCH, {"region": "eu"}),
        mirrored("without an argument", MISMATCH, {}, b"mcp-param-region: eu"),
        mirrored("for null", no(200, 400), {"region": None}, b"mcp-param-region: null"),
        mirrored("43 for 42", MISMATCH, {"limit": 42}, b"mcp-param-limit: 43"),
        mirrored("4.2e1 for 42", MISMATCH, {"limit": 42}, b"mcp-param-limit: 4.2e1"),
        mirrored("042 for 42", MISMATCH, {"limit": 42}, b"mcp-param-limit: 042"),
        mirrored("+42 for 42", MISMATCH, {"limit": 42}, b"mcp-param-limit: +42"),
        mirrored("42.5 for 42", MISMATCH, {"limit": 42}, b"mcp-param-limit: 42.5"),
        mirrored("2^53 + 1 for 2^53", no(400), {"limit": 2**53}, b"mcp-param-limit: 9007199254740993"),
        mirrored("True for true", MISMATCH, {"dry": True}, b"mcp-param-dry: True"),
        mirrored("1 for true", MISMATCH, {"dry": True}, b"mcp-param-dry: 1"),
        mirrored("twice", MISMATCH, {"region": "eu"}, b"mcp-param-region: eu", b"mcp-param-region: eu"),
        mirrored(
            "encoded", yes(), {"region": "eu-w\u00e9st"}, b"mcp-param-region: " + b64("eu-w\u00e9st".encode()).encode()
        ),
        mirrored("raw UTF-8", no(400), {"region": "eu-w\u00e9st"}, "mcp-param-region: eu-w\u00e9st".encode()),
        mirrored("one that the tool does not declare is ignored", yes(), {}, b"mcp-param-other: x"),
    ),
    case(
        "M-08",
        "x-mcp-header annotations that are wrong",
        act("such tools are dropped", dropped_tools),
        act("with a warning", warned_about),
    ),
    case(
        "M-09",
        "eras mixed",
        headed("another version in the header", MISMATCH, mcp_protocol_version="2026-07-27"),
        headed("a legacy header over a modern body", MISMATCH, mcp_protocol_version=LEGACY),
        talk("no header over a modern body", body(META, mcp_protocol_version=ABSENT), no(400), eras="modern"),
        talk("a modern header over a legacy body", body(None), no(400), eras="modern"),
        talk(
            "an unknown version in both",
            Say(
                params=call("echo").params,
                meta={VERSION_KEY: "2099-01-01"},
                head={"mcp-protocol-version": "2099-01-01"},
            ),
            no(400, code=-32022),
            eras="modern",
        ),
        talk(
            "an unknown version in the header",
            body(None, mcp_protocol_version="2099-01-01"),
            no(400, code=-32022),
            eras="modern",
        ),
        [
            talk(
                f"{version!r} as a version in `_meta`",
                Say(params=call("echo").params, meta={VERSION_KEY: version}),
                no(400),
                eras="modern",
            )
            for version in (None, 20260728, [MODERN], {}, "", MODERN + " ", True)
        ],
        talk("a legacy session with a modern body", body(META, mcp_protocol_version=LEGACY), no(400), eras="legacy"),
        talk(
            "a legacy session with a modern header",
            Say(params=FORBIDDEN.params, head={"mcp-protocol-version": MODERN}),
            no(400),
            eras="legacy",
        ),
        talk(
            "another legacy version than the session's: the session's counts",
            call("delete_all", head={"mcp-protocol-version": "2024-11-05"}),
            hidden(),
            eras="legacy",
        ),
        talk(
            "a modern call with a session id: forbidden all the same",
            Say(params=FORBIDDEN.params, head={"mcp-session-id": "x"}),
            hidden(),
            eras="modern",
        ),
        talk("the same forbidden call in either era", FORBIDDEN, hidden()),
    ),
    case(
        "M-10",
        "`_meta` without what it must have",
        [
            talk(
                f"without {key.rpartition('/')[2]}",
                Say(params=call("echo").params, meta={key: ABSENT}),
                no(400, code=code),
                eras="modern",
            )
            for key, code in (("io.modelcontextprotocol/clientCapabilities", -32602), (VERSION_KEY, -32602))
        ],
        [
            talk(
                f"capabilities that are {what}",
                Say(params=call("echo").params, meta={"io.modelcontextprotocol/clientCapabilities": value}),
                no(400, code=-32602),
                eras="modern",
            )
            for what, value in (("null", None), ("a list", []), ("a text", "all"))
        ],
        talk("`_meta` that is a list", body([]), no(400), eras="modern"),  # type: ignore[arg-type] # what must be refused
    ),
]
