#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One example that embeds Pintle, run against the practice gateway: embed_test.sh STEP PROGRAM.
# CMakeLists.txt beside this sets PINTLE, the program, and for Python PINTLE_LIBRARY.
set -euo pipefail

step=$1 example=$2
work=$(mktemp -d)
running=()
trap 'kill "${running[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  [[ ! -e $work/out ]] || cat "$work/out"
  exit 1
}
said() { grep -qF -- "$1" "$work/out"; }
must_say() { said "$1" || fail "it did not say: $1"; }
wait_for() { # TEXT TIMES
  for ((i = 0; i < 1000; ++i)); do
    (($(grep -cF -- "$1" "$work/out") < $2)) || return 0
    sleep 0.02
  done
  fail "it did not say $2 times: $1"
}

export HOME=$work
unset "${!XDG_@}" PINTLE_PLUGIN_PATH NO_COLOR
"$PINTLE" practice --json >"$work/practice" &
running+=($!)
until [[ -s $work/practice ]]; do
  kill -0 "${running[0]}" || fail "the practice gateway did not start"
  sleep 0.02
done
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/practice" | tr -d '\134'; }
url=$(member url)
token=$(member token_file)
echo a-wrong-token-abcdefgh >"$work/wrong"

drop() {
  "$PINTLE" call "$url" POST /practice/drop-connections --token-file "$token" --scheme token \
    >/dev/null || fail "the connections could not be dropped"
}
is_refused() { # with a token that the gateway does not know
  local code=0
  "$@" "$url" "$work/wrong" <<<'echo {}' >"$work/out" 2>&1 || code=$?
  [[ $code == 1 ]] || fail "a wrong token gave $code"
  if said a-wrong-token; then fail "the token is shown"; fi
  must_say "$work/wrong"
}

reference_step() { # asserts what it shows, and prints nothing
  "$example" "$url" "$token" >"$work/out" 2>&1 || fail "$?"
  [[ ! -s $work/out ]] || fail "it printed something"
}

c_step() {
  "$example" "$url" "$token" >"$work/out" 2>&1 || fail "$?"
  must_say '200 {"sessions"'
  must_say 'ready {"skin"'
  must_say 'answer {"sessions"'
  is_refused "$example"
}

begin_gate() { # $gated: a gateway that asks for a password
  "$PINTLE" practice --gate cookie --json >"$work/gate" &
  running+=($!)
  until [[ -s $work/gate ]]; do
    kill -0 "${running[-1]}" || fail "the practice gateway did not start"
    sleep 0.02
  done
  gated=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/gate" | tr -d '\134')
}

sign_in_step() { # at a gateway of its own, which asks for a password
  begin_gate
  url=$gated
  local code=0
  printf 'ada\na-wrong-password\n' | "$example" "$url" password >"$work/out" 2>&1 || code=$?
  [[ $code == 1 ]] || fail "a wrong password gave $code"
  must_say 'The user name or the password is wrong.'
  if said a-wrong-password; then fail "the password is shown"; fi
  code=0
  "$example" "$url" password </dev/null >"$work/out" 2>&1 || code=$?
  [[ $code == 1 ]] || fail "no answer gave $code"
  must_say 'the input has ended'
  printf 'ada\npractice\n' | "$example" "$url" password >"$work/out" 2>&1 || fail "$?"
  must_say '"signed_in":true'
  must_say '{"sessions"'
  # The program has the same session.
  "$PINTLE" call "$url" GET /api/sessions >"$work/out" 2>&1 || fail "the session is not shared"
  "$example" "$url" out >"$work/out" 2>&1 || fail "$?"
  must_say '{"signed_out":"'
  code=0
  "$PINTLE" call "$url" GET /api/sessions >"$work/out" 2>&1 || code=$?
  [[ $code != 0 ]] || fail "the session is still there"
}

jobs_step() { # the five of docs/embed-in-four-languages.md, with a gateway that has users
  begin_gate
  # shellcheck disable=SC2086 # an interpreter and its file are two words
  printf 'ada\npractice\n' | $example "$url" "$token" "$gated" >"$work/out" 2>&1 || fail "$?"
  wait_for '200 {"sessions"' 2 # without a sign-in, and after it
  must_say 'event tick'
  must_say 'sign in, then call again'
}

jobs_of_node_step() { # PACKAGE: where node looks for it
  [[ -e $example/native/pintle.node ]] || { echo "skipped: the addon was not built"; exit 77; }
  mkdir "$work/node_modules"
  ln -s "$example" "$work/node_modules/pintle"
  cp "$(dirname "${BASH_SOURCE[0]}")/../../examples/four-languages/jobs.mjs" "$work"
  example="node $work/jobs.mjs"
  jobs_step
  must_say 'signed in: true'
}

loop_step() {
  "$example" "$url" "$token" >"$work/out" 2>&1 || fail "$?"
  must_say 'pulled: {"way":"pulled"}'
  must_say 'pushed: {"way":"pushed"}'
  must_say 'pushed is ready'
  is_refused "$example"
}

glib_step() {
  "$example" "$url" "$token" >"$work/out" 2>&1 || fail "$?"
  must_say ready
  must_say 'answer {"sessions"'
  is_refused "$example"
}

terminal_step() {
  local code=0
  printf 'echo {"a":1}\nnope\necho not json\nemit {"type":"tick"}\n' |
    "$example" "$url" "$token" >"$work/out" 2>&1 || code=$?
  [[ $code == 1 ]] || fail "a refused request gave $code"
  must_say 'answer       #1 {"a":1}'
  must_say 'refused      #2 -32601 unknown method: nope'
  must_say 'not asked'
  must_say 'event        tick'
  if grep -q $'\033' "$work/out"; then fail "there are colours in a file"; fi
  # Keeps running after a drop, until its input ends.
  mkfifo "$work/typed"
  "$example" "$url" "$token" <"$work/typed" >"$work/out" 2>&1 &
  running+=($!)
  exec 3>"$work/typed"
  wait_for ready 1
  drop
  wait_for ready 2
  echo 'echo {"again":true}' >&3
  wait_for '{"again":true}' 1
  exec 3>&-
  wait "${running[-1]}" || fail "it ended with $?"
  is_refused "$example"
  # On a terminal it has colours.
  python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' \
    "$example" "$url" "$work/wrong" >"$work/out" </dev/null || true
  must_say $'\033[31mneeds-sign-in'
}

python_step() {
  python3 "$example" "$url" "$token" >"$work/out" 2>&1 &
  running+=($!)
  wait_for 'ready 1 {"skin"' 1
  wait_for 'answer to 1: {"sessions"' 1
  must_say '200 {"sessions"'
  drop
  wait_for 'ready 2 {"skin"' 1
  kill -TERM "${running[-1]}"
  wait "${running[-1]}" || fail "it ended with $?"
  must_say 'closed 2'
  is_refused python3 "$example"
}

"${step}_step"
