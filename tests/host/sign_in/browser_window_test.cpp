// SPDX-License-Identifier: Apache-2.0
//
// Pintle's own window, headless, with the installed browser; skipped if there is none.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/transport.h"
#include "sign_in/browser/browser_process.h"
#include "sign_in/cookie_visit.h"
#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/scripted_server.h"
#include "support/scripted_user.h"
#include "support/temporary_folder.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// The processes whose command line names that folder.
std::vector<pid_t> processes_of(const fs::path& folder) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    std::ostringstream line;
    line << file.rdbuf();  // does not throw if the process has ended meanwhile
    if (line.str().find(folder.string()) != std::string::npos) found.push_back(pid);
  }
  return found;
}

class BrowserWindow : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_installed_browser()) {
      GTEST_SKIP() << "no Chrome, Chromium or Edge is installed: apt-get install chromium";
    }
  }
  // Nothing of the window remains, however it ended.
  void TearDown() override {
    EXPECT_THAT(processes_of(state_.path()), testing::IsEmpty());
    if (fs::exists(state_ / "windows")) {
      EXPECT_TRUE(fs::is_empty(state_ / "windows"));
    }
  }

  CookieVisit visit(const std::string& url, std::vector<std::string> names = {"session"}) const {
    CookieVisit made;
    made.url = url;
    made.names = std::move(names);
    made.state_folder = state_.path();
    made.headless = true;
    return made;
  }

  std::vector<std::string> cookies(const CookieVisit& of, const std::string& gateway,
                                   std::int64_t timeout_ms = 60'000,
                                   const std::stop_token& cancel = {}) {
    const ConnectionSettings settings{.url = GatewayUrl::parse(gateway)};
    std::vector<std::string> pairs;
    for (const auto& cookie : make_visit(of, settings, ui_, HumanWait(timeout_ms), cancel)) {
      pairs.push_back(cookie.name + "=" + std::string(cookie.value.reveal()));
    }
    return pairs;
  }

  TemporaryFolder state_;
  test::ScriptedUser ui_ = test::absent_user();  // The window is all that there is to see.
};

// A gateway of one page: its response, and the header fields.
auto page(std::string fields, std::string body = "<p>hello</p>") {
  return [fields, body](test::ScriptedPeer& peer) {
    while (!peer.read_request().empty()) {
      if (!peer.send(test::answer("200 OK", body, "Content-Type: text/html\r\n" + fields))) return;
    }
  };
}

TEST_F(BrowserWindow, EndsWithTheGatewaysCookiesThatWereNamed) {
  test::ScriptedServer gateway(
      page("Set-Cookie: session=\"quoted+value/==\"; Path=/; HttpOnly\r\n"
           "Set-Cookie: refresh=r1; Path=/hermes; HttpOnly\r\n"
           "Set-Cookie: other=o1; Path=/\r\n"
           "Set-Cookie: elsewhere=e1; Path=/other\r\n"));
  EXPECT_THAT(
      cookies(visit("/login", {"session", "refresh", "elsewhere"}), gateway.url() + "/hermes"),
      UnorderedElementsAre("session=\"quoted+value/==\"", "refresh=r1"));
  EXPECT_THAT(ui_.messages, HasSubstr(gateway.url() + "/hermes/login"));
}

