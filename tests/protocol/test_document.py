from __future__ import annotations

import json
import math
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from yett.core.verdict import Deny
from yett.protocol import document
from yett.protocol.document import (
    KEY_TWICE,
    MALFORMED,
    NUMBER_INEXACT,
    TOO_DEEP,
    TOO_LARGE,
    TOO_MANY_VALUES,
    Bounds,
    Document,
    _check_each_value,
    check_values,
    encode,
    read,
)
from yett.protocol.jsonrpc import parse
from yett.protocol.keys import KEY_RESERVED, KEY_TOO_LONG, check_keys

CORPUS = Path(__file__).with_name("corpus.jsonl")


def corpus() -> Iterator[Any]:
    """One case a line. `text` is bytes as Latin-1, or a list of such texts and of [text, times]."""
    for line in CORPUS.read_text().splitlines():
        case = json.loads(line)
        parts = [case["text"]] if isinstance(case["text"], str) else case["text"]
        body = b"".join(
            part.encode("latin-1") if isinstance(part, str) else part[0].encode("latin-1") * part[1] for part in parts
        )
        if case["in"] == "arguments":
            body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":%b}}' % body
        yield pytest.param(body, case["refused"], id=f"{case['case']}: {case['why']}")


CASES = list(corpus())


def test_the_corpus_covers_every_class_of_the_threat_model():
    classes = {case.id.partition(":")[0] for case in CASES}
    assert len(CASES) >= 74
    assert {f"J-{number:02}" for number in range(1, 25)} <= classes


@pytest.mark.parametrize(("body", "refused"), CASES)
def test_each_document_of_the_corpus_is_judged_as_expected(body, refused):
    began = time.process_time()
    parsed = parse(body)
    assert time.process_time() - began < 20  # seconds of CPU: the line to a process that is held
    assert (parsed.reason.code if isinstance(parsed, Deny) else "") == refused


@pytest.mark.parametrize(("body", "refused"), CASES)
def test_what_is_accepted_is_sent_in_a_form_that_every_parser_reads_alike(body, refused):
    found = read(body)
    if isinstance(found, Deny):
        return
    assert json.loads(found.encoded) == found.value
    assert read(found.encoded) == Document(found.value, found.encoded)


def test_a_canonical_document_is_sent_as_it_came():
    body = b'{"method":"ping","params":{"a":[1,2.5,"\xc3\xa9\\n",null,true]},"jsonrpc":"2.0","id":1}'
    assert read(body) == Document(json.loads(body), body)


def test_white_space_and_escapes_make_no_difference_to_what_is_sent():
    plain = b'{"a":"b/c","d":[1,{"e":"\xc3\xa9"}]}'
    for variant in (
        b' { "a" : "b\\/c" , "d" : [ 1 , { "e" : "\\u00e9" } ] } ',
        b'{"\\u0061":"b/\\u0063",\n"d":[1,{"e":"\xc3\xa9"}]}',
    ):
        assert read(variant) == Document(json.loads(plain), plain)


def test_a_refusal_quotes_nothing_of_the_body():
    secret = b'{"password":"hunter2\xff"}'
    deny = read(secret)
    assert isinstance(deny, Deny)
    assert "hunter2" not in deny.detail
    assert "password" not in deny.detail


def test_bounds_can_be_tighter():
    assert read(b"[1,2]", Bounds(bytes=4)) == Deny(reason=TOO_LARGE, detail="5 bytes")
    assert read(b"[[1]]", Bounds(depth=1)) == Deny(reason=TOO_DEEP, detail="2 levels")
    assert read(b"[[1]]", Bounds(depth=2)) == Document([[1]], b"[[1]]")
    assert read(b"[1,2,3]", Bounds(nodes=3)) == Deny(reason=TOO_MANY_VALUES, detail="up to 4")
    assert read(b"[1,2,3]", Bounds(nodes=4)) == Document([1, 2, 3], b"[1,2,3]")
    assert read(b'{"abc":1}', Bounds(key=2)) == Deny(reason=KEY_TOO_LONG, detail="3 characters")


