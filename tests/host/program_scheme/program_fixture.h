// SPDX-License-Identifier: Apache-2.0
//
// A scheme program of a test, in a folder of its own, driven through its table.

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/loading/load_check.h>

#include "program_scheme/program_plugin.h"
#include "support/scheme_driver.h"
#include "support/temporary_folder.h"

namespace pintle::program {

class WithProgram : public testing::Test {
 protected:
  /// Starts a copy of scripted_scheme.py. With the interpreter itself, for the python3 of PATH may
  /// be a script that opens descriptors.
  const pintle_scheme& scripted() {
    file_ = folder_ / "scripted_scheme.py";
    auto text = test::read_text(SCRIPTED_SCHEME);
    test::write_text(file_, text.replace(0, text.find('\n'), "#!" PYTHON3));
    std::filesystem::permissions(file_, std::filesystem::perms::owner_all);
    return start();
  }

  /// Starts a program with this text.
  const pintle_scheme& start(std::string_view text) {
    file_ = folder_ / "program";
    test::write_text(file_, text);
    std::filesystem::permissions(file_, std::filesystem::perms::owner_all);
    return start();
  }

  const pintle_scheme& start() {
    plugin_ = ProgramPlugin::start(file_, loading::digest_of(file_), limits_);
    return *plugin_->table().schemes[0];
  }

  static std::string fact(test::SchemeDriver& driver, std::string_view name) {
    for (const auto& [key, value] : driver.describe()) {
      if (key == name) return value;
    }
    ADD_FAILURE() << "no fact " << name << ": " << driver.error.message;
    return {};
  }

  static pid_t pid_of(test::SchemeDriver& driver) { return std::stoi(fact(driver, "pid")); }

  test::TemporaryFolder folder_;
  std::filesystem::path file_;
  ProgramLimits limits_;
  std::shared_ptr<ProgramPlugin> plugin_;
};

}  // namespace pintle::program
