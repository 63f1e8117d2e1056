#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one retired word at a time in a copy of the tree: words.sh must find each.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/plant.sh"

spdx='// SPDX-License-Identifier: Apache-2.0'
plant "$spdx" 'int most_ms = 1;'
plant "$spdx" 'throw error.with_next("x");'
plant "$spdx" '// Given to a person.'
plant "$spdx" 'gateway.witness();'
plant "$spdx" '// A judge opens the library.'
plant "$spdx" 'SessionKeeper keep;'
plant "$spdx" 'std::size_t room_ = 0;'
plant "$spdx" 'ui.tell("x");'
plant "$spdx" 'bool wants_json = false;'
plant "$spdx" 'constexpr int kLongestName = 1;'
plant '// No license is named.'
found_all
