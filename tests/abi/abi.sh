#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# abi.sh ROOT FILE [check]: describes the C ABI of pintle.h with its parts and of plugin.h (layout of
# every struct, every enum and signature) into FILE, or with `check` fails if it is not what FILE
# describes.
# Exits with 77 if abigail-tools (abidw, abidiff) or a C compiler is not installed.
set -euo pipefail
root=${1:?usage: abi.sh ROOT FILE [check]}
file=${2:?usage: abi.sh ROOT FILE [check]}
command -v abidw abidiff "${CC:-cc}" >/dev/null || exit 77

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
headers=("$root/plugins/include/pintle/plugin.h" "$root/host/include/pintle/pintle.h"
  "$root"/host/include/pintle/c/*.h)

# A library of C that has a variable of every public type and a pointer to every function: with it
# the description holds nothing of the C++ behind the headers.
{
  printf '#include <pintle/plugin.h>\n#include <pintle/pintle.h>\n'
  cat "${headers[@]}" | sed -nE 's/^typedef (struct|enum) (pintle_[a-z_]+) \{$/\2/p; s/^\} (pintle_[a-z_]+);$/\1/p' |
    sort -u | sed -E 's/.*/& variable_of_&;/'
  cat "${headers[@]}" | grep -oE '\bpintle_[a-z_]+\(' | tr -d '(' | sort -u >"$work/candidates"
  while read -r name; do
    if printf '#include <pintle/plugin.h>\n#include <pintle/pintle.h>\nvoid* p = (void*)&%s;\n' "$name" |
      "${CC:-cc}" -I"$root/plugins/include" -I"$root/host/include" -fsyntax-only -x c - 2>/dev/null; then
      echo "__typeof__(&$name) pointer_to_$name;"
    fi
  done <"$work/candidates"
} >"$work/abi.c"
"${CC:-cc}" -g -fPIC -shared -fno-eliminate-unused-debug-types -I"$root/plugins/include" \
  -I"$root/host/include" -o "$work/abi.so" "$work/abi.c"
abidw --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --type-id-style hash \
  --out-file "$work/now.abi" "$work/abi.so"
sed -i -E "s/ path='[^']*'//; s/ (language|address-size)='[^']*'//2g" "$work/now.abi"

if [[ ${3-} != check ]]; then
  cp "$work/now.abi" "$file"
  exit
fi
if ! abidiff "$file" "$work/now.abi"; then
  echo "The C ABI is not the one that was committed. If that is meant: ./dev abi, and commit the diff."
  exit 1
fi
