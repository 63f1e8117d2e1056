#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# portable_symbols.sh BUILD: fails if a library or a program of a portable build asks its C library
# for a function that Linux alone has, however the source has called it.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "${1:?usage: portable_symbols.sh BUILD}"

# The functions of linux_names.txt: what is in small letters and no header. libstdc++ asks for
# syscall itself, for its stop tokens.
names=$(grep -v '^#' "$here/linux_names.txt" | grep -v '\.h' |
  sed 's/struct [a-z_]*//g; s/^syscall|//; s/:://g' | tr '\n' '|' | sed 's/||*/|/g; s/|$//')
mapfile -t built < <(find core plugins auth-* host lib libexec bin -type f \
  \( -name '*.a' -o -path '*bin/*' -o -path '*libexec/*' -o -name 'pintle-*.so' \) 2>/dev/null | sort)
((${#built[@]} > 10)) || { echo "portable_symbols: nothing is built in $PWD" >&2; exit 2; }

bad=0
for file in "${built[@]}"; do
  found=$(nm -A --undefined-only "$file" 2>/dev/null | sed 's/@.*//' |
    grep -E " U ($names)(64)?$" || true)
  [[ -z $found ]] || { echo "$found"; bad=1; }
done
((bad == 0)) && echo "${#built[@]} libraries and programs use nothing of Linux alone"
exit "$bad"