def test_a_key_remembered_as_good_is_not_good_under_a_tighter_bound():
    body = b'{"remembered":1}'
    assert isinstance(read(body), Document)
    assert read(body, Bounds(key=4)) == Deny(reason=KEY_TOO_LONG, detail="10 characters")


def test_a_bad_key_is_refused_every_time():
    for _ in range(3):
        assert read(b'{"__proto__":1}') == Deny(reason=KEY_RESERVED, detail="__proto__")


def test_what_is_remembered_is_bounded():
    for number in range(document._GOOD_ENTRIES + 10):
        read(b'{"k%d":1}' % number)
    read(b'{"%b":1}' % (b"x" * (document._GOOD_CHARACTERS + 1)))
    assert len(document._GOOD) <= document._GOOD_ENTRIES
    assert all(sum(map(len, keys)) <= document._GOOD_CHARACTERS for keys in document._GOOD)


def test_exact_servers_get_integers_of_64_bits():
    exact = Bounds(exact=True)
    for number in (2**53, 2**63, 2**64 - 1, -(2**63)):
        assert read(b"[%d]" % number, exact) == Document([number], b"[%d]" % number)
    for number in (2**64, -(2**63) - 1):
        assert read(b"[%d]" % number, exact) == Deny(reason=NUMBER_INEXACT, detail=f"{number.bit_length()} bits")


def test_top_level_scalars_are_judged_too():
    assert read(b"9007199254740992") == Deny(reason=NUMBER_INEXACT, detail="54 bits")
    assert read(b'"a"') == Document("a", b'"a"')


def test_deep_input_is_no_burden_to_a_deep_stack():
    verdicts: list[object] = []

    def at_depth(levels: int) -> None:
        if levels:
            at_depth(levels - 1)
        else:
            verdicts.append(read(b"[" * 30 + b"]" * 30))

    worker = threading.Thread(target=at_depth, args=(sys.getrecursionlimit() - 40,))
    worker.start()
    worker.join()
    # Whether there was room or not: a value came back, and no exception.
    assert isinstance(verdicts[0], Document | Deny)


def test_hostile_shapes_are_refused_in_linear_time():
    hostile = (
        b"[" * 1_000_000,
        b'"' + b'\\"' * 500_000,
        b'{"a":' * 200_000,
        b'["' + b'\\\\","' * 200_000,
        b'""' * 500_000,
        b'{"a":"' + b"\\" * 1_000_000,
    )
    for body in hostile:
        began = time.process_time()
        assert isinstance(read(body), Deny)
        assert time.process_time() - began < 20  # seconds of CPU: the line to a process that is held


# --- against an independent oracle


class _RefusedError(Exception):
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = tuple(key for key, _ in pairs)
    if len(set(keys)) != len(keys) or check_keys(keys, Bounds().key) is not None:
        raise _RefusedError
    return dict(pairs)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _RefusedError
    return number


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > 2**53 - 1:
        raise _RefusedError
    return int(text)


def _constant(_: str) -> None:
    raise _RefusedError


def _walk(value: Any, depth: int = 1) -> None:
    if isinstance(value, str):
        value.encode()
        if "\0" in value:
            raise _RefusedError
    elif isinstance(value, dict | list):
        if depth > Bounds().depth:
            raise _RefusedError
        for item in value.values() if isinstance(value, dict) else value:
            _walk(item, depth + 1)


