// SPDX-License-Identifier: Apache-2.0
//
// The user's own browser, simulated by scripts.

#include "sign_in/browser/system_browser.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"
#include "support/variable.h"

namespace pintle {
namespace {

using test::error_of;
using test::read_text;
using test::TemporaryFolder;
using test::Variable;
using testing::HasSubstr;

constexpr const char* kUrl = "https://gateway.example/login?state=a%20b&c=d";

class SystemBrowser : public testing::Test {
 protected:
  // A program that stores its arguments, one per line, in "<name>.out".
  std::string browser(const std::string& name, const std::string& rest = "") {
    const auto file = folder_ / name;
    test::write_text(file, "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done > '" + file.string() +
                               ".out'\n" + rest + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file.string();
  }
  std::string said_to(const std::string& name) { return read_text(folder_ / (name + ".out")); }

  TemporaryFolder folder_;
  Variable path_{"PATH", folder_.path().string() + ":/usr/bin:/bin"};
  Variable display_{"DISPLAY", ""};
  Variable wayland_{"WAYLAND_DISPLAY", ""};
  Variable browser_{"BROWSER", ""};
  Variable wsl_distro_{"WSL_DISTRO_NAME", ""};
  Variable wsl_interop_{"WSL_INTEROP", ""};
};

TEST_F(SystemBrowser, IsTheOneThatTheUserNamed) {
  const Variable named("BROWSER", browser("mine"));
  open_in_system_browser(kUrl);
  EXPECT_EQ(said_to("mine"), std::string(kUrl) + "\n");
}

TEST_F(SystemBrowser, GetsTheAddressWhereItsCommandSays) {
  const Variable named("BROWSER", browser("mine") + " --new-window --url=%s --quiet");
  open_in_system_browser(kUrl);
  EXPECT_EQ(said_to("mine"), "--new-window\n--url=" + std::string(kUrl) + "\n--quiet\n");
}

TEST_F(SystemBrowser, IsTheNextOneWhereTheFirstIsNotThereOrFails) {
  const Variable named("BROWSER",
                       "no-such-browser:" + browser("bad", "exit 3") + ":" + browser("good"));
  open_in_system_browser(kUrl);
  EXPECT_EQ(said_to("bad"), std::string(kUrl) + "\n");
  EXPECT_EQ(said_to("good"), std::string(kUrl) + "\n");
}

TEST_F(SystemBrowser, IsTheDesktopsWhereNoneIsNamed) {
  browser("xdg-open");
  const Variable screen("DISPLAY", ":99");
  open_in_system_browser(kUrl);
  EXPECT_EQ(said_to("xdg-open"), std::string(kUrl) + "\n");
}

TEST_F(SystemBrowser, IsAwayFromTheTerminalAndInASessionOfItsOwn) {
  const Variable named(
      "BROWSER", browser("mine", "readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 > '" +
                                     (folder_ / "fds").string() + "'\nls /proc/$$/fd > '" +
                                     (folder_ / "open").string() + "'"));
  open_in_system_browser(kUrl);
  // The script redirected its standard output; the others are unchanged.
  EXPECT_THAT(read_text(folder_ / "fds"), HasSubstr("/dev/null\n"));
}

TEST_F(SystemBrowser, SaysThatThereIsNoScreen) {
  browser("xdg-open");
  const auto error = error_of([] { open_in_system_browser(kUrl); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("there is no display"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "xdg-open.out"));
}

TEST_F(SystemBrowser, IsTheOneOfWindowsUnderWsl) {
  browser("xdg-open");
  browser("wslview");
  for (const char* name : {"WSL_DISTRO_NAME", "WSL_INTEROP"}) {
    for (const char* display : {"", ":0"}) {
      SCOPED_TRACE(std::string(name) + ", display " + display);
      const Variable wsl(name, "Ubuntu");
      const Variable screen("DISPLAY", display);
      open_in_system_browser(kUrl);
      EXPECT_EQ(said_to("wslview"), std::string(kUrl) + "\n");
      EXPECT_FALSE(std::filesystem::exists(folder_ / "xdg-open.out"));
      std::filesystem::remove(folder_ / "wslview.out");
    }
  }
}

TEST_F(SystemBrowser, IsNotTheOneOfWindowsIfTheUserNamedAnother) {
  browser("wslview");
  const Variable wsl("WSL_DISTRO_NAME", "Ubuntu");
  const Variable named("BROWSER", browser("mine"));
  open_in_system_browser(kUrl);
  EXPECT_EQ(said_to("mine"), std::string(kUrl) + "\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "wslview.out"));
}

TEST_F(SystemBrowser, IsTheDesktopsUnderWslWithoutWslview) {
  browser("xdg-open");
  const Variable wsl("WSL_DISTRO_NAME", "Ubuntu");
  EXPECT_THAT(error_of([] { open_in_system_browser(kUrl); }).hint(), HasSubstr("wslview"));
  const Variable screen("DISPLAY", ":0");
  open_in_system_browser(kUrl);
  EXPECT_EQ(said_to("xdg-open"), std::string(kUrl) + "\n");
}

TEST_F(SystemBrowser, SaysThatThereIsNone) {
  const Variable screen("DISPLAY", ":99");
  const Variable path("PATH", folder_.path().string());
  const auto error = error_of([] { open_in_system_browser(kUrl); });
  EXPECT_THAT(error.message(), HasSubstr("no browser command worked"));
  EXPECT_THAT(error.hint(), HasSubstr("BROWSER"));
}

TEST_F(SystemBrowser, IsGivenNothingButAnAddress) {
  const Variable named("BROWSER", browser("mine"));
  for (const std::string url :
       {"--version", "-https://a/", "file:///etc/passwd", "javascript:alert(1)", "https://a/ b",
        "https://a/\n", "https://a/\"", "https://a/$(id)", "https://a/`id`", "https://a/;id",
        "ftp://a/", "https://a/\xc3\xb6", ""}) {
    SCOPED_TRACE(url);
    EXPECT_EQ(error_of([&] { open_in_system_browser(url); }).layer(), Layer::config);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "mine.out"));
}

}  // namespace
}  // namespace pintle
