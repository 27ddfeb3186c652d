"""Hardened blocks for nginx and Caddy."""

from __future__ import annotations

from yett.auditor.harden.facts import Facts


def nginx(facts: Facts, host: str) -> str:
    """A server block: TLS 1.2 and 1.3, one name, limits, streams passed on at once, client claims overwritten."""
    return f"""\
limit_req_zone $binary_remote_addr zone={facts.name}:10m rate=20r/s;

server {{
    listen 443 ssl;
    http2 on;
    server_name {host};
    ssl_certificate /etc/nginx/tls/{host}.crt;
    ssl_certificate_key /etc/nginx/tls/{host}.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    add_header Strict-Transport-Security "max-age=31536000" always;

    location /mcp {{
        proxy_pass http://127.0.0.1:{facts.port};
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_buffering off;
        proxy_request_buffering on;
        proxy_read_timeout 3600s;
        client_max_body_size 4m;
        limit_req zone={facts.name} burst=40 nodelay;
    }}

    location / {{
        return 404;
    }}
}}

server {{
    listen 443 ssl default_server;
    ssl_reject_handshake on;
}}

server {{
    listen 80;
    server_name {host};
    return 301 https://$host$request_uri;
}}
"""


def caddy(facts: Facts, host: str) -> str:
    """A site: certificate by itself, one path, a bounded body, streams passed on at once."""
    return f"""\
{host} {{
\thandle /mcp* {{
\t\trequest_body {{
\t\t\tmax_size 4MB
\t\t}}
\t\treverse_proxy 127.0.0.1:{facts.port} {{
\t\t\tflush_interval -1
\t\t}}
\t}}
\thandle {{
\t\trespond 404
\t}}
}}
"""
