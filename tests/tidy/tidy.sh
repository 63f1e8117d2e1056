#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy.sh ROOT BUILD CLANG_TIDY: fails if clang-tidy, or clang with its thread-safety analysis, finds
# something in a source that BUILD/compile_commands.json names. Ends with the findings, one a line.
set -euo pipefail
[[ $# == 3 ]] || { echo "usage: tidy.sh ROOT BUILD CLANG_TIDY" >&2; exit 2; }
build=$(readlink -f "$2")
tidy=$3
cd "$(readlink -f "$1")"

mapfile -t files < <(awk -F '"' -v root="$PWD/" '
  $2 != "file" || index($4, root) != 1 { next }
  { path = substr($4, length(root) + 1) }
  path ~ /^(core|plugins|auth-[a-z]+|host)\/.*\.cpp$/ { print path }
' "$build/compile_commands.json" | sort -u)
[[ ${#files[@]} -gt 0 ]] || { echo "tidy: no sources in $build/compile_commands.json" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export build tidy work
# The commands are g++'s: clang does not know every warning in them.
# shellcheck disable=SC2016 # for the shell that xargs starts
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "$(nproc)" --process-slot-var=slot bash -c '
    echo "$1"
    "$tidy" --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wthread-safety "$1" >>"$work/$slot" 2>&1' bash && exit

# Once each: what is found in a header is found again in every source that includes it.
echo
sed "s!^$PWD/!!" "$work"/* | grep -E '(^|: )(warning|error): ' | sort -u || cat "$work"/*
exit 1
