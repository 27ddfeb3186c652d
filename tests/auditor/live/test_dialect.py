import json

from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.live.asking import Answer
from yett.auditor.live.dialect import documents, headers, hello, message, result, tools

LISTED = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "a"}]}}


def test_an_answer_is_read_as_json_and_as_events():
    assert tools(Answer(status=200, text=json.dumps(LISTED))) == ["a"]
    events = f"event: message\ndata: {json.dumps(LISTED)}\n\n"
    stream = Answer(status=200, headers={"content-type": "text/event-stream"}, text=": ping\n\n" + events)
    assert tools(stream) == ["a"]
    assert tools(Answer(status=200, text=json.dumps([LISTED]))) == ["a"]


def test_an_error_lists_nothing():
    assert result(Answer(status=200, text='{"error": {"code": 1}}')) is None
    assert tools(Answer(status=200, text='{"result": {"tools": 3}}')) is None


def test_messages_are_those_of_their_era():
    assert "_meta" in message("tools/list", modern=True)["params"]
    assert message("tools/list", modern=False)["params"] == {}
    assert ("Mcp-Method", "tools/list") in headers("tools/list", modern=True)
    assert ("Mcp-Session-Id", "x") in headers("", modern=False, session="x")
    assert hello()["method"] == "initialize"


@given(st.text(), st.sampled_from(["application/json", "text/event-stream"]))
def test_any_answer_is_read(text, kind):
    answer = Answer(status=200, headers={"content-type": kind}, text=text)
    assert isinstance(documents(answer), list)
    tools(answer)
