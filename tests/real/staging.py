"""Real servers, real clients and the gateway between them, as processes on loopback. Everything started is ended."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

JSON: TypeAlias = dict[str, Any]
Seen: TypeAlias = dict[str, list[Any]]

HERE: Final = Path(__file__).resolve().parent
PROGRAMS: Final = HERE / "programs"
ROOT: Final = HERE.parent.parent
REAL: Final = ROOT / ".real"
NODE: Final = REAL / "node"
V2: Final = sys.executable
V1: Final = str(REAL / "v1" / "bin" / "python")
PUBLISHED: Final = REAL / "published" / "bin"
EVERYTHING: Final = NODE / "node_modules" / "@modelcontextprotocol" / "server-everything" / "dist" / "index.js"

YETT: Final = str(Path(sys.executable).with_name("yett"))
ADDRESS: Final = re.compile(r"^http://\S+$", re.MULTILINE)
READY: Final = re.compile(r"^yett .*\bready\b", re.MULTILINE)
PATIENCE: Final = 30.0
"""Seconds that a program may take to start."""
GRACE: Final = 10.0
"""Seconds that it may take to end."""

PR_SET_PDEATHSIG: Final = 1

MODERN: Final = "modern"
LEGACY: Final = "legacy"


@dataclass(frozen=True)
class Client:
    """A client of an official SDK. `eras` are those it can speak, the preferred one first."""

    name: str
    title: str
    command: tuple[str, ...]
    eras: tuple[str, ...]

    @property
    def missing(self) -> str:
        """Why it cannot run here; empty when it can."""
        return missing(self.command)


@dataclass(frozen=True)
class Server:
    """A server as a command: with `--stdio` or its own words on stdio, else on HTTP."""

    name: str
    title: str
    stdio: tuple[str, ...]
    http: tuple[str, ...]
    eras: tuple[str, ...]

    @property
    def missing(self) -> str:
        """Why it cannot run here; empty when it can."""
        return missing(self.stdio)


def missing(command: Sequence[str]) -> str:
    """Which part of a command is not installed; empty when all are."""
    programs = [part for part in command[:2] if part.startswith("/") or part == "node"]
    lacking = [part for part in programs if shutil.which(part) is None and not Path(part).exists()]
    return f"{Path(lacking[0]).name} is not installed: run `make real`" if lacking else ""


def program(name: str) -> str:
    """Where a program of ours stands: JavaScript must stand beside its modules."""
    return str(NODE / name if name.endswith(".mjs") else PROGRAMS / name)


def put_programs_beside_their_modules() -> None:
    if NODE.exists():
        for source in PROGRAMS.glob("*.mjs"):
            shutil.copyfile(source, NODE / f"{source.name}.{os.getpid()}")
            (NODE / f"{source.name}.{os.getpid()}").replace(NODE / source.name)


CLIENTS: Final = {
    client.name: client
    for client in (
        Client("py2", "Python SDK 2.3", (V2, program("client_v2.py"), "auto"), (MODERN, LEGACY)),
        Client("py2-modern", "Python SDK 2.3, modern only", (V2, program("client_v2.py"), "modern"), (MODERN,)),
        Client("py2-legacy", "Python SDK 2.3, legacy only", (V2, program("client_v2.py"), "legacy"), (LEGACY,)),
        Client("py1", "Python SDK 1.30", (V1, program("client_v1.py")), (LEGACY,)),
        Client("ts1", "TypeScript SDK 1.32", ("node", program("client_ts.mjs")), (LEGACY,)),
        Client("ts2", "TypeScript SDK 2.4", ("node", program("client_ts2.mjs"), "auto"), (MODERN, LEGACY)),
        Client(
            "ts2-modern", "TypeScript SDK 2.4, modern only", ("node", program("client_ts2.mjs"), "modern"), (MODERN,)
        ),
        Client(
            "ts2-legacy", "TypeScript SDK 2.4, legacy only", ("node", program("client_ts2.mjs"), "legacy"), (LEGACY,)
        ),
    )
}


def lab(name: str, title: str, interpreter: str, file: str, eras: tuple[str, ...]) -> Server:
    command = (interpreter, program(file))
    return Server(name, title, (*command, "--stdio"), command, eras)


SERVERS: Final = {
    server.name: server
    for server in (
        lab("py2", "Python SDK 2.3", V2, "server_v2.py", (MODERN, LEGACY)),
        lab("py1", "Python SDK 1.30", V1, "server_v1.py", (LEGACY,)),
        lab("ts1", "TypeScript SDK 1.32", "node", "server_ts.mjs", (LEGACY,)),
        Server(
            "everything",
            "server-everything 2026.8.31",
            ("node", str(EVERYTHING), "stdio"),
            ("node", str(EVERYTHING), "streamableHttp"),
            (LEGACY,),
        ),
        Server("git", "mcp-server-git 2026.10.19", (str(PUBLISHED / "mcp-server-git"),), (), (MODERN, LEGACY)),
        Server("time", "mcp-server-time 2026.10.19", (str(PUBLISHED / "mcp-server-time"),), (), (MODERN, LEGACY)),
        Server("fetch", "mcp-server-fetch 2026.10.24", (str(PUBLISHED / "mcp-server-fetch"),), (), (MODERN, LEGACY)),
    )
}


def play(
    client: Client,
    target: JSON,
    scripts: Mapping[str, Sequence[JSON]],
    *,
    keep: bool = False,
    folder: Path | None = None,
) -> Seen:
    """Have a client play scripts against a target, in a folder; what each step brought, by script."""
    job = json.dumps({"target": target, "scripts": scripts, "keep": keep})
    ended = subprocess.run(
        client.command, input=job, text=True, capture_output=True, timeout=300, check=False, cwd=folder
    )
    lines = [json.loads(line) for line in ended.stdout.split("\n") if line.startswith("{")]
    seen = {line["script"]: line["seen"] for line in lines}
    if ended.returncode or "broken" in seen or seen.keys() != scripts.keys():
        raise AssertionError(f"{client.name} at {target}: {seen.get('broken')}\n{ended.stderr[-3000:]}")
    return seen


CONFIG: Final = """\
listen: http://127.0.0.1:{port}
auth: {{ tokens: tokens.yaml }}
servers: {servers}
roles:
  lab:
    members: [user:ada]
    allow: ["*.*", "*.prompt:*", "*.resource:*"]
    deny: ["*.forbidden"]
