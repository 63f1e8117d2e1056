// SPDX-License-Identifier: Apache-2.0
//
// The hostile library of a test, which does the one thing that its case names, in the cage.
//
// Threads: the test's.

#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/files/unique_fd.h>

#include "program_scheme/program_plugin.h"
#include "support/scheme_driver.h"
#include "support/temporary_folder.h"

namespace pintle::program {

/// Returns the hostile library with `name` as its case: "open:fork".
inline std::string hostile_library(std::string_view name) {
  constexpr std::string_view kMark = "PINTLE-HOSTILE-CASE";
  auto bytes = test::read_text(HOSTILE_SCHEME);
  const auto at = bytes.find(kMark);
  std::string written(name);
  written.resize(64);
  return bytes.replace(at, written.size(), written);
}

inline constexpr std::chrono::milliseconds kLong{20'000};
inline constexpr ProgramLimits kPatient{.hello = kLong, .call = kLong, .step = kLong};

/// Runs a library with these bytes in the cage. Throws what it fails with at once.
inline std::shared_ptr<ProgramPlugin> start_library(std::string_view bytes,
                                                    const ProgramLimits& limits = kPatient) {
  auto copy = std::make_shared<UniqueFd>(::memfd_create("hostile", MFD_CLOEXEC));
  if (::write(copy->get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw Error(Layer::plugin, "the test has no memory");
  }
  return ProgramPlugin::start(
      {.file = "/plugins/hostile.so", .digest = {}, .cage = PINTLE_CAGE, .copy = std::move(copy)},
      limits);
}

/// Makes each call that a connection makes. Returns the error of the first that fails, with the
/// name of its layer: "plugin: …"; empty: none fails.
inline std::string failure_of(std::string_view name, const ProgramLimits& limits = kPatient) {
  try {
    const auto plugin = start_library(hostile_library(name), limits);
    const auto& scheme = *plugin->table().schemes[0];
    const auto said = [](std::int32_t code, const pintle_error& error) {
      if (code == PINTLE_OK) return std::string();
      return (code == PINTLE_LAYER_PLUGIN ? "plugin: " : "another layer: ") +
             std::string(error.message);
    };
    const auto probe = test::sized<pintle_probe>();
    auto match = test::sized<pintle_match>();
    auto error = test::sized<pintle_error>();
    if (const auto code = scheme.match(&probe, &match, &error); code != PINTLE_OK) {
      return said(code, error);
    }
    test::SchemeDriver driver(scheme);
    if (driver.code == PINTLE_OK) driver.decorate();
    if (driver.code == PINTLE_OK) driver.observe(200);
    if (driver.code == PINTLE_OK) driver.begin(PINTLE_SIGN_IN);
    if (driver.code == PINTLE_OK) driver.describe();
    return said(driver.code, driver.error);
  } catch (const Error& error) {
    return (error.layer() == Layer::plugin ? "plugin: " : "another layer: ") + error.message();
  }
}

}  // namespace pintle::program
