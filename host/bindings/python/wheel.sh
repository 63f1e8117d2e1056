#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the wheel: wheel.sh BUILD VERSION OUT. It holds the package, libpintle and its helper programs
# from BUILD, and the libraries that these need, but for libc, libstdc++ and OpenSSL: those get their
# security updates from the system. The same input gives the same bytes (SOURCE_DATE_EPOCH).
set -euo pipefail
umask 022
build=$(realpath "$1") version=$2
mkdir -p "$3"
out=$(realpath "$3")
source=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# The day of the last change, if it is known.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$source" log -1 --format=%ct -- "$source" \
  2>/dev/null || echo 1735689600)}
export PINTLE_VERSION=$version
for python in "${PYTHON:-python3}" /usr/bin/python3; do
  "$python" -c 'import setuptools, wheel, pip' 2>/dev/null && break
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/src" "$source/README.md" "$source/pyproject.toml" "$source/setup.py" "$work"
find "$work" -name __pycache__ -prune -exec rm -rf {} +
native=$work/src/pintle/_native
mkdir -p "$native/lib" "$native/libexec/pintle" "$native/licenses"
cp "$(realpath "$build/lib/libpintle.so.0")" "$native/lib/libpintle.so.0"
cp "$build/libexec/pintle/pintle-load-check" "$build/libexec/pintle/pintle-cage" \
  "$native/libexec/pintle"

stays_outside() { # NAME
  [[ $1 =~ ^(linux-vdso|ld-linux.*|libc|libm|libdl|librt|libpthread|libresolv|libgcc_s|libstdc\+\+|libssl|libcrypto)\.so ]]
}
# The whole closure, as ldd sees it.
ldd "$native/lib/libpintle.so.0" "$native"/libexec/pintle/* | awk '$2 == "=>" && $3 ~ /^\// {print $1, $3}' |
  sort -u | while read -r name path; do
  stays_outside "$name" && continue
  cp -L "$path" "$native/lib/$name"
  # dpkg knows a file by the path of its package: /lib or /usr/lib.
  package=$({ dpkg-query -S "$path" || dpkg-query -S "$(realpath "$path")" ||
    dpkg-query -S "$(realpath "$path" | sed 's|^/usr||')"; } 2>/dev/null | head -n 1 | cut -d: -f1) ||
    true
  if [[ -n $package && -e /usr/share/doc/$package/copyright ]]; then
    cp -L "/usr/share/doc/$package/copyright" "$native/licenses/$package"
  fi
done
chmod 644 "$native"/lib/* "$native"/licenses/*
strip --strip-unneeded "$native"/lib/* "$native"/libexec/pintle/*
for file in "$native"/lib/*; do patchelf --set-rpath "\$ORIGIN" "$file"; done
for file in "$native"/libexec/pintle/*; do patchelf --set-rpath "\$ORIGIN/../../lib" "$file"; done

# Nothing of the network: what builds it is installed.
"$python" -m pip wheel --quiet --no-deps --no-index --no-build-isolation --disable-pip-version-check \
  --wheel-dir "$work/made" "$work"
rm -f "$out"/pintle-*.whl
cp "$work"/made/pintle-*.whl "$out"
ls "$out"/pintle-*.whl