def oracle(body: bytes) -> Any:
    """The same rules over the standard library's parser; raises where they are broken."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_pairs,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_constant,
        )
        _walk(value)
    except (ValueError, RecursionError) as error:
        raise _RefusedError from error
    return value


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\0", "a\\u0000", '"', "\\", '":"', "\u2028", "\ud800"])
)
keys = st.text(max_size=4) | st.sampled_from(["a", "A", "b", "name", "Name", "k", "\u212a", "__proto__", "a ", "\\"])
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """JSON as somebody might write it: other escapes, white space, a member repeated, a byte changed."""
    ascii_only = draw(st.booleans())
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:")]))
    text = json.dumps(draw(values), ensure_ascii=ascii_only, separators=separators)
    body = text.encode("utf-8", "surrogatepass")
    if draw(st.booleans()):
        body = body.replace(b"a", draw(st.sampled_from([b"a", b"\\u0061", b"\\u0041", b'a","a', b'a":1,"a'])))
    if draw(st.booleans()) and body:
        at = draw(st.integers(0, len(body) - 1))
        body = body[:at] + draw(st.binary(max_size=2)) + body[at + 1 :]
    return body


@given(documents())
@example(b'{"a":1,"a":1}')
@example(b'{"a":"\\\\","a":1}')
@example(b'{"a":"\\\\\\":","a":1}')
def test_the_reader_agrees_with_an_independent_oracle(body):
    try:
        expected = oracle(body)
    except _RefusedError:
        assert isinstance(read(body), Deny)
        return
    found = read(body)
    assert isinstance(found, Document)
    assert repr(found.value) == repr(expected) or found.value == expected
    assert json.loads(found.encoded) == expected


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(body):
    assert isinstance(read(body), Document | Deny)


@given(values)
def test_what_is_encoded_is_read_back(value):
    try:
        body = encode(value)
    except UnicodeEncodeError:
        return  # a lone surrogate cannot be encoded, and cannot have been decoded
    found = read(body)
    if isinstance(found, Document):
        assert found.encoded == body


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_to_the_bit(number):
    assert read(repr(number).encode()) == Document(number, encode(number))
    assert msgspec.json.decode(encode(number)) == number


def test_malformed_json_says_where():
    assert read(b'{"a":01}') == Deny(reason=MALFORMED, detail="JSON is malformed: invalid number (byte 6)")


def test_equal_members_are_counted_not_compared():
    assert read(b'{"a":1,"a":1}') == Deny(reason=KEY_TWICE)


@pytest.mark.parametrize("brackets", [0, 1, 499])
def test_the_quick_look_at_a_long_document_lets_no_value_more_pass(brackets):
    values = 5_000
    body = b"[" + b"[]," * brackets + b"1," * (values - 1) + b"1]"
    nodes = 1 + 2 * brackets + values  # an empty container counts twice
    assert isinstance(read(body, Bounds(nodes=nodes)), Document)
    assert read(body, Bounds(nodes=nodes - 1)) == Deny(reason=TOO_MANY_VALUES, detail=f"up to {nodes}")


@pytest.mark.parametrize(
    "text", ['{"a":"x\\u0000y"}', '["\\n","\\u0000"]', '{"\\u0000":1}', '{"a":{"b\\u0000":[]}}', '"\\u0000"']
)
def test_a_nul_is_found_wherever_it_stands(text):
    assert read(text.encode()) == Deny(reason=document.NUL)


def test_an_escaped_backslash_before_u0000_is_no_nul():
    assert read(rb'{"a":"\\u0000"}') == Document({"a": "\\u0000"}, rb'{"a":"\\u0000"}')


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_what_is_too_deep_is_refused_however_many_brackets_of_each_kind_there_are(opening, closing) -> None:
    for times in (*range(30, 70), *range(245, 255), *range(495, 505), *range(995, 1005)):
        body = b'{"x":' + opening * times + b"1" + closing * times + b"}"
        found = read(body, Bounds(depth=64))
        assert isinstance(found, Deny) is (1 + times * len(closing) > 64), (opening, times)
        assert not isinstance(found, Deny) or found.reason is TOO_DEEP


@given(values, st.booleans())
@example({"a": [{"b": 2**53}]}, False)
@example([[9007199254740991, -9007199254740991, 10**15]], False)
def test_what_the_bytes_tell_at_once_is_what_each_value_tells(value, exact):
    bounds = Bounds(exact=exact)
    try:
        encoded = encode(value)
    except (UnicodeEncodeError, OverflowError):
        reject()  # no document holds it
    assert check_values(value, encoded, bounds) == _check_each_value(value, encoded, bounds)
