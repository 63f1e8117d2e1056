// SPDX-License-Identifier: Apache-2.0
//
// The messages of a browser on its DevTools pipe.

#include <chrono>
#include <sign_in/browser/devtools.h>
#include <sstream>
#include <stop_token>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

// Returns the results of a call and a pause, as text, if the browser sends all of `bytes` and
// exits.
std::string outcome(std::string_view bytes) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return "no socket";
  const auto sent = ::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  std::string said;
  if (sent == static_cast<ssize_t>(bytes.size())) {
    ::shutdown(ends[1], SHUT_WR);
    const HumanWait limit(60'000);
    DevTools browser(ends[0], limit, {});
    try {
      std::ostringstream text;
      browser.call("Storage.getCookies")->stringify(text);
      said = "result " + text.str();
      browser.attach();
      browser.pause(std::chrono::seconds(10));
    } catch (const DevTools::Ended&) {
      said += " ended";
    } catch (const Error& error) {
      fuzz::require_good(error);
      require(error.layer() == Layer::protocol, "the browser is to blame", error.what());
      said += " error " + std::string(error.what());
    }
    said += browser.page_is_gone() ? " gone" : "";
  }
  ::close(ends[0]);
  ::close(ends[1]);
  return said;
}

void check(std::string_view bytes) {
  if (bytes.size() > 16 * 1024) return;  // What a socket accepts at once.
  const auto whole = outcome(bytes);
  // A message without its end is not a message: bytes after the last end change nothing.
  const auto end = bytes.rfind('\0');
  const auto complete = bytes.substr(0, end == std::string_view::npos ? 0 : end + 1);
  require_same(whole, outcome(complete), "a message that is not whole is none");
  require_same(whole, outcome(std::string(complete) + "{\"id\":1,\"result\":{\"a\":"),
               "a message that has begun is none");
}

std::string messages(std::initializer_list<std::string_view> list) {
  std::string out;
  for (const auto message : list) out.append(message).append(1, '\0');
  return out;
}

fuzz::Target target() {
  return {
      check,
      {messages({R"({"id":1,"result":{"cookies":[{"name":"a","value":"b"}]}})",
                 R"({"id":2,"result":{"targetInfos":[{"type":"page","targetId":"T"}]}})",
                 R"({"id":3,"result":{"sessionId":"S"}})",
                 R"({"method":"Target.detachedFromTarget","params":{"sessionId":"S"}})"}),
       messages({R"({"method":"x","params":{}})", R"({"id":1})",
                 R"({"id":2,"result":{"targetInfos":[]}})", R"({"id":3,"result":{"targetId":"T"}})",
                 R"({"id":4,"result":{"sessionId":"S"}})",
                 R"({"method":"Target.targetDestroyed","params":{"targetId":"T"}})"}),
       messages({R"({"id":1,"error":{"code":-32000,"message":"no"}})"}),
       messages({R"({"id":"1","result":[]})", "[]", "null"}), messages({"", "{"}),
       messages({R"({"id":1,"result":{"targetInfos":[null,1,{"type":7}]}})"})},
      {"\"id\":", "\"result\":{", "\"error\":{", "\"message\":", "\"method\":", "\"params\":{",
       "\"sessionId\":\"S\"", "\"targetInfos\":[", "null", "1e99", "\\u0000", "1", "2", "3", "{}"},
      nullptr,
      300};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(DevtoolsFuzz, AMessageThatIsNotWholeIsNone, pintle::target())
