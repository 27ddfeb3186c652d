"""Certificates: of servers that should not be trusted, and of our own while they change."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siege.campaign import Campaign
from siege.castle import Castle
from siege.knock import context
from siege.plan import CONFIG
from siege.speech import call
from siege.stories.tls import handshake, over_tls


def certificate(
    folder: Path, names: list[x509.GeneralName], *, days: tuple[int, int] = (-1, 30), common: str = "x"
) -> tuple[Path, Path]:
    """A self-signed certificate with these names and dates; the paths of certificate and key."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now + dt.timedelta(days=days[0]))
    builder = builder.not_valid_after(now + dt.timedelta(days=days[1]))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return cert_path, key_path


SECURE = """
  one:
    url: https://127.0.0.1:{one}/mcp
    ca: {folder}/trusted.pem
    headers: {{ Authorization: "Bearer ${{env:CANARY_POISON_TOKEN}}" }}
roles:
  caller: {{ members: [user:alice], allow: ["*.*"] }}
"""


@contextmanager
def secure_upstream(campaign: Campaign, what: str, cert: Path, key: Path, trusted: Path) -> Iterator[Campaign]:
    """A castle whose one server presents this certificate; what the castle trusts is another question."""
    begin = CONFIG.partition("servers:")[0] + "servers:" + SECURE
    config = begin + "limits:" + CONFIG.partition("\nlimits:")[2]

    class Secure(Castle):
        def _catalogues(self) -> dict[str, str]:
            return {}

        def write_config(self, *, old: str = "", new: str = "") -> Path:
            self._ports["one"] = self.canary("one", "plain", "--cert", str(cert), "--key", str(key))
            (self.folder / "trusted.pem").write_bytes(trusted.read_bytes())
            return super().write_config(old=old, new=new)

        def await_catalogue(self, deadline: float | None = None) -> None:
            del deadline
            time.sleep(0.6)

    with Secure(campaign.castle.folder / f"upstream-{what}", config=config) as castle:
        yield Campaign(castle)


def bad_certificates(campaign: Campaign) -> list[str]:
    """Servers with expired, foreign or unknown certificates are not spoken to, and nothing is sent to them."""
    import ipaddress

    folder = campaign.castle.folder / "certificates"
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    good = certificate(folder / "good", [loopback])
    kinds = {
        "good": (good, good[0]),
        "self-signed": (certificate(folder / "self", [loopback]), good[0]),
        "expired": ((made := certificate(folder / "expired", [loopback], days=(-30, -1))), made[0]),
        "not-yet": ((made := certificate(folder / "later", [loopback], days=(5, 30))), made[0]),
        "other-name": ((made := certificate(folder / "name", [x509.DNSName("evil.example")])), made[0]),
        "no-names": ((made := certificate(folder / "none", [], common="127.0.0.1")), made[0]),
        "name-for-address": ((made := certificate(folder / "dns", [x509.DNSName("127.0.0.1")])), made[0]),
    }
    problems = []
    for what, (pair, trusted) in kinds.items():
        with secure_upstream(campaign, what, pair[0], pair[1], trusted) as mine:
            answer = mine.say(call("echo", {"text": "x"}, path="/one/mcp"))
            reached = bool(mine.castle.effects("one"))
            if reached is not (what == "good"):
                problems.append(f"{what}: {answer.body[:120]!r}")
    return problems


@over_tls
def reloaded_under_load(campaign: Campaign) -> list[str]:
    """Certificates change while clients connect; a broken pair changes nothing. No handshake fails."""
    castle = campaign.castle
    own = [(path, path.read_bytes()) for path in (castle.folder / "tls.pem", castle.folder / "tls.key")]
    authority = trustme.CA()
    asking = context()
    stop = time.monotonic() + 4.0

    def client(_: int) -> list[str]:
        failed = []
        while time.monotonic() < stop:
            found = handshake(castle, asking)
            if found.endswith("Error"):
                failed.append(found)
        return failed

    with ThreadPoolExecutor(5) as clients:
        running = [clients.submit(client, n) for n in range(4)]
        for number in range(8):
            issued = authority.issue_cert("127.0.0.1")
            chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
            (castle.folder / "tls.pem").write_bytes(chain[: len(chain) // 2] if number % 3 == 1 else chain)
            if number % 3 != 2:
                (castle.folder / "tls.key").write_bytes(issued.private_key_pem.bytes())
            time.sleep(0.45)
        failed = [one for future in running for one in future.result()]
    for path, content in own:
        path.write_bytes(content)
    time.sleep(1.5)
    return [f"{len(failed)} handshakes failed: {failed[0]}"] if failed else []
