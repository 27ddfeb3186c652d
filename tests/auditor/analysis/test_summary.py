from yett.auditor.analysis.files import parse
from yett.auditor.analysis.marks import EVERY, PATH, SHELL, SOFT
from yett.auditor.analysis.summary import MOST_FLOWS, Flow, Sink, Spot, Summary

MODULE = parse("a.py", "").module
SPOT = Spot(MODULE, 1, 1)
O = (0, 0, ())  # noqa: E741 - an origin


def flow(kind="command", dangers=SHELL, soft=False, line=1):
    return Flow(O, Sink(kind, Spot(MODULE, line, 1), "f", "g"), dangers, (), soft)


def test_of_two_flows_with_the_same_ends_the_surer_stays():
    summary = Summary()
    summary.add(flow(soft=True))
    summary.add(flow(soft=False))
    summary.add(flow(soft=True))
    assert [each.soft for each in summary.flows.values()] == [False]
    assert summary.version == 2


def test_a_function_keeps_a_bounded_number_of_flows():
    summary = Summary()
    for line in range(MOST_FLOWS + 50):
        summary.add(flow(line=line))
    assert len(summary.flows) == MOST_FLOWS


def test_a_flow_seen_from_a_caller_is_as_dangerous_as_what_was_given():
    passed = flow(dangers=SHELL | PATH).passed((1, 2, ()), EVERY & ~PATH | SOFT, SPOT, "a calls b", "tool")
    assert (passed.origin, passed.dangers, passed.soft, passed.tool) == ((1, 2, ()), SHELL, True, "tool")
    assert passed.steps == ((SPOT, "a calls b"),)
