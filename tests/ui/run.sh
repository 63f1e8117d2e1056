#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh TEST: runs one file of browser tests, or is skipped (77) if something is not installed.
set -euo pipefail
missing=()
command -v node >/dev/null || missing+=(node)
command -v chromium >/dev/null || missing+=(chromium)
[[ -d ${UI_MODULES:?}/playwright-core && -d $UI_MODULES/axe-core ]] ||
  missing+=("the modules of tests/ui (npm ci)")
if ((${#missing[@]} > 0)); then
  printf 'skipped: not installed: '
  printf '%s; ' "${missing[@]}"
  printf './dev test --all installs them\n'
  exit 77
fi
CHROMIUM=$(command -v chromium)
export CHROMIUM
exec node --test --test-reporter=spec "$1"
