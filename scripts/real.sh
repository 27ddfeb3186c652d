#!/bin/sh
# Make .real/ hold the other SDKs and the published servers that tests/real puts around Yett.
#
# .real/v1         the v1 line of the Python SDK       (tests/real/v1.lock)
# .real/published  MCP servers of other people          (tests/real/published.lock)
# .real/node       TypeScript SDKs and a server         (tests/real/package-lock.json); left out where Node is missing
#
# Everything is checked against the hashes in the locks. Nothing is run at installation. Does nothing when nothing
# changed; each part has a stamp that is removed first and written last.
set -eu

cd "$(dirname "$0")/.."
python=.venv/bin/python
oldest_node=20

say() { printf 'real: %s\n' "$1" >&2; }

# An environment belongs to one folder (its scripts name it), one interpreter and one lock.
fingerprint() {
    pwd
    cksum "$@"
}

is_current() {
    [ -f "$1/.stamp" ] && [ "$(cat "$1/.stamp")" = "$2" ]
}

python_environment() {
    place=.real/$1
    lock=tests/real/$1.lock
    wanted="$(fingerprint "$lock") $("$python" -V)"
    if is_current "$place" "$wanted" && "$place/bin/python" -c '' 2>/dev/null; then return; fi
    rm -rf "$place"
    if command -v uv >/dev/null 2>&1; then
        say "setting up $place from $lock with uv"
        uv venv --quiet --python "$python" "$place"
        uv pip sync --quiet --python "$place/bin/python" --require-hashes --no-build "$lock"
    else
        say "setting up $place from $lock with pip (takes a minute, once)"
        "$python" -m venv "$place"
        "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
            --only-binary :all: --requirement "$lock"
    fi
    printf '%s\n' "$wanted" >"$place/.stamp"
}

# Why there can be no TypeScript here; empty when there can.
node_trouble() {
    if ! command -v node >/dev/null 2>&1; then
        echo 'node was not found (apt-get install nodejs npm)'
    elif ! node -e "process.exit(parseInt(process.versions.node) < $oldest_node ? 1 : 0)"; then
        echo "node is $(node --version) here, and the TypeScript SDK needs v$oldest_node or newer"
    elif ! command -v npm >/dev/null 2>&1; then
        echo 'npm was not found (apt-get install npm)'
    fi
}

node_environment() {
    place=.real/node
    trouble=$(node_trouble)
    if [ -n "$trouble" ]; then
        say "TypeScript clients and servers are left out: $trouble"
        rm -rf "$place"
        return
    fi
    wanted="$(fingerprint tests/real/package.json tests/real/package-lock.json) $(node --version)"
    if is_current "$place" "$wanted"; then return; fi
    say "setting up $place from tests/real/package-lock.json with npm"
    rm -rf "$place"
    mkdir -p "$place"
    cp tests/real/package.json tests/real/package-lock.json "$place"
    (cd "$place" && npm ci --silent --ignore-scripts --no-audit --no-fund)
    printf '%s\n' "$wanted" >"$place/.stamp"
}

mkdir -p .real
python_environment v1
python_environment published
node_environment
