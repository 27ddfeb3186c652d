from yett.auditor.analysis import ir
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.values import NOTHING, Value, constant


def test_an_option_is_a_keyword_or_a_field_of_an_object():
    call = ir.Call(1, 1, ir.Name(1, 1, "f"), [], [])
    function = ir.Function(name="f", line=1, column=1, params=[], body=[])
    options = Value(fields={"shell": constant(True)})
    site = Site(call, function, [], "f", NOTHING, [constant("a"), options], {"cwd": constant("/")})
    assert (site.option("shell").const, site.option("cwd").const, site.option("x")) == (True, "/", NOTHING)
    assert (site.argument(0).const, site.argument(5, "cwd").const, site.argument(5)) == ("a", "/", NOTHING)
