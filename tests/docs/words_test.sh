#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one retired word at a time in a copy of the tree: words.sh must find each.
set -euo pipefail
check=$1
root=$2
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy"/{tests,examples}
cp -r "$root"/README.md "$root"/core "$root"/plugins "$root"/auth-* "$root"/host "$root"/docs "$copy"

"$check" "$copy" || { echo "FAILED: the tree as it is uses retired words"; exit 1; }

bad=0
plant() { # LINE...
  printf '%s\n' "$@" >"$copy/core/src/planted.cpp"
  if "$check" "$copy" >/dev/null; then
    echo "FAILED: nothing was said of '$*'"
    bad=1
  fi
}
spdx='// SPDX-License-Identifier: Apache-2.0'
plant "$spdx" 'int most_ms = 1;'
plant "$spdx" 'throw error.with_next("x");'
plant "$spdx" '// Given to a person.'
plant "$spdx" 'gateway.witness();'
plant "$spdx" '// A judge opens the library.'
plant '// No license is named.'
exit $bad
