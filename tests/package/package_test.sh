#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One step of the test of the packages that `./dev package` has made: package_test.sh STEP SOURCE.
# Exit 77: skipped, and why.
set -euo pipefail
source=$2
packages=$source/build/packages
version=$(sed -n 's/^project(Pintle VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
needs() { for tool; do command -v "$tool" >/dev/null || skip "there is no $tool"; done; }

[[ -d $packages ]] || skip "no packages: ./dev package makes them"
deb() { find "$packages" -name "$1_$version-1_*.deb"; } # PACKAGE
listing() { dpkg-deb --contents "$(deb "$1")" | awk '{print $1, $2, $6}'; }
all=(libpintle0 libpintle-dev pintle python3-pintle)
work=$(mktemp -d)

# Everything that a package must have and must not have.
contents_step() {
  local package file list=$work/list commands
  for package in "${all[@]}"; do
    [[ -s $(deb "$package") ]] || fail "there is no package $package"
    listing "$package" >"$list.$package"
    for file in copyright changelog.Debian.gz; do
      grep -q " ./usr/share/doc/$package/$file$" "$list.$package" || fail "$package has no $file"
    done
    if grep -v ' root/root ' "$list.$package"; then fail "$package has a file that is not root's"; fi
    if grep -E '^-(....w|.......w)' "$list.$package"; then fail "$package has a file that others may write"; fi
    if grep -E '^-..[sS]|^-.....[sS]' "$list.$package"; then fail "$package has a set-uid file"; fi
  done
  for file in /libpintle.so.0 /pintle/plugins/pintle-token.so /pintle/plugins/pintle-oauth.json \
    /usr/libexec/pintle/pintle-cage /usr/libexec/pintle/pintle-load-check; do
    grep -q "$file\$" "$list.libpintle0" || fail "libpintle0 has no $file"
  done
  for file in /include/pintle/pintle.h /libpintle.so /cmake/Pintle/PintleConfig.cmake /examples/embed-c/main.c; do
    grep -q "$file\$" "$list.libpintle-dev" || fail "libpintle-dev has no $file"
  done
  grep -q '/dist-packages/pintle/__init__.py$' "$list.python3-pintle" || fail "no Python module"
  if grep __pycache__ "$list.python3-pintle"; then fail "python3-pintle has compiled files"; fi
  for file in bash-completion/completions/pintle zsh/site-functions/_pintle doc/pintle/README.md \
    doc/pintle/changelog.gz man/man1/pintle.1.gz; do
    grep -q "/usr/share/$file\$" "$list.pintle" || fail "pintle has no $file"
  done
  # A page for each command.
  dpkg-deb -x "$(deb pintle)" "$work/root"
  dpkg-deb -x "$(deb libpintle0)" "$work/root"
  commands=$("$work/root/usr/bin/pintle" --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p')
  [[ $(wc -w <<<"$commands") -ge 20 ]] || fail "pintle --help lists no commands"
  for command in $commands; do
    grep -q "/man1/pintle-$command.1.gz\$" "$list.pintle" || fail "no manual page of $command"
  done
  if grep -rlaF "$source" "$work/root" | grep .; then fail "a path of the build is in a package"; fi
}

lintian_step() {
  needs lintian
  # As root it would refuse; what it finds is the same.
  lintian --allow-root --fail-on error,warning "$packages"/*.deb || fail "lintian"
}

unit_step() {
  needs systemd-analyze
  local unit=$work/pintle-serve@home.service
  dpkg-deb --fsys-tarfile "$(deb pintle)" |
    tar -xO ./usr/lib/systemd/user/pintle-serve@.service >"$unit"
  # The program is looked for, and is not installed here.
  sed -i "s|/usr/bin/pintle|$(command -v true)|" "$unit"
  XDG_RUNTIME_DIR=$work systemd-analyze verify --user --man=no "$unit" 2>"$work/said" || { cat "$work/said"; fail "the unit"; }
  if grep -F pintle-serve "$work/said"; then fail "systemd does not understand the unit"; fi
}

# The bill of materials names what the program is linked with.
materials_step() {
  needs python3
  cmp "$packages/pintle-$version.spdx.json" \
    <(dpkg-deb --fsys-tarfile "$(deb pintle)" | tar -xO ./usr/share/doc/pintle/pintle.spdx.json) ||
    fail "the package has another bill of materials"
  dpkg-deb -x "$(deb libpintle0)" "$work"
  find "$work" -type f \( -name '*.so*' -o -perm -u+x \) -print0 | xargs -0 -n 1 readelf -d 2>/dev/null |
    sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort -u >"$work/needed"
  python3 - "$packages/pintle-$version.spdx.json" "$work/needed" "$version" <<'END' || fail "it is not complete"
import json, re, sys
document = json.load(open(sys.argv[1]))
assert document["spdxVersion"] == "SPDX-2.3" and document["SPDXID"] == "SPDXRef-DOCUMENT"
packages = {package["SPDXID"]: package for package in document["packages"]}
assert packages["SPDXRef-Pintle"]["versionInfo"] == sys.argv[3]
for package in packages.values():
    assert package["versionInfo"] and package["licenseDeclared"] and package["downloadLocation"]
related = {relation["relatedSpdxElement"] for relation in document["relationships"]}
assert related == set(packages), related ^ set(packages)
files = {"libPoco": "Poco", "libssl": "OpenSSL", "libcrypto": "OpenSSL", "libsimdjson": "simdjson",
         "libz": "zlib", "libidn2": "libidn2", "libhiredis": "hiredis", "libseccomp": "libseccomp",
         "libsecret": "libsecret", "libgio": "libsecret", "libglib": "libsecret", "libgobject": "libsecret"}
system = ("libc.", "libm.", "libstdc++", "libgcc_s", "ld-linux", "libpintle")
for name in open(sys.argv[2]).read().split():
    if name.startswith(system): continue
    known = [library for prefix, library in files.items() if re.match(prefix + r"[A-Z.\-0-9]", name)]
    assert known and "SPDXRef-" + known[0] in packages, name
END
}

# The source archive is the tree, and configures.
source_step() {
  local archive=$packages/pintle-$version.tar.gz
  [[ -s $archive ]] || fail "there is no source archive"
  tar -xzf "$archive" -C "$work"
  [[ -x $work/pintle-$version/dev ]] || fail "it has no dev"
  if git -C "$source" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    diff <(git -C "$source" ls-files | grep -v '^\.gitattributes$' | sort) \
      <(cd "$work/pintle-$version" && find . -not -type d | sed 's|^\./||' | sort) ||
      fail "it is not what is tracked"
  fi
  cmake -S "$work/pintle-$version" -B "$work/build" -G Ninja -DPINTLE_BUILD_TESTS=OFF >"$work/log" 2>&1 ||
    { cat "$work/log"; fail "it does not configure"; }
}

# A bare Debian with these packages and nothing else of Pintle.
bare_system_step() {
  needs debootstrap unshare
  ((EUID == 0)) || skip "only root can make a chroot"
  local mirror=${PINTLE_TEST_MIRROR-http://deb.debian.org/debian} suite=bookworm
  curl --silent --fail --max-time 20 --output /dev/null "$mirror/dists/$suite/Release" ||
    skip "the mirror $mirror cannot be reached"
  unshare --mount --pid --fork true 2>/dev/null || skip "no namespaces of its own"
  local root=$work/root
  # Of the machine and its network, not of the packages.
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; skip "debootstrap does not work here"; }
  mkdir "$root/packages"
  cp "$packages"/*.deb "$root/packages"
  cp "$source/tests/package/bare_system.sh" "$root/packages"
  cp "$source/examples/embed-c/main.c" "$root/packages"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  unshare --mount --pid --fork --mount-proc="$root/proc" \
    chroot "$root" /bin/bash /packages/bare_system.sh "$version"
}

finish() {
  if [[ -d $work/root ]]; then rm -rf --one-file-system "$work"; else rm -rf "$work"; fi
}
trap finish EXIT
"$1_step"
