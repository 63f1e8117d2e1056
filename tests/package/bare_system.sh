#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Inside a bare Debian: installs the packages that lie beside this, uses them as the README says, and
# removes them again.
set -euo pipefail
cd /packages
version=$1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root
fail() { echo "FAILED: $*" >&2; exit 1; }

apt-get update >/tmp/log 2>&1 || { cat /tmp/log; fail "apt-get update"; }
# The compiler is for the C program below.
apt-get install -y --no-install-recommends ./*.deb gcc libc6-dev pkg-config curl >/tmp/log 2>&1 ||
  { tail -40 /tmp/log; fail "apt install ./*.deb"; }
[[ $(pintle --version | head -n 1) == "pintle $version" ]] || fail "the version"
pintle --version --json | grep -q '"cage"' || fail "there is no cage"

umask 077
head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >/tmp/token
pintle practice --gate none --json --token-file /tmp/token >/tmp/practice &
gateway=$!
for _ in {1..100}; do [[ -s /tmp/practice ]] && break; sleep 0.1; done
url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' /tmp/practice)
url=${url//\\/}

# The README's first lines, as `./dev run` shows them.
pintle probe "$url" | grep -q '^scheme  *token' || fail "probe"
pintle call "$url" GET /api/sessions --token-file /tmp/token | grep -q '"sessions"' || fail "call"
pintle connect "$url" --once --no-input --token-file /tmp/token | grep -q '^ready' || fail "connect"
pintle add home "$url" --token-file /tmp/token >/dev/null
pintle plugins list | grep -q '/usr/lib/.*/pintle/plugins/pintle-token.so' || fail "plugins list"
pintle doctor home >/tmp/doctor || { cat /tmp/doctor; fail "doctor"; }

# What the unit runs.
mkdir -p /run/user/0/pintle
line=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/user/pintle-serve@.service)
line=${line//%i/home}
line=${line//%t//run/user/0}
$line >/tmp/serve 2>&1 &
server=$!
for _ in {1..100}; do [[ -S /run/user/0/pintle/home.sock ]] && break; sleep 0.1; done
curl --silent --fail --unix-socket /run/user/0/pintle/home.sock http://localhost/api/sessions |
  grep -q '"sessions"' || { cat /tmp/serve; fail "the unit's broker"; }
kill -TERM $server
wait $server || true

# C and Python over the shared library.
read -ra flags < <(pkg-config --cflags --libs pintle)
gcc -std=c99 -o /tmp/embed main.c "${flags[@]}" || fail "a C program does not build"
/tmp/embed "$url" /tmp/token >/tmp/out 2>&1 || { cat /tmp/out; fail "the C program"; }
python3 - "$url" <<'END' || fail "the Python module"
import asyncio, sys
import pintle

async def main():
    async with pintle.Host() as host:
        connection = host.open(url=sys.argv[1], inputs={"token": pintle.Secret.from_file("/tmp/token")})
        reply = await connection.call("GET", "/api/sessions")
        assert reply.status == 200 and reply.json()["sessions"], reply

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
