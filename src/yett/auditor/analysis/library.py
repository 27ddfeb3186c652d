"""What functions outside of the project do to a text that they are given: tables of the standard libraries' own names.

A function that is in no table gives back nothing of what it was given: answers of services, digests and counts are
not the caller's text. Methods of a tainted value that are in no table give back a piece of it.
"""

from __future__ import annotations

from typing import Final

from yett.auditor.analysis.marks import (
    CODE,
    DOTS,
    EVERY,
    HOST,
    HOSTPART,
    HTML,
    INSIDE,
    LEXICAL,
    LISTED,
    OPENED,
    OPTION,
    PATH,
    PATTERN,
    PIECE,
    REAL,
    RELATIVE,
    RESOLVED,
    ROOT,
    SEGMENT,
    SHELL,
    SOFT,
    SQL,
    SUFFIX,
    TEMPLATE,
)

Effect = tuple[int, int]  # dangers that end, form that is added
KEEP: Final[Effect] = (0, 0)
PART: Final[Effect] = (0, PIECE)
LEX: Final[Effect] = (0, LEXICAL)
LINKS: Final[Effect] = (0, LEXICAL | REAL)
PLAIN: Final[Effect] = (EVERY, PIECE)
BASE: Final[Effect] = (PATH | SEGMENT, PIECE)
EXTENSION: Final[Effect] = (PATH | HOST | SEGMENT, PIECE | SUFFIX)
ADDRESSES: Final[Effect] = (0, RESOLVED | PIECE)
URL_QUOTED: Final[Effect] = (SHELL | PATH | HOST | SEGMENT | HTML, PIECE)
ENCODED: Final[Effect] = (SHELL | SQL | HTML | CODE | HOST | OPTION | DOTS | ROOT, PIECE)
WRITTEN: Final[Effect] = (CODE | OPTION | ROOT | HOST, INSIDE)
TEXT: Final[Effect] = (0, INSIDE)
NAMED: Final[Effect] = (SQL, PIECE)
SUPPOSED: Final[Effect] = (0, SOFT | PIECE)


def _rows(effect: Effect, names: str) -> dict[str, Effect]:
    return dict.fromkeys(names.split(), effect)


