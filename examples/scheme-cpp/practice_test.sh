#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# practice_test.sh PINTLE PLUGIN: signs in to a practice gateway with the scheme, in an empty home: the
# probe chooses it, REST and the WebSocket take the key, and a wrong key is refused. If there is a
# NAME.profile.json beside this script, the gateway is asked by that profile.
set -eu
pintle=$1
plugin=$2

work=$(mktemp -d)
gateway=
trap '[ -z "$gateway" ] || kill "$gateway"; rm -rf "$work"' EXIT
export HOME="$work"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME PINTLE_GATEWAY
mkdir "$work/plugins" "$work/other"
cp "$plugin" "${plugin%.*}.json" "$work/plugins"
by=
for profile in "$(dirname "$0")"/*.profile.json; do
  [ -e "$profile" ] || continue
  cp "$profile" "$work/plugins"
  by="--profile $(basename "$profile" .profile.json)"
done
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
url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/practice" | tr -d "\\\\")

# Words: the option and its value.
# shellcheck disable=SC2086
ask() { "$pintle" "$@" $by; }
ask probe "$url"
ask call "$url" GET /api/sessions --secret-file "api_key=$work/key"
ask connect "$url" --once --no-input --secret-file "api_key=$work/key"
# In a home without the session of the right key.
if (export HOME="$work/other" && ask call "$url" GET /api/sessions --secret-file "api_key=$work/wrong"); then
  echo "a wrong key was taken" >&2
  exit 1
fi
