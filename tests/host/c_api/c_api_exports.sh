#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# c_api_exports.sh LIBRARY HEADER...: the library shows the functions of the headers, and nothing
# else.
set -euo pipefail
library=$1
shift
shown=$(nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort)
told=$(cat "$@" | tr '\n' ' ' | grep -oE 'PINTLE_API [^;()]*\(' | grep -oE 'pintle_[a-z_]+\($' |
  tr -d '(' | sort)
[[ $(wc -l <<<"$told") -gt 30 ]] || { echo "FAILED: there are too few functions in $*"; exit 1; }
diff <(echo "$told") <(echo "$shown") || { echo "FAILED: < headers, > library"; exit 1; }
