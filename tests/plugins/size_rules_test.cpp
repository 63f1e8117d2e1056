// SPDX-License-Identifier: Apache-2.0
//
// The size rules between a scheme of today and a host of contract 1.0: its structs are shorter, and
// what lies behind them is neither read nor written.

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/scheme.h>

#include "support/scheme_driver.h"

namespace {

using namespace pintle::plugin;
using pintle::Secret;
using pintle::test::text;
using testing::HasSubstr;

constexpr char kGuard = '\x5a';

// A struct as a host of 1.0 has it, with guard bytes where the members since 1.1 would be.
template <class Struct>
class Old {
 public:
  Old() {
    bytes_.fill(kGuard);
    std::fill_n(bytes_.begin(), kSize, '\0');
    get()->struct_size = kSize;
  }
  Struct* get() { return reinterpret_cast<Struct*>(bytes_.data()); }
  bool is_untouched_behind() const {
    return std::all_of(bytes_.begin() + kSize, bytes_.end(), [](char c) { return c == kGuard; });
  }

 private:
  static constexpr std::size_t kSize = detail::kFirstSize<Struct>;
  alignas(Struct) std::array<char, sizeof(Struct) + 64> bytes_{};
};

// A scheme that uses nothing of 1.1 unless the method says so.
class Modest : public Scheme {
 public:
  static constexpr Facts facts{.id = "modest", .name = "Modest", .reason = "a test"};
  explicit Modest(const Opening&) {}

  Decoration decorate(const Request& request, const HeaderSink& headers) const override {
    headers.add("X-Seen", std::to_string(request.headers().size()) + " " +
                              std::to_string(request.body_sha256().size()));
    if (request.target() == "/with-query") request.add_query("key", "value");
    return {.valid_until_ms = 7, .credential = 9};
  }
  Task<> sign_in(SignIn how) override {
    if (how.method == "exec") co_await RunHelper("helper");
    if (how.method == "send") co_await SendMessage("hello");
    if (how.method == "receive") co_await ReceiveMessage();
    auto typed = co_await Ask("who").secret("token", "Token");
    token_ = std::move(typed.take("token").text);
    session_changed();
    co_await post("/done").body("text/plain", "it");
  }
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    if (token_.reveal() == "subprotocol") {
      target = std::move(target).with_subprotocol("x");
    }
    co_return std::move(target).with_query("token", token_.reveal()).single_use();
  }

 private:
  Secret token_;
};

class Greeter final : public Modest {
 public:
  static constexpr Facts facts{.id = "greeter", .name = "Greeter", .reason = "a test"};
  using Modest::Modest;
  Task<> greet(Greeting) override { co_await SendMessage("hello"); }
};

class Signer final : public Modest {
 public:
  static constexpr Facts facts{
      .id = "signer", .name = "Signer", .reason = "a test", .signs_requests = true};
  using Modest::Modest;
};

// A host of contract 1.0 that drives the table of today.
template <class T>
class OldHost {
 public:
  OldHost() {
    pintle_opening opening{};
    opening.struct_size = sizeof(opening);
    EXPECT_EQ(scheme_.open(&opening, &auth_, error_.get()), PINTLE_OK);
  }
  OldHost(const OldHost&) = delete;
  OldHost& operator=(const OldHost&) = delete;
  ~OldHost() {
    EXPECT_TRUE(step_.is_untouched_behind());
    EXPECT_TRUE(error_.is_untouched_behind());
    end();
    scheme_.close(auth_);
  }

