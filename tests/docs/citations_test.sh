#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one wrong citation at a time in a copy of the tree: citations.sh must find each.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/plant.sh"

plant '// As gateway-contract 99 says.'
plant '// It is long, and it breaks here (gateway-contract' '// 99).'
plant '// architecture, rule 42'
plant '// docs/decisions/9999'
plant '// one refresh (design 4.5)'
found_all
