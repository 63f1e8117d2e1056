// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <concepts>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_log.h"

namespace pintle {
namespace {

using test::text_of;
using testing::ElementsAre;
using testing::IsEmpty;

// No secret can get into a record by its type.
template <class Text>
concept CanBeDeclaredSafe = requires(Text text) {
  safe_text(text);
};

static_assert(!std::is_constructible_v<LogValue, Secret>);
static_assert(!std::is_constructible_v<LogValue, const Secret&>);
static_assert(!CanBeDeclaredSafe<const Secret&>);
static_assert(CanBeDeclaredSafe<const std::string&>);
// Nor any text that was not declared safe.
static_assert(!std::is_constructible_v<LogValue, std::string>);
static_assert(!std::is_constructible_v<LogValue, std::string_view>);
static_assert(!std::is_constructible_v<LogValue, const char*>);
static_assert(!std::is_constructible_v<SafeText, std::string>);
static_assert(!std::is_constructible_v<SafeText, std::string_view>);
static_assert(!std::is_constructible_v<SafeText, const char*>);
static_assert(std::is_constructible_v<LogValue, std::int64_t>);
static_assert(std::is_constructible_v<LogValue, double>);
static_assert(std::is_constructible_v<LogValue, bool>);
static_assert(std::is_constructible_v<LogValue, SafeText>);

// A log whose records are lines here.
class Hook : public testing::Test {
 protected:
  Log at(LogLevel level) {
    return Log(
        {.level = level,
         .function =
             [this](const LogRecord& record) {
               std::string line = std::string(name_of(record.level)) + " " +
                                  std::string(record.connection) + " " + std::string(record.area) +
                                  " " + std::string(record.event);
               for (const auto& field : record.fields) {
                 line += " " + std::string(field.name.view()) + "=" + text_of(field.value);
               }
               lines_.push_back(line);
               time_ms_ = record.time_ms;
             }},
        [] { return std::int64_t{42}; }, "home");
  }

  std::vector<std::string> lines_;
  std::int64_t time_ms_ = 0;
};

TEST_F(Hook, ReceivesTheLevelTheAreaTheEventAndTheFields) {
  const std::string path = "/api/x";
  at(LogLevel::debug)
      .write(LogLevel::info, "http", "exchange_finished",
             {{"path", safe_text(path)},
              {"method", "GET"},
              {"status", 200},
              {"reused", true},
              {"total_ms", 1.5},
              {"huge", std::numeric_limits<std::uint64_t>::max()},
              {"layer", Layer::host_guard}});
  EXPECT_THAT(lines_, ElementsAre("info home http exchange_finished path=/api/x method=GET "
                                  "status=200 reused=true total_ms=1.500000 "
                                  "huge=9223372036854775807 layer=host-guard"));
  EXPECT_EQ(time_ms_, 42);
}

TEST_F(Hook, ReceivesNothingAboveItsLevel) {
  const auto log = at(LogLevel::warn);
  EXPECT_TRUE(log.is_on(LogLevel::error));
  EXPECT_TRUE(log.is_on(LogLevel::warn));
  EXPECT_FALSE(log.is_on(LogLevel::info));
  log.write(LogLevel::info, "tcp", "connecting", {});
  EXPECT_THAT(lines_, IsEmpty());
  log.write(LogLevel::error, "store", "store_failed", {});
  EXPECT_THAT(lines_, ElementsAre("error home store store_failed"));
}

TEST_F(Hook, IsOffWithoutAFunctionAndWithoutALevel) {
  EXPECT_FALSE(Log().is_on(LogLevel::error));
  EXPECT_FALSE(at(LogLevel::off).is_on(LogLevel::error));
  const Log none(
      {.level = LogLevel::trace}, [] { return std::int64_t{0}; }, "");
  EXPECT_FALSE(none.is_on(LogLevel::error));
  none.write(LogLevel::error, "tcp", "connecting", {});
}

TEST_F(Hook, ReceivesTheLayerTheMessageAndTheStatusOfAnError) {
  at(LogLevel::warn)
      .write(LogLevel::warn, "probe", "probe_failed", {{"url", "http://h"}},
             Error(Layer::access_proxy, "a page").with_status(502));
  EXPECT_THAT(lines_, ElementsAre("warn home probe probe_failed url=http://h layer=access-proxy "
                                  "message=a page status=502"));
}

TEST_F(Hook, SeesNoSecretInATextFromOutside) {
  const auto secrets = std::make_shared<KnownSecrets>();
  std::string seen;
  const Log log(
      {.level = LogLevel::info,
       .function =
           [&](const LogRecord& record) {
             for (const auto& field : record.fields) seen += text_of(field.value) + ", ";
           }},
      [] { return std::int64_t{0}; }, "", secrets);
  secrets->add("hunter2");
  log.write(LogLevel::info, "http", "exchange_failed", {{"path", safe_text("/hunter2")}, {"n", 1}},
            Error(Layer::protocol, "it begins with \"hunter2\""));
  EXPECT_EQ(seen, "/(hidden), 1, protocol, it begins with \"(hidden)\", ");
}

TEST_F(Hook, MayThrow) {
  int calls = 0;
  const Log log(
      {.level = LogLevel::info,
       .function =
           [&](const LogRecord&) {
             ++calls;
             throw std::runtime_error("the disk of the log is full");
           }},
      [] { return std::int64_t{0}; }, "");
  log.write(LogLevel::info, "tcp", "connecting", {});
  log.write(LogLevel::info, "tcp", "connecting", {});
  EXPECT_EQ(calls, 2);
}

TEST_F(Hook, IsNotCalledForWhatItMakesPintleDo) {
  int calls = 0;
  Log log;
  log = Log(
      {.level = LogLevel::info,
       .function =
           [&](const LogRecord&) {
             ++calls;
             log.write(LogLevel::info, "tcp", "connecting", {});
           }},
      [] { return std::int64_t{0}; }, "");
  log.write(LogLevel::info, "tcp", "connecting", {});
  EXPECT_EQ(calls, 1);
  log.write(LogLevel::info, "tcp", "connecting", {});
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace pintle
