from yett.auditor.containers.dockerfile import parse
from yett.auditor.gather import gather
from yett.auditor.harden.facts import Facts
from yett.auditor.harden.image import IGNORED, dockerfile, mended
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules

PINNED = "python:3.13-slim@sha256:" + "0123456789abcdef" * 4


def found(text):
    return [
        (each.rule, each.place.line)
        for each in judge(gather({"Dockerfile": text.encode()}).subjects, all_rules()).findings
    ]


def test_a_new_file_passes_its_own_rules():
    for facts in (
        Facts(name="a", language="python", command=("a",)),
        Facts(name="a", language="python", command=("a",), lock="requirements.txt"),
        Facts(name="a", language="node", command=("node", "i.js"), lock="package-lock.json"),
        Facts(name="a", language="node", command=("node", "i.js")),
    ):
        assert found(dockerfile(facts)) == []
        assert found(dockerfile(facts, PINNED)) == []


def test_a_file_that_is_there_is_mended_and_keeps_the_rest():
    before = f"""FROM {PINNED}
RUN groupadd app \\
    && useradd -g app -s /bin/bash app
ENV API_TOKEN=k8Hw92nQx71LmPz4bT LOG=info
# why
USER app
CMD ["python", "-m", "app"]
"""
    after = mended(parse("Dockerfile", before))
    assert found(after) == []
    assert after == before.replace("/bin/bash", "/usr/sbin/nologin").replace("USER app", "USER 10001:10001").replace(
        "ENV API_TOKEN=k8Hw92nQx71LmPz4bT LOG=info",
        "# API_TOKEN: give it at run time, from a secret store\nENV LOG=info",
    )


def test_a_user_is_added_before_the_command():
    assert mended(parse("Dockerfile", "FROM a\nCMD b\n")) == "FROM a\nUSER 10001:10001\nCMD b\n"
    assert mended(parse("Dockerfile", "FROM a\n")).endswith("USER 10001:10001\n")


def test_the_ignore_file_keeps_secrets_out_of_what_is_copied_whole():
    written = dockerfile(Facts(name="a", language="node", command=("node", "a.js"), lock="package-lock.json"), PINNED)
    assert "COPY . ." in written
    files = {"Dockerfile": written.encode(), "package.json": b'{"name": "a"}'}
    rules = [each.rule for each in judge(gather(files).subjects, all_rules()).findings]
    assert rules == ["context-copied-whole"]
    assert not judge(gather({**files, ".dockerignore": IGNORED.encode()}).subjects, all_rules()).findings
