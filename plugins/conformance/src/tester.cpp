// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include <pintle/conformance/script.h>
#include <pintle/conformance/tester.h>
#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/loading/trusted_file.h>

#include "memory_check.h"
#include "worker_process.h"

namespace pintle::conformance {
namespace {

constexpr std::size_t kMaxScript = 1 << 20;
constexpr int kMaxCrashes = 40;
constexpr int kMaxHangs = 3;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const auto end = line.find('\t', at);
    parts.push_back(line.substr(at, end - at));
    if (end == std::string::npos) return parts;
    at = end + 1;
  }
}

int number_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What the processor stopped (memory.h).
std::string what_was_touched(Rule rule) {
  switch (rule) {
    case Rule::sizes:
      return "a call touches memory beyond a struct";
    case Rule::views:
      return "a call touches memory beyond a view";
    case Rule::borrowed:
      return "a call reads the input of an earlier call";
    default:
      return "";
  }
}

class Test {
 public:
  Test(const std::filesystem::path& file, const TestOptions& options)
      : file_(file), options_(options) {}

  TestReport run() {
    check_script();
    bool complete = false;
    while (!complete && !is_hopeless()) complete = run_worker();
    if (options_.valgrind) run_valgrind();
    for (const auto& [key, finding] : findings_) report_.findings.push_back(finding);
    std::stable_sort(
        report_.findings.begin(), report_.findings.end(),
        [](const Finding& one, const Finding& other) { return one.rule < other.rule; });
    return std::move(report_);
  }

 private:
  void check_script() const {
    if (options_.script.empty()) return;
    const auto text = read_file(options_.script, kMaxScript);
    if (!text) throw Error(Layer::config, options_.script.string() + ": there is no such file");
    try {
      parse_script(*text);
    } catch (const Error& error) {
      throw Error(Layer::config, options_.script.string() + ": " + error.message());
    }
  }

  bool is_hopeless() {
    if (crashes_ < kMaxCrashes && hangs_ < kMaxHangs) return false;
    note("the rest was not tested: the scheme ended or hung its process too often");
    return true;
  }

  std::vector<std::string> command(const std::string& mode) const {
    return {loading::trusted_program(options_.worker).string(),
            file_.string(),
            options_.script.empty() ? "-" : options_.script.string(),
            std::to_string(options_.seed),
            std::to_string(options_.seeds),
            std::to_string(first_scenario_),
            std::to_string(first_case_),
            mode};
  }

  // Returns true if the worker has done all that was left.
  bool run_worker() {
    WorkerProcess worker(command("all"), options_.stderr_variables);
    case_ = {};
    scenario_ = -1;
    fatal_ = Rule::script;
    fatal_what_.clear();
    has_ended_ = false;
    std::string line;
    auto got = WorkerProcess::Got::line;
    while (!has_ended_ && got == WorkerProcess::Got::line) {
      got = worker.read_line(line, options_.call_limit_ms);
      if (got == WorkerProcess::Got::line) take(split(line));
    }
    const bool hung = got == WorkerProcess::Got::nothing;
    const bool is_foreign = got == WorkerProcess::Got::foreign;
    auto how = worker.wait(hung || is_foreign ? 0 : 2'000);
    if (has_ended_) return true;
    if (is_foreign) {
      ++crashes_;
      add(Rule::no_io, "the scheme writes to a descriptor of the test");
    } else if (hung) {
      ++hangs_;
      add(Rule::returns,
          "a call does not return within " + std::to_string(options_.call_limit_ms) + " ms");
    } else {
      ++(fatal_ == Rule::returns ? hangs_ : crashes_);
      if (how.empty()) how = "the process ended with exit code 0";
      const bool is_known = fatal_ != Rule::script;
      add(is_known ? fatal_ : case_.fatal, is_known ? fatal_what_ : how);
    }
    // Each case of a scenario needs what it does as scripted: if that ends the process, none is
    // left.
    if (case_.number > 0) {
      first_scenario_ = scenario_;
      first_case_ = case_.number + 1;
    } else {
      first_scenario_ = scenario_ + 1;
      first_case_ = 0;
    }
    // It ended before the first scenario, and would do so for ever.
    if (scenario_ < 0) crashes_ = kMaxCrashes;
    return false;
  }

  void take(const std::vector<std::string>& parts) {
    const auto& kind = parts.front();
    if (kind == "end") has_ended_ = true;
    if (parts.size() < 2) return;
    if (kind == "scenario") {
      scenario_ = number_of(parts[1]);
    } else if (kind == "case" && parts.size() == 5) {
      case_ = {number_of(parts[1]), rule_from_number(number_of(parts[2])), parts[3], parts[4]};
      ++report_.cases;
      if (options_.progress) options_.progress(report_.cases, case_.place);
    } else if (kind == "finding" && parts.size() == 3) {
      add(rule_from_number(number_of(parts[1])), parts[2]);
    } else if (kind == "fatal") {
      fatal_ = rule_from_number(number_of(parts[1]));
      fatal_what_ = parts.size() == 3 ? parts[2] : what_was_touched(fatal_);
    } else if (kind == "note") {
      note(parts[1]);
    } else if (kind == "decorate_ns") {
      report_.decorate_ns = std::max<std::int64_t>(report_.decorate_ns, number_of(parts[1]));
    }
  }

  void add(Rule rule, const std::string& what) {
    const auto where = case_.variant.empty() ? case_.place : case_.place + ", " + case_.variant;
    auto [at, is_new] =
        findings_.try_emplace({rule, case_.place, what}, Finding{rule, where, what});
    if (!is_new) ++at->second.times;
  }

  void note(const std::string& text) {
    auto& notes = report_.notes;
    if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(text);
  }

  void run_valgrind() {
    first_scenario_ = first_case_ = 0;
    const auto found = check_memory(command("memory"), options_.call_limit_ms * 20);
    if (!found) note("memory was not checked: valgrind is not installed");
    if (!found) return;
    case_ = {.place = "under valgrind"};
    for (const auto& each : *found) add(Rule::memory, each);
  }

  struct Case {
    int number = -1;
    Rule fatal = Rule::survives;
    std::string place{};
    std::string variant{};
  };

  std::filesystem::path file_;
  const TestOptions& options_;
  TestReport report_;
  std::map<std::tuple<Rule, std::string, std::string>, Finding> findings_;
  Case case_;
  Rule fatal_ = Rule::script;  // not a rule: nothing was told
  std::string fatal_what_;
  bool has_ended_ = false;
  int scenario_ = -1;
  int first_scenario_ = 0;
  int first_case_ = 0;
  int crashes_ = 0;
  int hangs_ = 0;
};

}  // namespace

TestReport test_plugin(const std::filesystem::path& file, const TestOptions& options) {
  return Test(file, options).run();
}

}  // namespace pintle::conformance
