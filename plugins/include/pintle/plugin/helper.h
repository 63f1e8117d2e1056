// SPDX-License-Identifier: Apache-2.0
//
// The need for a helper program, such as a credential helper of the desktop or of a cloud.
//
// Header-only.

/// @file
/// @snippet reference/scheme.cpp helper

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>
#include <pintle/plugin/values.h>

namespace pintle::plugin {

/// Runs a helper program. The scheme knows only its name: which command it is, the connection's
/// settings say (`--helper NAME=COMMAND`). It runs without a shell and without a terminal, and is
/// killed at the operation's time limit.
///
/// The co_await throws the host's Error(config) if the settings do not name the helper, and if it
/// cannot be started, is killed by a signal, takes too long, or prints more than 64 KiB.
class RunHelper {
 public:
  using Answer = class HelperAnswer;

  explicit RunHelper(std::string name) : name_(std::move(name)) {}
  RunHelper(RunHelper&&) = default;
  RunHelper& operator=(RunHelper&&) = delete;
  RunHelper(const RunHelper&) = delete;
  RunHelper& operator=(const RunHelper&) = delete;
  ~RunHelper() { wipe(input_); }

  /// Adds an argument after those of the settings. Never a secret: other users can read it.
  RunHelper argument(std::string word) && {
    arguments_.push_back(std::move(word));
    return std::move(*this);
  }
  /// The text of its standard input, which may be secret; empty without it.
  RunHelper input(std::string text) && {
    input_ = std::move(text);
    return std::move(*this);
  }

  void put(pintle_step& step) {
    step.need = PINTLE_NEED_EXEC;
    step.exec_helper = view(name_);
    views_.clear();
    for (const auto& word : arguments_) views_.push_back(view(word));
    step.exec_arguments = views_.data();
    step.exec_argument_count = views_.size();
    step.exec_input = view(input_);
  }

 private:
  std::string name_;
  std::vector<std::string> arguments_;
  std::string input_;
  std::vector<pintle_view> views_;
};

/// What a helper program returned. Wiped on destruction.
class HelperAnswer {
 public:
  explicit HelperAnswer(const pintle_answer& answer)
      : exit_code_(answer.exec_status), output_(text(answer.exec_output)) {}
  HelperAnswer(HelperAnswer&& other) noexcept
      : exit_code_(other.exit_code_), output_(std::move(other.output_)) {
    wipe(other.output_);
  }
  HelperAnswer& operator=(HelperAnswer&&) = delete;
  HelperAnswer(const HelperAnswer&) = delete;
  HelperAnswer& operator=(const HelperAnswer&) = delete;
  ~HelperAnswer() { wipe(output_); }

  /// 0: it succeeded by its own account.
  std::int32_t exit_code() const noexcept { return exit_code_; }
  /// Its standard output. Treat it as a secret.
  const std::string& output() const noexcept { return output_; }

 private:
  std::int32_t exit_code_;
  std::string output_;
};

}  // namespace pintle::plugin
