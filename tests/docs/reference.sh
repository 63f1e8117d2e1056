#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reference.sh ROOT: fails if a public header has no example in the API reference: a line
# "@snippet reference/FILE NAME" whose file is in examples/reference, is built and run by its
# CMakeLists.txt, and has the marker "//! [NAME]" at the beginning and at the end of the example.
set -euo pipefail
cd "${1:?usage: reference.sh ROOT}"

mapfile -t headers < <(find core/include plugins/include plugins/{files,loading}/include host/include \
  -name '*.h' | sort)
[[ ${#headers[@]} -gt 0 ]] || { echo "reference: no headers below $PWD" >&2; exit 2; }

failures=0
fail() {
  echo "$1: $2"
  failures=1
}
for header in "${headers[@]}"; do
  mapfile -t snippets < <(sed -nE 's~^(///| \*) @snippet (.*[^ */])[ */]*$~\2~p' "$header")
  [[ ${#snippets[@]} -gt 0 ]] || fail "$header" "no example: add \"@snippet reference/FILE NAME\""
  for snippet in "${snippets[@]}"; do
    read -r file name <<<"$snippet"
    if [[ $file != reference/* || ! -f examples/$file ]]; then
      fail "$header" "there is no examples/$file"
      continue
    fi
    area=${file##*/}
    grep -qw -- "${area%.*}" examples/reference/CMakeLists.txt ||
      fail "$header" "examples/$file is not in examples/reference/CMakeLists.txt"
    markers=$(grep -cE "^ *//! \[$name\]$" "examples/$file" || true)
    [[ $markers == 2 ]] || fail "$header" "examples/$file has $markers markers //! [$name], not 2"
  done
done
exit $failures
