// SPDX-License-Identifier: Apache-2.0
//
// The replies of a scheme program.

#include <pintle/core/base/error.h>

#include "fuzz.h"
#include "json_grammar.h"
#include "program_scheme/replies.h"

namespace pintle::program {
namespace {

using fuzz::require;

// All that a view points to can be read, and is what a scheme can say.
void check_step(const pintle_step& step) {
  std::size_t read = 0;
  const auto count = [&](pintle_view view) {
    for (std::size_t i = 0; i < view.size; ++i) read += view.data[i] != 0 ? 1 : 0;
  };
  for (const auto view :
       {step.http_method, step.http_url, step.http_body, step.browser_url, step.browser_state,
        step.message, step.ws_url, step.ws_message, step.exec_helper, step.exec_input}) {
    count(view);
  }
  for (std::size_t i = 0; i < step.http_header_count; ++i) count(step.http_headers[i].value);
  for (std::size_t i = 0; i < step.input_count; ++i) count(step.inputs[i].key);
  for (std::size_t i = 0; i < step.browser_cookie_count; ++i) count(step.browser_cookies[i]);
  for (std::size_t i = 0; i < step.exec_argument_count; ++i) count(step.exec_arguments[i]);
  for (std::size_t i = 0; i < step.ws_subprotocol_count; ++i) count(step.ws_subprotocols[i]);
  require(step.need <= PINTLE_NEED_EXEC, "a need is one of plugin.h");
  require(step.life <= PINTLE_KEEP_UNTIL_REJECTED, "a life is one of plugin.h");
}

template <class Read>
void try_to(Read read) {
  try {
    read();
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::plugin, "the program is to blame", error.what());
  }
}

void check(std::string_view bytes) {
  const auto id = id_of_reply(fuzz::Block(bytes).view());
  if (!id) return;
  require(*id > 0, "an id is from 1");
  require(fuzz::read_json(bytes).is_json, "a reply is JSON from end to end", bytes);
  const Reply reply{Secret(bytes)};
  try_to([&] {
    if (const auto error = reply.error()) fuzz::require_good(*error);
  });
  try_to([&] { (void)reply.session(); });
  try_to([&] { check_step(StepReply(reply.result()).get()); });
  try_to([&] {
    require(read_decoration(reply.result()).credential < kCredentialEnd,
            "a credential has a limit");
  });
  try_to([&] {
    const auto seen = read_observation(reply.result());
    if (seen.needs_sign_in) require(seen.needs_sign_in->needs_sign_in(), "it is asked for");
  });
  try_to([&] { (void)read_facts(reply.result()); });
  try_to([&] {
    const auto match = read_match(reply.result());
    require(match.score >= 0 && match.score <= 100, "a score is from 0 to 100");
  });
  try_to([&] {
    const auto hello = read_hello(reply.result());
    require(hello.traits.size() == hello.manifest.schemes.size(), "each scheme has its traits");
  });
}

fuzz::Target target() {
  return {
      check,
      {R"({"id":1,"result":{"need":"http","http_method":"POST","http_url":"/a","http_headers":[["A","b"]],"http_body_base64":"AP8=","may_repeat":true},"session":"x"})",
       R"({"id":2,"error":{"layer":"gate","message":"m","hint":"h","http_status":401,"sign_in":true},"session_base64":"/w=="})",
       R"({"id":3,"result":{"headers":[["A","b"]],"query":[["k","v"]],"valid_until_ms":1,"credential":1099511627775}})",
       R"({"id":4,"result":{"need":"done","ws_url":"wss://a/b","life":"until","keep_until_ms":9,"ws_subprotocols":["p"]}})",
       R"({"id":5,"result":{"need":"input","message":"m","inputs":[{"key":"k","label":"l","secret":true}]}})",
       R"({"id":6,"result":{"need":"exec","exec_helper":"h","exec_arguments":["a"],"exec_input":"i"}})",
       R"({"id":7,"result":{"needs_sign_in":{"message":"m"},"retry_once":true,"facts":[["user","a"]],"score":50,"reason":"r"}})",
       R"({"id":8,"result":{"protocol":1,"name":"n","version":"1","schemes":[{"id":"a","name":"A","strength":1,"score":1,"reason":"","sends_secret":true,"rules":[{"field":"f","value":[1]}],"signs":true,"matches":true,"observed_statuses":[401]}]}})"},
      {"\"result\":", "\"error\":", "null", "[[\"a\",\"b\"]]", "\\u0000", "\\ud83d\\ude00",
       "1099511627776", "_base64", "\"need\":\"browser\"", "\"browser_ends_with\":\"callback\"",
       "\"life\":\"never\"", "=", "18446744073709551616", "{}", "[]"}};
}

}  // namespace
}  // namespace pintle::program

PINTLE_FUZZ_TARGET(ProgramReplyFuzz, NothingButAReplyIsTakenForOne, pintle::program::target())
