// SPDX-License-Identifier: Apache-2.0
//
// Secrets that live in this process: in memory, or from a function.

#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/registry.h>
#include <pintle/secret_source.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SecretInProcess, IsReadFromMemoryAsItIs) {
  const auto source = SecretSource::memory(Secret("sesame\r\n"));
  EXPECT_EQ(source.read().reveal(), "sesame\r\n");
  EXPECT_EQ(source.read().reveal(), "sesame\r\n");
  EXPECT_EQ(source.text(), "this program's memory");
  EXPECT_EQ(source.where(), "");
  EXPECT_FALSE(source.is_readable_by_all());
}

TEST(SecretInProcess, IsAskedOfAFunctionAtEachUse) {
  int calls = 0;
  std::int64_t limit = 0;
  const auto source = SecretSource::function([&](std::int64_t timeout_ms, const std::stop_token&) {
    limit = timeout_ms;
    return Secret("sesame " + std::to_string(++calls));
  });
  EXPECT_EQ(source.text(), "a function of this program");
  EXPECT_EQ(source.read(700).reveal(), "sesame 1");
  EXPECT_EQ(limit, 700);
  auto copy = SecretSource::memory(Secret("another"));
  EXPECT_NE(copy, source);
  copy = source;
  EXPECT_EQ(copy, source);
  EXPECT_EQ(copy.read().reveal(), "sesame 2");
}

TEST(SecretInProcess, PassesACancelToItsFunction) {
  std::stop_source stop;
  const auto source = SecretSource::function([&](std::int64_t, const std::stop_token& cancel) {
    return Secret(cancel.stop_requested() ? "cancelled" : "wanted");
  });
  EXPECT_EQ(source.read(1, stop.get_token()).reveal(), "wanted");
  stop.request_stop();
  EXPECT_EQ(source.read(1, stop.get_token()).reveal(), "cancelled");
}

TEST(SecretInProcess, TellsWhyAFunctionFailedButNotWhatItThrew) {
  const auto refusing = SecretSource::function([](std::int64_t, const std::stop_token&) -> Secret {
    throw Error(Layer::config, "the vault is locked");
  });
  EXPECT_EQ(error_of([&] { refusing.read(); }).message(),
            "cannot read a secret from a function of this program: the vault is locked");
  const auto broken = SecretSource::function([](std::int64_t, const std::stop_token&) -> Secret {
    throw std::runtime_error("no room for sesame");
  });
  EXPECT_THAT(error_of([&] { broken.read(); }).message(), Not(HasSubstr("sesame")));
  const auto huge = SecretSource::memory(Secret(std::string(64 * 1024 + 1, 'x')));
  EXPECT_THAT(error_of([&] { huge.read(); }).message(), HasSubstr("64 KiB"));
  EXPECT_EQ(error_of([] { SecretSource::function({}); }).layer(), Layer::config);
}

TEST(SecretInProcess, IsNotNamedByAText) {
  for (const auto kind : {SecretSource::Kind::memory, SecretSource::Kind::function}) {
    const auto error = error_of([&] { SecretSource::of(kind, "sesame"); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(), Not(HasSubstr("sesame")));
  }
}

TEST(SecretInProcess, IsNeverSaved) {
  const TemporaryFolder folder;
  const ConnectionRegistry registry(folder / "connections.json");
  ConnectionSettings settings{.url = GatewayUrl::parse("https://gateway.example")};
  settings.name = "home";
  settings.inputs.insert_or_assign("token", SecretSource::memory(Secret("sesame")));
  auto error = error_of([&] { registry.put(settings, false); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_EQ(error.message(),
            "this program's memory cannot be saved: it is gone when the program ends");
  settings.inputs.clear();
  settings.client_passphrase =
      SecretSource::function([](std::int64_t, const std::stop_token&) { return Secret("sesame"); });
  error = error_of([&] { registry.put(settings, false); });
  EXPECT_EQ(error.message(),
            "a function of this program cannot be saved: it is gone when the program ends");
  EXPECT_FALSE(registry.find("home"));
}

}  // namespace
}  // namespace pintle::test
