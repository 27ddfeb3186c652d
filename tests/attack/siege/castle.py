"""A running gateway (`yett run`, a process of its own), canaries behind it, and the books that each of them keeps."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import trustme

from siege import canaries
from siege.plan import CONFIG, USERS, WIDE
from siege.ports import free_port
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint

HERE = Path(__file__).resolve().parent
YETT = (sys.executable, "-c", "from yett.cli.main import main; main()")
READY_SECONDS = 30.0


class Castle:
    """Stands from `__enter__` to `__exit__`; everything it starts, it ends."""

    def __init__(
        self,
        folder: Path,
        *,
        tls: bool = False,
        limits: str = WIDE,
        config: str = CONFIG,
        more: str = "",
        users: Sequence[str] = USERS,
        catalogue: str = "plain",
    ) -> None:
        self.folder = folder
        self.tls = tls
        self.tokens: dict[str, str] = {}
        self.secrets = canaries.Planted()
        self._config = config
        self._limits = limits
        self._more = more
        self._users = users
        self._catalogue = catalogue
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ends = contextlib.ExitStack()
        self.port = 0
        self.admin_port = 0
        self._read_to: dict[Path, int] = {}
        self._counted = 0
        self.gateway: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        try:
            self._raise()
        except BaseException:
            self.fall()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.fall()

    @property
    def authority(self) -> str:
        """The `Host` that the gateway answers to."""
        return f"127.0.0.1:{self.port}"

    @property
    def scheme(self) -> str:
        """How clients come in."""
        return "https" if self.tls else "http"

    def _raise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._plant()
        ports = {name: self.canary(name, catalogue) for name, catalogue in self._catalogues().items()}
        self._ports = ports
        self.admin_port = free_port()
        self.write_config()
        self.start()

    def _catalogues(self) -> dict[str, str]:
        return {"web": self._catalogue, "poison": "poison"}

    def write_config(self, *, old: str = "", new: str = "") -> Path:
        """Write the config, with one text in it replaced by another."""
        more = self._more
        if self.tls:
            self._certify()
            more += f"\ntls: {{ cert: {self.folder}/tls.pem, key: {self.folder}/tls.key }}\n"
        text = self._config.format(
            listen=f"{self.scheme}://127.0.0.1:0",
            folder=self.folder,
            python=sys.executable,
            canary=HERE / "canary.py",
            limits=self._limits,
            admin=self.admin_port,
            more=more,
            **self._ports,
        )
        if old:
            if old not in text:
                raise ValueError(f"`{old}` is not in the config")
            text = text.replace(old, new)
        path = self.folder / "yett.yaml"
        path.write_text(text, "utf-8")
        return path

    def _plant(self) -> None:
        """Secrets wherever one can live: tokens, keys, environment, files."""
        file = TokenFile(self.folder / "tokens.yaml")
        for user in self._users:
            self.tokens[user] = self.add_token(user)
        if "gone" in self.tokens:
            file.revoke("gone")
        secrets = self.secrets
        for name in ("web.key", "proc.uri"):
            path = self.folder / name
            path.write_text(secrets[name] + "\n", "utf-8")
            path.chmod(0o600)
        for name in ("effects-web.leak", "effects-proc.leak"):
            (self.folder / name).write_text(secrets["web"], "utf-8")

    def add_token(self, user: str, **fields: Any) -> str:
        """One more token of a user."""
        minted = mint(os.urandom(40))
        expires = 1_000_000_000.0 if user == "late" else None
        roles = ("borrowed",) if user == "olga" else ()
        entry = Entry(id=minted.key_id, digest=minted.digest, user=user, roles=roles, expires=expires)
        TokenFile(self.folder / "tokens.yaml").add(entry)
        del fields
        self.secrets.add(f"token of {user}", minted.token)
        return minted.token

    def _certify(self) -> None:
        if (self.folder / "tls.pem").exists():
            return
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        for pem in certificate.cert_chain_pems:
            pem.write_to_path(str(self.folder / "tls.pem"), append=True)
        certificate.private_key_pem.write_to_path(str(self.folder / "tls.key"))
        (self.folder / "tls.key").chmod(0o600)
        middle = (self.folder / "tls.key").read_text("ascii").splitlines()[2]
        self.secrets.add("TLS key", middle)

    def environment(self) -> dict[str, str]:
        """What the gateway's process gets: its secrets, and one that is nobody's business but its own."""
        secrets = self.secrets
        return {
            **os.environ,
            "CANARY_WEB_TOKEN": secrets["web"],
            "CANARY_PROC_TOKEN": secrets["proc"],
            "CANARY_POISON_TOKEN": secrets["poison"],
            "CANARY_LEDGER_KEY": secrets["ledger key"],
            "CANARY_UNRELATED": secrets["gateway's environment"],
        }

    def canary(self, name: str, catalogue: str = "plain", *extra: str) -> int:
        """Start an HTTP canary; return its port."""
        command = [sys.executable, str(HERE / "canary.py"), str(self.effects_path(name)), "--http", *extra]
        process = subprocess.Popen([*command, "--catalogue", catalogue], stdout=subprocess.PIPE)
        self._processes.append(process)
        if process.stdout is None:
            raise RuntimeError("no standard output")
        self._ends.enter_context(process.stdout)
        return int(process.stdout.readline())

    def start(self) -> None:
        """Start the gateway and wait until it knows its servers."""
        log = (self.folder / "gateway.log").open("ab")
        begin = log.tell()
        command = [*YETT, "run", "-vv", "-c", str(self.folder / "yett.yaml")]
        with log:
            self.gateway = subprocess.Popen(
                command, stdout=log, stderr=log, env=self.environment(), cwd=self.folder, start_new_session=True
            )
        self._processes.append(self.gateway)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            said = (self.folder / "gateway.log").read_bytes()[begin:]
            line = next((line for line in said.split(b"\n") if line.startswith(b"yett ") and b" ready " in line), None)
            if line is not None:
                address = line.split(b"://127.0.0.1:")[1].split(b" ")[0]
                self.port = int(address)
                break
            if self.gateway.poll() is not None:
                raise RuntimeError(f"the gateway did not start:\n{said.decode(errors='replace')}")
            time.sleep(0.02)
        self.await_catalogue(deadline)

    def await_catalogue(self, deadline: float | None = None) -> None:
        """Wait until every server has been asked for its tools."""
        deadline = deadline or time.monotonic() + READY_SECONDS
        status = ""
        while time.monotonic() < deadline:
            _, status = self.admin("/readyz?verbose")
            if "[-]server" not in status and "server-" in status:
                return
            time.sleep(0.05)
        raise RuntimeError(f"not ready: {status}")

    def fall(self) -> None:
        """End everything, the gateway first."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()
        self._processes.clear()
        self._ends.close()

    def halt(self) -> None:
        """End the gateway only, gracefully."""
        self.gateway.send_signal(signal.SIGTERM)
        self.gateway.wait(20)

    # What can be asked.

    def admin(self, path: str, *, method: str = "GET", **headers: str) -> tuple[int, str]:
        """Ask the admin listener."""
        line = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10)
        try:
            line.request(method, path, headers={key.replace("_", "-"): value for key, value in headers.items()})
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            line.close()

    def reload(self) -> tuple[int, str]:
        """Have the gateway read its config again."""
        return self.admin("/reload", method="POST", X_Yett_Reload="1")

    def effects_path(self, name: str) -> Path:
        """Where a canary keeps its effects."""
        return self.folder / f"effects-{name}"

    def effects(self, name: str) -> list[dict[str, Any]]:
        """What a canary saw so far; a line that is being written is not counted yet."""
        path = self.effects_path(name)
        written = path.read_bytes() if path.exists() else b""
        return [json.loads(line) for line in written[: written.rfind(b"\n") + 1].splitlines()]

    def effect_count(self) -> int:
        """How many effects there were so far, over all canaries."""
        for path in self.folder.glob("effects-*"):
            if path.suffix == ".leak":
                continue
            with path.open("rb") as file:
                file.seek(self._read_to.get(path, 0))
                fresh = file.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            self._read_to[path] = self._read_to.get(path, 0) + len(whole)
            self._counted += whole.count(b"\n")
        return self._counted

    def ledger(self) -> Iterator[dict[str, Any]]:
        """Yett's own records, in order."""
        for path in sorted((self.folder / "ledger").glob("*.jsonl")):
            for line in path.read_bytes().split(b"\n"):
                if line.startswith(b"{"):
                    with contextlib.suppress(ValueError):
                        yield json.loads(line)

    def log(self) -> bytes:
        """All that the gateway printed."""
        return (self.folder / "gateway.log").read_bytes()

    def rss(self) -> int:
        """Bytes of memory the gateway holds."""
        for line in Path(f"/proc/{self.gateway.pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def descriptors(self) -> int:
        """Files and sockets the gateway has open."""
        return len(list(Path(f"/proc/{self.gateway.pid}/fd").iterdir()))
