#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one header at a time in a copy of the tree: reference.sh must find that its example is
# missing.
set -euo pipefail
planted=core/include/pintle/core/planted.h
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/plant.sh"

plant '// A header without an example.'
plant '/// @file' '/// @snippet reference/nowhere.cpp secret'
plant '/// @file' '/// @snippet reference/values.cpp nothing'
plant '/// @file' '/// @snippet embed-cpp/main.cpp main'
plant '// @snippet reference/values.cpp secret'
found_all
