#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs one fuzz program of libFuzzer and prints the result in one line.
#   run.sh BUILD TARGET SECONDS
set -euo pipefail
build=$1 target=$2 seconds=$3
program=$build/fuzzers/$target corpus=$build/corpus/$target
log=$build/log/$target.log found=$build/findings
mkdir -p "$build/log" "$found"

PINTLE_FUZZ_CORPUS=$corpus "$program"
options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
  -artifact_prefix="$found/$target-")
[[ -f $corpus.dict ]] && options+=(-dict="$corpus.dict")
code=0
"$program" "${options[@]}" "$corpus" >"$log" 2>&1 || code=$?
count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
if ((code == 0)); then
  printf '%-16s %10s inputs, no finding\n' "$target" "${count:-?}"
  exit 0
fi
if ((code == 72)); then # libFuzzer's own, for a signal
  printf '%-16s %10s inputs, and then interrupted\n' "$target" "${count:-?}"
  exit 1
fi
input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
{
  printf '%-16s %10s inputs, FOUND something\n' "$target" "${count:-?}"
  grep -m 1 -E 'promise is broken|runtime error|ERROR: ' "$log" | cut -c 1-300 || tail -n 5 "$log"
  printf '  the input: %s\n  once more: %s %s\n  the log:   %s\n' \
    "${input:-none}" "$program" "${input:-}" "$log"
} | sed '2,$s/^/  /'
exit 1
