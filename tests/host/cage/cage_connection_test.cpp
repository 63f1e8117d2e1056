// SPDX-License-Identifier: Apache-2.0
//
// Connections whose schemes run in the cage, and a hostile one beside a live connection.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>

#include "caged_library.h"
#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::int64_t kLongMs = 20'000;

// The processes that this one has started.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::ifstream in(task.path() / "children");
    pid_t pid = 0;
    while (in >> pid) found.push_back(pid);
  }
  return found;
}

class InTheCage : public testing::Test {
 protected:
  // A host with the bundled schemes as libraries, and no other.
  HostOptions options(loading::Cage cage = loading::Cage::always) {
    HostOptions made;
    made.paths.plugin_folders = {fs::path(TOKEN_PLUGIN).parent_path()};
    made.paths.load_check_program = LOAD_CHECK;
    made.loading.cage = cage;
    made.sessions = std::make_shared<FileSessionStore>(folder_ / "sessions");
    return made;
  }

  void put_hostile(const std::string& name) {
    fs::create_directories(folder_ / "plugins");
    test::write_text(folder_ / "plugins" / "hostile.so", program::hostile_library(name));
    test::write_text(folder_ / "plugins" / "hostile.json", R"({"manifest": 1,
        "name": "pintle-hostile", "version": "1.0.0", "abi": 1, "schemes": [{"id": "hostile",
        "name": "Hostile", "strength": 10, "score": 40, "reason": "a test",
        "sends_secret": false, "rules": []}]})");
  }

  test::TemporaryFolder folder_;
};

TEST_F(InTheCage, TheTokenSchemeSignsInCallsAndConnects) {
  practice::Gateway gateway(test::token_gate());
  auto connection = Host(options()).open(test::settings_for(gateway, test::token_input(folder_)));
  EXPECT_EQ(test::get_sessions(connection), 200);
  EXPECT_EQ(children().size(), 1U);
  auto live = connection.live({}, {});
  live.wait_until_ready(kLongMs);
  connection.sign_out();
}

TEST_F(InTheCage, TheOAuthSchemeSignsInMintsTicketsAndSignsOut) {
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    practice::Gateway gateway(test::PracticeHost::usual(gate));
    auto settings = test::settings_for(gateway, test::password_inputs(folder_));
    settings.scheme_settings = test::password_settings();
    auto connection = Host(options()).open(settings);
    EXPECT_EQ(test::get_sessions(connection), 200);
    EXPECT_THAT(std::string(connection.ws_url().url.reveal()), HasSubstr("ticket="));
    auto live = connection.live({}, {});
    live.wait_until_ready(kLongMs);
    connection.sign_out();
  }
}

TEST_F(InTheCage, ARefusedTokenIsASignInAsOutside) {
  practice::Gateway gateway(test::token_gate());
  auto connection = Host(options()).open(
      test::settings_for(gateway, test::token_input(folder_, "another-token-abcdefghijk")));
  EXPECT_TRUE(test::error_of([&] { test::get_sessions(connection); }).needs_sign_in());
}

TEST_F(InTheCage, TheBundledSchemesAreNoThirdPartys) {
  practice::Gateway gateway(test::token_gate());
  const auto settings = test::settings_for(gateway, test::token_input(folder_));
  auto connection = Host(options(loading::Cage::third_party)).open(settings);
  EXPECT_EQ(test::get_sessions(connection), 200);
  EXPECT_EQ(children().size(), 0U);
}

// The same file elsewhere is a third party's, until the app trusts it.
TEST_F(InTheCage, ALibraryOfAnotherFolderIsAThirdPartys) {
  practice::Gateway gateway(test::token_gate());
  const auto settings = test::settings_for(gateway, test::token_input(folder_));
  const auto library = folder_ / "mine.so";
  fs::copy_file(TOKEN_PLUGIN, library);
  fs::copy_file(fs::path(TOKEN_PLUGIN).replace_extension(".json"), folder_ / "mine.json");
  auto with = options(loading::Cage::third_party);
  with.paths.plugin_folders = {folder_.path()};
  {
    auto connection = Host(with).open(settings);
    EXPECT_EQ(test::get_sessions(connection), 200);
    EXPECT_EQ(children().size(), 1U);
  }
  with.loading.trusted.push_back(library);
  auto connection = Host(with).open(settings);
  EXPECT_EQ(test::get_sessions(connection), 200);
  EXPECT_EQ(children().size(), 0U);
}

TEST_F(InTheCage, EachConnectionHasAProcessOfItsOwn) {
  practice::Gateway gateway(test::token_gate());
  const Host host(options());
  const auto settings = test::settings_for(gateway, test::token_input(folder_));
  auto first = host.open(settings);
  EXPECT_EQ(test::get_sessions(first), 200);
  const auto of_first = children();
  auto second = host.open(settings);
  EXPECT_EQ(test::get_sessions(second), 200);
  EXPECT_EQ(children().size(), 2U);
  for (const auto pid : of_first) ::kill(pid, SIGKILL);
  EXPECT_EQ(test::get_sessions(second), 200);
  EXPECT_EQ(test::get_sessions(first), 200);  // it is started again
}

TEST_F(InTheCage, AHostileSchemeDoesNotDisturbALiveConnection) {
  practice::Gateway gateway(test::token_gate());
  const auto settings = test::settings_for(gateway, test::token_input(folder_));
  auto good = options();
  good.paths.plugin_folders.insert(good.paths.plugin_folders.begin(), folder_ / "plugins");
  put_hostile("nothing");
  auto connection = Host(good).open(settings);
  auto live = connection.live({}, {});
  live.wait_until_ready(kLongMs);
  while (live.next(0)) {
  }
  for (const auto* act : {"load:abort", "load:kill-parent", "load:close-all", "open:socket",
                          "open:open", "decorate:recurse", "decorate:garbage", "decorate:ptrace",
                          "decorate:execve", "observe:fork", "decorate:endless-stdout"}) {
    SCOPED_TRACE(act);
    put_hostile(act);
    auto hostile_settings = test::settings_for(gateway);
    hostile_settings.scheme = "hostile";
    auto hostile = Host(good).open(hostile_settings);
    const auto error = test::error_of([&] { test::get_sessions(hostile); });
    EXPECT_EQ(error.layer(), Layer::plugin) << error.message();
    EXPECT_THAT(error.message(), AllOf(HasSubstr((folder_ / "plugins" / "hostile.so").string()),
                                       HasSubstr("the caged library")));
    EXPECT_EQ(test::get_sessions(connection), 200);
  }
  // It was ready, and has been nothing else since.
  while (const auto event = live.next(0)) {
    if (event->kind == LiveEvent::Kind::state) {
      EXPECT_EQ(event->state->kind, LiveState::Kind::ready);
    }
  }
  EXPECT_EQ(live.state().kind, LiveState::Kind::ready);
}

TEST_F(InTheCage, NothingRunsWithoutTheProgramThatIsTheCage) {
  practice::Gateway gateway(test::token_gate());
  auto without = options();
  without.paths.load_check_program = folder_ / "pintle-load-check";
  auto connection = Host(without).open(test::settings_for(gateway, test::token_input(folder_)));
  const auto error = test::error_of([&] { test::get_sessions(connection); });
  EXPECT_EQ(error.layer(), Layer::plugin);
  EXPECT_THAT(error.message(), HasSubstr("must run in the cage, but there is no"));
}

}  // namespace
}  // namespace pintle
