from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_python import lower_python


def test_functions_and_classes_know_their_module_and_their_name():
    module = lower_python("a.py", "class A:\n    def f(self):\n        pass\n")
    assert [function.qualified for function in module.functions] == ["<module>", "A.f"]
    assert all(each.module is module for each in (*module.functions, *module.classes))


def test_nodes_have_a_place_and_compare_by_identity():
    assert ir.Const(1, 2, "a") != ir.Const(1, 2, "a")
    assert (ir.Name(3, 4, "x").line, ir.Name(3, 4, "x").column) == (3, 4)
