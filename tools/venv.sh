#!/bin/sh
# Makes the virtual environment named by the first argument, or says in one sentence what is
# missing. PYTHON, if set, is used and no other.
set -eu

venv=$1
newest_first="python3 python3.14 python3.13 python3.12 python3.11 python"

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

stop() {
    echo "$1" >&2
    exit 1
}

if [ -n "${PYTHON:-}" ]; then
    command -v "$PYTHON" >/dev/null || stop "PYTHON is set to $PYTHON, which is not a command here."
    new_enough "$PYTHON" || stop "Python 3.11 or newer is needed; $PYTHON is older."
    python=$PYTHON
else
    python=
    for candidate in $newest_first; do
        if new_enough "$candidate"; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || stop "Python 3.11 or newer is needed and none was found: install it, or name one with PYTHON=/path/to/python3 make …"
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import ensurepip, venv' 2>/dev/null \
    || stop "This Python cannot make virtual environments: install python$version-venv (on Debian: apt install python$version-venv) and run make again."

echo "Making $venv with Python $version"
"$python" -m venv --clear "$venv" \
    || stop "The folder $venv could not be made here: check that you may write to $(pwd) and that the disk has room."
