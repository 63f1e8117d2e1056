// SPDX-License-Identifier: Apache-2.0
#include "base/secret_echo.h"

#include <string>

#include <gtest/gtest.h>

#include "base/known_secrets.h"

namespace pintle {
namespace {

using Life = KnownSecrets::Life;

TEST(WithoutEcho, HidesASecretHoweverItIsWritten) {
  struct Row {
    const char* secret;
    const char* text;
    const char* shown;
  };
  const std::string jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.payload.signature";
  const Row table[] = {
      {"hunter2", "it begins with \"hunter2\\x1b\"", "it begins with \"(hidden)\\x1b\""},
      {"hunter2", "hunter2hunter2", "(hidden)(hidden)"},
      {"hunter2", "xhunter2x", "x(hidden)x"},
      {"hunter2", "https://HUNTER2.example/", "https://(hidden).example/"},
      {"hunter2", "hunter and 2", "hunter and 2"},
      {"hunter2", "the end", "the end"},
      {"hunter2", "", ""},
      // Encoded.
      {"a/b+c d=", "?t=a%2Fb%2Bc%20d%3D&x", "?t=(hidden)&x"},
      {"a/b+c d=", "?t=a%2fb%2bc%20d%3d", "?t=(hidden)"},
      {"say \"x\"\\", R"j({"was":"say \"x\"\\"})j", R"j({"was":"(hidden)"})j"},
      {"zero\u200bwidth", "zero\\u{200b}width", "(hidden)"},
      // Cut off.
      {"hunter2", "\"hunte…\"", "\"(hidden)…\""},
      {"hunter2", "\"hun…\"", "\"hun…\""},
      {"hunter2", "\"hunte\"", "\"hunte\""},
      {"hunter2", "…hunter…", "…(hidden)…"},
      {jwt.c_str(), "eyJhbGciOiJIUzI1NiIsInR5 is quoted", "(hidden) is quoted"},
      {jwt.c_str(), "eyJhbGciOiJ is in every JWT", "eyJhbGciOiJ is in every JWT"},
      {"https://gateway.example/callback", "https://gateway.example/api",
       "https://gateway.example/api"},
      {"https://gateway.example/callback", "<https://gateway.example/callback>", "<(hidden)>"},
      // Short: as a word, or not at all.
      {"12345", "PIN 12345, no. 123456", "PIN (hidden), no. 123456"},
      {"1234", "(1234)", "((hidden))"},
      {"the", "the gateway", "the gateway"},
      {"", "the gateway", "the gateway"},
      // What replaces one is left alone.
      {"hidden", "a (hidden) one", "a (hidden) one"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(without_echo(row.text, row.secret), row.shown) << row.secret;
    EXPECT_EQ(without_echo(row.shown, row.secret), row.shown) << "twice: " << row.secret;
  }
}

TEST(KnownSecrets, TakeTheSecretOutOfAHeader) {
  struct Row {
    const char* header;
    const char* text;
    const char* shown;
  };
  const Row table[] = {
      {"Authorization: Bearer abc123xyz", "Bearer abc123xyz", "Bearer (hidden)"},
      {"Authorization: Basic YWRhOmh1bnRlcg==", "YWRhOmh1bnRlcg==", "(hidden)"},
      {"Authorization: abc123xyz", "abc123xyz", "(hidden)"},
      {"Cookie: at=first-value-1; rt=a-long-one-without-digits",
       "first-value-1 of at, "
       "a-long-one-without-digits",
       "(hidden) of at, (hidden)"},
      {"Cookie: provider=basic", "provider basic", "provider basic"},
      {"X-Api-Key: abc123 xyz", "abc123 xyz", "(hidden)"},
      {"Accept: application/json", "application/json", "application/json"},
      {"content-type: application/json", "application/json", "application/json"},
  };
  for (const auto& row : table) {
    KnownSecrets secrets;
    secrets.add_header(Header::parse_line(row.header));
    EXPECT_EQ(secrets.hide(row.text), row.shown) << row.header;
  }
}

TEST(KnownSecrets, TakeEachCookieOfTheSettings) {
  KnownSecrets secrets;
  secrets.add_header(Header::parse_line("Cookie: gate=open-sesame"), Life::settings);
  EXPECT_EQ(secrets.hide("open-sesame"), "(hidden)");
}

TEST(KnownSecrets, TakeWhatWasAddedToAQuery) {
  KnownSecrets secrets;
  secrets.add_query("ws://h/api/ws?channel=general&ticket=abc%2B123",
                    "ws://h/api/ws?channel=general");
  EXPECT_EQ(secrets.hide("general: abc+123 and abc%2B123"), "general: (hidden) and (hidden)");
}

TEST(KnownSecrets, FindTokensInABody) {
  KnownSecrets secrets;
  secrets.add_tokens_in(
      R"({"grant_type":"authorization_code","refresh":"r3fresh-token-of-ada","to":"http://127.0.0.1:41234/cb"})");
  secrets.add_tokens_in("grant_type=refresh_token&token=abc%2F0123456789abc&n=1234567890123456789");
  EXPECT_EQ(secrets.hide("authorization_code r3fresh-token-of-ada http://127.0.0.1:41234/cb"),
            "authorization_code (hidden) http://127.0.0.1:41234/cb");
  EXPECT_EQ(secrets.hide("abc/0123456789abc 1234567890123456789"), "(hidden) 1234567890123456789");
}

TEST(KnownSecrets, HideTheWholeBeforeItsParts) {
  KnownSecrets secrets;
  secrets.add("hunter2");
  secrets.add("ada:hunter2:42");
  EXPECT_EQ(secrets.hide("ada:hunter2:42 hunter2"), "(hidden) (hidden)");
}

TEST(KnownSecrets, ForgetTheOldestOfManyButNoneOfTheSettings) {
  KnownSecrets secrets;
  secrets.add("of-the-settings", Life::settings);
  secrets.add("used-again");
  secrets.add("used-once");
  for (int i = 0; i < 100; ++i) {
    secrets.add("ticket-" + std::to_string(1000 + i));
    secrets.add("used-again");
  }
  EXPECT_EQ(secrets.hide("of-the-settings used-again used-once ticket-1000 ticket-1099"),
            "(hidden) (hidden) used-once ticket-1000 (hidden)");
}

TEST(KnownSecrets, ForgetWhatTwoRenewalsHaveReplaced) {
  KnownSecrets secrets;
  secrets.add("of-the-settings", KnownSecrets::Life::settings);
  secrets.add("the-first-token");
  secrets.renewed();
  secrets.add("the-second-token");
  EXPECT_EQ(secrets.hide("the-first-token"), "(hidden)") << "it may still be on its way";
  secrets.renewed();
  EXPECT_EQ(secrets.hide("the-first-token"), "the-first-token");
  EXPECT_EQ(secrets.hide("the-second-token of-the-settings"), "(hidden) (hidden)");
}

TEST(KnownSecrets, LeaveTheRestOfAnErrorAsItIs) {
  KnownSecrets secrets;
  secrets.add("hunter2");
  const auto error = secrets.hide(Error(Layer::gate, "it said hunter2")
                                      .with_status(429)
                                      .with_hint("Not hunter2.")
                                      .with_retry_after_ms(5)
                                      .with_timeout()
                                      .with_sign_in());
  EXPECT_STREQ(error.what(), "gate: it said (hidden) (HTTP 429)");
  EXPECT_EQ(error.hint(), "Not (hidden).");
  EXPECT_EQ(error.retry_after_ms(), 5);
  EXPECT_TRUE(error.can_retry() && error.is_timeout() && error.needs_sign_in());
  EXPECT_TRUE(error.needs_user_action());
  EXPECT_FALSE(secrets.hide(Error(Layer::tcp, "reset")).can_retry());
}

TEST(KnownSecrets, LeaveAnErrorWithoutOneAsItWasThrown) {
  struct Special : Error {
    using Error::Error;
  };
  KnownSecrets secrets;
  secrets.add("hunter2");
  EXPECT_THROW(secrets.hide_in_errors([] { throw Special(Layer::gate, "no secret"); }), Special);
  try {
    secrets.hide_in_errors([] { throw Special(Layer::gate, "hunter2"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "(hidden)");
  }
}

}  // namespace
}  // namespace pintle
