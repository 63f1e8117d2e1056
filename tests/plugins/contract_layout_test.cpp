// SPDX-License-Identifier: Apache-2.0
//
// Pins the layout of the C tables: a change here is a new ABI major, and needs an entry in
// CHANGELOG.md.

#include <cstddef>
#include <type_traits>

#include <gtest/gtest.h>

#include <pintle/core/base/layer.h>
#include <pintle/plugin.h>
#include <pintle/plugin/sizes.h>

namespace pintle {
namespace {

static_assert(sizeof(void*) == 8, "the numbers below are those of 64-bit systems");

#define EXPECT_MEMBER(Struct, member, offset) \
  EXPECT_EQ(offsetof(Struct, member), static_cast<std::size_t>(offset)) << #Struct "." #member

TEST(ContractLayout, SizesStayWhatTheyWere) {
  EXPECT_EQ(sizeof(pintle_view), 16U);
  EXPECT_EQ(sizeof(pintle_field), 32U);
  EXPECT_EQ(sizeof(pintle_error), 792U);
  EXPECT_EQ(sizeof(pintle_probe), 128U);
  EXPECT_EQ(sizeof(pintle_match), 264U);
  EXPECT_EQ(sizeof(pintle_opening), 64U);
  EXPECT_EQ(sizeof(pintle_request), 88U);
  EXPECT_EQ(sizeof(pintle_decoration), 24U);
  EXPECT_EQ(sizeof(pintle_response), 64U);
  EXPECT_EQ(sizeof(pintle_sink), 24U);
  EXPECT_EQ(sizeof(pintle_begin), 136U);
  EXPECT_EQ(sizeof(pintle_input), 40U);
  EXPECT_EQ(sizeof(pintle_step), 280U);
  EXPECT_EQ(sizeof(pintle_answer), 200U);
  EXPECT_EQ(sizeof(pintle_rule), 32U);
  EXPECT_EQ(sizeof(pintle_scheme), 224U);
  EXPECT_EQ(sizeof(pintle_setting), 56U);
  EXPECT_EQ(sizeof(pintle_plugin_table), 64U);
}

// What an older side sets and reads: the sizes of the frozen header.
TEST(ContractLayout, SizesOf1_0AreThoseOfTheFrozenHeader) {
  EXPECT_EQ(plugin::detail::kFirstSize<pintle_probe>, 112U);
  EXPECT_EQ(plugin::detail::kFirstSize<pintle_request>, 48U);
  EXPECT_EQ(plugin::detail::kFirstSize<pintle_begin>, 120U);
  EXPECT_EQ(plugin::detail::kFirstSize<pintle_step>, 200U);
  EXPECT_EQ(plugin::detail::kFirstSize<pintle_answer>, 160U);
  EXPECT_EQ(plugin::detail::kFirstSize<pintle_response>, 64U);
  EXPECT_EQ(PINTLE_SCHEME_SIZE_1_0, 160U);
}

TEST(ContractLayout, MembersStayWhereTheyWere) {
  EXPECT_MEMBER(pintle_plugin_table, magic, 0);
  EXPECT_MEMBER(pintle_plugin_table, abi_major, 8);
  EXPECT_MEMBER(pintle_plugin_table, struct_size, 12);
  EXPECT_MEMBER(pintle_plugin_table, name, 16);
  EXPECT_MEMBER(pintle_plugin_table, version, 32);
  EXPECT_MEMBER(pintle_plugin_table, schemes, 48);
  EXPECT_MEMBER(pintle_plugin_table, scheme_count, 56);
  EXPECT_MEMBER(pintle_scheme, flags, 4);
  EXPECT_MEMBER(pintle_scheme, id, 8);
  EXPECT_MEMBER(pintle_scheme, name, 24);
  EXPECT_MEMBER(pintle_scheme, strength, 40);
  EXPECT_MEMBER(pintle_scheme, rules_score, 44);
  EXPECT_MEMBER(pintle_scheme, rules, 48);
  EXPECT_MEMBER(pintle_scheme, rule_count, 56);
  EXPECT_MEMBER(pintle_scheme, rules_reason, 64);
  EXPECT_MEMBER(pintle_scheme, match, 80);
  EXPECT_MEMBER(pintle_scheme, open, 88);
  EXPECT_MEMBER(pintle_scheme, close, 96);
  EXPECT_MEMBER(pintle_scheme, decorate, 104);
  EXPECT_MEMBER(pintle_scheme, observe, 112);
  EXPECT_MEMBER(pintle_scheme, begin, 120);
  EXPECT_MEMBER(pintle_scheme, resume, 128);
  EXPECT_MEMBER(pintle_scheme, end, 136);
  EXPECT_MEMBER(pintle_scheme, session, 144);
  EXPECT_MEMBER(pintle_scheme, describe, 152);
  EXPECT_MEMBER(pintle_scheme, front, 192);
  EXPECT_MEMBER(pintle_scheme, observed_statuses, 208);
  EXPECT_MEMBER(pintle_error, flags, 4);
  EXPECT_MEMBER(pintle_error, http_status, 8);
  EXPECT_MEMBER(pintle_error, retry_after_ms, 16);
  EXPECT_MEMBER(pintle_error, message, 24);
  EXPECT_MEMBER(pintle_error, hint, 536);
  EXPECT_MEMBER(pintle_probe, auth_required, 8);
  EXPECT_MEMBER(pintle_probe, base_url, 16);
  EXPECT_MEMBER(pintle_probe, status_json, 96);
  EXPECT_MEMBER(pintle_opening, probe, 8);
  EXPECT_MEMBER(pintle_opening, session, 32);
  EXPECT_MEMBER(pintle_request, now_ms, 40);
  EXPECT_MEMBER(pintle_response, credential, 16);
  EXPECT_MEMBER(pintle_response, now_ms, 56);
  EXPECT_MEMBER(pintle_begin, now_ms, 16);
  EXPECT_MEMBER(pintle_begin, random, 24);
  EXPECT_MEMBER(pintle_begin, provider, 88);
  EXPECT_MEMBER(pintle_begin, given_count, 112);
  EXPECT_MEMBER(pintle_step, need, 4);
  EXPECT_MEMBER(pintle_step, http_method, 16);
  EXPECT_MEMBER(pintle_step, http_url, 32);
  EXPECT_MEMBER(pintle_step, http_headers, 48);
  EXPECT_MEMBER(pintle_step, http_body, 64);
  EXPECT_MEMBER(pintle_step, browser_url, 80);
  EXPECT_MEMBER(pintle_step, browser_cookies, 112);
  EXPECT_MEMBER(pintle_step, inputs, 128);
  EXPECT_MEMBER(pintle_step, message, 144);
  EXPECT_MEMBER(pintle_step, wait_ms, 160);
  EXPECT_MEMBER(pintle_step, ws_url, 168);
  EXPECT_MEMBER(pintle_step, life, 184);
  EXPECT_MEMBER(pintle_step, keep_until_ms, 192);
  EXPECT_MEMBER(pintle_answer, failure, 4);
  EXPECT_MEMBER(pintle_answer, error, 8);
  EXPECT_MEMBER(pintle_answer, random, 24);
  EXPECT_MEMBER(pintle_answer, http_status, 56);
  EXPECT_MEMBER(pintle_answer, callback_url, 96);
  EXPECT_MEMBER(pintle_answer, fields, 128);
  EXPECT_MEMBER(pintle_answer, sources, 144);
  EXPECT_MEMBER(pintle_answer, cookie_expires_ms, 152);
  // Since 1.1.
  EXPECT_MEMBER(pintle_scheme, profiles, 160);
  EXPECT_MEMBER(pintle_scheme, settings, 176);
  EXPECT_MEMBER(pintle_scheme, front, 192);
  EXPECT_MEMBER(pintle_probe, profile, 112);
  EXPECT_MEMBER(pintle_request, headers, 48);
  EXPECT_MEMBER(pintle_request, body_sha256, 64);
  EXPECT_MEMBER(pintle_request, query, 80);
  EXPECT_MEMBER(pintle_begin, ws_subprotocol, 120);
  EXPECT_MEMBER(pintle_step, ws_subprotocols, 200);
  EXPECT_MEMBER(pintle_step, ws_message, 216);
  EXPECT_MEMBER(pintle_step, exec_helper, 232);
  EXPECT_MEMBER(pintle_step, exec_arguments, 248);
  EXPECT_MEMBER(pintle_step, exec_input, 264);
  EXPECT_MEMBER(pintle_answer, ws_message, 160);
  EXPECT_MEMBER(pintle_answer, ws_message_flags, 176);
  EXPECT_MEMBER(pintle_answer, exec_status, 180);
  EXPECT_MEMBER(pintle_answer, exec_output, 184);
}

TEST(ContractLayout, LayersOfTheHeaderAreThoseOfCore) {
  EXPECT_EQ(static_cast<int>(Layer::config), PINTLE_LAYER_CONFIG);
  EXPECT_EQ(static_cast<int>(Layer::gate), PINTLE_LAYER_GATE);
  EXPECT_EQ(static_cast<int>(Layer::websocket), PINTLE_LAYER_WEBSOCKET);
  EXPECT_EQ(static_cast<int>(Layer::store), PINTLE_LAYER_STORE);
  EXPECT_EQ(static_cast<int>(Layer::rate_limit), PINTLE_LAYER_RATE_LIMIT);
  EXPECT_EQ(name_of(Layer::access_proxy), "access-proxy");
  EXPECT_EQ(layer_from_number(PINTLE_LAYER_HOST_GUARD), Layer::host_guard);
  EXPECT_FALSE(layer_from_number(0).has_value());
  EXPECT_FALSE(layer_from_number(17).has_value());
}

}  // namespace
}  // namespace pintle