limits: {{ user: 600000/min, peer: 600000/min, body: 4MiB, timeout: 30s, drain: 1s }}
ledger: {{ path: ledger }}
"""


WRAP: Final = """\
auth: {{ stdio: {{ user: ada }} }}
servers: {{ {server}-stdio: {{ inline: true }} }}
roles:
  lab:
    members: [user:ada]
    allow: ["*.*", "*.prompt:*", "*.resource:*"]
    deny: ["*.forbidden"]
limits: {{ user: 600000/min, body: 4MiB, timeout: 30s, drain: 1s }}
ledger: {{ path: wrap-{server} }}
"""


@dataclass(frozen=True)
class Stage:
    """Servers that run, and one gateway before all of them."""

    folder: Path
    gateway: str
    token: str
    urls: Mapping[str, str]

    def direct(self, server: str, transport: str) -> JSON:
        """How a client reaches a server without the gateway."""
        return {"url": self.urls[server]} if transport == "http" else {"command": self.command(server)}

    def through(self, server: str, transport: str) -> JSON:
        """How a client reaches a server through the gateway, whatever is spoken behind it."""
        return {"url": f"{self.gateway}/{server}-{transport}/mcp", "token": self.token}

    def wrapped(self, server: str, _transport: str) -> JSON:
        """How a client reaches a stdio server with `yett wrap` in between."""
        config = self.folder / f"wrap-{server}.yaml"
        if not config.exists():
            config.write_text(WRAP.format(server=server))
        return {"command": [YETT, "wrap", "-c", str(config), "--", *self.command(server)]}

    def command(self, server: str) -> list[str]:
        return stdio_command(SERVERS[server], self.folder)


def stdio_command(server: Server, folder: Path) -> list[str]:
    extra = {"git": ["--repository", str(folder / "repository")], "fetch": ["--allow-private-ips"]}
    return [*server.stdio, *extra.get(server.name, [])]


@contextmanager
def staged(folder: Path, names: Sequence[str]) -> Iterator[Stage]:
    """Start servers and the gateway."""
    put_programs_beside_their_modules()
    chosen = [SERVERS[name] for name in names if not SERVERS[name].missing]
    with ExitStack() as stack:
        urls = {server.name: stack.enter_context(served(server, folder)) for server in chosen if server.http}
        if any(server.name == "git" for server in chosen):
            make_repository(folder / "repository")
        entries: JSON = {f"{name}-http": {"url": url} for name, url in urls.items()}
        for server in chosen:
            command, *args = stdio_command(server, folder)
            entries[f"{server.name}-stdio"] = {"command": command, "args": args}
        port = free_port()
        (folder / "yett.yaml").write_text(CONFIG.format(port=port, servers=json.dumps(entries)))
        token = yett(folder, "token", "new", "ada", "--role", "lab", "--tokens", "tokens.yaml")
        stack.enter_context(running([YETT, "run", "-c", "yett.yaml", "-v"], folder, "gateway.log", READY))
        yield Stage(folder, f"http://127.0.0.1:{port}", token, urls)


def aftermath(folder: Path) -> list[str]:
    """What is wrong once a stage is empty: processes left over, faults of the gateway's own, a ledger that lies."""
    wrong = [f"still running: {name}" for name in still_running_in(folder)]
    log = (folder / "gateway.log").read_text(errors="replace")
    wrong += [line for line in log.splitlines() if '"exchange.broke"' in line or "Traceback" in line]
    try:
        yett(folder, "ledger", "verify", "ledger")
    except AssertionError as error:
        wrong.append(str(error))
    return wrong


