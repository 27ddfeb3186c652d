"""What is fuzzed: each target takes any bytes and raises where a promise is broken, and nowhere else."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from yett.config import yaml_reader
from yett.config.diagnostic import InvalidConfig
from yett.config.report import Report
from yett.core.verdict import Deny
from yett.detect.input_schema import InputSchema, compile_schema
from yett.errors import DownstreamProtocolError, UpstreamProtocolError
from yett.identity.bearer import credential
from yett.ledger.verify import verify
from yett.policy.glob import Glob
from yett.protocol import document, jsonrpc, mirror, sse, uri
from yett.wire import chunks, head, response_head
from yett.wire.http import RequestHead, ResponseHead
from yett.wire.limits import ListenerLimits
from yett.wire.requests import RequestReader, Whole

SLOWEST: Final = 2.0
"""Seconds that one input may take; a busy machine is slow, an endless loop is slower."""
LIMITS: Final = ListenerLimits(body_bytes=65_536)
KEY: Final = b"k" * 32
SEGMENT: Final = "000000000000001-00000000.jsonl"


class Broken(Exception):
    """A promise that did not hold."""


def wants(condition: object, what: str) -> None:
    """Raise unless something holds; `assert` would be gone under `-O`."""
    if not condition:
        raise Broken(what)


def pieces(given: bytes) -> Iterator[bytes]:
    """Cut bytes as their first one says: what is read must not depend on packets."""
    size = 1 + (given[0] if given else 0) % 17
    rest = given[1:]
    return (rest[at : at + size] for at in range(0, len(rest), size))


def head_target(given: bytes) -> None:
    """A request head: refused with a status, or read so that writing it again reads the same."""
    read = _head(given)
    if read is None:
        return
    lines = b"".join(b"%b: %b\r\n" % header for header in read.headers)
    again = b"%b %b HTTP/1.%d\r\n%b\r\n" % (read.method.encode(), read.target, read.minor, lines)
    wants(_head(again) == read, "a head that is written again reads otherwise")
    wants(not (read.chunked and read.length), "two framings")
    names = [name for name, _ in read.headers]
    wants(names.count(b"host") == 1, "not one host")
    wants(all(b"_" not in name and name == name.lower() for name in names), "a strange name")
    wants(all(byte not in value for _, value in read.headers for byte in b"\r\n\x00"), "a control character")


def _head(raw: bytes) -> RequestHead | None:
    try:
        return head.parse(raw)
    except DownstreamProtocolError as refusal:
        wants(400 <= refusal.status <= 505, "a refusal without a status")  # noqa: PLR2004 - errors of HTTP
        return None


def requests_target(given: bytes) -> None:
    """A stream of requests: the same ones, and the same end, however it was cut."""
    cut, whole = _requests(pieces(given)), _requests(iter([given[1:]]))
    wants(cut == whole, "requests depend on how they were cut")


def _requests(parts: Iterator[bytes]) -> tuple[list[Whole], str]:
    reader = RequestReader()
    found: list[Whole] = []
    try:
        for part in parts:
            reader.feed(part)
            while (one := reader.next(LIMITS)) is not None:
                found.append(one)
    except DownstreamProtocolError:
        return found, "refused"
    return found, reader.stage.value


def chunks_target(given: bytes) -> None:
    """A chunked body: the same content however it was cut; written again, it is the same content."""
    cut, whole = _unchunked(pieces(given)), _unchunked(iter([given[1:]]))
    wants(cut[1:] == whole[1:] and (cut[1] is None or cut[0] == whole[0]), "content depends on how it was cut")
    content, done, _ = whole
    if done and content:
        again = _unchunked(iter([chunks.encode(content) + chunks.LAST]))
        wants(again == (content, True, b""), "content that is written again reads otherwise")


def _unchunked(parts: Iterator[bytes]) -> tuple[bytes, bool | None, bytes]:
    decoder = chunks.ChunkDecoder(DownstreamProtocolError, limit=65_536)
    content = rest = b""
    try:
        for part in parts:
            if decoder.done or decoder.exceeded:
                rest += part
            else:
                content += decoder.feed(part)
                rest = decoder.rest
    except DownstreamProtocolError:
        return content, None, b""
    if decoder.exceeded:
        return b"", False, b""
    return content, decoder.done, rest


def json_target(given: bytes) -> None:
    """A document: what is accepted means to the strictest other reader what it means here, and stays as it is."""
    found = document.read(given)
    if isinstance(found, Deny):
        return
    wants(_same(_strictly(given), found.value), "another reader understands something else")
    wants(_same(_strictly(found.encoded), found.value), "what is sent means something else")
    again = document.read(found.encoded)
    wants(not isinstance(again, Deny) and again.encoded == found.encoded, "what is sent would not be accepted")


def _strictly(body: bytes) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        wants(len({key for key, _ in items}) == len(items), "a key twice")
        return dict(items)

    def refuse(name: str) -> Any:
        raise Broken(f"{name} was accepted")

    return json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=refuse)


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, bool) or isinstance(theirs, bool) or ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return ours == theirs
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict):
        return list(ours) == list(theirs) and all(_same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    return bool(ours == theirs)


def jsonrpc_target(given: bytes) -> None:
    """A message from either side: refused, or the same message after another journey."""
    for from_server in (False, True):
        found = jsonrpc.parse(given, from_server=from_server)
        if isinstance(found, Deny):
            continue
        again = jsonrpc.parse(jsonrpc.encode(found.message), from_server=from_server)
        wants(not isinstance(again, Deny) and again.message == found.message, "a message changes on its way")


def sse_target(given: bytes) -> None:
    """An event stream: the same events however it was cut; what we write reads as what we meant, in every reader."""
    cut, whole = _events(pieces(given)), _events(iter([given[1:]]))
    # A broken stream gives the events before the fault, which may come in one piece with it, or before.
    wants(cut == whole or (cut[1] and whole[1]), "events depend on how they were cut")
    for event in whole[0]:
        found = document.read(event.data or b"")
        if isinstance(found, Deny):
            continue
        written = sse.encode(found.encoded)
        lines = written.decode().splitlines()
        wants(lines[0] == "event: message" and lines[2:] == [""], "an event of more lines than ours")
        read, broken = _events(iter([written]))
        wants(not broken and len(read) == 1, "an event of ours that is none")
        back = document.read(read[0].data or b"")
        wants(not isinstance(back, Deny) and _same(back.value, found.value), "an event means something else")


def _events(parts: Iterator[bytes]) -> tuple[list[sse.Event], bool]:
    decoder = sse.Decoder(4_096)
    found: list[sse.Event] = []
    try:
        for part in parts:
            found += decoder.feed(part)
        decoder.end()
    except UpstreamProtocolError:
        return found, True
    return found, False


def codec_target(given: bytes) -> None:
    """Header values: strict to the bit, and every text survives."""
    text = given.decode("latin-1")
    decoded = mirror.decode_value(text)
    if decoded is not None and decoded != text:
        marked = "=?base64?" + mirror.b64encode(decoded.encode()).decode() + "?="
        wants(marked == text, "a value that no encoder would have written")
    plain = given.decode("utf-8", "ignore")
    written = mirror.encode_value(plain)
    wants(written.isascii() and written.isprintable() and written == written.strip(), "a value that no header can hold")
    wants(mirror.decode_value(written) == plain, "a text that does not survive")


def uri_target(given: bytes) -> None:
    """URIs: one form, which is its own form."""
    text = given.decode("utf-8", "replace")
    found = uri.canonical(text)
    if found is None:
        return
    wants(uri.canonical(found) == found, "a canonical form that is not canonical")
    wants(found.isascii() and found.isprintable() and " " not in found, "a strange sign")
    segments = found.partition("?")[0].split("/")
    wants(not {".", ".."} & set(segments), "a dot segment")
    wants("#" not in found and "\\" not in found, "a fragment or a backslash")


def glob_target(given: bytes) -> None:
    """Globs: what they match is what trying every way finds; covering and overlapping keep their promises."""
    first, _, rest = given.decode("latin-1").partition("\x00")
    second, _, text = rest.partition("\x00")
    if len(given) > 200:  # noqa: PLR2004 - trying every way takes its time
        return
    one, other = Glob(first), Glob(second)
    for glob, pattern in ((one, first), (other, second)):
        wants(glob.matches(text) is _every_way(pattern, text), "a glob matches something else")
    if one.covers(other) and other.matches(text):
        wants(one.matches(text), "what covers does not cover")
    if one.matches(text) and other.matches(text):
        wants(one.overlaps(other) and other.overlaps(one), "what overlaps does not overlap")


def _every_way(pattern: str, text: str) -> bool:
    reached = {0}
    for sign in pattern:
        if sign == "*":
            reached = set(range(min(reached), len(text) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(text) and text[at] == sign}
        if not reached:
            return False
    return len(text) in reached


def yaml_target(given: bytes) -> None:
    """Config files: a tree, or diagnostics with a place."""
    report = Report("f", given.decode(errors="replace"))
    try:
        yaml_reader.read(given, report)
    except InvalidConfig as error:
        wants(error.diagnostics, "refused without a word")
        wants(all(one.line >= 1 and one.column >= 1 for one in error.diagnostics), "refused without a place")


def ledger_target(given: bytes) -> None:
    """A segment of a ledger: nothing that a stranger wrote is genuine."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:  # noqa: PTH112, S108 - memory, where there is some
        (Path(folder) / SEGMENT).write_bytes(given)
        found = verify(Path(folder), KEY)
    wants(found.records == 0, "a record that nobody made")


