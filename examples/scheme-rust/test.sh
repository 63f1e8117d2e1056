#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh [PINTLE]: builds the scheme and its manifest in build/, signs in to a practice gateway with it,
# and compares it with the rules of schemes. Without rustc the exit code is 77.
set -eu
pintle=${1:-pintle}
cd "$(dirname "$0")"
# rustup's is there without a toolchain, too.
rustc --version >/dev/null 2>&1 || {
  echo "rustc is not installed" >&2
  exit 77
}

mkdir -p build
rustc --edition 2021 --crate-type cdylib -O -C panic=abort -o build/pintle-api-key-rust.so api_key_scheme.rs
"$pintle" plugins manifest build/pintle-api-key-rust.so >build/pintle-api-key-rust.json
"$pintle" plugins check build/pintle-api-key-rust.so
if [ -e ../scheme-cpp/practice_test.sh ]; then
  sh ../scheme-cpp/practice_test.sh "$pintle" build/pintle-api-key-rust.so
fi
"$pintle" plugins test build/pintle-api-key-rust.so --script ../scheme-cpp/answers.json
