#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh build: builds the addon over the library of this build. run.sh TEST: runs one file of tests. Either
# is skipped (77) if something is not installed.
set -euo pipefail
missing=()
for program in node npm cmake; do command -v "$program" >/dev/null || missing+=("$program"); done
for module in node-addon-api node-api-headers typescript playwright-core; do
  [[ -d ${PINTLE_NODE_MODULES:?}/$module ]] || missing+=("the modules of host/bindings/node (npm ci)")
done
if [[ $1 == *app.test.mjs ]] && ! command -v chromium >/dev/null; then missing+=(chromium); fi
if ((${#missing[@]} == 0)) && (($(node -p 'process.versions.node.split(".")[0]') < 18)); then
  missing+=("node 18 or newer")
fi
if ((${#missing[@]} > 0)); then
  printf 'skipped: not installed: '
  printf '%s\n' "${missing[@]}" | sort -u | paste -sd ';'
  echo './dev test --all installs them'
  exit 77
fi
if [[ $1 == build ]]; then
  addon=$(dirname "${PINTLE_NODE_PACKAGE:?}")
  cmake -S "$PINTLE_SOURCE/host/bindings/node" -B "$addon" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_CXX_COMPILER="$CXX" -DPINTLE_NODE_MODULES="$PINTLE_NODE_MODULES" -DPINTLE_LIBRARY="$PINTLE_LIBRARY" \
    -DPINTLE_INCLUDE="$PINTLE_SOURCE/host/include;$PINTLE_SOURCE/plugins/include"
  exec cmake --build "$addon" -j 2
fi
CHROMIUM=$(command -v chromium || true)
export CHROMIUM
exec node --expose-gc --test --test-reporter=spec "$1"
