#!/bin/sh
# Resolves requirements/*.in into hash locks. BIN is the folder that holds uv.
# Runs inside requirements/ so that no path of this machine gets into a lock.
set -eu

bin=$(cd "$BIN" && pwd)
cd requirements
for name in uv node base test bench; do
    echo "Locking requirements/$name.txt"
    "$bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --upgrade "$name.in" -o "$name.txt"
done
