// SPDX-License-Identifier: Apache-2.0
#include "c_api/host.h"

#include <memory>
#include <utility>

#include "c_api/built_in.h"
#include "c_api/edge.h"
#include "c_api/loading_rules.h"
#include "c_api/log.h"
#include "c_api/session_store.h"

namespace pintle::c_api {
namespace {

HostOptions host_options(const pintle_host_options& given,
                         const std::shared_ptr<CallbackStore>& store) {
  const auto folder = text(given.session_folder, "session_folder");
  const auto folders = list(given.plugin_folders, given.plugin_folder_count, "plugin_folders");
  const bool bundled_only = (given.flags & PINTLE_HOST_BUNDLED_ONLY) != 0;
  const bool forgets = (given.flags & PINTLE_HOST_FORGETS_SESSIONS) != 0;
  if (bundled_only && !folders.empty()) {
    refuse("PINTLE_HOST_BUNDLED_ONLY and plugin_folders are mutually exclusive");
  }
  if (forgets && !folder.empty()) {
    refuse("PINTLE_HOST_FORGETS_SESSIONS and session_folder are mutually exclusive");
  }
  if (store && (forgets || !folder.empty())) {
    refuse("session_store excludes PINTLE_HOST_FORGETS_SESSIONS and session_folder");
  }
  // A daemon may have no home folder: require one only if it is used.
  const bool needs_home = !(bundled_only && (forgets || store || !folder.empty()));
  auto options = needs_home ? HostOptions::standard() : HostOptions{};
  options.proxy_environment = (given.flags & PINTLE_HOST_NO_PROXY_ENVIRONMENT) == 0;
  if ((given.flags & PINTLE_HOST_GENERATE_TRACEPARENT) != 0) {
    options.trace_context = TraceContext::generate;
  }
  options.built_in = built_in_schemes();
  if (bundled_only) options.paths.plugin_folders.clear();
  if (!folders.empty()) {
    options.paths.plugin_folders.clear();
    for (const auto& one : folders) {
      options.paths.plugin_folders.emplace_back(text(one, "plugin_folders"));
    }
  }
  if (const auto program = text(given.load_check_program, "load_check_program"); !program.empty())
    options.paths.load_check_program = program;
  apply_loading_rules(given, options.loading);
  if (forgets) options.sessions.reset();
  if (store) options.sessions = store;
  if (!folder.empty()) {
    options.paths.sessions = folder;
    options.sessions = std::make_shared<FileSessionStore>(options.paths.sessions);
  }
  return options;
}

}  // namespace
}  // namespace pintle::c_api

using namespace pintle;

pintle_host* pintle_host_new(const pintle_host_options* options, pintle_error* error) {
  pintle_host* made = nullptr;
  c_api::guarded(error, [&] {
    const auto given = c_api::sized_or_default(options, "pintle_host_options");
    const auto hook = c_api::log_hook(given);
    const auto store = given.session_store == nullptr
                           ? nullptr
                           : std::make_shared<c_api::CallbackStore>(given.session_store);
    auto made_options = c_api::host_options(given, store);
    made_options.log = c_api::log_options(given, hook);
    made = new pintle_host{Host(std::move(made_options))};
    if (hook) hook->adopt();
    if (store) store->adopt();
  });
  return made;
}

void pintle_host_destroy(pintle_host* host) { delete host; }

std::uint32_t pintle_api_version() { return PINTLE_API_MAJOR << 16 | PINTLE_API_MINOR; }

const char* pintle_version() { return PINTLE_VERSION; }
