# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Proves that a check of the sources can fail; source it with CHECK and ROOT as arguments. `plant
# LINE...` puts the lines into a source of a copy of the tree (`$planted`), and the check must find
# them. `found_all` fails if it missed any.
check=$1
root=$2
planted=${planted:-core/src/planted.cpp}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tests"
cp -r "$root"/README.md "$root"/core "$root"/plugins "$root"/auth-* "$root"/host "$root"/examples \
  "$root"/docs "$copy"

"$check" "$copy" || { echo "FAILED: the check finds something in the tree as it is"; exit 1; }

missed=0
plant() { # LINE...
  printf '%s\n' "$@" >"$copy/$planted"
  if "$check" "$copy" >/dev/null; then
    echo "FAILED: nothing was said of '$*'"
    missed=1
  fi
}
found_all() { return "$missed"; }