  std::int32_t decorate(const char* target) {
    Old<pintle_request> request;
    request.get()->kind = PINTLE_REQUEST_REST;
    request.get()->target = view(target);
    Old<pintle_decoration> out;
    const pintle_sink sink{sizeof(sink), 0, &header, [](void* to, pintle_view, pintle_view value) {
                             *static_cast<std::string*>(to) = text(value);
                           }};
    const auto code = scheme_.decorate(auth_, request.get(), &sink, out.get(), error_.get());
    EXPECT_TRUE(request.is_untouched_behind());
    EXPECT_TRUE(out.is_untouched_behind());
    credential = out.get()->credential;
    return code;
  }
  std::int32_t begin(std::uint32_t operation, const char* method = "") {
    end();
    Old<pintle_begin> begin;
    begin.get()->operation = operation;
    begin.get()->ws_url = view("wss://gateway.example/api/ws");
    begin.get()->method = view(method);
    return scheme_.begin(auth_, begin.get(), &operation_, step_.get(), error_.get());
  }
  std::int32_t resume(const char* token) {
    Old<pintle_answer> answer;
    const pintle_field field{view("token"), view(token)};
    answer.get()->http_status = 200;
    answer.get()->fields = &field;
    answer.get()->field_count = 1;
    return scheme_.resume(operation_, answer.get(), step_.get(), error_.get());
  }
  void sign_in(const char* token) {
    ASSERT_EQ(begin(PINTLE_SIGN_IN), PINTLE_OK);
    ASSERT_EQ(step().need, std::uint32_t{PINTLE_NEED_INPUT});
    ASSERT_EQ(resume(token), PINTLE_OK);
    ASSERT_EQ(step().need, std::uint32_t{PINTLE_NEED_HTTP});
    EXPECT_EQ(text(step().http_body), "it");
    EXPECT_EQ(step().flags, std::uint32_t{PINTLE_STEP_SESSION_CHANGED});
    ASSERT_EQ(resume(""), PINTLE_OK);
    ASSERT_EQ(step().need, std::uint32_t{PINTLE_NEED_DONE});
  }

  const pintle_step& step() { return *step_.get(); }
  std::string message() { return error_.get()->message; }

  std::string header;
  std::uint64_t credential = 0;

 private:
  void end() {
    if (operation_ != nullptr) scheme_.end(operation_);
    operation_ = nullptr;
  }

  const pintle_scheme& scheme_ = detail::Table<T>::kScheme;
  pintle_auth* auth_ = nullptr;
  pintle_operation* operation_ = nullptr;
  Old<pintle_step> step_;
  Old<pintle_error> error_;
};

TEST(SizeRules, ASchemeOfTodayWorksInAHostOf1_0) {
  OldHost<Modest> host;
  EXPECT_EQ(host.decorate("/"), PINTLE_OK);
  EXPECT_EQ(host.header, "0 0");  // what lies behind the struct is not read
  EXPECT_EQ(host.credential, 9U);
  host.sign_in("t");
  EXPECT_EQ(host.begin(PINTLE_RESOLVE_WS_URL), PINTLE_OK);
  EXPECT_EQ(text(host.step().ws_url), "wss://gateway.example/api/ws?token=t");
  EXPECT_EQ(host.step().struct_size, detail::kFirstSize<pintle_step>);
}

TEST(SizeRules, WhatAHostOf1_0CannotDoIsRefusedByName) {
  OldHost<Modest> host;
  EXPECT_EQ(host.decorate("/with-query"), PINTLE_LAYER_PLUGIN);
  EXPECT_THAT(host.message(), HasSubstr("too old for the scheme: it cannot add a query"));
  EXPECT_EQ(host.begin(PINTLE_SIGN_IN, "exec"), PINTLE_LAYER_PLUGIN);
  EXPECT_THAT(host.message(), HasSubstr("it cannot run a helper program"));
  for (const char* method : {"send", "receive"}) {
    EXPECT_EQ(host.begin(PINTLE_SIGN_IN, method), PINTLE_LAYER_PLUGIN);
    EXPECT_THAT(host.message(), HasSubstr("it cannot send a greeting"));
  }
  host.sign_in("subprotocol");
  EXPECT_EQ(host.begin(PINTLE_RESOLVE_WS_URL), PINTLE_LAYER_PLUGIN);
  EXPECT_THAT(host.message(), HasSubstr("it cannot offer a WebSocket subprotocol"));
}

