"""JSON and what is written in it: documents, messages, header values, URIs, schemas, globs."""

from __future__ import annotations

import json
from typing import Any

from promise import Broken, wants

from yett.core.verdict import Deny
from yett.detect.input_schema import InputSchema, compile_schema
from yett.policy.glob import Glob
from yett.protocol import document, jsonrpc, mirror, uri


def json_target(given: bytes) -> None:
    """A document: what is accepted means to the strictest other reader what it means here, and stays as it is."""
    found = document.read(given)
    if isinstance(found, Deny):
        return
    wants(_depth(found.value) <= document.DEFAULT.depth, "deeper than is allowed")
    wants(same(_strictly(given), found.value), "another reader understands something else")
    wants(same(_strictly(found.encoded), found.value), "what is sent means something else")
    again = document.read(found.encoded)
    wants(not isinstance(again, Deny) and again.encoded == found.encoded, "what is sent would not be accepted")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    return depth


def _strictly(body: bytes) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        wants(len({key for key, _ in items}) == len(items), "a key twice")
        return dict(items)

    def refuse(name: str) -> Any:
        raise Broken(f"{name} was accepted")

    return json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=refuse)


def same(ours: Any, theirs: Any) -> bool:
    """Whether two readers understood the same, types and order included."""
    if isinstance(ours, bool) or isinstance(theirs, bool) or ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return ours == theirs
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, dict):
        return list(ours) == list(theirs) and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs)


def jsonrpc_target(given: bytes) -> None:
    """A message from either side: refused, or the same message after another journey."""
    for from_server in (False, True):
        found = jsonrpc.parse(given, from_server=from_server)
        if isinstance(found, Deny):
            continue
        again = jsonrpc.parse(jsonrpc.encode(found.message), from_server=from_server)
        wants(not isinstance(again, Deny) and again.message == found.message, "a message changes on its way")


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


def schema_target(given: bytes) -> None:
    """Input schemas, judged against arguments: bounded in time, and never an error."""
    first, _, second = given.partition(b"\n")
    schema, arguments = document.read(first), document.read(second)
    if isinstance(schema, Deny):
        return
    compiled = compile_schema(schema.value)
    if isinstance(compiled, InputSchema) and not isinstance(arguments, Deny) and isinstance(arguments.value, dict):
        compiled.judge(arguments.value)


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
