// SPDX-License-Identifier: Apache-2.0
#include "scheme_template.h"

#include <algorithm>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::cli {
namespace {

constexpr std::string_view kCMake = R"(cmake_minimum_required(VERSION 3.25)
project(@ID@ LANGUAGES CXX)
find_package(Pintle REQUIRED COMPONENTS plugin)

# Builds @ID@.so and its manifest @ID@.json: copy the two into ~/.local/share/pintle/plugins.
pintle_add_scheme(@ID@ SOURCES @ID@.cpp)
)";

constexpr std::string_view kSource = R"(// The scheme "@ID@".

#include <string>
#include <utility>

#include <pintle/scheme.h>

namespace {

using namespace pintle::plugin;

class NewScheme final : public Scheme {
 public:
  // When it fits: here, where the gateway's status has "auth_flows": ["@ID@"].
  static constexpr Rule kRules[] = {{"auth_flows", "\"@ID@\""}};
  static constexpr Facts facts{.id = "@ID@",
                               .name = "@ID@",
                               .strength = 50,
                               .score = 75,
                               .reason = "the gateway offers @ID@",
                               .sends_secret = true,
                               .rules = kRules};

  explicit NewScheme(const Opening&) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (key_.empty()) throw pintle::Error(pintle::Layer::gate, "there is no key").with_sign_in();
    headers.add("X-Api-Key", key_.reveal());
    return {};
  }

  Observation observe(const Response& response) override {
    if (response.status() != 401) return Observation::none;
    throw pintle::Error(pintle::Layer::gate, "the gateway refused the key " + preview(key_))
        .with_sign_in();
  }

  // Needs the input "key": pintle connect URL --secret-file key=FILE
  Task<> sign_in(SignIn) override {
    auto answer = co_await Ask("The gateway wants a key.").secret("key", "Key");
    key_ = std::move(answer.take("key").text);
  }

  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    co_return std::move(target).with_query("key", key_.reveal()).until_rejected();
  }

 private:
  pintle::Secret key_;
};

}  // namespace

PINTLE_PLUGIN("@ID@", "0.1.0", NewScheme)
)";

std::string filled(std::string_view text, const std::string& id) {
  std::string out(text);
  constexpr std::string_view kMark = "@ID@";
  for (auto at = out.find(kMark); at != std::string::npos; at = out.find(kMark, at)) {
    out.replace(at, kMark.size(), id);
    at += id.size();
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> scheme_template(const std::string& id) {
  const bool fits = !id.empty() && id.size() <= 32 && id.front() != '-' &&
                    std::all_of(id.begin(), id.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (!fits) {
    throw Error(Layer::config, "\"" + printable(id, 40) +
                                   "\" cannot be a scheme's id: a-z, 0-9 and \"-\", 32 at most")
        .with_user_action();
  }
  return {{"CMakeLists.txt", filled(kCMake, id)}, {id + ".cpp", filled(kSource, id)}};
}

}  // namespace pintle::cli
