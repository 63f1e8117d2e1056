// SPDX-License-Identifier: Apache-2.0
#include "host_options.h"

#include <cstdio>
#include <string>
#include <utility>

namespace pintle_node {
namespace {

using AppFunctions = HostOptions::AppFunctions;

std::string field_text(const pintle_log_field& field) {
  switch (field.kind) {
    case PINTLE_LOG_INTEGER:
      return "n" + std::to_string(field.integer);
    case PINTLE_LOG_NUMBER: {
      char text[32];
      std::snprintf(text, sizeof(text), "n%.17g", field.number);
      return text;
    }
    case PINTLE_LOG_BOOLEAN:
      return field.integer != 0 ? "b1" : "b0";
    default:
      return "t" + text_of(field.text);
  }
}

void on_log(void* user, const pintle_log_record* record) {
  const auto* log = static_cast<AppFunctions*>(user);
  Message message{.what = "log", .target = log->id};
  message.texts.reserve(5 + 2 * record->field_count);
  message.texts = {std::to_string(record->level), text_of(record->area), text_of(record->event),
                   text_of(record->connection), std::to_string(record->time_ms)};
  for (std::size_t i = 0; i < record->field_count; ++i) {
    message.texts.push_back(text_of(record->fields[i].name));
    message.texts.push_back(field_text(record->fields[i]));
  }
  log->questions->notify(std::move(message));
}

Message about(const char* what, const AppFunctions& store, const pintle_session_key& key) {
  return {.what = what,
          .target = store.id,
          .texts = {text_of(key.connection), text_of(key.url), text_of(key.scheme)}};
}

std::int32_t layer_of(const Answer& answer, pintle_error* error) {
  if (answer.kind != Answer::Kind::refused) return PINTLE_OK;
  std::snprintf(error->message, sizeof(error->message), "%s", answer.text.c_str());
  return PINTLE_LAYER_STORE;
}

std::int32_t load(void* user, const pintle_session_key* key, pintle_secret_sink* session,
                  pintle_error* error) {
  const auto& store = *static_cast<AppFunctions*>(user);
  const auto answer =
      store.questions->ask(about("load", store, *key), pintle_secret_cancel_fd(session), -1);
  if (answer.kind == Answer::Kind::given) pintle_secret_give(session, view_of(answer.text));
  return layer_of(answer, error);
}

std::int32_t save(void* user, const pintle_session_key* key, pintle_view session,
                  pintle_error* error) {
  const auto& store = *static_cast<AppFunctions*>(user);
  auto message = about("save", store, *key);
  message.bytes = text_of(session);
  message.has_bytes = true;
  return layer_of(store.questions->ask(std::move(message), -1, -1), error);
}

std::int32_t erase(void* user, const pintle_session_key* key, pintle_error* error) {
  const auto& store = *static_cast<AppFunctions*>(user);
  return layer_of(store.questions->ask(about("erase", store, *key), -1, -1), error);
}

}  // namespace

void fill_in(pintle_session_store& store, AppFunctions* functions) {
  store.user = functions;
  store.load = load;
  store.save = save;
  store.erase = erase;
  store.where = [](void* user, const pintle_session_key*, pintle_secret_sink* text) {
    static_cast<void>(user);
    pintle_secret_give(text, pintle_text("the store of this app"));
  };
  store.release = [](void* user) {
    const std::unique_ptr<AppFunctions> released(static_cast<AppFunctions*>(user));
    released->questions->notify({.what = "release", .target = released->id});
  };
}

HostOptions::HostOptions(const Napi::Object& given, double id,
                         std::shared_ptr<Questions> questions) {
  auto& to = options_;
  to.flags = flags(given);
  to.session_folder = texts_.view(given, "sessionFolder");
  point_to(texts_.views(given, "pluginFolders"), to.plugin_folders, to.plugin_folder_count);
  to.load_check_program = texts_.view(given, "loadCheckProgram");
  point_to(texts_.views(given, "allowedSchemes"), to.allowed_schemes, to.allowed_scheme_count);
  point_to(texts_.fields(given, "pins"), to.pins, to.pin_count);
  point_to(texts_.views(given, "trustedLibraries"), to.trusted_libraries, to.trusted_library_count);
  to.cage = flags(given, "cage");
  to.log_level = flags(given, "logLevel");
  if (to.log_level != 0) {
    log_ = std::make_unique<AppFunctions>(AppFunctions{questions, id});
    to.log_user = log_.get();
    to.on_log = on_log;
    to.on_log_release = [](void* user) {
      const std::unique_ptr<AppFunctions> released(static_cast<AppFunctions*>(user));
      released->questions->notify({.what = "release_log", .target = released->id});
    };
  }
  if (given.Get("hasStore").ToBoolean()) {
    store_functions_ = std::make_unique<AppFunctions>(AppFunctions{std::move(questions), id});
    fill_in(store_, store_functions_.get());
    to.session_store = &store_;
  }
}

void HostOptions::taken() noexcept {
  [[maybe_unused]] const auto* log = log_.release();
  [[maybe_unused]] const auto* store = store_functions_.release();
}

}  // namespace pintle_node