def bearer_target(given: bytes) -> None:
    """`Authorization` values: a token of the grammar, nothing, or a refusal."""
    values = given.split(b"\x00")
    found = credential(values)
    if isinstance(found, str):
        wants(len(values) == 1, "one of several values was taken")
        wants(found.isascii() and " " not in found and "," not in found and found, "a token outside the grammar")


def response_target(given: bytes) -> None:
    """An upstream's response head: refused, or with one framing."""
    try:
        found: ResponseHead = response_head.parse(given)
    except UpstreamProtocolError:
        return
    wants(100 <= found.status <= 599, "a status outside HTTP")  # noqa: PLR2004 - HTTP's
    wants(not (found.chunked and found.length), "two framings")
    wants(all(byte not in value for _, value in found.headers for byte in b"\r\n\x00"), "a control character")


def schema_target(given: bytes) -> None:
    """Input schemas, judged against arguments: bounded in time, and never an error."""
    first, _, second = given.partition(b"\n")
    schema, arguments = document.read(first), document.read(second)
    if isinstance(schema, Deny):
        return
    compiled = compile_schema(schema.value)
    if isinstance(compiled, InputSchema) and not isinstance(arguments, Deny) and isinstance(arguments.value, dict):
        compiled.judge(arguments.value)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "head": head_target,
    "requests": requests_target,
    "chunks": chunks_target,
    "json": json_target,
    "jsonrpc": jsonrpc_target,
    "sse": sse_target,
    "codec": codec_target,
    "uri": uri_target,
    "glob": glob_target,
    "yaml": yaml_target,
    "ledger": ledger_target,
    "bearer": bearer_target,
    "response": response_target,
    "schema": schema_target,
}


def run(name: str, given: bytes) -> None:
    """Run one target on one input, in bounded time."""
    started = time.monotonic()
    TARGETS[name](given)
    wants(time.monotonic() - started < SLOWEST, f"took {time.monotonic() - started:.1f} s")


def corpus(name: str) -> list[Path]:
    """The seeds of a target, and what was found with it."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(path for path in (Path(__file__).parent / "corpus" / name).iterdir() if path.is_file())
    return []
