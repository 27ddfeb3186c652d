"""Sinks: which calls do harm with which of their arguments. Tables of the libraries' own names, and a few forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from yett.auditor.analysis.commands import argv
from yett.auditor.analysis.marks import (
    CODE,
    HOST,
    HTML,
    INSIDE,
    OBJECT,
    OPENED,
    OPTION,
    PATH,
    PATTERN,
    PROGRAM,
    SEGMENT,
    SHELL,
    SQL,
    TEMPLATE,
)
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.values import NOTHING, Value, constant, join


class Hit(NamedTuple):
    """One argument in a dangerous place: of which kind, for which dangers, and the form that it must have."""

    kind: str
    dangers: int
    value: Value
    needs: int = 0


COMMAND: Final = "command"
OPTIONS: Final = "option"
RUN: Final = "program"
READ: Final = "path-read"
WRITE: Final = "path-write"
TOUCH: Final = "path-touch"
REQUEST: Final = "request"
API_PATH: Final = "segment"
QUERY: Final = "query"
EVALUATE: Final = "code"
MARKUP: Final = "markup"
REDIRECT: Final = "redirect"
OPEN_URL: Final = "open-url"
EXPRESSION: Final = "pattern"
LOAD: Final = "object"
RENDER: Final = "template"
EXTRACT: Final = "extract"
# Guards that do not hold are sinks too: what reaches them is not stopped by them.
PREFIX: Final = "weak-prefix"
UNRESOLVED: Final = "weak-unresolved"
DENIED_PATHS: Final = "weak-path-list"
URL_PREFIX: Final = "weak-url-prefix"
DENIED_HOSTS: Final = "weak-host-list"
KEYWORDS: Final = "weak-keywords"
BACKTRACKS: Final = "backtracks"
POLLUTES: Final = "pollutes"
JOINED: Final = "weak-join"
UNUSED: Final = "weak-unused"
SAME_ORIGIN: Final = "weak-origin"

_QUERY_TEXT: Final = re.compile(
    r"(?is)^[\s(]{0,40}(?:select|insert|update|delete|create|drop|alter|show|describe|desc|explain|with|use|pragma|truncate|"
    r"grant|revoke|replace|match|optional match|merge|call|unwind|detach|copy|set|exec|begin|analyze|vacuum|attach|"
    r"refresh|lock|load|\.show|\.create|\.drop|\.alter)\b"
    r"|\|\s{0,9}(?:where|take|project|summarize|getschema|limit|count|extend|order|sort|top|distinct)\b"
)
_MARKUP_TEXT: Final = re.compile(r"(?i)<(?:!doctype|html|body|head|div|p|h[1-6]|script|span|a|li|td|pre|code|title)\b")

Form = Callable[[Site], Iterator[Hit]]


def _first(kind: str, dangers: int, *names: str, index: int = 0, needs: int = 0) -> Form:
    def form(site: Site) -> Iterator[Hit]:
        yield Hit(kind, dangers, site.argument(index, *names), needs)

    return form


def _both(kind: str, dangers: int) -> Form:
    def form(site: Site) -> Iterator[Hit]:
        yield Hit(kind, dangers, site.argument(0, "src", "source"))
        yield Hit(kind, dangers, site.argument(1, "dst", "dest", "destination"))

    return form


def _python_open(site: Site) -> Iterator[Hit]:
    mode = site.argument(1, "mode").text or "r"
    yield Hit(WRITE if set(mode) & set("wax+") else READ, PATH, site.argument(0, "file"))


def _subprocess(site: Site) -> Iterator[Hit]:
    command = site.argument(0, "args", "cmd")
    if site.option("shell").const is True:
        whole = command
        for item in command.items or ():
            whole = join(whole, item)
        yield Hit(COMMAND, SHELL, whole)
        return
    program, options, _ = argv(command)
    yield from _argv_hits((program, options, []))


def _transport(site: Site) -> Iterator[Hit]:
    """A client that starts a server: a program with its arguments."""
    yield Hit(RUN, PROGRAM, site.option("command"))


def _program(site: Site) -> Iterator[Hit]:
    """`spawn(program, [args], options)` and `create_subprocess_exec(program, *args)`."""
    program = site.argument(0, "program", "file")
    second = site.args[1] if len(site.args) > 1 else NOTHING
    as_list = second.items is not None or (second.taint and not second.text)
    given = list(second.items or (second,)) if as_list and second is not NOTHING else site.args[1:]
    shell = site.option("shell")
    if shell.const is True or (shell.text and len(site.args) > 1):
        for each in (program, *given):
            yield Hit(COMMAND, SHELL, each)
        return
    if as_list and second.taint and second.items is None:
        given = [Value(taint=second.taint)]
    yield from _argv_hits(argv(Value(items=(program, *given))))


def _argv_hits(found: tuple[Value, list[Value], list[Value]]) -> Iterator[Hit]:
    program, options, shell = found
    yield Hit(RUN, PROGRAM, program)
    for each in shell:
        yield Hit(COMMAND, SHELL, each)
    for each in options:
        yield Hit(OPTIONS, OPTION, each)


def _shell_or_list(site: Site) -> Iterator[Hit]:
    command = site.argument(0, "command", "cmd")
    if command.items is not None:
        yield from _argv_hits(argv(command))
    else:
        yield Hit(COMMAND, SHELL, command)


def _git(site: Site) -> Iterator[Hit]:
    """A Git library that passes its arguments on to `git`: an option among them runs commands."""
    _, options, _ = argv(Value(items=(constant("git"), *site.args)))
    for each in options:
        yield Hit(OPTIONS, OPTION, each)


def _request(site: Site) -> Iterator[Hit]:
    url = site.argument(0, "url", "uri", "baseURL", "base_url")
    if url.fields:
        url = join(url.fields.get("url", NOTHING), url.fields.get("baseURL", NOTHING))
        for name in ("hostname", "host"):
            url = join(url, site.args[0].fields.get(name, NOTHING) if site.args[0].fields else NOTHING)
    yield Hit(REQUEST, HOST, url)
    yield Hit(API_PATH, SEGMENT, url, INSIDE)


def _request_second(site: Site) -> Iterator[Hit]:
    """`client.request("GET", url)`; some libraries take an object."""
    first = site.argument(0)
    if first.fields:
        yield from _request(site)
        return
    url = site.argument(1, "url")
    yield Hit(REQUEST, HOST, url)
    yield Hit(API_PATH, SEGMENT, url, INSIDE)


def _client(site: Site) -> Iterator[Hit]:
    yield Hit(REQUEST, HOST, join(site.option("base_url"), site.option("baseURL")))


def _yaml(site: Site) -> Iterator[Hit]:
    loader = site.argument(1, "Loader")
    if not any("Safe" in path or "Base" in path for path in loader.paths()):
        yield Hit(LOAD, OBJECT, site.argument(0))


def _markup(site: Site) -> Iterator[Hit]:
    body = site.argument(0, "content", "body")
    if body.head and _MARKUP_TEXT.search(body.head):
        yield Hit(MARKUP, HTML, body, INSIDE)


def _html(site: Site) -> Iterator[Hit]:
    yield Hit(MARKUP, HTML, site.argument(0, "content", "html"))


def _extract(site: Site) -> Iterator[Hit]:
    if not site.option("filter").text and not site.keywords.get("members"):
        yield Hit(EXTRACT, OBJECT, join(site.receiver, site.argument(0)), 0)


def _function(site: Site) -> Iterator[Hit]:
    for each in site.args:
        yield Hit(EVALUATE, CODE, each)


def _timer(site: Site) -> Iterator[Hit]:
    if not site.argument(0).refs and site.argument(0).head is not None:
        yield Hit(EVALUATE, CODE, site.argument(0))


def _rows(form: Form, names: str) -> dict[str, Form]:
    return dict.fromkeys(names.split(), form)


_READS: Final = (
    "io.open_code os.listdir os.scandir os.walk zipfile.ZipFile tarfile.open codecs.open linecache.getlines "
    "openpyxl.load_workbook pandas.read_csv pandas.read_excel pandas.read_json pandas.read_parquet pandas.ExcelFile "
    "polars.read_csv polars.read_parquet PIL.Image.open docx.Document pypdf.PdfReader PyPDF2.PdfReader pdfplumber.open "
    "fitz.open pymupdf.open pptx.Presentation sqlite3.connect aiosqlite.connect duckdb.connect numpy.load cv2.imread "
    "soundfile.read librosa.load pydub.AudioSegment.from_file markitdown.MarkItDown().convert "
    "markitdown.MarkItDown().convert_local git.Repo pygit2.Repository dulwich.repo.Repo h5py.File netCDF4.Dataset "
    "xarray.open_dataset configparser.ConfigParser().read dotenv.load_dotenv nbformat.read ezdxf.readfile "
    "ast.parse_file imageio.imread moviepy.editor.VideoFileClip exiftool.ExifToolHelper().get_metadata glob.glob "
    "fs.readFile fs.readFileSync fs.createReadStream fs.readdir fs.readdirSync fs.opendir fs.openAsBlob "
    "fs.promises.readFile fs.promises.readdir fs.promises.open fs.promises.opendir fs.open fs.openSync fs.readJson "
    "fs.readJsonSync fs.readlink fs.promises.readlink fs.promises.glob jsonfile.readFile sharp adm-zip "
    "xlsx.readFile exceljs.Workbook().xlsx.readFile pdf-parse mammoth.extractRawText better-sqlite3 "
    "sqlite3.Database Bun.file Deno.readTextFile Deno.readFile Deno.open Deno.readDir"
)
_WRITES: Final = (
    "os.remove os.unlink shutil.rmtree os.rmdir os.truncate os.chmod os.chown fs.writeFile fs.writeFileSync "
    "fs.appendFile fs.appendFileSync fs.createWriteStream fs.unlink fs.unlinkSync fs.rm fs.rmSync fs.rmdir "
    "fs.rmdirSync "
    "fs.truncate fs.promises.writeFile fs.promises.appendFile fs.promises.unlink fs.promises.rm fs.promises.rmdir "
    "fs.outputFile fs.outputFileSync fs.outputJson fs.writeJson fs.writeJsonSync fs.remove fs.removeSync fs.emptyDir "
    "fs.promises.truncate fs.chmod fs.promises.chmod Deno.writeTextFile Deno.writeFile Deno.remove Bun.write "
    "jsonfile.writeFile rimraf del write-file-atomic numpy.save joblib.dump logging.FileHandler"
)
_TOUCHES: Final = (
    "os.makedirs os.mkdir fs.mkdir fs.mkdirSync fs.promises.mkdir fs.ensureDir fs.ensureDirSync mkdirp Deno.mkdir"
)
_MOVES: Final = (
    "shutil.copy shutil.copy2 shutil.copyfile shutil.move shutil.copytree os.rename os.replace os.symlink os.link "
    "fs.rename fs.renameSync fs.copyFile fs.copyFileSync fs.cp fs.cpSync fs.symlink fs.symlinkSync fs.promises.rename "
    "fs.promises.copyFile fs.promises.cp fs.promises.symlink fs.copy fs.copySync fs.move fs.moveSync"
)
_REQUESTS: Final = (
    "fetch node-fetch undici.fetch cross-fetch isomorphic-fetch requests.get requests.post requests.put "
    "requests.delete "
    "requests.patch requests.head requests.options httpx.get httpx.post httpx.put httpx.delete httpx.patch httpx.head "
    "urllib.request.urlopen urllib.request.urlretrieve urllib.request.Request urllib2.urlopen axios axios.get "
    "axios.post "
    "axios.put axios.delete axios.patch axios.head axios.request got got.get got.post got.stream ky ky.get ky.post "
    "superagent.get superagent.post needle.get needle.post http.get http.request https.get https.request "
    "undici.stream feedparser.parse wget.download newspaper.Article trafilatura.fetch_url "
    "pandas.read_html gql.transport.aiohttp.AIOHTTPTransport websockets.connect ws WebSocket aiohttp.request "
    "rss-parser().parseURL jsdom.JSDOM.fromURL JSDOM.fromURL open-graph-scraper playwright_goto "
    "langchain_community.document_loaders.WebBaseLoader httpx.stream curl_cffi.requests.get cloudscraper.get "
    "mcp.client.sse.sse_client mcp.client.streamable_http.streamablehttp_client "
    "git.Repo.clone_from"
)
FORMS: Final[dict[str, Form]] = {
    **_rows(
        _first(COMMAND, SHELL, "command", "cmd"),
        "child_process.exec child_process.execSync os.system os.popen subprocess.getoutput subprocess.getstatusoutput "
        "asyncio.create_subprocess_shell asyncio.subprocess.create_subprocess_shell shelljs.exec execa.execaCommand "
        "execa.execaCommandSync execa.command commands.getoutput exec-sh ssh2.Client().exec popen2.popen2 "
        "invoke.run fabric.Connection().run paramiko.SSHClient().exec_command child-process-promise.exec "
        "asyncssh.SSHClientConnection().run anyio.open_process node-pty-shell zx.exec pexpect.run",
    ),
    **_rows(
        _subprocess,
        "subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen "
        "anyio.run_process",
    ),
    **_rows(
        _program,
        "child_process.spawn child_process.spawnSync child_process.execFile child_process.execFileSync cross-spawn "
        "cross-spawn.spawn cross-spawn.sync execa execa.execa execa.execaSync execa.sync "
        "asyncio.create_subprocess_exec "
        "asyncio.subprocess.create_subprocess_exec node-pty.spawn Deno.Command os.execvp os.execv os.execl os.execlp "
        "child_process.fork pexpect.spawn tinyexec.x tinyexec.exec nano-spawn spawn-async",
    ),
    **_rows(
        _transport,
        "@modelcontextprotocol.sdk.client.stdio.js.StdioClientTransport mcp.StdioServerParameters "
        "mcp.client.stdio.StdioServerParameters fastmcp.client.transports.StdioTransport StdioClientTransport",
    ),
    **_rows(_shell_or_list, "Bun.spawn Bun.spawnSync pty.spawn"),
    **_rows(_first(EVALUATE, CODE), "eval exec vm.runInContext vm.runInNewContext vm.runInThisContext vm.Script"),
    **_rows(
        _first(EVALUATE, CODE), "builtins.eval builtins.exec run-applescript.runAppleScript runAppleScript vm2.VM().run"
    ),
    **_rows(_first(EVALUATE, CODE), "run-applescript code.InteractiveInterpreter().runcode applescript.execString"),
    **_rows(_first(EVALUATE, CODE), "compile importlib.import_module __import__ asteval.Interpreter().eval"),
    **_rows(
        _first(EVALUATE, CODE), "osascript.run applescript.run py_compile.compile vm.compileFunction globalThis.eval"
    ),
    "Function": _function,
    **_rows(_timer, "setTimeout setInterval"),
    **_rows(_python_open, "open io.open aiofiles.open anyio.open_file os.fdopen codecs.open"),
    **_rows(_first(READ, PATH, "path", "file", "filename", "filepath_or_buffer", "fp"), _READS),
    **_rows(_first(WRITE, PATH, "path", "file"), _WRITES),
    **_rows(_first(TOUCH, PATH, "name", "path"), _TOUCHES),
    **_rows(_both(WRITE, PATH), _MOVES),
    **_rows(_request, _REQUESTS),
    **_rows(
        _request_second, "requests.request httpx.request axios.request_ urllib3.request urllib3.PoolManager().request"
    ),
    **_rows(_client, "httpx.AsyncClient httpx.Client axios.create aiohttp.ClientSession got.extend ky.create"),
    **_rows(
        _first(QUERY, SQL, "sql", "text", needs=INSIDE), "sqlalchemy.text sqlalchemy.sql.text pandas.read_sql_query"
    ),
    **_rows(_first(QUERY, SQL, "sql", needs=INSIDE), "pandas.read_sql duckdb.sql duckdb.query duckdb.execute"),
    **_rows(_html, "starlette.responses.HTMLResponse fastapi.responses.HTMLResponse markupsafe.Markup"),
    **_rows(_markup, "starlette.responses.Response fastapi.responses.Response fastapi.Response aiohttp.web.Response"),
    **_rows(
        _first(REDIRECT, HOST, "url"),
        "starlette.responses.RedirectResponse fastapi.responses.RedirectResponse flask.redirect",
    ),
    **_rows(
        _first(OPEN_URL, OPENED, "url", "target"), "webbrowser.open webbrowser.open_new webbrowser.open_new_tab opn"
    ),
    **_rows(_first(OPEN_URL, OPENED), "electron.shell.openExternal opener os.startfile"),
    **_rows(
        _first(EXPRESSION, PATTERN, "pattern"), "RegExp re.compile re.search re.match re.findall re.fullmatch re.sub"
    ),
    **_rows(_first(EXPRESSION, PATTERN, "pattern"), "re.finditer re.split regex.compile regex.search"),
    **_rows(
        _first(LOAD, OBJECT),
        "pickle.loads pickle.load cPickle.loads marshal.loads jsonpickle.decode dill.loads dill.load joblib.load "
        "torch.load cloudpickle.loads shelve.open node-serialize.unserialize yaml.unsafe_load yaml.full_load "
        "pandas.read_pickle serialize-javascript.deserialize v8.deserialize",
    ),
    **_rows(_yaml, "yaml.load yaml.load_all"),
    **_rows(
        _first(RENDER, TEMPLATE, "source"),
        "jinja2.Template jinja2.Environment().from_string flask.render_template_string mako.template.Template "
        "handlebars.compile Handlebars.compile ejs.render ejs.compile pug.render pug.compile lodash.template "
        "nunjucks.renderString mustache.render_unsafe jinja2.nativetypes.NativeEnvironment().from_string",
    ),
    **_rows(_extract, "zipfile.ZipFile().extractall tarfile.open().extractall shutil.unpack_archive"),
}

_OPEN_MODES: Final = frozenset("wax+")
_SQL_METHODS: Final = frozenset(
    "execute executemany executescript query raw exec run all get prepare unsafe sql fetch fetchrow fetchval fetch_all "
    "$queryRawUnsafe $executeRawUnsafe queryRaw execute_query executeQuery run_query runQuery execute_sql executeSql "
    "execute_read execute_write query_execute each iterate multi execute_async execute_mgmt".split()
)
_URL_METHODS: Final = frozenset(("get", "post", "put", "patch", "delete", "head", "stream", "fetch", "ws_connect"))
_PATH_METHODS: Final = {
    **dict.fromkeys(("read_text", "read_bytes", "iterdir", "rglob"), READ),
    **dict.fromkeys(("write_text", "write_bytes", "unlink", "rmdir", "symlink_to", "hardlink_to"), WRITE),
    "mkdir": TOUCH,
    "touch": WRITE,
}
_CLIENTS: Final = ("httpx.AsyncClient()", "httpx.Client()", "requests.Session()", "requests.session()",
    "axios.create()",
                   "aiohttp.ClientSession()", "got.extend()", "curl_cffi.requests.AsyncSession()", "ky.create()",
                   "fastmcp.Client()", "urllib3.PoolManager()")  # fmt: skip


def hits(site: Site) -> Iterator[Hit]:
    """Every dangerous argument of one call."""
    for path in site.paths:
        form = FORMS.get(path)
        if form is not None:
            yield from form(site)
            return
        if "().git." in path and site.method != "init":
            yield from _git(site)
            return
        if path.endswith(("Repo().index.add", "Repo().index.remove")):
            yield Hit(READ, PATH, site.argument(0, "items"))
            return
        client, _, method = path.rpartition(".")
        if client in _CLIENTS:
            yield from _of_client(site, method)
            return
    yield from _of_method(site)


def _of_client(site: Site, method: str) -> Iterator[Hit]:
    if method in _URL_METHODS:
        yield from _request(site)
    elif method in {"request", "stream", "build_request"}:
        yield from _request_second(site)


def _of_method(site: Site) -> Iterator[Hit]:
    """Calls on values whose type is not known: by the method and the form of what it is given."""
    method = site.method
    if method in _PATH_METHODS and site.receiver.taint:
        yield Hit(_PATH_METHODS[method], PATH, site.receiver)
    elif method == "open" and site.receiver.taint and not site.paths:
        mode = site.argument(0, "mode").text or "r"
        yield Hit(WRITE if set(mode) & _OPEN_MODES else READ, PATH, site.receiver)
    elif method in {"rename", "replace"} and site.receiver.taint and len(site.args) == 1 and site.args[0].taint:
        yield Hit(WRITE, PATH, site.args[0])
    elif method == "goto":
        yield Hit(REQUEST, HOST, site.argument(0, "url"))
    elif method == "redirect" and site.args:
        yield Hit(REDIRECT, HOST, site.args[-1])
    elif method in {"send", "end", "html"} and site.args:
        yield from _markup(site)
    elif method in {"exec_command", "runCommandInShell"}:
        yield Hit(COMMAND, SHELL, site.argument(0, "command"))
    elif method == "from_string":
        yield Hit(RENDER, TEMPLATE, site.argument(0))
    elif method == "extractall":
        yield from _extract(site)
    if method in _SQL_METHODS:
        yield from _queries(site)


def _queries(site: Site) -> Iterator[Hit]:
    for value in (*site.args[:2], site.keywords.get("query", NOTHING), site.keywords.get("sql", NOTHING)):
        if value.taint and value.head and _QUERY_TEXT.search(value.head):
            yield Hit(QUERY, SQL, value, INSIDE)


def looks_like_query(text: str | None) -> bool:
    """A text that starts as a query does."""
    return bool(text) and _QUERY_TEXT.search(text or "") is not None


def looks_like_markup(text: str | None) -> bool:
    """A text with tags in it."""
    return bool(text) and _MARKUP_TEXT.search(text or "") is not None
