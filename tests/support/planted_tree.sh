# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For the proof that a check of the sources can fail; source it with CHECK and ROOT as arguments. `try
# FILE TEXT` adds the text to a file of a copy of the tree, runs the check into $said and $code, and takes
# the text back.
check=$1
root=$2
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$root"/core "$root"/plugins "$root"/auth-* "$root"/host "$copy"

"$check" "$copy" || { echo "FAILED: the check finds something in the tree as it is"; exit 1; }

# shellcheck disable=SC2034 # for who sources it
bad=0
# shellcheck disable=SC2034 # for who sources it
try() { # FILE TEXT
  local file=$copy/$1 was=
  mkdir -p "${file%/*}"
  [[ -e $file ]] && was=$(cat "$file")
  printf '%s\n' "$2" >>"$file"
  said=$("$check" "$copy") && code=0 || code=$?
  if [[ -n $was ]]; then printf '%s\n' "$was" >"$file"; else rm "$file"; fi
}
