from yett.auditor.gather import gather
from yett.auditor.harden.facts import Facts
from yett.auditor.harden.kubernetes import manifests
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules

FACTS = Facts(name="weather", language="node", command=("node",), port=3000)


def test_the_manifests_pass_their_own_rules():
    image = "acme/weather@sha256:" + "0123456789abcdef" * 4
    for text in (manifests(FACTS), manifests(FACTS, image, [("203.0.113.0/24", 443)])):
        gathered = gather({"weather.yaml": text.encode()})
        assert [type(subject).__name__ for subject in gathered.subjects] == ["Manifest", "Cluster"]
        assert judge(gathered.subjects, all_rules()).findings == ()


def test_the_policy_names_dns_and_what_is_called():
    (manifest, _) = gather({"a.yaml": manifests(FACTS, "", [("203.0.113.0/24", 443)]).encode()}).subjects
    assert [each.kind for each in manifest.resources] == [
        "Namespace",
        "ServiceAccount",
        "Deployment",
        "Service",
        "NetworkPolicy",
    ]
