#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# practice_test.sh PINTLE LIBRARY: signs in to a practice gateway with the built scheme, in an empty
# home: the probe chooses it, REST and the WebSocket take the key, and a wrong key is refused.
set -eu
pintle=$1
library=$2

work=$(mktemp -d)
gateway=
trap '[ -z "$gateway" ] || kill "$gateway"; rm -rf "$work"' EXIT
export HOME="$work"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME PINTLE_GATEWAY
mkdir "$work/plugins"
cp "$library" "${library%.so}.json" "$work/plugins"
export PINTLE_PLUGIN_PATH="$work/plugins"

umask 077
echo practice-key-0123456789abcdef >"$work/key"
echo another-key-0123456789abcdef >"$work/wrong"
"$pintle" practice --gate api-key --token-file "$work/key" --json >"$work/practice" &
gateway=$!
until [ -s "$work/practice" ]; do
  kill -0 "$gateway" || exit 1
  sleep 0.05
done
url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/practice" | tr -d '\\')

"$pintle" probe "$url"
"$pintle" call "$url" GET /api/sessions --secret-file "api_key=$work/key"
"$pintle" connect "$url" --once --no-input --secret-file "api_key=$work/key"
if "$pintle" call "$url" GET /api/sessions --secret-file "api_key=$work/wrong"; then
  echo "a wrong key was taken" >&2
  exit 1
fi
