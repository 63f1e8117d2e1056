// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_deflate.h>

#include "support/error_of.h"

namespace pintle::ws {
namespace {

using test::error_of;
using testing::HasSubstr;

TEST(DeflateOffer, SaysWhatIsAskedFor) {
  EXPECT_EQ(deflate_offer({}), "permessage-deflate; client_max_window_bits");
  EXPECT_EQ(deflate_offer({true, true, 10, 9}),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "server_max_window_bits=10; client_max_window_bits=9");
}

TEST(DeflateAnswer, IsReadWhereItAnswersTheOffer) {
  struct Row {
    const char* answer;
    DeflateParams offered;
    DeflateParams agreed;
  };
  const Row kTable[] = {
      {"permessage-deflate", {}, {}},
      {"permessage-deflate; server_no_context_takeover", {}, {true, false, 15, 15}},
      {"permessage-deflate;client_no_context_takeover", {}, {false, true, 15, 15}},
      {"permessage-deflate; client_max_window_bits=8", {}, {false, false, 15, 8}},
      {"permessage-deflate; server_max_window_bits=\"10\"", {}, {false, false, 10, 15}},
      {" ,permessage-deflate ; server_max_window_bits = 12 ;client_max_window_bits=15,",
       {},
       {false, false, 12, 15}},
      {"permessage-deflate; server_max_window_bits=9",
       {false, false, 10, 15},
       {false, false, 9, 15}},
      // What the client offered for itself is valid without the server's confirmation.
      {"permessage-deflate", {false, true, 15, 11}, {false, true, 15, 11}}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.answer);
    EXPECT_EQ(read_deflate_answer(row.answer, row.offered), row.agreed);
  }
  EXPECT_EQ(read_deflate_answer("", DeflateParams{}), std::nullopt);
  EXPECT_EQ(read_deflate_answer("", std::nullopt), std::nullopt);
}

TEST(DeflateAnswer, IsRefusedWhereItDoesNot) {
  struct Row {
    const char* answer;
    std::optional<DeflateParams> offered;
    const char* says;
  };
  const Row kTable[] = {
      {"permessage-deflate", std::nullopt, "was not offered"},
      {"x-webkit-deflate-frame", DeflateParams{}, "was not offered"},
      {"permessage-deflate, mux", DeflateParams{}, "was not offered"},
      {"Permessage-Deflate", DeflateParams{}, "was not offered"},
      {"permessage-deflate, permessage-deflate", DeflateParams{}, "twice"},
      {"permessage-deflate; server_no_context_takeover; server_no_context_takeover",
       DeflateParams{}, "twice"},
      {"permessage-deflate; server_no_context_takeover=1", DeflateParams{}, "has a value"},
      {"permessage-deflate; surprise", DeflateParams{}, "unknown parameter"},
      {"permessage-deflate; server_max_window_bits", DeflateParams{}, "from 8 to 15"},
      {"permessage-deflate; server_max_window_bits=7", DeflateParams{}, "from 8 to 15"},
      {"permessage-deflate; server_max_window_bits=16", DeflateParams{}, "from 8 to 15"},
      {"permessage-deflate; server_max_window_bits=09", DeflateParams{}, "from 8 to 15"},
      {"permessage-deflate; client_max_window_bits", DeflateParams{}, "from 8 to 15"},
      {"permessage-deflate", DeflateParams{true, false, 15, 15}, "does not grant"},
      {"permessage-deflate", DeflateParams{false, false, 10, 15}, "does not grant"},
      {"permessage-deflate; server_max_window_bits=11", DeflateParams{false, false, 10, 15},
       "does not grant"},
      {"permessage-deflate; client_max_window_bits=12", DeflateParams{false, false, 15, 11},
       "larger"},
      {"permessage-deflate;", DeflateParams{}, "not a list"},
      {"permessage-deflate x", DeflateParams{}, "not a list"},
      {"permessage-deflate; a=\"b", DeflateParams{}, "not a list"},
      {"\x1b[31m", DeflateParams{}, "not a list"}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.answer);
    const auto error = error_of([&] { read_deflate_answer(row.answer, row.offered); });
    EXPECT_EQ(error.layer(), Layer::websocket);
    EXPECT_THAT(error.message(), HasSubstr(row.says));
  }
}

TEST(DeflateOffer, IsAnsweredByAServerWithWhatBothCanDo) {
  struct Row {
    const char* offers;
    DeflateParams wanted;
    const char* answer;  // Null: declined.
    DeflateParams agreed;
  };
  const Row kTable[] = {
      {"permessage-deflate", {}, "permessage-deflate", {}},
      {"permessage-deflate; client_max_window_bits", {}, "permessage-deflate", {}},
      {"permessage-deflate; client_max_window_bits",
       {false, false, 15, 10},
       "permessage-deflate; client_max_window_bits=10",
       {false, false, 15, 10}},
      // The client did not say that it can be limited.
      {"permessage-deflate", {false, false, 15, 10}, "permessage-deflate", {}},
      {"permessage-deflate; server_max_window_bits=9; server_no_context_takeover",
       {},
       "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
       {true, false, 9, 15}},
      {"permessage-deflate; server_max_window_bits=15",
       {},
       "permessage-deflate; server_max_window_bits=15",
       {}},
      {"permessage-deflate; surprise, mux, permessage-deflate; client_max_window_bits=9",
       {},
       "permessage-deflate; client_max_window_bits=9",
       {false, false, 15, 9}},
      {"permessage-deflate; server_max_window_bits=99", {}, nullptr, {}},
      {"mux", {}, nullptr, {}},
      {"", {}, nullptr, {}}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.offers);
    const auto agreement = accept_deflate_offer(row.offers, row.wanted);
    ASSERT_EQ(agreement.has_value(), row.answer != nullptr);
    if (!agreement) continue;
    EXPECT_EQ(agreement->answer, row.answer);
    EXPECT_EQ(agreement->params, row.agreed);
  }
}

TEST(DeflateOffer, LeadsBothSidesToTheSameAgreement) {
  for (const DeflateParams offered :
       {DeflateParams{}, DeflateParams{true, true, 8, 8}, DeflateParams{false, true, 12, 15}}) {
    for (const DeflateParams wanted : {DeflateParams{}, DeflateParams{true, true, 9, 9}}) {
      SCOPED_TRACE(deflate_offer(offered) + " / " + deflate_offer(wanted));
      const auto server = accept_deflate_offer(deflate_offer(offered), wanted);
      ASSERT_TRUE(server);
      EXPECT_EQ(read_deflate_answer(server->answer, offered), server->params);
    }
  }
}

}  // namespace
}  // namespace pintle::ws
