#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# words.sh ROOT: fails if a source or a document uses a word that was retired for the field's own
# (docs/CONTRIBUTING.md, "Words"), or if a source has no SPDX line.
set -euo pipefail
cd "${1:?usage: words.sh ROOT}"

mapfile -t sources < <(find core plugins auth-* host tests examples -type f \
  \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.rs' -o -name '*.py' -o -name '*.sh' \
  -o -name 'CMakeLists.txt' -o -name '*.cmake' \) ! -path 'tests/docs/*' | sort)
mapfile -t documents < <(find README.md docs -name '*.md' ! -name gateway-contract.md \
  ! -path 'docs/decisions/*' ! -name CONTRIBUTING.md | sort)
[[ ${#sources[@]} -gt 0 && ${#documents[@]} -gt 0 ]] || { echo "words: no files below $PWD" >&2; exit 2; }

failures=0
retired() { # PATTERN INSTEAD: as whole words
  if grep -nwE -- "$1" "${sources[@]}" "${documents[@]}"; then
    echo "words: say $2"
    failures=1
  fi
}
retired 'most_ms|kMost[A-Za-z]*|most_(untaken|unsent|message|wait)_[a-z_]+' 'timeout_ms, kMax…, max_…'
retired 'silent_ms|ready_ms|stable_ms|first_wait_ms' 'what the duration is for: ping_after_idle_ms, …'
retired 'with_next|with_person|PINTLE_ERROR_PERSON' 'with_hint, with_user_action'
retired 'HeldAuth|LeftBehind|OneAtATime' 'CurrentInstance, ExitGuard, CancellableMutex'
retired '[Jj]udge(s|d)?|[Jj]udgements?' 'LoadCheck, classify, check'
retired 'persons?' 'user (of an identity), ui (of the callbacks)'
retired 'wall_error|in_front|short_waits|what_failed|contract_error|come_again|come_at_end' \
  'intermediary, adaptive_spin, system_error_text, abi_error, requeue, defer'
retired 'premises|stand_ins|[Ww]itness(es)?|[Ss]ightings?' 'gateway_state, fault_responses, request_log'
retired 'usual_way|way_to_gateway|kWays|WayOfSigningIn' 'method (of signing in), route'
retired 'Connection::Parts|HostParts' 'Impl'
retired 'SessionKeeper|keeper(_|_if_chosen)|SessionRoom|FileSessionRoom' 'SessionCache, SessionReservation'
retired 'held_(bytes)?|room_|kRoom[A-Za-z]*|on_room_?|has_room_for' \
  'capacity, allocated_bytes, buffer, on_drained'
retired 'most_|at_most_ms|told_[a-z_]+|tell_[a-z_]+|on_tell|StoreTelling|ui_?\.tell|void tell' \
  'max_…, timeout_ms, report_…, show_message'
retired 'wants_(json|websocket|keep_alive|sign_in|to_write|dial_[a-z_]+)|gives_refresh(_token)?' \
  'needs_…, should_…, is_…, issues_…'
retired 'kLongest[A-Za-z]*|kLargest[A-Za-z]*' 'kMax…'
retired 'what_for_|heard_|died_unheard|shown_[a-z_]*|[a-z_]*under_way' \
  'reason, has_received, display_…, in_progress'

for file in "${sources[@]}"; do
  if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0'; then
    echo "$file: no SPDX line"
    failures=1
  fi
done
exit $failures
