// SPDX-License-Identifier: Apache-2.0
#include "ui/page_access.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace pintle::ui {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::uint16_t kPort = 8080;

class PageAccessTest : public testing::Test {
 protected:
  std::optional<std::string> open(const std::string& path, const Fields& more = {},
                                  PeerUser user = PeerUser::ours) {
    const auto headers = headers_with(more);
    return access_.open({path, headers, user});
  }
  bool may_read(const Fields& more, PeerUser user = PeerUser::ours) {
    const auto headers = headers_with(more);
    return access_.may_read({"/api/state", headers, user});
  }
  /// The Cookie field of a browser that has opened the page.
  std::pair<std::string, std::string> cookie() {
    const auto set = *open(access_.new_open_path());
    return {"Cookie", set.substr(0, set.find(';'))};
  }
  bool may_change(const Fields& fields) {
    Headers headers;
    for (const auto& [name, value] : fields) headers.add(name, value);
    return access_.may_change(headers);
  }

  PageAccess::Time now_{};
  PageAccess access_{kPort, [this] { return now_; }};

 private:
  static Headers headers_with(const Fields& more) {
    Headers headers;
    bool has_host = false;
    for (const auto& [name, value] : more) {
      headers.add(name, value);
      has_host = has_host || name == "Host";
    }
    if (!has_host) headers.add("Host", "127.0.0.1:8080");
    return headers;
  }
};

TEST_F(PageAccessTest, AnAddressOpensOnce) {
  const auto path = access_.new_open_path();
  const auto cookie = open(path);
  ASSERT_TRUE(cookie);
  EXPECT_TRUE(cookie->starts_with("pintle_ui_8080="));
  EXPECT_TRUE(cookie->ends_with("; Path=/; HttpOnly; SameSite=Strict"));
  EXPECT_FALSE(open(path));
}

TEST_F(PageAccessTest, AnAddressLivesForAMinute) {
  const auto path = access_.new_open_path();
  now_ += PageAccess::kAddressLife;
  EXPECT_FALSE(open(path));
  const auto next = access_.new_open_path();
  now_ += PageAccess::kAddressLife - std::chrono::milliseconds(1);
  EXPECT_TRUE(open(next));
}

TEST_F(PageAccessTest, ANewAddressReplacesTheOldOne) {
  const auto old = access_.new_open_path();
  const auto path = access_.new_open_path();
  EXPECT_FALSE(open(old));
  EXPECT_TRUE(open(path));
}

TEST_F(PageAccessTest, AWrongAddressUsesUpNothing) {
  const auto path = access_.new_open_path();
  EXPECT_FALSE(open("/open/"));
  EXPECT_FALSE(open("/open/" + std::string(43, 'a')));
  EXPECT_FALSE(open(path + "?x"));
  EXPECT_TRUE(open(path));
}

TEST_F(PageAccessTest, AnotherUserOpensNothingAndUsesUpNothing) {
  const auto path = access_.new_open_path();
  EXPECT_FALSE(open(path, {}, PeerUser::other));
  EXPECT_TRUE(open(path));
}

TEST_F(PageAccessTest, ARelayOpensNothingButUnderWsl) {
  const auto path = access_.new_open_path();
  EXPECT_EQ(open(path, {}, PeerUser::unknown).has_value(), is_wsl());
}

TEST_F(PageAccessTest, AnAddressIsNotOpenedByARebornName) {
  const auto path = access_.new_open_path();
  EXPECT_FALSE(open(path, {{"Host", "evil.example:8080"}}));
  EXPECT_FALSE(open(path, {{"Origin", "http://evil.example"}}));
  EXPECT_TRUE(open(path));
}

TEST_F(PageAccessTest, TheCookieReadsFromTheOwnPageAlone) {
  const auto given = cookie();
  EXPECT_TRUE(may_read({given}));
  EXPECT_TRUE(may_read({given, {"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_FALSE(may_read({given, {"Sec-Fetch-Site", "same-site"}}));
  EXPECT_FALSE(may_read({given, {"Host", "localhost.evil.example:8080"}}));
  EXPECT_FALSE(may_read({given}, PeerUser::other));
  EXPECT_FALSE(may_read({}));
  EXPECT_FALSE(may_read({{"Cookie", "pintle_ui_8080=guessed"}}));
  EXPECT_FALSE(may_read({{"Cookie", "pintle_ui_8081" + given.second.substr(14)}}));
}

TEST_F(PageAccessTest, AChangeNeedsOriginTypeAndPageToken) {
  const std::pair<std::string, std::string> origin{"Origin", "http://127.0.0.1:8080"};
  const std::pair<std::string, std::string> type{"Content-Type", "application/json"};
  const std::pair<std::string, std::string> token{"X-Pintle-Page", access_.page_token()};
  EXPECT_TRUE(may_change({origin, type, token}));
  EXPECT_TRUE(may_change({{"Origin", "http://localhost:8080"}, type, token}));
  EXPECT_TRUE(may_change({origin, {"Content-Type", "application/json; charset=utf-8"}, token}));
  EXPECT_FALSE(may_change({type, token}));
  EXPECT_FALSE(may_change({origin, token}));
  EXPECT_FALSE(may_change({origin, type}));
  EXPECT_FALSE(may_change({{"Origin", "http://127.0.0.1:8081"}, type, token}));
  EXPECT_FALSE(may_change({{"Origin", "null"}, type, token}));
  EXPECT_FALSE(may_change({origin, origin, type, token}));
  EXPECT_FALSE(may_change({origin, {"Content-Type", "text/plain"}, token}));
  EXPECT_FALSE(may_change({origin, {"Content-Type", "text/plain; application/json"}, token}));
  EXPECT_FALSE(may_change({origin, type, {"X-Pintle-Page", "guessed"}}));
  EXPECT_FALSE(may_change({origin, type, token, token}));
}

}  // namespace
}  // namespace pintle::ui
