"""Resource URIs in the one form that every reader takes the same way (RFC 3986, section 6).

A URI is a name in a policy and a path in a server. Where the two could read it differently there is no canonical form
at all: an encoded slash, a dot segment that appears only after decoding, user information, a fragment. The gateway
refuses a URI that is not its own canonical form, so the one that was judged is the one that is sent.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import unquote_to_bytes

LENGTH: Final = 2048
"""Characters; RFC 9110 asks for 8000 in requests, browsers keep 2083. Mcp-Name must carry it, in base64 at worst."""

# RFC 3986, appendix B, but with the characters that the grammar allows and an authority without user information.
_PARTS: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,31}):"
    r"(?://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::(?P<port>[0-9]{0,5}))?(?=[/?]|\Z))?"
    r"(?P<path>[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)"
    r"(?:\?(?P<query>[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*))?"
)
_ENCODED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_MALFORMED: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SLASHES: Final = re.compile(r"[/\\]")

# Schemes whose host is a domain name (WHATWG URL, special schemes): the host is compared in lower case. Elsewhere the
# first part is a name of the server's own making (`repo://Owner/Name`) and keeps its case, as WHATWG readers have it.
_DOMAIN: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
_HOST_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_IPV4: Final = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}")
_LOOKS_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""WHATWG parses such a host as an IPv4 address, however odd: `2130706433`, `0x7f.1`."""


def canonical(uri: str) -> str | None:
    """Return the canonical form of an absolute URI, or `None` when it has more than one reading or none."""
    match = _PARTS.fullmatch(uri) if len(uri) <= LENGTH else None
    if match is None or _MALFORMED.search(uri) is not None:
        return None
    scheme = match["scheme"].lower()
    authority = _authority(scheme, match["host"], match["port"])
    path = None if authority is None else _path(scheme, _normalised(match["path"]))
    query = _normalised(match["query"] or "")
    if authority is None or path is None or _decoded(query) is None or not (authority or path or query):
        return None
    begin = f"{scheme}:" if match["host"] is None and scheme != "file" else f"{scheme}://{authority}"
    return begin + path + ("" if match["query"] is None else f"?{query}")


def _normalised(part: str) -> str:
    """Bring percent-encoding into its one form: upper case, and only where it is needed (section 6.2.2)."""
    return _ENCODED.sub(_one_encoding, part) if "%" in part else part


def _one_encoding(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _decoded(part: str) -> str | None:
    """Return the text that a part stands for, `None` when it is not text: bad UTF-8, controls, invisible characters."""
    try:
        text = unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and unicodedata.is_normalized("NFC", text) else None


def _authority(scheme: str, host: str | None, port: str | None) -> str | None:
    if scheme == "file":
        # RFC 8089: an empty host and `localhost` are this machine; other hosts are shares of other machines.
        return "" if port is None and host in (None, "", "localhost") else None
    if host is None:
        return None if scheme in _DOMAIN else ""
    name = _address(host) if host.startswith("[") else _domain(host) if scheme in _DOMAIN else _own_name(host)
    if name is None or (port and int(port) > 65535):  # noqa: PLR2004 - the largest port
        return None
    number = str(int(port)) if port else ""
    return name if number in ("", _DOMAIN.get(scheme)) else f"{name}:{number}"


def _address(host: str) -> str | None:
    try:
        address = IPv6Address(host[1:-1])
    except ValueError:
        return None
    # Mapped IPv4 addresses print in two ways, depending on the reader.
    return None if address.ipv4_mapped or "." in host else f"[{address.compressed}]"


def _domain(host: str) -> str | None:
    name = host.lower()
    if _LOOKS_NUMERIC.fullmatch(name):
        return name if _IPV4.fullmatch(name) else None
    return name if _HOST_NAME.fullmatch(name) and not _is_punycode(name) else None


def _own_name(host: str) -> str | None:
    """The first part of a URI whose scheme is not about domains: a segment like those of the path."""
    name = _normalised(host)
    return name if not name.endswith(".") and not _is_punycode(name) and _is_plain(name) else None


def _is_punycode(name: str) -> bool:
    return any(label[:4].lower() == "xn--" for label in name.split("."))


def _path(scheme: str, path: str) -> str | None:
    rooted = path.startswith("/")
    if rooted:
        path = _without_dots(path)
    elif scheme == "file":
        return None
    if not path and scheme in _DOMAIN:
        path = "/"
    if "//" in path or not _is_plain(path):
        return None
    trailing = scheme == "file" and any(segment.endswith((".", "%20")) for segment in path.split("/"))
    return None if trailing else path  # Windows drops those: `secret.txt.` is `secret.txt` there


def _without_dots(path: str) -> str:
    """Remove the dot segments of an absolute path (section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _is_plain(part: str) -> bool:
    """Tell whether decoding cannot change where segments begin and end, nor make one mean "here" or "up"."""
    text = _decoded(part)
    if text is None or "%" in text:
        return False
    for reading in (text, unicodedata.normalize("NFKC", text)):
        segments = _SLASHES.split(reading)
        if len(segments) != part.count("/") + 1 or any(s.partition(";")[0] in (".", "..") for s in segments):
            return False
    return True
