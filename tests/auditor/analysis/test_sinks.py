import pytest


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("os.system(x)", "command"), ("subprocess.run(x, shell=True)", "command"), ("subprocess.run([x])", "program"),
        ("subprocess.run(['git', x])", "option"), ("open(x)", "path-read"), ("open(x, 'w')", "path-write"),
        ("Path(x).read_text()", "path-read"), ("shutil.copy('a', x)", "path-write"), ("os.makedirs(x)", "path-touch"),
        ("requests.get(x)", "request"), ("httpx.AsyncClient(base_url=x)", "request"), ("eval(x)", "code"),
        ("pickle.loads(x)", "object"), ("yaml.load(x)", "object"), ("re.compile(x)", "pattern"), ("webbrowser.open(x)", "open-url"),
        ("db.execute(f'SELECT {x}')", "query"), ("jinja2.Template(x)", "template"), ("git.Repo(x)", "path-read"),
        ("git.Repo('.').git.checkout(x)", "option"), ("session.request('GET', x)", None), ("requests.request('GET', x)", "request"),
    ],
)  # fmt: skip
def test_python_sinks(tool, body, kind):
    imports = "import os, subprocess, shutil, requests, httpx, pickle, yaml, re, webbrowser, jinja2, git\nfrom pathlib import Path\n"
    assert tool(body, before=imports) == ({kind} if kind else set())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("child.exec(args.x);", "command"), ("child.spawn('sh', ['-c', args.x]);", "command"), ("child.spawn(args.x);", "program"),
        ("child.spawn('a', [args.x], { shell: true });", "command"), ("child.execFile('git', [args.x]);", "option"),
        ("fs.readFile(args.x, () => {});", "path-read"), ("fs.promises.writeFile(args.x, '');", "path-write"),
        ("fetch(args.x);", "request"), ("axios({ url: args.x });", "request"), ("new Function(args.x);", "code"),
        ("new RegExp(args.x);", "pattern"), ("db.query(`SELECT ${args.x}`);", "query"), ("page.goto(args.x);", "request"),
        ("res.redirect(args.x);", "redirect"), ("vm.runInNewContext(args.x);", "code"), ("/a/.exec(args.x);", None),
    ],
)  # fmt: skip
def test_script_sinks(script, body, kind):
    imports = (
        "import * as child from 'child_process'; import fs from 'fs'; import axios from 'axios'; import vm from 'vm';\n"
    )
    assert script(body, before=imports) == ({kind} if kind else set())
