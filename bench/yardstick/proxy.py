"""The yardstick: nginx as a reverse proxy that forwards blindly, as somebody who knows it would set it up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from yardstick.running import Running, free_ports
from yardstick.upstream import nginx, preamble


class Pair(NamedTuple):
    """A certificate and its key."""

    cert: Path
    key: Path


def config(folder: Path, port: int, server: int, tls: Pair | None, *, streaming: bool) -> str:
    """Keep-alive to both sides, and room for the largest bodies in memory: nothing is written to files."""
    listen, certificate = "", ""
    if tls is not None:
        listen = " ssl"
        certificate = f"ssl_certificate {tls.cert}; ssl_certificate_key {tls.key}; ssl_protocols TLSv1.3;"
    buffers = "proxy_buffering off;" if streaming else "proxy_buffers 64 32k; proxy_buffer_size 32k;"
    return f"""{preamble(folder)}
client_body_buffer_size 2m; {buffers} proxy_max_temp_file_size 0; proxy_read_timeout 1h;
upstream server {{ server 127.0.0.1:{server}; keepalive 64; keepalive_requests 100000000; }}
server {{
  listen 127.0.0.1:{port}{listen} backlog=4096; {certificate}
  location / {{ proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection ""; }}
}}
}}
"""


@contextlib.contextmanager
def proxy(
    folder: Path, server: int, *, core: int, tls: Pair | None = None, streaming: bool = False
) -> Iterator[tuple[Running, int]]:
    """Run the proxy in front of the server on port `server`; the process and the port."""
    folder.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    with nginx(folder, config(folder, port, server, tls, streaming=streaming), port, core=core) as process:
        yield process, port


def certificate(folder: Path) -> Pair:
    """A certificate for the loopback, made for this run."""
    import trustme

    folder.mkdir(parents=True, exist_ok=True)
    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    pair = Pair(folder / "server.pem", folder / "server.key")
    pair.cert.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(pair.key)
    return pair
