// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/loading in the API reference. Each asserts what it shows.
//
//     reference-loading LOAD_CHECK_PROGRAM LIBRARY

#undef NDEBUG
#include <cassert>
#include <filesystem>
#include <string>

#include <pintle/bundled.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/chooser.h>
#include <pintle/loading/front_rules.h>
#include <pintle/loading/library.h>
#include <pintle/loading/load_check.h>
#include <pintle/loading/loader.h>
#include <pintle/loading/manifest.h>
#include <pintle/loading/probe_view.h>
#include <pintle/loading/profiles.h>
#include <pintle/loading/status_rules.h>

namespace {

namespace loading = pintle::loading;

void manifest() {
  //! [manifest]
  const pintle_plugin_table& table = *pintle::bundled_plugins().front();
  const loading::Manifest manifest = loading::manifest_of(table);
  assert(!manifest.schemes.front().id.empty());
  assert(loading::parse_manifest(loading::to_json(manifest)) == manifest);
  //! [manifest]
}

void front_rules() {
  //! [front_rules]
  const loading::FrontRules rules = loading::parse_front_rules(
      R"({"answers": [{"status": 401, "header": {"name": "WWW-Authenticate", "prefix": "Basic"}}]})");
  pintle::HttpResponse response{.status = 401};
  response.headers.add("WWW-Authenticate", "Basic realm=\"staff only\"");
  assert(rules.match(response, pintle::GatewayUrl::parse("https://gateway.example")));
  //! [front_rules]
}

void catalogue() {
  //! [catalogue]
  const auto catalogue = loading::Catalogue::read({"/opt/app/plugins"}, pintle::bundled_plugins());
  for (const loading::Entry& entry : catalogue.entries()) {
    assert(entry.fault.empty());  // otherwise it says why the scheme cannot be loaded
  }
  assert(catalogue.find("token")->where() == "built in");
  //! [catalogue]
}

void profiles() {
  //! [profiles]
  const auto profiles = loading::Profiles::read({"/opt/app/plugins"});
  for (const loading::ProfileEntry& entry : profiles.entries()) {
    assert(entry.fault.empty());  // otherwise it says why the profile cannot be used
  }
  assert(profiles.find("hermes")->ws_path == "/api/ws");
  //! [profiles]
}

void load(const std::filesystem::path& load_check_program) {
  const auto catalogue = loading::Catalogue::read({}, pintle::bundled_plugins());
  //! [loader]
  loading::Loader loader({.allowed = {"token"}, .pins = {}},
                         loading::LoadCheck(load_check_program, ""));
  const pintle_scheme& scheme = loader.load(*catalogue.find("token"));
  assert(scheme.open != nullptr);
  assert(!loader.refusal("oauth").empty());  // not on the allow-list
  //! [loader]
}

void load_check(const std::filesystem::path& load_check_program,
                const std::filesystem::path& library) {
  //! [load_check]
  const std::string digest = loading::digest_of(library);
  assert(digest.size() == 64);
  const loading::LoadCheck check(load_check_program, "");  // without a cache
  check.run(library, digest);  // throws if the library crashes or hangs a child process
  //! [load_check]
}

void open_library(const std::filesystem::path& library) {
  //! [library]
  const pintle_plugin_table& table = loading::open_library(library);
  assert(table.abi_major == PINTLE_ABI_MAJOR);
  assert(table.scheme_count > 0);
  //! [library]
}

void choose(const std::filesystem::path& load_check_program) {
  //! [choose]
  const auto catalogue = loading::Catalogue::read({}, pintle::bundled_plugins());
  loading::Loader loader({.cage = loading::Cage::never},
                         loading::LoadCheck(load_check_program, ""));
  const auto url = pintle::GatewayUrl::parse("https://gateway.example");
  pintle::HttpResponse status;
  status.status = 200;
  status.body = R"({"version":"0.16.0","auth_required":false})";

  const auto choice = loading::choose(catalogue, loader, pintle::read_status(status, url), url, {});
  assert(choice.facts.id == "token");
  assert(choice.table.front().verdict == loading::Verdict::chosen);
  //! [choose]
}

void probe_view() {
  //! [probe_view]
  pintle::Probe probe;
  probe.auth_required = true;
  probe.auth_flows = {"cookie"};
  const loading::ProbeView view(probe, pintle::GatewayUrl::parse("https://gateway.example"));
  assert(view.get().auth_required == 1 && view.get().auth_flow_count == 1);
  //! [probe_view]
}

void status_rules() {
  //! [status_rules]
  pintle::Probe probe;
  probe.body = R"({"version":"0.16.0","auth_flows":["native_pkce"]})";
  loading::SchemeFacts scheme;
  scheme.rules = {{"auth_flows", "\"cookie\""}};
  const loading::StatusRules status(probe);
  assert(status.broken_by(scheme) == "it is for gateways with auth_flows \"cookie\"");
  //! [status_rules]
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  manifest();
  front_rules();
  catalogue();
  profiles();
  load(argv[1]);
  load_check(argv[1], argv[2]);
  open_library(argv[2]);
  choose(argv[1]);
  probe_view();
  status_rules();
}
