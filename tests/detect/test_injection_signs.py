import time

from yett.detect.injection_signs import HINT, SIGNS, SURE


def test_every_kind_stands_once_and_has_a_weight():
    assert len({sign.kind for sign in SIGNS}) == len(SIGNS)
    assert {sign.weight for sign in SIGNS} == {HINT, SURE}


def test_no_sign_takes_long_on_hostile_texts():
    units = (
        "ignore ",
        "do not ",
        "read ",
        "send a ",
        "a ",
        "<",
        "[system ",
        "before ",
        "否",
        "ユーザー",
        "не ",
        ".",
        "curl -a ",
    )
    for unit in units:
        text = unit * (50_000 // len(unit))
        for sign in SIGNS:
            started = time.process_time()
            sign.pattern.search(text)
            assert time.process_time() - started < 5, (unit, sign.kind)
