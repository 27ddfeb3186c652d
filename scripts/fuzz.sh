#!/bin/sh
# Fuzz every target of fuzz/targets.py with atheris, for MINUTES in all. One target: TARGET=json.
#
# atheris lives in .fuzz/, a virtual environment beside .venv that holds what runs Yett and nothing more: it is made
# from hash-locked requirements when it is first needed, and again when they change.
set -eu

cd "$(dirname "$0")/.."
minutes=${MINUTES:-5}
place=.fuzz
python=.venv/bin/python
wanted="$(pwd) $(cksum requirements/run.lock fuzz/requirements.lock) $("$python" -V)"

if [ ! -f "$place/.stamp" ] || [ "$(cat "$place/.stamp")" != "$wanted" ]; then
    echo "fuzz: setting up $place" >&2
    rm -rf "$place"
    "$python" -m venv "$place"
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
        --only-binary :all: --requirement requirements/run.lock --requirement fuzz/requirements.lock
    printf '%s\n' "$wanted" >"$place/.stamp"
fi

targets=${TARGET:-$(PYTHONPATH=src:fuzz "$python" -c 'import targets; print(*targets.TARGETS)')}
count=$(echo "$targets" | wc -w)
seconds=$((minutes * 60 / count))
[ "$seconds" -gt 0 ] || seconds=1
failed=
for target in $targets; do
    printf 'fuzz: %s for %s s\n' "$target" "$seconds" >&2
    if ! PYTHONPATH=src:fuzz "$place/bin/python" fuzz/run.py "$target" -max_total_time="$seconds" -print_final_stats=1 \
        >"$place/$target.log" 2>&1; then
        failed="$failed $target"
        tail -n 30 "$place/$target.log" >&2
    fi
    grep -E 'stat::number_of_executed_units|stat::slowest_unit' "$place/$target.log" | sed 's/^/  /' >&2 || true
done
if [ -n "$failed" ]; then
    echo "error: a promise was broken:$failed" >&2
    echo "  the inputs are in fuzz/found/; when it is mended, move them to fuzz/corpus/TARGET/, where make test replays them" >&2
    exit 1
fi
