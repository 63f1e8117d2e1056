#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# c_api_exports.sh LIBRARY HEADER: the library shows the functions of the header, and nothing else.
set -euo pipefail
library=$1 header=$2
shown=$(nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort)
told=$(tr '\n' ' ' <"$header" | grep -oE 'PINTLE_API [^;()]*\(' | grep -oE 'pintle_[a-z_]+\($' |
  tr -d '(' | sort)
[[ $(wc -l <<<"$told") -gt 30 ]] || { echo "FAILED: there are too few functions in $header"; exit 1; }
diff <(echo "$told") <(echo "$shown") || { echo "FAILED: < header, > library"; exit 1; }
