#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Inside a bare Debian: installs the packages that lie beside this, uses them as the README says, and
# removes them again.
set -euo pipefail
cd /packages
version=$1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root
fail() { echo "FAILED: $*" >&2; exit 1; }
# Runs a command that must succeed and print what matches.
expect() { # REGEX COMMAND...
  "${@:2}" >/tmp/out 2>&1 || { cat /tmp/out; fail "${*:2}"; }
  grep -q "$1" /tmp/out || { cat /tmp/out; fail "${*:2}: no $1"; }
}

# Nobody needs this system after a loss of power.
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/unsafe-io
apt-get update >/tmp/log 2>&1 || { cat /tmp/log; echo "skipped: apt-get update"; exit 77; }
# The compiler is for the C program below.
apt-get install -y --no-install-recommends ./*.deb gcc libc6-dev pkg-config curl >/tmp/log 2>&1 ||
  {
    tail -40 /tmp/log
    if grep -q 'Failed to fetch' /tmp/log; then exit 77; fi
    fail "apt install ./*.deb"
  }
expect "^pintle $version$" pintle --version
expect '"cage"' pintle --version --json

umask 077
head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >/tmp/token
pintle practice --gate none --json --token-file /tmp/token >/tmp/practice &
gateway=$!
for _ in {1..100}; do [[ -s /tmp/practice ]] && break; sleep 0.1; done
url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' /tmp/practice)
url=${url//\\/}

# The README's first lines, as `./dev run` shows them.
expect '^scheme  *token' pintle probe "$url"
expect '"sessions"' pintle call "$url" GET /api/sessions --token-file /tmp/token
expect '^ready' pintle connect "$url" --once --no-input --token-file /tmp/token
pintle add home "$url" --token-file /tmp/token >/dev/null
expect '/pintle/plugins/pintle-token.so' pintle plugins list
expect . pintle doctor home

# What the unit runs.
mkdir -p /run/user/0/pintle
line=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/user/pintle-serve@.service)
line=${line//%i/home}
line=${line//%t//run/user/0}
$line >/tmp/serve 2>&1 &
server=$!
for _ in {1..100}; do [[ -S /run/user/0/pintle/home.sock ]] && break; sleep 0.1; done
expect '"sessions"' curl --silent --fail --unix-socket /run/user/0/pintle/home.sock \
  http://localhost/api/sessions
kill -TERM $server
wait $server || true

# C and Python over the shared library.
read -ra flags < <(pkg-config --cflags --libs pintle)
gcc -std=c99 -o /tmp/embed main.c "${flags[@]}" || fail "a C program does not build"
expect '^answer' /tmp/embed "$url" /tmp/token
python3 - "$url" <<'END' || fail "the Python module"
import asyncio, sys
import pintle

async def main():
    async with pintle.open(sys.argv[1], pintle.Secret.from_file("/tmp/token")) as connection:
        response = await connection.call("GET", "/api/sessions")
        assert response.status == 200 and response.json()["sessions"], response
        async with connection.live() as live:
            assert "sessions" in await live.rpc("session.list")

asyncio.run(main())
END
kill $gateway
wait $gateway || true

# Nothing of the packages stays.
apt-get purge -y libpintle0 libpintle-dev pintle python3-pintle >/tmp/log 2>&1 ||
  { tail -20 /tmp/log; fail "apt purge"; }
left=$(find / -xdev -path /packages -prune -o -path /tmp -prune -o -path /root -prune -o -path /run -prune \
  -o -iname '*pintle*' -not -path '/var/*' -print)
[[ -z $left ]] || fail "left behind: $left"
echo "all of it works"
