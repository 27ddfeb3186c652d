from __future__ import annotations

from yett.core.ask import Answer, Ask


def test_neither_a_question_nor_an_answer_shows_what_may_be_secret():
    ask = Ask(url="https://a/token?key=hidden", method="POST", headers=(("authorization", "hidden"),), body=b"hidden")
    assert repr(ask) == "Ask(POST https://a/token)"
    assert repr(Answer(status=200, body=b"hidden")) == "Answer(200, 6 bytes)"


def test_the_first_value_of_a_header_is_found():
    answer = Answer(status=200, headers=((b"age", b"1"), (b"age", b"2")))
    assert (answer.get(b"age"), answer.get(b"etag")) == (b"1", None)
