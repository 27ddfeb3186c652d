"""Handshake: which TLS an endpoint speaks, and whether its certificate can be trusted and for how long."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
import warnings
from typing import Any, Final

from yett.auditor.live.asking import Where
from yett.auditor.live.certificate import read_certificate

SECONDS: Final = 8.0
_OLD: Final = ((ssl.TLSVersion.TLSv1, "TLS 1.0"), (ssl.TLSVersion.TLSv1_1, "TLS 1.1"))


async def look(where: Where, trusting: ssl.SSLContext) -> dict[str, Any]:
    """What was seen: `trouble` with the certificate, days left, its key and signature, old versions that are spoken."""
    seen: dict[str, Any] = {}
    try:
        certificate, shown, version = await _shake(where, trusting)
        seen |= read_certificate(shown)
        seen["version"] = version
        if isinstance(until := certificate.get("notAfter"), str):
            seen["days_left"] = int((ssl.cert_time_to_seconds(until) - time.time()) // 86_400)
    except ssl.SSLCertVerificationError as error:
        seen["trouble"] = error.verify_message
    except (OSError, ssl.SSLError, TimeoutError) as error:
        seen["trouble"] = (getattr(error, "reason", None) or str(error) or "no handshake").lower().replace("_", " ")
    if "trouble" in seen:
        seen |= await _untrusted(where)
    seen["old"] = [name for version, name in _OLD if await _speaks(where, version)]
    return seen


def _looking() -> ssl.SSLContext:
    """For connections over which nothing is sent: only how they come about is of interest."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _untrusted(where: Where) -> dict[str, Any]:
    """The key and signature of a certificate that was not trusted; nothing where no connection comes about."""
    context = _looking()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        _, shown, _ = await _shake(where, context)
    except (OSError, ssl.SSLError, TimeoutError):
        return {}
    return read_certificate(shown)


async def _speaks(where: Where, version: ssl.TLSVersion) -> bool:
    context = _looking()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        except (ValueError, ssl.SSLError):
            return False
    try:
        await _shake(where, context)
    except (OSError, ssl.SSLError, TimeoutError):
        return False
    return True


async def _shake(where: Where, context: ssl.SSLContext) -> tuple[dict[str, Any], bytes, str]:
    async with asyncio.timeout(SECONDS):
        _, writer = await asyncio.open_connection(where.host, where.port, ssl=context, server_hostname=where.host)
        try:
            shaken = writer.get_extra_info("ssl_object")
            shown = shaken.getpeercert(binary_form=True) or b""
            return dict(shaken.getpeercert() or {}), shown, str(shaken.version())
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()