TEST(SizeRules, ASchemeThatGreetsOrSignsOpensNothingInAHostOf1_0) {
  OldHost<Greeter> greeter;
  greeter.sign_in("t");
  EXPECT_EQ(greeter.begin(PINTLE_RESOLVE_WS_URL), PINTLE_LAYER_PLUGIN);
  EXPECT_THAT(greeter.message(), HasSubstr("it cannot send a greeting"));
  OldHost<Signer> signer;
  EXPECT_EQ(signer.decorate("/"), PINTLE_LAYER_PLUGIN);
  EXPECT_THAT(signer.message(), HasSubstr("it cannot sign a request"));
}

TEST(SizeRules, AProbeOf1_0IsOneOfHermes) {
  Old<pintle_probe> probe;
  Old<pintle_match> match;
  const auto& scheme = detail::Table<Modest>::kScheme;
  ASSERT_EQ(scheme.match(probe.get(), match.get(), nullptr), PINTLE_OK);
  EXPECT_EQ(match.get()->score, Modest::facts.score);
  EXPECT_EQ(Probe(*probe.get()).profile(), "hermes");
}

TEST(SizeRules, StructsSmallerThanThoseOf1_0AreRefused) {
  const auto& scheme = detail::Table<Modest>::kScheme;
  pintle_request request{};
  request.struct_size = static_cast<std::uint32_t>(detail::kFirstSize<pintle_request>) - 1;
  auto out = pintle::test::sized<pintle_decoration>();
  auto error = pintle::test::sized<pintle_error>();
  const pintle_sink sink{sizeof(sink), 0, nullptr, [](void*, pintle_view, pintle_view) {}};
  Modest modest{Opening{pintle_opening{}}};
  const auto* auth = reinterpret_cast<const pintle_auth*>(static_cast<Scheme*>(&modest));
  EXPECT_EQ(scheme.decorate(auth, &request, &sink, &out, &error), PINTLE_LAYER_PLUGIN);
  EXPECT_THAT(error.message, HasSubstr("too small"));
  request.struct_size += 1;
  EXPECT_EQ(scheme.decorate(auth, &request, &sink, &out, &error), PINTLE_OK);
}

TEST(SizeRules, MembersOfANewerHostAreLeftAsTheyAre) {
  struct Newer {
    pintle_step step;
    char later[32];
  } step{};
  std::memset(step.later, kGuard, sizeof(step.later));
  step.step.struct_size = sizeof(step);
  pintle_operation* operation = nullptr;
  auto begin = pintle::test::sized<pintle_begin>();
  begin.operation = PINTLE_SIGN_IN;
  Modest modest{Opening{pintle_opening{}}};
  auto* auth = reinterpret_cast<pintle_auth*>(static_cast<Scheme*>(&modest));
  const auto& scheme = detail::Table<Modest>::kScheme;
  ASSERT_EQ(scheme.begin(auth, &begin, &operation, &step.step, nullptr), PINTLE_OK);
  EXPECT_EQ(step.step.struct_size, sizeof(step));
  EXPECT_EQ(step.step.need, std::uint32_t{PINTLE_NEED_INPUT});
  EXPECT_TRUE(std::all_of(std::begin(step.later), std::end(step.later),
                          [](char c) { return c == kGuard; }));
  scheme.end(operation);
}

TEST(SizeRules, FlagsSayWhatASchemeDoes) {
  // None of them has an `observe`.
  constexpr auto kBoth = std::uint32_t{PINTLE_SCHEME_SENDS_SECRET} | PINTLE_SCHEME_LISTS_STATUSES;
  EXPECT_EQ(detail::Table<Modest>::kScheme.flags, kBoth);
  EXPECT_EQ(detail::Table<Greeter>::kScheme.flags, kBoth | PINTLE_SCHEME_GREETS);
  EXPECT_EQ(detail::Table<Signer>::kScheme.flags, kBoth | PINTLE_SCHEME_SIGNS);
}

}  // namespace
