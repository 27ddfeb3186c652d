from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_script import lower_script


def test_a_class_has_its_methods_fields_and_bases():
    text = "export default class A extends B implements C { #x = 1; static m() {} f = async (y) => y; }"
    module = lower_script("a.ts", text)
    (klass,) = module.classes
    assert (klass.name, sorted(klass.methods), [base.id for base in klass.bases]) == ("A", ["f", "m"], ["B", "C"])
    assert klass.methods["m"].static
    assert [each.name for each in module.body.body if isinstance(each, ir.Export)] == ["default"]


def test_imports_and_exports_in_every_form():
    text = """import a, { b as c, d } from 'm';
import * as e from './n.js';
import f = require('o');
export { c as g };
export { h } from './p';
export * from './q';
"""
    body = lower_script("a.ts", text).body.body
    imports = [(each.name, each.source, each.member) for each in body if isinstance(each, ir.Import)]
    assert imports[:5] == [
        ("a", "m", "default"),
        ("c", "m", "b"),
        ("d", "m", "d"),
        ("e", "./n.js", "*"),
        ("f", "o", "*"),
    ]
    assert [each.name for each in body if isinstance(each, ir.Export)] == ["g", "h", "*"]


def test_an_enum_is_a_table_of_texts():
    (bound,) = lower_script("a.ts", "enum A { B = 'b', C }").body.body
    assert [(key.value, value.value) for key, value in bound.value.pairs] == [("B", "b"), ("C", 0)]
