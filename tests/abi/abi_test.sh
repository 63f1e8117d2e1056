#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Changes the public headers in a copy, one thing at a time: abi.sh must find each.
set -euo pipefail
check=$1
root=$2
file=$3
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
command -v abidw abidiff >/dev/null || exit 77

bad=0
plant() { # HEADER SED-SCRIPT
  rm -rf "$copy"/{plugins,host}
  mkdir -p "$copy"/{plugins,host}
  cp -r "$root/plugins/include" "$copy/plugins"
  cp -r "$root/host/include" "$copy/host"
  sed -i -E "$2" "$copy/$1"
  cmp -s "$root/$1" "$copy/$1" && { echo "FAILED: '$2' changes nothing in $1"; bad=1; }
  if "$check" "$copy" "$file" check >/dev/null 2>&1; then
    echo "FAILED: nothing was said of '$2' in $1"
    bad=1
  fi
}
plant plugins/include/pintle/plugin.h 's/int32_t score;/int64_t score;/'
plant plugins/include/pintle/plugin.h '0,/^  pintle_view ([a-z_]+);/s//  pintle_view \1; pintle_view one_more;/'
plant host/include/pintle/pintle.h '0,/const char\* pintle_version\(void\)/s//int pintle_version(void)/'
exit $bad
