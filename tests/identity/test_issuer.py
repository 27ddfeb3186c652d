from __future__ import annotations


def test_an_audience_opens_everything_or_the_endpoints_it_names(kit):
    issuer = kit.issuer()
    assert issuer.endpoints(frozenset({kit.BASE, "x"})) is None
    assert issuer.endpoints(frozenset({kit.OURS})) == frozenset({"demo"})
    assert issuer.endpoints(frozenset({kit.OURS, f"{kit.BASE}/other/mcp"})) == frozenset({"demo", "other"})
    assert issuer.endpoints(frozenset({"x"})) == frozenset()
    assert issuer.name == kit.ISS
