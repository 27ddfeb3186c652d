"""Bytes of HTTP: heads, requests, chunks, responses, event streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from document_targets import same
from promise import pieces, wants

from yett.core.verdict import Deny
from yett.errors import DownstreamProtocolError, UpstreamProtocolError
from yett.protocol import document, sse
from yett.wire import chunks, head, response_head
from yett.wire.http import RequestHead, ResponseHead
from yett.wire.limits import ListenerLimits
from yett.wire.requests import RequestReader, Whole

LIMITS: Final = ListenerLimits(body_bytes=65_536)


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


def response_target(given: bytes) -> None:
    """An upstream's response head: refused, or with one framing."""
    try:
        found: ResponseHead = response_head.parse(given)
    except UpstreamProtocolError:
        return
    wants(100 <= found.status <= 599, "a status outside HTTP")  # noqa: PLR2004 - HTTP's
    wants(not (found.chunked and found.length), "two framings")
    wants(all(byte not in value for _, value in found.headers for byte in b"\r\n\x00"), "a control character")


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
        wants(not isinstance(back, Deny) and same(back.value, found.value), "an event means something else")


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
