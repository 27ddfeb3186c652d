"""The kinds of files that start servers for a client."""

from __future__ import annotations

from typing import Final

from yett.auditor.clients import bundle, client_config, server_json
from yett.auditor.format import Format

FORMATS: Final = (
    Format("client config", client_config.claims, client_config.parse),
    Format("server.json", server_json.claims, server_json.parse),
    Format("bundle", bundle.claims, bundle.parse),
)