# By full name: the module as imported (without `node:`), then the function.
FUNCTIONS: Final[dict[str, Effect]] = {
    **_rows(
        KEEP,
        "str String bytes unicode list tuple set dict sorted reversed iter next enumerate zip frozenset Array "
        "Object Set "
        "Map os.fspath os.path.expanduser os.path.expandvars os.path.normcase pathlib.Path pathlib.PurePath "
        "pathlib.PosixPath Array.from Object.values Object.entries Object.keys Object.fromEntries Object.assign "
        "Promise.all Promise.resolve Promise.race Promise.allSettled Buffer.from url.URL URL url.parse "
        "urllib.parse.urlparse urllib.parse.urlsplit urllib.parse.unquote urllib.parse.unquote_plus "
        "urllib.parse.urlunparse urllib.parse.urlunsplit decodeURIComponent decodeURI url.fileURLToPath "
        "copy.copy copy.deepcopy structuredClone typing.cast yarl.URL httpx.URL json.loads JSON.parse "
        "asyncio.gather asyncio.wait_for asyncio.shield asyncio.create_task asyncio.ensure_future asyncio.run "
        "anyio.Path aiopath.AsyncPath pathlib.Path.home contextlib.nullcontext contextlib.closing tilde "
        "itertools.chain os.path.commonpath spawn-rx.findActualExecutable "
        "URLSearchParams url.URLSearchParams ipaddress.ip_address ipaddress.ip_network ipaddr.parse ipaddr.js.parse "
        "ipaddr.process ast.literal_eval io.BytesIO io.StringIO os.path.dirname path.dirname textwrap.dedent "
        "unicodedata.normalize Request urllib.request.Request httpx.Request pathlib.PureWindowsPath wrapt String.raw "
        "pydantic.AnyUrl pydantic.HttpUrl pydantic.AnyHttpUrl path.toNamespacedPath functools.reduce "
        "google.protobuf.json_format.ParseDict urllib3.util.parse_url urllib3.util.Url dataclasses.replace "
        "collections.OrderedDict collections.deque collections.defaultdict ast.parse",
    ),
    **_rows(LEX, "os.path.abspath os.path.normpath path.normalize path.posix.normalize path.win32.normalize"),
    **_rows(
        LINKS,
        "os.path.realpath fs.realpath fs.realpathSync fs.promises.realpath fs.realpathSync.native fs-extra.realpath "
        "fs.realpath.native",
    ),
    **_rows(
        PLAIN,
        "int float bool complex len Number parseInt parseFloat Boolean BigInt Number.parseInt Number.parseFloat ord "
        "hash id Math.floor Math.min Math.max Math.round Math.ceil Math.abs min max abs round sum uuid.UUID uuid.uuid4 "
        "hashlib.sha256 hashlib.md5 hashlib.sha1 hashlib.sha512 hashlib.new hashlib.blake2b crypto.createHash "
        "crypto.createHmac hmac.new decimal.Decimal datetime.datetime.fromisoformat datetime.datetime.strptime "
        "datetime.date.fromisoformat Date isinstance issubclass hasattr callable type os.path.getsize zlib.crc32 "
        "Number.isInteger Number.isFinite Date.parse isNaN isFinite Array.isArray os.path.exists os.path.isfile",
    ),
    **_rows(BASE, "os.path.basename path.basename path.posix.basename ntpath.basename werkzeug.utils.secure_filename"),
    **_rows(EXTENSION, "path.extname mimetypes.guess_type os.path.splitdrive mime.getType path.posix.extname"),
    **_rows(
        ADDRESSES,
        "socket.getaddrinfo socket.gethostbyname socket.gethostbyname_ex dns.lookup dns.promises.lookup dns.resolve "
        "dns.resolve4 dns.resolve6 dns.promises.resolve4 dns.promises.resolve6 dns.promises.resolve "
        "dns.resolver.resolve "
        "socket.create_connection anyio.getaddrinfo dns.asyncresolver.resolve trio.socket.getaddrinfo",
    ),
    **_rows(
        (SHELL, PIECE), "shlex.quote shlex.join pipes.quote shell-quote.quote shell-escape subprocess.list2cmdline"
    ),
    **_rows((SHELL, PIECE), "shell-quote-word shescape.quote shescape.escape any-shell-escape oslex.quote mslex.quote"),
    **_rows((HTML, PIECE), "html.escape markupsafe.escape cgi.escape he.encode he.escape escape-html lodash.escape"),
    **_rows((HTML, PIECE), "xml.sax.saxutils.escape xml.sax.saxutils.quoteattr DOMPurify.sanitize bleach.clean"),
    **_rows((HTML, PIECE), "django.utils.html.escape flask.escape entities.encode sanitize-html validator.escape"),
    **_rows(URL_QUOTED, "urllib.parse.quote_plus encodeURIComponent escape querystring.escape urllib.parse.urlencode"),
    **_rows((SHELL | HTML, PIECE), "urllib.parse.quote encodeURI"),
    **_rows(ENCODED, "base64.b64encode base64.urlsafe_b64encode btoa binascii.hexlify"),
    **_rows(WRITTEN, "repr json.dumps JSON.stringify ascii yaml.dump yaml.safe_dump util.inspect orjson.dumps"),
    **_rows(TEXT, "util.format textwrap.indent textwrap.fill pprint.pformat"),
    **_rows(
        NAMED,
        "psycopg.sql.Identifier psycopg.sql.Literal psycopg2.sql.Identifier psycopg2.sql.Literal mysql.escape "
        "mysql.escapeId mysql2.escape mysql2.escapeId sqlstring.escape sqlstring.escapeId pg-format pg-format.ident "
        "pg-format.literal pg.escapeIdentifier pg.escapeLiteral psycopg2.extensions.quote_ident",
    ),
    **_rows((PATTERN, PIECE), "re.escape lodash.escapeRegExp escape-string-regexp regexp-escape RegExp.escape"),
    **_rows(PART, "os.path.split os.path.splitext path.parse re.split os.path.commonprefix"),
    **_rows(PART, "urllib.parse.parse_qs urllib.parse.parse_qsl re.findall"),
    **_rows((ROOT, LEXICAL | RELATIVE), "path.relative os.path.relpath path.posix.relative"),
    **_rows(PART, "shlex.split string-argv shell-quote.parse base64.b64decode atob"),
    **_rows((TEMPLATE, PIECE), "string.Template"),
}

