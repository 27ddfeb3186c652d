from yett.auditor.subject import Skipped
from yett.auditor.supply.npm_package import claims, parse


def test_scripts_and_dependencies_are_read():
    package = parse(
        "package.json",
        '{"name": "a", "private": true, "scripts": {"postinstall": "b", "test": "c", "install": 3},'
        ' "dependencies": {"d": "^1"}, "devDependencies": {"e": "2"}, "optionalDependencies": {"f": "*"}}',
    )
    assert (package.name, package.private) == ("a", True)
    assert [(key, script.value) for key, script in package.at_install()] == [("postinstall", "b")]
    assert [(name, wanted.value) for name, wanted in package.dependencies()] == [("d", "^1"), ("f", "*")]


def test_a_file_is_told_by_its_name():
    assert claims("a/package.json", '{"name": "a"}')
    assert not claims("composer.json", '{"name": "a"}')


def test_what_is_no_object_is_said():
    assert isinstance(parse("package.json", '["name"]'), Skipped)
