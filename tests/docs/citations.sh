#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# citations.sh ROOT: fails if a comment or a document cites a place that does not exist:
#   gateway-contract N, M and K   sections of docs/gateway-contract.md
#   architecture, rule N          a rule of docs/architecture.md
#   decisions/NNNN                a file in docs/decisions
set -euo pipefail
cd "${1:?usage: citations.sh ROOT}"

mapfile -t files < <(find core plugins auth-* host tests examples docs -type f \
  \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.md' \) | sort)
[[ ${#files[@]} -gt 0 ]] || { echo "citations: no files below $PWD" >&2; exit 2; }

awk '
  # The lines of a file are joined without their comment marks: a citation may span two.
  function check_file(  rest, cited, numbers, count, i) {
    rest = text
    while (match(rest, /gateway-contract(\.md)?,? (section )?[0-9]+((,| and) [0-9]+)*|architecture(\.md)?, rule [0-9]+|decisions\/[0-9][0-9][0-9][0-9]|\(design [0-9]/)) {
      cited = substr(rest, RSTART, RLENGTH)
      rest = substr(rest, RSTART + RLENGTH)
      if (cited ~ /^\(design/) fail(cited, "is not in the repository: cite architecture, rule N")
      count = split(cited, numbers, /[^0-9]+/)
      for (i = 1; i <= count; ++i) {
        if (numbers[i] == "") continue
        if (cited ~ /^gateway/ && !(numbers[i] in section)) fail(cited, "there is no such section")
        if (cited ~ /^architecture/ && !(numbers[i] in rule)) fail(cited, "there is no such rule")
        if (cited ~ /^decisions/ && !(numbers[i] in decision)) fail(cited, "there is no such decision")
      }
    }
  }
  function fail(cited, why) { printf "%s: %s: %s\n", name, cited, why; failures++ }

  BEGIN {
    while ((getline line < "docs/gateway-contract.md") > 0)
      if (line ~ /^## [0-9]+\. /) { split(line, part, /[ .]/); section[part[2]] = 1 }
    while ((getline line < "docs/architecture.md") > 0) {
      if (line ~ /^## /) in_rules = line ~ /^## Rules of a connection/
      if (in_rules && line ~ /^[0-9]+\. /) { split(line, part, "."); rule[part[1]] = 1 }
    }
    while (("ls docs/decisions" | getline line) > 0) decision[substr(line, 1, 4)] = 1
  }
  FNR == 1 { check_file(); name = FILENAME; text = "" }
  { sub(/^[ \t]*(\/\/\/?|\*|#) ?/, ""); text = text " " $0 }
  END { check_file(); exit failures > 0 }
' "${files[@]}"
