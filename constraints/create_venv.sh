#!/bin/sh
# Creates the virtual environment $1 with the first Python on PATH that is new enough; says what is missing otherwise.
set -u

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
  if "$name" -c "$new_enough" >/dev/null 2>&1; then
    python=$name
    break
  fi
done

if [ -z "$python" ]; then
  found=$(python3 --version 2>&1) || found="no python3"
  echo "genrescope needs Python 3.11 or newer; found on PATH: $found." >&2
  echo "Install one (Debian, Ubuntu:  apt install python3 python3-venv) and run make again." >&2
  exit 1
fi

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  echo "This Python ($python, $version) cannot create virtual environments: its venv or ensurepip module is missing." >&2
  echo "On Debian and Ubuntu run  apt install python$version-venv  and then make again." >&2
  exit 1
fi

# --clear: what a broken run may have left is no ground to build on.
exec "$python" -m venv --clear "$1"
