#!/bin/sh
# Make .venv hold what requirements/dev.lock says, and Yett itself (editable).
#
# Needs python3 >= 3.11 with its venv module, or uv. Every package is checked against the hashes in the lock, wheels
# only: nothing is built from source, so nothing unlocked is fetched or run. Does nothing when nothing changed. The
# stamp is removed first and written last: an interrupted run leaves none, and the next one starts afresh.
set -eu

cd "$(dirname "$0")/.."
goal=${1:-}
lock=requirements/dev.lock
venv=.venv
python=$venv/bin/python
stamp=$venv/.yett-stamp

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# An environment belongs to one folder (its scripts name it), one lock and one pyproject.toml.
fingerprint() {
    pwd
    cksum "$lock" pyproject.toml
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

is_current() {
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ] && "$python" -c '' 2>/dev/null
}

# Finished once, in this very folder, and its interpreter still there: worth bringing up to date.
is_usable() {
    [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$(pwd)" ] && is_new_enough "$python"
}

# The first interpreter that is new enough; PYTHON=... allows no other than the one it names.
find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

explain_missing_python() {
    wanted=${PYTHON:-python3}
    if command -v "$wanted" >/dev/null 2>&1; then
        version=$("$wanted" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "$wanted is $version here, and Yett needs 3.11 or newer" \
            "install a newer one and name it:  make $goal PYTHON=python3.13"
    fi
    fail "$wanted was not found" "install it and run make again:  apt-get install python3 python3-venv"
}

# Debian and its relatives package ensurepip apart from python3. Its package has the version in its name, except for
# the default interpreter's.
explain_missing_venv() {
    package=python3-venv
    [ "$(basename "$found")" = python3 ] || package=$(basename "$found")-venv
    fail "$found cannot make virtual environments: its venv module is missing" \
        "install it and run make again:  apt-get install $package"
}

with_uv() {
    echo "setting up $venv from $lock with uv" >&2
    $usable || { rm -rf "$venv" && uv venv --quiet --python "${found:->=3.11}" "$venv"; }
    uv pip sync --quiet --python "$python" --require-hashes --no-build "$lock"
    uv pip install --quiet --python "$python" --no-deps --no-build-isolation --offline --editable .
}

with_pip() {
    [ -n "$found" ] || explain_missing_python
    "$found" -c 'import venv, ensurepip' 2>/dev/null || explain_missing_venv
    echo "setting up $venv from $lock with pip (takes a minute, once)" >&2
    # uv makes environments without pip: one of those is of no use here.
    if grep -qs '^uv = ' "$venv/pyvenv.cfg"; then usable=false; fi
    $usable || { rm -rf "$venv" && "$found" -m venv "$venv"; }
    "$python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
        --requirement "$lock"
    "$python" -m pip install --quiet --disable-pip-version-check --no-input --no-index --no-deps --no-build-isolation \
        --editable .
}

if is_current; then exit 0; fi

found=$(find_python)
usable=false
if is_usable; then usable=true; fi
rm -f "$stamp"
if command -v uv >/dev/null 2>&1; then with_uv; else with_pip; fi
fingerprint >"$stamp"
