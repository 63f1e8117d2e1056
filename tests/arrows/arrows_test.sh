#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one violation at a time in a copy of the tree's sources: arrows.sh must find each.
set -euo pipefail
# shellcheck source=tests/support/planted_tree.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/planted_tree.sh" "$@"

plant() { # FILE LINE WHAT_IS_SAID
  try "$1" "$2"
  if [[ $code == 0 ]]; then
    echo "FAILED: nothing was said of '$2' in $1"
    bad=1
  elif [[ $said != "$1:"*"$3"* ]]; then
    echo "FAILED: '$2' in $1 was called: $said"
    bad=1
  fi
}
plant core/src/error_of.cpp '#include <pintle/plugin.h>' 'core may not know contract'
plant core/include/pintle/core/text/json.h '#include <mutex>' 'core has no socket'
plant core/src/text/json.cpp '#include <Poco/Net/StreamSocket.h>' 'core has no socket'
plant plugins/include/pintle/scheme.h '#include <pintle/loading/loader.h>' 'contract may not know loading'
plant plugins/include/pintle/scheme.h '#include <Poco/JSON/Parser.h>' 'needs no library'
plant plugins/loading/src/loader.cpp '# include <pintle/host.h>' 'loading may not know host'
plant plugins/load_check/main.cpp '#include "../loading/src/x.h"' 'climbs'
plant plugins/include/pintle/scheme.h '#include <pintle/testing/matchers.h>' 'contract may not know testing'
plant plugins/include/pintle/testing/script.h '#include <pintle/loading/loader.h>' 'testing may not know loading'
plant plugins/conformance/src/tester.cpp '#include <pintle/host.h>' 'conformance may not know host'
plant plugins/conformance/worker/main.cpp 'const auto& table = pintle_oauth;' 'conformance names a scheme'
plant plugins/loading/src/loader.cpp '#include <pintle/conformance/tester.h>' 'loading may not know conformance'
plant host/src/connection/host.cpp '#include <pintle/conformance/tester.h>' 'host may not know conformance'
plant auth-token/token_scheme.cpp '#include <pintle/loading/manifest.h>' 'may not know loading'
plant auth-token/token_scheme.cpp '#include <pintle/connection.h>' 'may not know host'
plant auth-token/token_scheme.h '#include "auth-oauth/oauth_scheme.h"' 'may not know a scheme'
plant auth-oauth/wire/pkce.cpp '#include "net/tcp.h"' 'reaches into another folder'
plant host/src/connection/host.cpp '#include <pintle/bundled.h>' 'host may not know a scheme'
plant host/src/connection/host.cpp '#include "practice/server/gateway.h"' 'host may not know practice'
plant host/src/connection/host.cpp 'const auto& table = pintle_token;' 'host names a scheme'
plant host/CMakeLists.txt 'target_link_libraries(pintle-host PRIVATE pintle-token-static)' 'host names a scheme'
plant host/practice/server/gateway.cpp '#include <pintle/settings.h>' 'practice may not know host'
plant host/practice/server/gateway.cpp '#include "net/tcp.h"' 'reaches into another folder'
plant host/src/log/log.cpp '#include "net/stream.h"' 'the room log may not know net'
plant host/ui/router.cpp '#include "net/tcp.h"' 'reaches into another folder'
plant host/ui/router.cpp '#include "practice/server/gateway.h"' 'ui may not know practice'
plant host/ui/router.cpp 'const auto& table = pintle_token;' 'ui names a scheme'
plant host/src/connection/host.cpp '#include "ui/ui_server.h"' 'host may not know ui'
plant host/src/net/stream.cpp '#include "io/loop.h"' 'the room net may not know io'
plant host/src/live/link.cpp '#include "connection/connection_parts.h"' 'the room live may not know connection'
plant host/src/connection/host.cpp '#include "doctor/step_recorder.h"' 'the room connection may not know doctor'
plant host/src/connection/relay.cpp '#include "broker/service.h"' 'the room connection may not know broker'
plant host/src/scheme/auth.cpp '#include "session/session_cache.h"' 'the room scheme may not know session'
plant host/src/program_scheme/program_auth.cpp '#include "settings/command.h"' 'the room program_scheme may not know settings'
plant host/src/scheme/auth.cpp '#include "program_scheme/program_auth.h"' 'the room scheme may not know program_scheme'
plant host/cmake/bundled.h.in '#include <pintle/host.h>' 'bundled may not know host'
plant host/src/stray.cpp '#include <string>' 'no such room'
exit "$bad"
