from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_script import lower_script


def test_patterns_keep_names_keys_defaults_and_rests():
    (bound,) = lower_script("a.ts", "const { a, b: { c }, d = 1, ...e } = f;").body.body
    keys = [key.value if key is not None else None for key, _ in bound.target.pairs]
    assert keys == ["a", "b", "d", None]
    assert isinstance(bound.target.pairs[2][1], ir.Default)


def test_types_are_kept_where_they_say_what_a_value_is():
    module = lower_script(
        "a.ts", "function f(a: number, b: Pool, c: { d: string }, e: 'x' | 'y', g: Map<string, A>) {}"
    )
    notes = [param.note for param in module.functions[1].params]
    assert [type(note) for note in notes] == [ir.Name, ir.Name, ir.Table, ir.Const, ir.Name]


def test_escapes_in_texts_are_read():
    (bound,) = lower_script("a.js", r"const a = 'a\n\x41\u{42}\q';").body.body
    assert bound.value.value == "a\nABq"
