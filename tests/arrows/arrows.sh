#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# arrows.sh ROOT: fails on an include against the order of who may know whom (docs/architecture.md).
#
#   core           knows nobody, and no socket, file, clock or thread
#   contract       (plugins/include) core's headers, and no library: a scheme needs headers alone
#   testing        (plugins/include/pintle/testing) core, contract: for the tests of schemes
#   conformance    (plugins/conformance) core, contract, loading; no scheme by name
#   loading        (plugins/loading, plugins/files, plugins/load_check) core, contract
#   auth-*         core, contract; not loading, not host, not each other
#   host           core, contract, loading; no scheme by name
#   practice       (host/practice) core, and base of host/src
#   ui             (host/ui) whatever host may, and of host/src base, local and sign_in
#   cli            (host/cli) whatever host may, practice, ui and conformance
#   bundled        (host/cmake, generated headers) contract and the schemes; library (host/cmake,
#                  generated sources) host and the schemes
#
# Inside host/src each room knows those that stand before it, and itself:
#   base, log, io, net, settings, sign_in, scheme, session, connection, doctor, c_api; live knows base,
#   log, io and net, and connection knows live; local knows base, net and sign_in; broker knows all of
#   them but doctor; program_scheme knows base and scheme
#
# Text is enough for this: a file that does not name a header cannot include it.
set -euo pipefail
cd "${1:?usage: arrows.sh ROOT}"

mapfile -t sources < <(find core plugins auth-* host -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.h.in' -o -name '*.cpp.in' \) | sort)
[[ ${#sources[@]} -gt 0 ]] || { echo "arrows: no sources below $PWD" >&2; exit 2; }
mapfile -t builds < <(find host plugins core -name CMakeLists.txt | sort)

schemes=$(printf '%s\n' auth-*/ | sed 's|^auth-\(.*\)/$|\1|' | paste -sd '|')

awk -v a_scheme="(pintle[-_]|auth-)($schemes)([^a-z]|\$)" '
  function zone_of(file) {
    if (file ~ /^core\//) return "core"
    if (file ~ /^plugins\/include\/pintle\/testing\//) return "testing"
    if (file ~ /^plugins\/include\//) return "contract"
    if (file ~ /^plugins\/conformance\//) return "conformance"
    if (file ~ /^plugins\//) return "loading"
    if (file ~ /^auth-/) { split(file, part, "/"); return part[1] }
    if (file ~ /^host\/practice\//) return "practice"
    if (file ~ /^host\/ui\//) return "ui"
    if (file ~ /^host\/cli\//) return "cli"
    if (file ~ /^host\/cmake\/.*\.h\.in$/) return "bundled"
    if (file ~ /^host\/cmake\//) return "library"
    return "host"
  }
  # The owner of the header; empty for one of the system or of a library.
  function owner_of(header) {
    if (header ~ /^pintle\/core\//) return "core"
    if (header ~ /^pintle\/(plugin\.h$|scheme\.h$|plugin\/)/) return "contract"
    if (header ~ /^pintle\/testing\//) return "testing"
    if (header ~ /^pintle\/conformance\//) return "conformance"
    if (header ~ /^pintle\/(loading|files)\//) return "loading"
    if (header ~ /^pintle\/bundled/) return "a scheme"
    if (header ~ /^pintle\//) return "host"
    if (header ~ /^practice\//) return "practice"
    if (header ~ /^ui\//) return "ui"
    if (header ~ /(^|\/)auth-/) return "a scheme"
    return ""
  }
  function room_of(path) {
    return match(path, /^[a-z_]+\//) ? substr(path, 1, RLENGTH - 1) : ""
  }
  function fail(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; failures++ }

  BEGIN {
    for (i = 1; i < ARGC; i++) exists[ARGV[i]] = 1
    may["core"] = " core "
    may["contract"] = " core contract "
    may["testing"] = " core contract testing "
    may["conformance"] = " core contract loading conformance "
    may["loading"] = " core contract loading "
    may["host"] = " core contract loading host "
    may["practice"] = " core practice "
    knows["base"] = " base "
    knows["log"] = " base log "
    knows["io"] = " base io "
    knows["net"] = " base log net "
    knows["settings"] = " base net settings "
    knows["sign_in"] = " base net sign_in "
    knows["local"] = " base net sign_in local "
    knows["scheme"] = " base net settings sign_in scheme "
    knows["program_scheme"] = " base scheme program_scheme "
    knows["redis"] = " base net redis "
    knows["session"] = " base log net redis settings sign_in scheme session "
    knows["live"] = " base log io net live "
    knows["connection"] = " base log io net settings sign_in scheme session live connection "
    knows["doctor"] = " base log io net settings sign_in scheme session live connection doctor "
    knows["broker"] = " base log io net settings sign_in local scheme session live connection broker "
    knows["c_api"] = " base log io net settings sign_in scheme session live connection doctor c_api "
    may["bundled"] = " contract a scheme "
    may["library"] = " core contract loading host a scheme "
    may["ui"] = " core contract loading host ui "
    may["cli"] = " core contract loading conformance host practice ui "
  }
  FNR == 1 {
    zone = zone_of(FILENAME)
    allowed = zone ~ /^auth-/ ? " core contract " : may[zone]
    room = FILENAME ~ /^host\/src\// ? room_of(substr(FILENAME, length("host/src/") + 1)) : ""
    if (FILENAME ~ /^host\/src\// && !(room in knows)) fail("host/src has no such room")
  }

  # The host knows a scheme only by its id at run time.
  zone == "host" || zone == "cli" || zone == "practice" || zone == "ui" || zone == "conformance" {
    if ($0 ~ a_scheme && $0 !~ /^[ \t]*(\/\/|#)/) fail(zone " names a scheme")
  }
  FILENAME ~ /CMakeLists\.txt$/ { next }

  !/^[ \t]*#[ \t]*include[ \t]*[<"]/ { next }
  {
    match($0, /[<"][^>"]+[>"]/)
    quoted = substr($0, RSTART, 1) == "\""
    header = substr($0, RSTART + 1, RLENGTH - 2)
    owner = owner_of(header)
  }
  header ~ /(^|\/)\.\.\// { fail("an include climbs out of its folder: " header); next }
  owner != "" && index(allowed, " " owner " ") == 0 { fail(zone " may not know " owner ": " header); next }
  owner == "" && quoted && zone !~ /^(host|cli|library)$/ && header ~ /\// &&
    !(zone == "core" && header ~ /^(base|text|http|ws|rpc|gateway)\//) &&
    !(zone == "practice" && header ~ /^base\//) &&
    !(zone == "ui" && header ~ /^(base|local|sign_in)\//) && !(zone ~ /^auth-/ && (zone "/" header) in exists) {
    fail(zone " reaches into another folder: " header)
  }
  room in knows && quoted && (room_of(header) in knows) && index(knows[room], " " room_of(header) " ") == 0 {
    fail("the room " room " may not know " room_of(header) ": " header)
  }
  zone == "core" && header ~ /^(thread|mutex|shared_mutex|condition_variable|future|stop_token|fstream|filesystem|iostream|random|sys\/(socket|stat|types)\.h|fcntl\.h|unistd\.h|poll\.h|time\.h|pthread\.h|Poco\/(Net\/|File|Thread|Mutex|Timestamp|Random).*)$/ {
    fail("core has no socket, file, clock or thread: " header)
  }
  zone == "contract" && header ~ /^(Poco|openssl)\/|^(simdjson|zlib)\.h$/ {
    fail("the contract needs no library: " header)
  }
  END { exit failures > 0 }
' "${sources[@]}" "${builds[@]}"
