import pytest

from yett.auditor.analysis.files import parse
from yett.auditor.analysis.secret_names import guessed_from_random, is_secret, secret_given


@pytest.mark.parametrize(
    ("name", "secret"),
    [("api_key", True), ("apiKey", True), ("accessToken", True), ("password", True), ("token_count", False), ("tokenizer", False),
     ("API_KEY", False), ("token", False), ("client_secret", True)],
)  # fmt: skip
def test_names_of_secrets(name, secret):
    assert is_secret(name) is secret


def test_a_secret_counts_where_it_is_given_whole():
    module = parse("a.py", "log(f'a {password}')\nlog(len(password))\nlog(user.password)\n").module
    assert [secret_given(each.value) for each in module.body.body] == ["password", "", "password"]


def test_a_secret_that_is_made_of_random_numbers_is_found_in_any_block():
    module = parse(
        "a.py", "if a:\n    for b in c:\n        api_key = str(random.random())\nx = random.random()\n"
    ).module
    assert [(bound.line, name) for bound, name in guessed_from_random(module.body)] == [(3, "api_key")]
