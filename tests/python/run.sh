#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs tests of the Python package: run.sh PYTEST_ARGUMENT... with PINTLE and PINTLE_LIBRARY set.
# Skipped (77) without a Python that has pytest.
set -euo pipefail
for python in "${PYTHON:-python3}" /usr/bin/python3; do
  if "$python" -c 'import sys, pytest; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    cd "$(dirname "$0")"
    code=0
    "$python" -B -m pytest -q \
      -p no:cacheprovider -W error::pytest.PytestUnraisableExceptionWarning -o python_files='*_test.py' --durations=5 "$@" || code=$?
    if ((code == 5)); then code=77; fi # all of it was skipped
    exit "$code"
  fi
done
echo "skipped: there is no Python with pytest"
exit 77
