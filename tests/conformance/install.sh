#!/bin/sh
# Make .real/conformance hold the official conformance suite, both releases, and the Node.js 22 that it needs.
#
# Everything is checked against the hashes in package-lock.json, which names no registry. Nothing is run at
# installation: the `node` package would run a script to fetch these very node-<platform> packages, so they are asked
# for by name. Does nothing when nothing changed. Where it cannot be installed, it says why and ends with 3.
set -eu

cd "$(dirname "$0")/../.."
place=.real/conformance
source=tests/conformance

cannot() {
    printf 'conformance: skipped: %s\n' "$1" >&2
    exit 3
}

wanted="$(pwd) $(cksum $source/package.json $source/package-lock.json) $(uname -sm)"
if [ -f $place/.stamp ] && [ "$(cat $place/.stamp)" = "$wanted" ]; then exit 0; fi

command -v npm >/dev/null 2>&1 || cannot 'npm was not found (apt-get install npm)'
printf 'conformance: setting up %s with npm\n' $place >&2
rm -rf $place
mkdir -p $place
cp $source/package.json $source/package-lock.json $place
# The npm that is here may be an older Node's: it only unpacks. One more try is enough for a registry that is there.
(cd $place && npm ci --silent --ignore-scripts --no-audit --no-fund --engine-strict=false --fetch-retries=1) ||
    cannot 'npm could not install the suite (is its registry reachable?)'
ls $place/node_modules/node-*/bin/node >/dev/null 2>&1 || cannot "there is no Node.js package for $(uname -sm)"
printf '%s\n' "$wanted" >$place/.stamp
