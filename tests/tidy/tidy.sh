#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy.sh ROOT BUILD CLANG_TIDY: fails if clang-tidy, or clang with its thread-safety analysis, finds
# something in a source that BUILD/compile_commands.json names. Ends with the findings, one a line.
set -euo pipefail
[[ $# == 3 ]] || { echo "usage: tidy.sh ROOT BUILD CLANG_TIDY" >&2; exit 2; }
build=$(readlink -f "$2")
tidy=$3
cd "$(readlink -f "$1")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# g++'s commands, without what clang does not know; a source that is compiled twice is read once.
awk -F '"' -v root="$PWD/" -v files="$work/files" '
  /^\{/ { entry = path = ""; next }
  /^\}/ && path ~ /^(core|plugins|auth-[a-z]+|host)\/.*\.cpp$/ && !seen[path]++ {
    gsub(/ -(fno-gnu-unique|Wno-restrict)/, "", entry)
    printf "%s\n{%s}", count++ ? "," : "[", entry
    print path >files
  }
  { entry = entry $0 }
  $2 == "file" && index($4, root) == 1 { path = substr($4, length(root) + 1) }
  END { print "]" }
' "$build/compile_commands.json" >"$work/compile_commands.json"
[[ -s $work/files ]] || { echo "tidy: no sources in $build/compile_commands.json" >&2; exit 2; }

export tidy work
# clang also finds casts in OpenSSL's macros, and what is deprecated in libstdc++.
# shellcheck disable=SC2016 # for the shell that xargs starts
sort "$work/files" | tr '\n' '\0' |
  xargs -0 -n 1 -P "$(nproc)" --process-slot-var=slot bash -c '
    echo "$1"
    "$tidy" --quiet -p "$work" --extra-arg=-Wthread-safety --extra-arg=-Wno-cast-qual \
      --extra-arg=-Wno-deprecated-declarations "$1" >>"$work/found.$slot" 2>&1
  ' bash && exit

# Once each: what is found in a header is found again in every source that includes it.
echo
sed "s!^$PWD/!!" "$work"/found.* | grep -E '(^|: )(warning|error): ' | sort -u || cat "$work"/found.*
exit 1