def still_running_in(folder: Path) -> list[str]:
    """The commands of processes whose working directory is the folder, as that of everything on the stage is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == folder.resolve():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def end_with_the_tests() -> None:
    """Have the kernel end this process when the tests are killed (Linux): then nobody else would."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def running(command: Sequence[str], folder: Path, log: str, ready: re.Pattern[str]) -> Iterator[str]:
    """A program in a process group of its own, from the line that says it is ready (this line) to the context's end."""
    path = folder / log
    with path.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=end_with_the_tests,  # noqa: PLW1509 - one system call, and no thread runs yet
        )
    try:
        yield awaited(process, path, ready)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        with suppress(ProcessLookupError):  # whatever is left of its group
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def awaited(process: subprocess.Popen[bytes], log: Path, pattern: re.Pattern[str]) -> str:
    """The first match of `pattern` in a program's output."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        found = pattern.search(log.read_text(errors="replace"))
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(f"`{process.args!r}` did not get ready\n{log.read_text(errors='replace')[-3000:]}")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def yett(folder: Path, *arguments: str) -> str:
    """Run a command of Yett's to its end; what it printed."""
    ended = subprocess.run(
        [YETT, *arguments], cwd=folder, text=True, capture_output=True, timeout=PATIENCE, check=False
    )
    if ended.returncode:
        raise AssertionError(f"`yett {' '.join(arguments)}` ended with {ended.returncode}\n{ended.stderr}")
    return ended.stdout.strip()


@contextmanager
def served(server: Server, folder: Path) -> Iterator[str]:
    """A server on HTTP; its address."""
    log = f"{server.name}.log"
    if server.name == "everything":  # it prints no address of its own, and takes its port from the environment
        port = free_port()
        with running(("env", f"PORT={port}", *server.http), folder, log, re.compile(r"listening on port")):
            yield f"http://127.0.0.1:{port}/mcp"
        return
    with running(server.http, folder, log, ADDRESS) as url:
        yield url


def make_repository(folder: Path) -> None:
    """A repository with one commit, for mcp-server-git."""
    folder.mkdir()
    (folder / "README").write_text("grüße\n")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "--quiet", "-b", "main"), ("add", "README"), ("commit", "--quiet", "-m", "Begin")):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL)
