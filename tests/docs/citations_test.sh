#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one wrong citation at a time in a copy of the tree: citations.sh must find each.
set -euo pipefail
check=$1
root=$2
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy"/{tests,examples}
cp -r "$root"/core "$root"/plugins "$root"/auth-* "$root"/host "$root"/docs "$copy"

"$check" "$copy" || { echo "FAILED: the tree as it is cites what does not exist"; exit 1; }

bad=0
plant() { # LINES...
  printf '%s\n' "$@" >"$copy/core/src/planted.cpp"
  if "$check" "$copy" >/dev/null; then
    echo "FAILED: nothing was said of '$*'"
    bad=1
  fi
}
plant '// As gateway-contract 99 says.'
plant '// It is long, and it breaks here (gateway-contract' '// 99).'
plant '// architecture, rule 42'
plant '// docs/decisions/9999'
plant '// one refresh (design 4.5)'
exit $bad
