#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh SPIN WORKDIR: searches every state of refresh.pml. Fails if a property does not hold, if a
# search is not complete, or if a planted fault is not found. Skipped (77) without spin.
set -euo pipefail
spin=${1:?usage: check.sh SPIN WORKDIR}
work=${2:?usage: check.sh SPIN WORKDIR}
model=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/refresh.pml
for tool in "$spin" gcc; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: not installed: $tool (apt-get install spin gcc)"
    exit 77
  fi
done
mkdir -p "$work"
cd "$work"
failures=0

# search FLAGS ARGUMENTS DEFINITION...: its output is in pan.log. No partial-order reduction: all
# that the processes do is shared. Only a long search is worth the time that -O1 costs.
search() {
  local flags=$1 arguments=$2
  shift 2
  rm -f pan pan.* ./*.trail
  cp "$model" refresh.pml
  "$spin" "$@" -a refresh.pml >spin.log || { cat spin.log; exit 1; }
  # shellcheck disable=SC2086 # both are lists
  gcc -w $flags -DCOLLAPSE -DNOREDUCE -DMEMLIM=900 -o pan pan.c
  # shellcheck disable=SC2086
  ./pan $arguments -n >pan.log 2>&1 || true
}
safety='-DSAFETY' safety_arguments='-m20000 -w22'
liveness='-DNFAIR=3' liveness_arguments='-a -f -m50000 -w20'

report() { # RESULT WHAT
  printf '%-7s %s: %s states, depth %s, %s s, %s MB\n' "$1" "$2" \
    "$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' pan.log)" \
    "$(sed -nE 's/.*depth reached ([0-9]+),.*/\1/p' pan.log)" \
    "$(sed -nE 's/^pan: elapsed time ([0-9.]+) .*/\1/p' pan.log)" \
    "$(sed -nE 's/^ *([0-9]+)[0-9.]*\ttotal actual memory usage.*/\1/p' pan.log)"
}
is_complete() { ! grep -qiE 'too small|not completed|out of memory|aborted|truncated' pan.log; }
must_hold() { # WHAT
  if grep -q 'errors: 0$' pan.log && is_complete; then
    report holds "$1"
  else
    cat pan.log
    echo "FAILED: $1: not proved"
    failures=1
  fi
}
must_fail() { # ERROR WHAT
  if grep -qE "^pan:1: $1" pan.log && grep -q 'errors: 1$' pan.log; then
    report found "$2"
  else
    cat pan.log
    echo "FAILED: $2: not found"
    failures=1
  fi
}

optimise=-O1
holds() { # WHAT DEFINITION...
  search "$optimise $safety" "$safety_arguments" "${@:2}"
  must_hold "$1"
}
planted() { # WHAT DEFINITION...
  search "$optimise $safety" "$safety_arguments" "${@:2}"
  must_fail 'assertion violated' "$1"
}

holds 'three holders, two faults' -DFAULTS=2 -DSIGN_INS=0
holds 'three holders, a fault and a new sign-in' -DFAULTS=1
# Three are among them: one may never take a step.
holds 'four holders, three faults' -DN=4 -DFAULTS=3 -DSIGN_INS=0 -DLAPSES=1
holds 'an intent that a replica has' -DWAIT=1 -DFAULTS=3 -DSIGN_INS=0 -DLAPSES=1
late='-DFAULTS=4 -DKINDS=5 -DPOLICY=2 -DSIGN_INS=0'
# shellcheck disable=SC2086 # a list
{
  holds 'four lapses and deaths' $late
  planted 'a late save clears a newer intent' -DMUTANT=12 $late
}
search "-O1 $liveness" "$liveness_arguments" -DLIVENESS -DFAULTS=1 -DSIGN_INS=0
must_hold 'progress after any fault'
optimise=-O0

# Which faults the session survives.
holds 'a gateway that is not strict: kept after any one fault' \
  -DKEPT=1 -DPOLICY=4 -DKINDS=63 -DFAULTS=1 -DSIGN_INS=0
holds 'a strict gateway: kept after two lost replies, failovers or refused connections' \
  -DKEPT=1 -DPOLICY=1 -DKINDS=56 -DFAULTS=2 -DSIGN_INS=0
strict='-DKEPT=1 -DPOLICY=1 -DFAULTS=1 -DSIGN_INS=0'
# shellcheck disable=SC2086
{
  planted 'a strict gateway: lost after a death' $strict -DKINDS=1
  planted 'a strict gateway: lost after a lost response' $strict -DKINDS=2
  planted 'a strict gateway: lost after a lapsed lease' $strict -DKINDS=4
}

# A check that cannot fail proves nothing.
two='-DFAULTS=2 -DSIGN_INS=0' three='-DFAULTS=3 -DSIGN_INS=0 -DLAPSES=1'
# shellcheck disable=SC2086
{
  planted 'no fence on a write' -DMUTANT=1 $two
  planted 'no intent' -DMUTANT=2 $two
  planted 'the record is not looked at again' -DMUTANT=3 $two
  planted 'the intent is not cleared' -DMUTANT=4 $two
  planted 'a second retry' -DMUTANT=5 $two
  planted 'a refused connection clears an earlier try too' -DMUTANT=6 $three
  planted 'a repeated save is a new one' -DMUTANT=7 $two
  planted 'an intent for another record' -DMUTANT=8 $two
  planted 'a refused session is used' -DMUTANT=9 -DFAULTS=1
  planted 'a lease is compared by its fence alone' -DMUTANT=10 $two
  planted 'the end of the session is not stored' -DMUTANT=11 $two
  planted 'a repeated sign-in undoes a refresh' -DMUTANT=15 -DFAULTS=1
  planted 'a failover hides an intent' -DMUTANT=13 $three
}
search "-O0 $liveness" "$liveness_arguments" \
  -DMUTANT=14 -DLIVENESS -DFAULTS=1 -DKINDS=1 -DSIGN_INS=0
must_fail 'acceptance cycle' 'the lease of a dead holder does not lapse'

exit $failures
