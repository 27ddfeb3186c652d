#!/bin/sh
# Write the hash-locked requirements from pyproject.toml, for every platform and every Python that Yett supports.
#
# Versions already in a lock stay as they are unless pyproject.toml rules them out; --upgrade takes the newest.
set -eu

cd "$(dirname "$0")/.."
if ! command -v uv >/dev/null 2>&1; then
    echo 'error: the locks are written by uv, which was not found' >&2
    echo '  install it and run make again:  pip install uv' >&2
    exit 1
fi

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        --output-file "$@"
}

compile requirements/run.lock pyproject.toml "$@"
compile requirements/dev.lock pyproject.toml --group dev "$@"
