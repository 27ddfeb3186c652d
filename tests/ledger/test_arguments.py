import json

from yett.core.message import Notification, Reply, Request
from yett.ledger.arguments import MAX_KEY, MAX_KEYS, arguments_of, written
from yett.ledger.mac import VALUES, Mac
from yett.ledger.quotes import Quotes

MAC = Mac(b"k" * 32, VALUES)


def digests(arguments, mac=MAC):
    return json.loads(written(arguments, mac, Quotes(mac)))


def call(arguments):
    return Request(id=1, method="tools/call", params={"name": "t", "arguments": arguments})


def test_a_tool_call_is_known_by_its_arguments():
    assert arguments_of(call({"owner": "acme"})) == {"owner": "acme"}


def test_other_methods_are_known_by_their_parameters_without_meta():
    request = Request(id=1, method="resources/read", params={"uri": "file:///a", "_meta": {"k": 1}})
    assert arguments_of(request) == {"uri": "file:///a"}


def test_messages_without_parameters_have_no_arguments():
    assert arguments_of(Request(id=1, method="tools/list")) == {}
    assert arguments_of(Notification(method="")) == {}
    assert arguments_of(Reply(id=1, result={"secret": 1})) == {}
    assert arguments_of(Request(id=1, method="tools/call", params={"name": "t"})) == {}


def test_what_should_be_an_object_and_is_not_is_still_noted():
    assert arguments_of(call(["a"])) == {"(not an object)": ["a"]}
    assert arguments_of(call(None)) == {"(not an object)": None}


def test_no_value_is_written():
    kept = digests({"password": "hunter2-hunter2"})
    assert "hunter2" not in str(kept)
    assert len(kept["password"]) == 32


def test_equal_values_have_equal_digests_and_others_have_not():
    kept = digests({"a": {"x": 1, "y": [2]}, "b": {"y": [2], "x": 1}, "c": {"x": 1}})
    assert kept["a"] == kept["b"] != kept["c"]


def test_digests_need_the_key():
    assert digests({"a": 1}) != digests({"a": 1}, Mac(b"l" * 32, VALUES))


def test_long_keys_are_cut_and_stay_apart():
    kept = digests({"k" * 1000 + "1": 1, "k" * 1000 + "2": 1})
    assert len(kept) == 2
    assert all(len(key) <= MAX_KEY for key in kept)


def test_the_number_of_keys_is_bounded():
    assert len(digests({str(number): number for number in range(10_000)})) == MAX_KEYS


def test_what_json_cannot_hold_is_noted_without_a_digest():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    kept = digests({"surrogate": "\ud800", "big": 2**100, "deep": deep, "good": 1})
    assert (kept["surrogate"], kept["deep"]) == ("-", "-")
    assert kept["good"] == digests({"good": 1})["good"]
    while deep:  # taken apart here: the interpreter's own way down would be as deep
        deep = deep[0]
