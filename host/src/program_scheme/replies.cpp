// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/replies.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <utility>

#include <pintle/core/base/layer.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>

#include "program_scheme/json_line.h"
#include "program_scheme/protocol_names.h"
#include "scheme/abi_views.h"

namespace pintle::program {
namespace {

InvalidReply broken(const std::string& why) { return InvalidReply(why); }

Error read_error(const JsonMembers& object) {
  const auto name = text_in(object, "layer");
  const auto layer = name.empty() ? std::optional(Layer::plugin) : layer_named(name);
  if (!layer) throw broken("there is no layer \"" + printable(name, 40) + "\"");
  std::string message = printable(text_in(object, "message"), 500);
  if (message.empty()) message = "the scheme failed without an error message";
  Error error(*layer, std::move(message));
  error.with_hint(printable(text_in(object, "hint"), 250));
  const auto status = integer_in(object, "http_status");
  if (status >= 100 && status <= 599) error.with_status(static_cast<int>(status));
  if (const auto wait_ms = integer_in(object, "retry_after_ms"); wait_ms > 0) {
    error.with_retry_after_ms(wait_ms);
  }
  if (boolean_in(object, "retry")) error.with_retry();
  if (boolean_in(object, "user_action")) error.with_user_action();
  if (boolean_in(object, "sign_in")) error.with_sign_in();
  return error;
}

using TextPairs = std::vector<std::pair<std::string_view, std::string_view>>;

// Replies are kept: one of many small members would take far more memory than its line.
TextPairs few_pairs_in(const JsonMembers& result, const char* name) {
  constexpr std::size_t kMaxPairs = 64;
  auto pairs = pairs_in(result, name);
  if (pairs.size() > kMaxPairs) {
    throw broken(std::string("\"") + name + "\" has more than 64 members");
  }
  return pairs;
}

DecorationReply::Pairs read_pairs(const JsonMembers& result, const char* name) {
  constexpr std::size_t kMaxBytes = 256 * 1024;
  DecorationReply::Pairs pairs;
  std::size_t size = 0;
  for (const auto& [key, value] : few_pairs_in(result, name)) {
    size += key.size() + value.size();
    pairs.emplace_back(key, Secret(value));
  }
  if (size > kMaxBytes) throw broken(std::string("\"") + name + "\" is larger than 256 KiB");
  return pairs;
}

std::uint32_t number_of(std::string_view name, const char* member,
                        std::span<const NamedNumber> known) {
  if (const auto number = number_named(known, name)) return *number;
  throw broken(std::string("\"") + member + "\" is \"" + printable(name, 40) +
               "\", which is unknown");
}

}  // namespace

std::optional<std::uint64_t> id_of_reply(std::string_view line) {
  try {
    const JsonDocument document(line);
    const auto& root = document.root();
    const auto id = integer_in(root, "id");
    const bool has_result = has(root, "result");
    if (id <= 0 || has_result == has(root, "error")) return std::nullopt;
    object_in(root, has_result ? "result" : "error");
    return static_cast<std::uint64_t>(id);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Error> Reply::error() const {
  if (!has(document_.root(), "error")) return std::nullopt;
  return read_error(object_in(document_.root(), "error"));
}

std::optional<Secret> Reply::session() const {
  const auto& root = document_.root();
  if (!has(root, "session") && !has(root, "session_base64")) return std::nullopt;
  auto session = bytes_in(root, "session");
  JsonLine written;
  written.bytes("session", session.reveal());
  if (written.written_members().size() > kMaxSession) {
    throw broken("the program reported a session of more than 256 KiB, which cannot be kept");
  }
  return session;
}

namespace {

// A misspelt member would be ignored, and its default apply.
void check_known(const JsonMembers& object, std::initializer_list<std::string_view> known,
                 const std::string& where) {
  for (const auto field : object) {
    if (std::find(known.begin(), known.end(), field.key) != known.end()) continue;
    throw broken(where + " has the unknown member \"" + printable(field.key, 40) + "\"");
  }
}

void check_known_members(const JsonMembers& scheme) {
  const auto where = "the scheme \"" + printable(text_in(scheme, "id"), 40) + "\"";
  check_known(scheme,
              {"id", "name", "strength", "score", "reason", "sends_secret", "rules", "profiles",
               "settings", "front", "greets", "observed_statuses", "signs", "matches", "by_target"},
              where);
  for (const auto& rule : objects_in(scheme, "rules")) {
    check_known(rule, {"field", "value"}, "a rule of " + where);
  }
  for (const auto& setting : objects_in(scheme, "settings")) {
    check_known(setting, {"key", "label", "default", "secret"}, "a setting of " + where);
  }
}

std::optional<std::vector<std::int32_t>> read_statuses(const JsonMembers& scheme) {
  if (!has(scheme, "observed_statuses")) return std::nullopt;
  const auto listed = integers_in(scheme, "observed_statuses");
  std::vector<std::int32_t> statuses;
  statuses.reserve(listed.size());
  for (const auto status : listed) {
    if (status < 100 || status > 599) {
      throw broken("\"observed_statuses\" of the scheme \"" + printable(text_in(scheme, "id"), 40) +
                   "\" has " + std::to_string(status) + ", which is no HTTP status");
    }
    statuses.push_back(static_cast<std::int32_t>(status));
  }
  return statuses;
}

}  // namespace

HelloReply read_hello(const JsonMembers& result) {
  if (const auto protocol = integer_in(result, "protocol"); protocol != kProtocol) {
    throw broken("it speaks version " + std::to_string(protocol) +
                 " of the protocol, but this program speaks " + std::to_string(kProtocol));
  }
  // The manifest's own checks apply, so its text is written.
  auto schemes = json_in(result, "schemes");
  if (schemes.empty()) throw broken("it has no \"schemes\"");
  for (const char* name : {"name", "version"}) {
    if (!has(result, name)) throw broken("it has no \"" + std::string(name) + "\"");
  }
  HelloReply hello{
      loading::parse_manifest("{\"manifest\":1,\"name\":" + json_string(text_in(result, "name")) +
                              ",\"version\":" + json_string(text_in(result, "version")) +
                              ",\"abi\":" + std::to_string(PINTLE_ABI_MAJOR) +
                              ",\"schemes\":" + schemes + "}"),
      {}};
  for (const auto& scheme : objects_in(result, "schemes")) {
    check_known_members(scheme);
    hello.traits.push_back({boolean_in(scheme, "signs"), boolean_in(scheme, "matches"),
                            boolean_in(scheme, "by_target"), read_statuses(scheme)});
  }
  return hello;
}

MatchReply read_match(const JsonMembers& result) {
  return {static_cast<std::int32_t>(std::clamp<std::int64_t>(integer_in(result, "score"), 0, 100)),
          printable(text_in(result, "reason"), 250)};
}

DecorationReply read_decoration(const JsonMembers& result) {
  DecorationReply reply{read_pairs(result, "headers"), read_pairs(result, "query"),
                        integer_in(result, "valid_until_ms"), 0};
  const auto credential = integer_in(result, "credential");
  if (credential < 0 || static_cast<std::uint64_t>(credential) >= kCredentialEnd) {
    throw broken("\"credential\" is not from 0 to 2^40 - 1");
  }
  reply.credential = static_cast<std::uint64_t>(credential);
  return reply;
}

ObservationReply read_observation(const JsonMembers& result) {
  ObservationReply reply{boolean_in(result, "retry_once"), std::nullopt};
  if (has(result, "needs_sign_in")) {
    reply.needs_sign_in = read_error(object_in(result, "needs_sign_in")).with_sign_in();
  }
  return reply;
}

std::vector<std::pair<std::string, std::string>> read_facts(const JsonMembers& result) {
  std::vector<std::pair<std::string, std::string>> facts;
  for (const auto& [key, value] : few_pairs_in(result, "facts")) facts.emplace_back(key, value);
  return facts;
}

StepReply::StepReply(const JsonMembers& result) : step_(sized<pintle_step>()) {
  step_.need = number_of(text_in(result, "need"), "need", kNeeds);
  step_.message = keep(text_in(result, "message"));
  switch (step_.need) {
    case PINTLE_NEED_DONE:
      read_done(result);
      break;
    case PINTLE_NEED_HTTP:
      read_http(result);
      break;
    case PINTLE_NEED_BROWSER:
      read_browser(result);
      break;
    case PINTLE_NEED_INPUT:
      read_input(result);
      break;
    case PINTLE_NEED_EXEC:
      read_exec(result);
      break;
    case PINTLE_NEED_SEND:
      step_.ws_message = keep(bytes_in(result, "ws_message"));
      if (boolean_in(result, "binary")) step_.flags |= PINTLE_STEP_BINARY;
      break;
    default:
      step_.wait_ms = integer_in(result, "wait_ms");
  }
}

pintle_view StepReply::keep(Secret secret) {
  texts_.push_back(std::move(secret));
  return view(texts_.back().reveal());
}

std::vector<pintle_view> StepReply::keep_all(const std::vector<std::string_view>& texts) {
  std::vector<pintle_view> views;
  views.reserve(texts.size());
  for (const auto text : texts) views.push_back(keep(text));
  return views;
}

void StepReply::read_done(const JsonMembers& result) {
  step_.ws_url = keep(text_in(result, "ws_url"));
  if (has(result, "life")) step_.life = number_of(text_in(result, "life"), "life", kLives);
  if (step_.ws_url.size > 0 && step_.life == 0) throw broken("a \"ws_url\" has no \"life\"");
  step_.keep_until_ms = integer_in(result, "keep_until_ms");
  views_ = keep_all(texts_in(result, "ws_subprotocols"));
  step_.ws_subprotocols = views_.data();
  step_.ws_subprotocol_count = views_.size();
}

void StepReply::read_http(const JsonMembers& result) {
  step_.http_method = keep(text_in(result, "http_method"));
  step_.http_url = keep(text_in(result, "http_url"));
  for (const auto& [name, value] : few_pairs_in(result, "http_headers")) {
    fields_.push_back({keep(name), keep(value)});
  }
  step_.http_headers = fields_.data();
  step_.http_header_count = fields_.size();
  step_.http_body = keep(bytes_in(result, "http_body"));
  if (boolean_in(result, "may_repeat")) step_.flags |= PINTLE_STEP_MAY_REPEAT;
}

void StepReply::read_browser(const JsonMembers& result) {
  step_.browser_url = keep(text_in(result, "browser_url"));
  step_.browser_ends_with =
      number_of(text_in(result, "browser_ends_with"), "browser_ends_with", kVisits);
  step_.browser_state = keep(text_in(result, "browser_state"));
  views_ = keep_all(texts_in(result, "browser_cookies"));
  step_.browser_cookies = views_.data();
  step_.browser_cookie_count = views_.size();
}

void StepReply::read_input(const JsonMembers& result) {
  for (const auto& input : objects_in(result, "inputs")) {
    inputs_.push_back({keep(text_in(input, "key")), keep(text_in(input, "label")),
                       boolean_in(input, "secret") ? std::uint32_t{PINTLE_INPUT_SECRET} : 0U, 0});
  }
  step_.inputs = inputs_.data();
  step_.input_count = inputs_.size();
}

void StepReply::read_exec(const JsonMembers& result) {
  step_.exec_helper = keep(text_in(result, "exec_helper"));
  views_ = keep_all(texts_in(result, "exec_arguments"));
  step_.exec_arguments = views_.data();
  step_.exec_argument_count = views_.size();
  step_.exec_input = keep(bytes_in(result, "exec_input"));
}

}  // namespace pintle::program
