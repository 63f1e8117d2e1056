// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/program_plugin.h"

#include <optional>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>

#include "program_scheme/guarded_call.h"
#include "program_scheme/program_auth.h"
#include "program_scheme/requests.h"
#include "scheme/abi_views.h"

namespace pintle::program {
namespace {

// The types of the C table are opaque.
ProgramAuth& auth_of(pintle_auth* auth) { return *reinterpret_cast<ProgramAuth*>(auth); }
// decorate and session are const in C; here a mutex makes them safe.
ProgramAuth& auth_of(const pintle_auth* auth) { return auth_of(const_cast<pintle_auth*>(auth)); }
ProgramOperation& operation_of(pintle_operation* operation) {
  return *reinterpret_cast<ProgramOperation*>(operation);
}

// Names the program and the request in the error about an invalid reply.
template <class Call>
std::int32_t guarded(pintle_error* error, ProgramAuth& auth, std::string_view request,
                     Call call) noexcept {
  return guarded_call(error, [&] { naming_reply(auth.program(), request, [&] { call(auth); }); });
}

void close(pintle_auth* auth) { delete &auth_of(auth); }

std::int32_t decorate(const pintle_auth* auth, const pintle_request* request,
                      const pintle_sink* headers, pintle_decoration* out, pintle_error* error) {
  return guarded(error, auth_of(auth), "decorate",
                 [&](ProgramAuth& its) { its.decorate(*request, *headers, *out); });
}

std::int32_t observe(pintle_auth* auth, const pintle_response* response, std::uint32_t* seen,
                     pintle_error* error) {
  *seen = PINTLE_OBSERVATION_NONE;
  return guarded(error, auth_of(auth), "observe", [&](ProgramAuth& its) {
    std::optional<Error> why;
    *seen = its.observe(*response, why);
    if (!why) return;
    if ((*seen & PINTLE_OBSERVATION_NEEDS_SIGN_IN) == 0) throw Error(*why);
    put_error(*why, error);  // the reason, not a failure
  });
}

std::int32_t begin(pintle_auth* auth, const pintle_begin* begin, pintle_operation** out,
                   pintle_step* step, pintle_error* error) {
  return guarded(error, auth_of(auth), "begin", [&](ProgramAuth& its) {
    *out = reinterpret_cast<pintle_operation*>(its.begin(*begin, *step).release());
  });
}

std::int32_t resume(pintle_operation* operation, const pintle_answer* answer, pintle_step* step,
                    pintle_error* error) {
  auto& resumed = operation_of(operation);
  return guarded(error, resumed.auth(), "resume",
                 [&](ProgramAuth&) { resumed.resume(*answer, *step); });
}

void end(pintle_operation* operation) { delete &operation_of(operation); }

std::int32_t session(const pintle_auth* auth, const pintle_sink* bytes, pintle_error* error) {
  return guarded(error, auth_of(auth), "session",
                 [&](const ProgramAuth& its) { its.session(*bytes); });
}

std::int32_t describe(const pintle_auth* auth, const pintle_sink* facts, pintle_error* error) {
  return guarded(error, auth_of(auth), "describe", [&](ProgramAuth& its) { its.describe(*facts); });
}

std::uint32_t flags_of(const loading::SchemeFacts& facts, const SchemeTraits& traits) {
  std::uint32_t flags = 0;
  if (facts.sends_secret) flags |= PINTLE_SCHEME_SENDS_SECRET;
  if (facts.greets) flags |= PINTLE_SCHEME_GREETS;
  if (traits.signs) flags |= PINTLE_SCHEME_SIGNS;
  if (traits.observed_statuses) flags |= PINTLE_SCHEME_LISTS_STATUSES;
  return flags;
}

}  // namespace

std::shared_ptr<ProgramPlugin> ProgramPlugin::start(const std::filesystem::path& file,
                                                    const std::string& digest,
                                                    const ProgramLimits& limits) {
  return start({.file = file, .digest = digest}, limits);
}

std::shared_ptr<ProgramPlugin> ProgramPlugin::start(ProgramSource source,
                                                    const ProgramLimits& limits) {
  // Not make_shared: the constructor is private.
  std::shared_ptr<ProgramPlugin> plugin(new ProgramPlugin(std::move(source), limits));
  plugin->make_tables();
  return plugin;
}

std::shared_ptr<SchemeProgram> ProgramPlugin::another() const {
  auto program = std::make_shared<SchemeProgram>(program_->source(), program_->limits());
  if (program->hello().manifest != program_->hello().manifest) {
    throw Error(Layer::plugin, program_->source().file.string() +
                                   ": describes itself differently each time that it is opened");
  }
  return program;
}

// The process that was started to ask what the library is serves the first gateway, and the first
// auth for it: what one gateway says is not read beside the credential for another.
std::shared_ptr<SchemeProgram> ProgramPlugin::program_for_auth(std::string_view url) {
  if (!program_->source().is_caged()) return program_;
  {
    const MutexLock lock(use_mutex_);
    if (url_.empty()) url_ = url;
    if (url_ == url && !std::exchange(has_auth_, true)) return program_;
  }
  return another();
}

std::shared_ptr<SchemeProgram> ProgramPlugin::program_for_match(std::string_view url) {
  if (!program_->source().is_caged()) return program_;
  {
    const MutexLock lock(use_mutex_);
    if (url_.empty()) url_ = url;
    if (url_ == url) return program_;
  }
  const MutexLock lock(matcher_mutex_);
  if (!matcher_) matcher_ = another();
  return matcher_;
}

std::optional<Ending> ProgramPlugin::ending() const {
  const auto run = program_->last_run();
  auto ending = run->ending();
  if (!ending) return std::nullopt;
  if (const auto said = run->last_error_line(); !said.empty()) ending->text += ": " + said;
  return ending;
}

void ProgramPlugin::make_tables() {
  const auto& manifest = program_->hello().manifest;
  for (std::size_t i = 0; i < manifest.schemes.size(); ++i) make_table(i);
  table_ = {.magic = PINTLE_PLUGIN_MAGIC,
            .abi_major = PINTLE_ABI_MAJOR,
            .struct_size = sizeof(pintle_plugin_table),
            .name = view(manifest.name),
            .version = view(manifest.version),
            .schemes = schemes_.data(),
            .scheme_count = schemes_.size()};
}

void ProgramPlugin::make_table(std::size_t index) {
  const auto& facts = program_->hello().manifest.schemes[index];
  const auto& traits = program_->hello().traits[index];
  auto& made = tables_.emplace_back();
  for (const auto& rule : facts.rules) made.rules.push_back({view(rule.field), view(rule.value)});
  for (const auto& profile : facts.profiles) made.profiles.push_back(view(profile));
  for (const auto& setting : facts.settings) {
    made.settings.push_back({view(setting.key), view(setting.label), view(setting.default_value),
                             setting.is_secret ? std::uint32_t{PINTLE_SETTING_SECRET} : 0U, 0});
  }
  made.slot = std::make_unique<SchemeSlot>(weak_from_this(), index);
  auto& scheme = made.scheme;
  scheme = sized<pintle_scheme>();
  scheme.flags = flags_of(facts, traits);
  scheme.id = view(facts.id);
  scheme.name = view(facts.name);
  scheme.strength = facts.strength;
  scheme.rules_score = facts.score;
  scheme.rules = made.rules.data();
  scheme.rule_count = made.rules.size();
  scheme.rules_reason = view(facts.reason);
  scheme.match = traits.matches ? made.slot->match() : nullptr;
  scheme.open = made.slot->open();
  scheme.close = &close;
  scheme.decorate = &decorate;
  scheme.observe = &observe;
  scheme.begin = &begin;
  scheme.resume = &resume;
  scheme.end = &end;
  scheme.session = &session;
  scheme.describe = &describe;
  scheme.profiles = made.profiles.data();
  scheme.profile_count = made.profiles.size();
  scheme.settings = made.settings.data();
  scheme.setting_count = made.settings.size();
  if (facts.front) made.front = loading::to_json(*facts.front);
  scheme.front = view(made.front);
  if (traits.observed_statuses) {
    scheme.observed_statuses = traits.observed_statuses->data();
    scheme.observed_status_count = traits.observed_statuses->size();
  }
  schemes_.push_back(&scheme);
}

std::int32_t ProgramPlugin::match(std::size_t scheme, const pintle_probe& probe, pintle_match& out,
                                  pintle_error* error) noexcept {
  return guarded_call(error, [&] {
    const auto program = program_for_match(text(probe.base_url));
    const auto reply = program->run()->call(
        "match",
        [&](JsonLine& params) {
          params.text("scheme", program_->hello().manifest.schemes[scheme].id);
          write_probe(params, probe);
        },
        program_->limits().call);
    if (const auto failure = reply.error()) throw Error(*failure);
    const auto match =
        naming_reply(program_->source().file, "match", [&] { return read_match(reply.result()); });
    out.score = match.score;
    const auto size = match.reason.copy(out.reason, sizeof(out.reason) - 1);
    out.reason[size] = '\0';
  });
}

std::int32_t ProgramPlugin::open(std::size_t scheme, const pintle_opening& opening,
                                 pintle_auth*& out, pintle_error* error) noexcept {
  return guarded_call(error, [&] {
    auto auth = naming_reply(program_->source().file, "open", [&] {
      return std::make_unique<ProgramAuth>(program_for_auth(text(opening.base_url)), scheme,
                                           shared_from_this(), opening);
    });
    out = reinterpret_cast<pintle_auth*>(auth.release());
  });
}

}  // namespace pintle::program
