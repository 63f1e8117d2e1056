#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh [PINTLE]: the scheme's manifest, a sign-in to a practice gateway, and the rules of schemes.
set -eu
pintle=${1:-pintle}
cd "$(dirname "$0")"

"$pintle" plugins check api_key_scheme.py
if [ -e ../scheme-cpp/practice_test.sh ]; then
  sh ../scheme-cpp/practice_test.sh "$pintle" api_key_scheme.py
fi
"$pintle" plugins test api_key_scheme.py --script ../scheme-cpp/answers.json
