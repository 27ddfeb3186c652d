from yett.auditor.analysis.files import parse
from yett.auditor.analysis.modules import Modules, outside


def modules(*paths):
    found = {path: parse(path, "").module for path in paths}
    return found, Modules(list(found.values()))


def test_python_imports_are_found_from_where_they_stand():
    found, names = modules("src/app/server.py", "src/app/tools/__init__.py", "src/app/tools/git.py", "src/other/git.py")
    importer = found["src/app/server.py"]
    assert names.find(importer, "app.tools.git") is found["src/app/tools/git.py"]
    assert names.find(importer, ".tools.git") is found["src/app/tools/git.py"]
    assert names.find(importer, ".tools") is found["src/app/tools/__init__.py"]
    assert names.find(importer, "git") is found["src/app/tools/git.py"]
    assert names.find(importer, "os") is None


def test_script_imports_find_typescript_behind_its_javascript_name():
    found, names = modules("src/index.ts", "src/tools/run.ts", "src/lib/index.ts", "src/util.js")
    importer = found["src/index.ts"]
    assert names.find(importer, "./tools/run.js") is found["src/tools/run.ts"]
    assert names.find(importer, "./lib") is found["src/lib/index.ts"]
    assert names.find(importer, "@/util") is found["src/util.js"]
    assert names.find(importer, "express") is None


def test_what_is_outside_has_one_name():
    assert outside("script", "node:fs/promises", "readFile") == "fs.promises.readFile"
    assert outside("script", "fs-extra", "default") == "fs"
    assert outside("python", "os.path", "join") == "os.path.join"
