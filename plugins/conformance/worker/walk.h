// SPDX-License-Identifier: Apache-2.0
//
// Plays a scenario with a scheme: begins its operations one after the other, and answers each need
// as the script says, unless the case answers it in its own way.
//
// Threads: one.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "subject.h"
#include "templates.h"

namespace pintle::conformance {

/// A need that a scenario reached.
struct Reached {
  std::uint32_t operation = 0;
  std::string place{};  ///< "sign-in, POST /login"
  Step step{};
  Answer answer{};  ///< As the script has it.
};

enum class Ended { done, failed, cancelled, endless };

/// Changes the script's answer to the need of that number, counted through the whole scenario.
/// Nothing: ends the operation instead.
using Answering = std::function<std::optional<Answer>(std::size_t number, const Step&, Answer)>;

class Walk {
 public:
  Walk(Subject& subject, const Scenario& scenario, const std::string& base_url)
      : subject_(subject), scenario_(scenario), base_url_(base_url) {}

  /// Opens the auth of the scenario.
  bool open(const std::string& session = {}) {
    return subject_.open(scenario_, base_url_, session);
  }
  /// Runs one operation.
  Ended run(const ScriptOperation& operation, const Answering& answering = {});
  /// Runs all operations of the scenario; ends early if one is not done.
  Ended run_all(const Answering& answering = {});

  /// The script's answer to the subject's step.
  Answer scripted_answer();

  /// All needs so far.
  const std::vector<Reached>& reached() const noexcept { return reached_; }
  Subject& subject() noexcept { return subject_; }
  const Scenario& scenario() const noexcept { return scenario_; }
  const std::string& base_url() const noexcept { return base_url_; }

 private:
  const ScriptAnswer* find_answer(const Step& step);
  void answer_input(const ScriptAnswer* from, const Step& step, Answer& answer);
  void answer_browser(const ScriptAnswer* from, const Step& step, Answer& answer);
  Fields expanded(const Fields& fields);
  std::string expanded(const std::string& text);

  Subject& subject_;
  const Scenario& scenario_;
  std::string base_url_;
  TemplateValues values_;
  std::vector<bool> used_;
  std::vector<Reached> reached_;
};

/// The value of that key, or empty.
std::string find_field(const Fields& fields, const std::string& key);

}  // namespace pintle::conformance