TEST_F(BrowserWindow, TellsWhenACookieLapses) {
  test::ScriptedServer gateway(
      page("Set-Cookie: session=\"a b,c\"; Path=/; Max-Age=900\r\n"
           "Set-Cookie: refresh=r1; Path=/\r\n"));
  const ConnectionSettings settings{.url = GatewayUrl::parse(gateway.url())};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  std::map<std::string, std::int64_t> lapse;
  for (const auto& cookie :
       make_visit(visit("/login", {"session", "refresh"}), settings, ui_, HumanWait(60'000), {})) {
    lapse[cookie.name] = cookie.expires_ms;
  }
  EXPECT_GE(lapse["session"], now_ms + 900'000 - 1'000);
  EXPECT_LE(lapse["session"], now_ms + 960'000);
  EXPECT_EQ(lapse["refresh"], 0) << "it goes with the browser's session";
}

TEST_F(BrowserWindow, LeavesTheCookiesOfOtherSitesAlone) {
  // The same machine under another name: the page there sets a cookie of the same name and
  // redirects.
  test::ScriptedServer other(page("Set-Cookie: session=others; Path=/\r\n"));
  test::ScriptedServer gateway([&](test::ScriptedPeer& peer) {
    while (true) {
      const auto request = peer.read_request();
      if (request.empty()) return;
      const bool back = request.starts_with("GET /back ");
      peer.send(test::answer("200 OK",
                             back ? "<p>back</p>"
                                  : "<iframe src=\"" + other.url("http", "localhost") +
                                        "/\" onload=\"location='/back'\"></iframe>",
                             std::string("Content-Type: text/html\r\n") +
                                 (back ? "Set-Cookie: session=ours; Path=/\r\n" : "")));
    }
  });
  EXPECT_THAT(cookies(visit("/login"), gateway.url()), ElementsAre("session=ours"));
}

TEST_F(BrowserWindow, SignsInAtAPracticeGateway) {
  auto options = test::cookie_gate();
  options.quoted_cookies = true;
  practice::Gateway gateway(std::move(options));
  // In place of the user: this page sends the password form's request.
  test::ScriptedServer hand(page(
      "", "<script>fetch('" + gateway.url() +
              "/auth/password-login', {method: 'POST', mode: 'no-cors', credentials: 'include', "
              "body: JSON.stringify({provider: 'basic', username: 'ada', password: 'practice'})})"
              "</script>"));
  auto of = visit(hand.url() + "/", {"hermes_session_at", "hermes_session_rt"});
  auto settings = test::settings_for(gateway);
  settings.allowed_origins = {hand.url()};
  const auto found = make_visit(of, settings, ui_, HumanWait(60'000), {});
  ASSERT_EQ(found.size(), 2U);
  // As they were set, quotes included (gateway-contract 3), so that they can be returned unchanged.
  for (const auto& cookie : found) EXPECT_EQ(cookie.value.reveal().front(), '"') << cookie.name;
}

TEST_F(BrowserWindow, EndsWhenTheGatewayItselfAnswersWithAllItsCookies) {
  test::ScriptedServer gateway(
      page("Set-Cookie: door_0=a; Path=/\r\nSet-Cookie: door_1=b; Path=/\r\n"
           "Set-Cookie: whole=c; Path=/; Domain=door.localhost\r\n"
           "Set-Cookie: hermes_session_at=own; Path=/\r\n"
           "Set-Cookie: elsewhere=e1; Path=/other\r\n"));
  auto of = visit("/", {});
  int asked = 0;
  of.reaches_gateway = [&](const Secret& sent) {
    EXPECT_THAT(sent.reveal(), HasSubstr("door_0=a"));
    EXPECT_THAT(sent.reveal(), testing::Not(HasSubstr("hermes_session")));
    return ++asked == 2;  // the wall takes its time
  };
  EXPECT_THAT(cookies(of, gateway.url("http", "gw.door.localhost")),
              UnorderedElementsAre("door_0=a", "door_1=b", "whole=c"));
  EXPECT_EQ(asked, 2);
}

TEST_F(BrowserWindow, BeginsWithTheCookiesOfWhatStandsInFront) {
  test::ScriptedServer gateway(page("Set-Cookie: session=s; Path=/\r\n"));
  auto of = visit("/login");
  of.cookies = Secret("door_0=a; door_1=b==");
  EXPECT_THAT(cookies(of, gateway.url()), ElementsAre("session=s"));
  EXPECT_THAT(gateway.requests().front(), HasSubstr("Cookie: door_0=a; door_1=b==\r\n"));
}

TEST_F(BrowserWindow, SignsInAtTheLoginPageInFrontOfAPracticeGateway) {
  auto options = test::cookie_gate();
  options.wall = practice::Wall::page;
  practice::Gateway gateway(std::move(options));
  // In place of the user: this page sends the login page's form.
  const auto field = [](const std::string& name, const std::string& value) {
    return "<input name='" + name + "' value='" + value + "'>";
  };
  test::ScriptedServer hand(page(
      "", "<form method='post' action='" + gateway.identity_url() + "/idp/authorize'>" +
              field("redirect_uri", gateway.url() + "/wall/auth/callback") +
              field("state", "wall") + field("user", "ada") + field("password", "practice") +
              field("decision", "approve") + "</form><script>document.forms[0].submit()</script>"));
  auto of = visit(hand.url() + "/", {});
  net::Transport transport({.gateway = GatewayUrl::parse(gateway.url())});
  of.reaches_gateway = [&](const Secret& sent) {
    HttpRequest request{.target = "/api/status"};
    request.headers.add("Cookie", sent.reveal());
    return transport.exchange(request).status == 200;
  };
  auto settings = test::settings_for(gateway);
  settings.allowed_origins = {hand.url()};
  std::vector<std::string> names;
  for (const auto& cookie : make_visit(of, settings, ui_, HumanWait(60'000), {})) {
    names.push_back(cookie.name);
  }
  EXPECT_THAT(names, UnorderedElementsAre("wall_session_0", "wall_session_1"));
}

TEST_F(BrowserWindow, EndsAtACancelAndWhenTheTimeIsOver) {
  test::ScriptedServer gateway(page(""));
  const auto over = error_of([&] { return cookies(visit("/login"), gateway.url(), 1'500); });
  EXPECT_EQ(over.layer(), Layer::gate);
  EXPECT_THAT(over.message(), HasSubstr("the sign-in timed out after 2 s"));
  std::stop_source stop;
  ui_.on_message = [&] { stop.request_stop(); };
  const auto cancelled =
      error_of([&] { return cookies(visit("/login"), gateway.url(), 60'000, stop.get_token()); });
  EXPECT_THAT(cancelled.message(), HasSubstr("cancelled"));
}

TEST_F(BrowserWindow, SaysThatTheUserClosedIt) {
  test::ScriptedServer gateway(page("", "<script>setTimeout(() => window.close(), 10)</script>"));
  const auto error = error_of([&] { return cookies(visit("/login"), gateway.url()); });
  EXPECT_EQ(error.layer(), Layer::gate);
  EXPECT_THAT(error.message(), HasSubstr("the window was closed"));
}

TEST_F(BrowserWindow, SaysThatTheBrowserBroke) {
  test::ScriptedServer gateway(page(""));
  ui_.on_message = [&] {
    for (const auto pid : processes_of(state_.path())) ::kill(pid, SIGKILL);
  };
  const auto error = error_of([&] { return cookies(visit("/login"), gateway.url()); });
  EXPECT_THAT(error.message(), HasSubstr("the browser ended before the sign-in was finished"));
  EXPECT_THAT(error.message(), HasSubstr("signal 9"));
}

TEST_F(BrowserWindow, ShowsNoAddressToOtherUsersOfTheMachine) {
  test::ScriptedServer gateway(page("Set-Cookie: session=s1; Path=/\r\n"));
  std::string lines;
  ui_.on_message = [&] {
    for (const auto pid : processes_of(state_.path())) {
      try {
        lines += test::read_text("/proc/" + std::to_string(pid) + "/cmdline");
      } catch (const std::exception&) {
        // It ended since it was listed.
      }
    }
    struct stat facts {};
    for (const auto& entry : fs::directory_iterator(state_ / "windows")) {
      ASSERT_EQ(::stat(entry.path().c_str(), &facts), 0);
      EXPECT_EQ(facts.st_mode & 0777, 0700U);
    }
  };
  cookies(visit("/login?state=s3cret"), gateway.url());
  EXPECT_THAT(lines, HasSubstr("--remote-debugging-pipe"));
  EXPECT_THAT(lines, testing::Not(HasSubstr("s3cret")));
}

TEST_F(BrowserWindow, RemovesWhatAKilledProcessLeft) {
  const auto child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  const auto left = state_ / ("windows/window-" + std::to_string(child) + "-abcdef");
  fs::create_directories(left / "Default");
  const auto in_use = state_ / ("windows/window-" + std::to_string(::getpid()) + "-abcdef");
  fs::create_directories(in_use);
  { const BrowserProfile profile(state_.path()); }
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::remove(in_use));
}

TEST(BrowserWindowOnABareMachine, SaysWhatIsMissing) {
  const std::string path = std::getenv("PATH");
  const char* display = std::getenv("DISPLAY");
  const std::string screen = display != nullptr ? display : "";
  ::unsetenv("DISPLAY");
  ::unsetenv("WAYLAND_DISPLAY");
  if (find_installed_browser()) {
    EXPECT_THAT(error_of([] { BrowserProcess({}); }).message(), HasSubstr("there is no display"));
  }
  ::setenv("PATH", "/nonexistent", 1);
  const auto error = error_of([] { BrowserProcess({}); });
  ::setenv("PATH", path.c_str(), 1);
  if (!screen.empty()) ::setenv("DISPLAY", screen.c_str(), 1);
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("no supported browser is installed"));
}

}  // namespace
}  // namespace pintle
