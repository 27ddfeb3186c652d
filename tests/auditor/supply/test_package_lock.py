from yett.auditor.supply.package_lock import Locked, claims, parse

TEXT = """{
  "lockfileVersion": 3,
  "packages": {
    "": { "name": "a" },
    "node_modules/b": {
      "resolved": "https://r.example/b.tgz",
      "integrity": "sha512-x"
    },
    "node_modules/b/node_modules/@s/c": {
      "resolved": "https://r.example/c.tgz"
    },
    "node_modules/d": { "resolved": "d", "link": true },
    "node_modules/e": { "resolved": "https://r.example/e.tgz", "inBundle": true }
  }
}
"""


def test_packages_are_read_with_the_lines_of_their_urls():
    assert parse("package-lock.json", TEXT).packages == (
        Locked(name="b", resolved="https://r.example/b.tgz", integrity="sha512-x", line=6),
        Locked(name="@s/c", resolved="https://r.example/c.tgz", integrity="", line=10),
    )


def test_a_file_is_told_by_its_name():
    assert claims("a/npm-shrinkwrap.json", TEXT)
    assert not claims("lock.json", TEXT)
    assert not claims("package-lock.json", '{"lockfileVersion": 1}')
