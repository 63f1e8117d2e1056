// SPDX-License-Identifier: Apache-2.0
//
// `pintle ui`: the address, the browser, and the end. tests/ui has the page itself.

#include <signal.h>
#include <string>
#include <sys/stat.h>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

int status_of(const std::string& address) {
  const Poco::URI url(address);
  Poco::Net::HTTPClientSession session(url.getHost(), url.getPort());
  Poco::Net::HTTPRequest request("GET", url.getPath(), "HTTP/1.1");
  session.sendRequest(request);
  Poco::Net::HTTPResponse response;
  session.receiveResponse(response);
  return response.getStatus();
}

std::string address_in(const std::string& text) {
  const auto begin = text.rfind("http://127.0.0.1:");
  return text.substr(begin, text.find_first_of("\r\n\"\x1b", begin) - begin);
}

TEST(UiProgram, PrintsTheAddressAndEndsWithCtrlC) {
  const Program pintle;
  Running ui(pintle, {"ui", "--no-browser", "--json"});
  const auto address = json_of(ui.wait_for("}\n"))->getValue<std::string>("address");
  EXPECT_THAT(address, StartsWith("http://127.0.0.1:"));
  EXPECT_EQ(status_of(address), 303);
  EXPECT_EQ(status_of(address), 403);
  ui.signal(SIGINT);
  const auto ran = ui.finish();
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST(UiProgram, OpensTheBrowserWithTheAddress) {
  Program pintle;
  const auto browser = pintle.home() / "browser";
  write_text(browser, "#!/bin/sh\necho \"$1\" > " + (pintle.home() / "seen").string() + "\n");
  ::chmod(browser.c_str(), 0700);
  pintle.set("BROWSER", browser.string());
  Running ui(pintle, {"ui"});
  ui.wait_for("is open in your browser");
  const auto seen = read_text(pintle.home() / "seen");
  EXPECT_EQ(status_of(seen.substr(0, seen.find('\n'))), 303);
}

TEST(UiProgram, PrintsTheAddressIfThereIsNoBrowser) {
  const Program pintle;
  Running ui(pintle, {"ui"});
  const auto out = ui.wait_for("/open/");
  EXPECT_THAT(out, HasSubstr("it works once"));
  ui.signal(SIGINT);
  // There is nobody to press it.
  EXPECT_THAT(ui.finish().err, testing::Not(HasSubstr("Enter")));
}

TEST(UiProgram, PrintsANewAddressForEnter) {
  const Program pintle;
  AtTerminal ui(pintle, {"ui", "--no-browser"});
  const auto first = address_in(ui.wait_for("Ctrl-C ends the page"));
  ui.type("\n");
  const auto second = address_in(ui.wait_for("no longer valid"));
  EXPECT_NE(first, second);
  EXPECT_EQ(status_of(first), 403);
  EXPECT_EQ(status_of(second), 303);
  ui.type("\x03");
  EXPECT_EQ(ui.finish().code, 0);
}

TEST(UiProgram, RefusesAPortThatIsNone) {
  Program pintle;
  EXPECT_EQ(pintle.run({"ui", "--port", "70000"}).code, 2);
  EXPECT_EQ(pintle.run({"ui", "https://gateway.example"}).code, 2);
}

}  // namespace
}  // namespace pintle::test
