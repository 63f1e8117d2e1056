// SPDX-License-Identifier: Apache-2.0
//
// A headless browser that a test drives in place of the user.
//
// Threads: one.

#pragma once

#include <string>

#include "sign_in/browser/browser_process.h"
#include "sign_in/browser/devtools.h"

namespace pintle::test {

class DrivenBrowser {
 public:
  DrivenBrowser() : tools_(process_.pipe(), limit_, {}) { tools_.attach(); }

  void open(const std::string& url) {
    DevTools::Object where = new Poco::JSON::Object;
    where->set("url", url);
    tools_.call("Page.navigate", where);
  }

  /// Runs a script on the current page until it returns true.
  void until(const std::string& script) {
    for (;;) {
      DevTools::Object what = new Poco::JSON::Object;
      what->set("expression", script);
      const auto result = tools_.call("Runtime.evaluate", what)->getObject("result");
      if (result && result->optValue<bool>("value", false)) return;
      tools_.pause(std::chrono::milliseconds(50));
    }
  }

 private:
  HumanWait limit_{30'000};
  BrowserProcess process_{{.headless = true}};
  DevTools tools_;
};

}  // namespace pintle::test