# By method, whatever it is called on: a tainted text, path, URL or list keeps its taint through these.
METHODS: Final[dict[str, Effect]] = {
    **_rows(
        KEEP,
        "strip trim lstrip rstrip trimStart trimEnd lower upper toLowerCase toUpperCase casefold encode decode "
        "toString valueOf expanduser copy concat values entries items keys get as_posix expandtabs absolute_url "
        "flat reverse fspath __str__ then catch finally model_dump dict toJSON clone normalize_url with_name_of "
        "unwrap href str title swapcase removesuffix toPosix nfkc normalize at pop shift data json text read body "
        "popleft getall get_all getlist get_json model_copy toLocaleLowerCase parse_obj with_query query form",
    ),
    **_rows(LEX, "absolute"),
    **_rows(LINKS, "resolve readlink"),
    **_rows((ROOT, LEXICAL | RELATIVE), "relative_to"),
    **_rows(
        PLAIN, "hexdigest digest indexOf find index count length size startswith startsWith endswith endsWith test"
    ),
    **_rows(
        PLAIN, "includes isdigit isalnum isalpha isidentifier is_absolute exists is_file is_dir stat match_glob has"
    ),
    **_rows((0, PIECE | LISTED), "split"),
    **_rows(PART, "slice substring substr partition rpartition splitlines rsplit match exec search filter find_all"),
    **_rows(PART, "group groups charAt padStart padEnd ljust rjust zfill splitext first last removeprefix"),
    **_rows((0, LISTED), "sort"),
    **_rows((0, 0), "with_suffix parent_of with_stem"),
    **_rows(ENCODED, "isoformat"),
}

# Fields of a tainted value that are not simply a piece of it.
FIELDS: Final[dict[str, Effect]] = {
    **_rows((PATH, PIECE | HOSTPART), "hostname host netloc"),
    **_rows((EVERY & ~OPENED, PIECE | SUFFIX), "scheme protocol"),
    **_rows((PATH | SEGMENT | SHELL, PIECE), "port"),
    **_rows(BASE, "name stem"),
    **_rows(EXTENSION, "suffix suffixes ext"),
    **_rows(PLAIN, "length size"),
    **_rows(KEEP, "href value data parent parents"),
    **_rows((HOST, PIECE), "pathname path search query fragment hash params"),
}
"""`name` of a path is its last part; of anything that is no path yet it is a field like any other."""

# Questions about an address.
ADDRESS_QUESTIONS: Final = frozenset(
    ("is_private", "is_loopback", "is_link_local", "is_global", "is_reserved", "is_multicast", "is_unspecified",
     "is_site_local", "range", "isPrivate", "isLoopback")
)  # fmt: skip
# Mutations: the receiver holds the argument afterwards.
ADDS: Final = frozenset(("append", "push", "add", "extend", "unshift", "insert", "set", "update", "setdefault", "write",
                         "appendleft"))  # fmt: skip
# Functions that call, later or elsewhere, the function they are given: at which argument it stands.
CALLERS: Final[dict[str, int]] = {
    "asyncio.to_thread": 0,
    "anyio.to_thread.run_sync": 0,
    "starlette.concurrency.run_in_threadpool": 0,
    "fastapi.concurrency.run_in_threadpool": 0,
    "functools.partial": 0,
    "threading.Thread": 0,
    "asgiref.sync.sync_to_async": 0,
    "trio.to_thread.run_sync": 0,
}
CALLER_METHODS: Final[dict[str, int]] = {
    "submit": 0, "run_in_executor": 1, "call": 0, "apply": 0, "bind": 0, "run_sync": 0, "start_soon": 0,
}  # fmt: skip
# Methods that call their argument with each element of the receiver, or with the receiver.
EACH: Final = frozenset(("map", "forEach", "filter", "some", "every", "find", "flatMap", "reduce", "findIndex", "sort"))
WITH: Final = frozenset(("then",))
# What a wrapper makes of the function it is given is that function.
WRAPPERS: Final = frozenset(
    ("util.promisify", "promisify", "functools.wraps", "functools.lru_cache", "functools.cache", "util.callbackify",
     "__importDefault", "__importStar", "__toESM", "_interopRequireDefault", "_interopRequireWildcard",
         "tslib.__importStar",
     "tslib.__importDefault", "debounce", "throttle", "once", "lodash.debounce", "p-limit", "pify", "util.deprecate",
     "asyncio.coroutine", "inspect.unwrap", "interopDefault", "__toCommonJS", "__esm", "inspect.signature")
)  # fmt: skip
