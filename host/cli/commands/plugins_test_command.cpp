// SPDX-License-Identifier: Apache-2.0
#include "plugins_test_command.h"

#include <cstdlib>
#include <filesystem>

#include <pintle/conformance/tester.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/load_check.h>
#include <pintle/program_loader.h>

#include "caged_plugin.h"
#include "output.h"
#include "plugin_file.h"
#include "plugin_policy.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

namespace fs = std::filesystem;

constexpr long long kMaxSeeds = 1'000'000;
// An interpreter starts slowly from a cold disk; a call that hangs is stopped by the worker.
constexpr int kProgramLimitMs = 20'000;

std::string findings_json(const std::vector<conformance::Finding>& findings) {
  std::vector<std::string> list;
  list.reserve(findings.size());
  for (const auto& finding : findings) {
    list.push_back(JsonObject()
                       .text("rule", conformance::name_of(finding.rule))
                       .text("what", finding.what)
                       .text("where", finding.where)
                       .number("times", finding.times)
                       .str());
  }
  return json_list(list);
}

void print_findings(const std::vector<conformance::Finding>& findings) {
  Table table({"RULE", "TIMES", "WHERE", "WHAT"});
  for (const auto& finding : findings) {
    table.add({styled(Style::bad, conformance::name_of(finding.rule)),
               std::to_string(finding.times), printable(finding.where, 90),
               printable(finding.what, 200)});
  }
  table.print();
  print_line("");
}

// "good  my-scheme.so  1432 cases, decorate 83 ns"
void print_verdict(const fs::path& file, const conformance::TestReport& report) {
  const auto count = report.findings.size();
  const auto verdict = count == 0   ? styled(Style::good, "good")
                       : count == 1 ? styled(Style::bad, "1 finding")
                                    : styled(Style::bad, std::to_string(count) + " findings");
  auto line =
      verdict + "  " + file.filename().string() + "  " + std::to_string(report.cases) + " cases";
  if (report.decorate_ns >= 0) {
    line += ", decorate " + std::to_string(report.decorate_ns) + " ns";
  }
  print_line(line);
  for (const auto& note : report.notes)
    print_line(styled(Style::dim, "note  " + printable(note, 300)));
  if (count != 0) print_line(styled(Style::dim, "The rules: docs/plugin-rules.md"));
}

// As a host loads it.
void load(const UserHost& user, const fs::path& file) {
  const auto digest = check_before_opening(user.options().loading, file);
  if (is_library(file) && is_caged(user, file)) {
    described_in_the_cage(user, file);
  } else if (is_library(file)) {
    loading::LoadCheck(user.paths().load_check_program, {}).run(file, digest);
  } else {
    program_loader()(file, digest);
  }
}

// Of a program: a library that writes there breaks R18. The variable is that of ErrorDisplay
// (host/src/program_scheme/error_display.h).
void show_errors(const fs::path& file, conformance::TestOptions& options) {
  if (is_library(file)) {
    throw UsageError("--show-stderr is for a program: a library's output is a finding (R18)");
  }
  constexpr const char* kVariable = "PINTLE_SHOW_SCHEME_STDERR";
  ::setenv(kVariable, "1", 1);  // for the first start, in this process
  options.stderr_variables = {std::string(kVariable) + "=1"};
}

// A plugin that cannot be loaded is a finding as well, and the only one.
conformance::TestReport report_of(const UserHost& user, const fs::path& file,
                                  const conformance::TestOptions& options) {
  try {
    load(user, file);
  } catch (const Error& error) {
    conformance::TestReport report;
    report.findings.push_back({conformance::Rule::loads, file.string(), error.message()});
    return report;
  }
  return conformance::test_plugin(file, options);
}

}  // namespace

std::vector<Option> plugins_test_options() {
  return {{"script", "FILE", "The gateway's and the user's answers (docs/plugin-rules.md)"},
          {"seeds", "N", "This many random orders of calls (20)"},
          {"seed", "S", "The seed of the first of them (1); a finding names its own"},
          {"show-stderr", "", "Show what a program writes on its standard error"},
          {"valgrind", "", "Look for leaks and invalid accesses of a library, too"}};
}

int test_plugin(const Invocation& invocation, const std::string& name) {
  const UserHost user;
  const auto file = plugin_file(name);
  if (invocation.has("show-stderr")) Progress::disable();
  Progress progress("testing " + file.filename().string());
  conformance::TestOptions options;
  options.worker = user.paths().load_check_program.parent_path() / "pintle-scheme-test";
  if (const auto script = invocation.get("script")) options.script = fs::absolute(*script);
  options.seeds = static_cast<int>(invocation.number("seeds", 0, kMaxSeeds).value_or(20));
  options.seed =
      static_cast<std::uint64_t>(invocation.number("seed", 0, 1'000'000'000'000'000).value_or(1));
  options.valgrind = invocation.has("valgrind") && is_library(file);
  if (!is_library(file)) options.call_limit_ms = kProgramLimitMs;
  if (invocation.has("show-stderr")) show_errors(file, options);
  options.progress = [&](int cases, const std::string& place) {
    if (cases % 100 == 0)
      progress.update(std::to_string(cases) + " cases, " + printable(place, 60));
  };
  const auto report = report_of(user, file, options);
  progress.end();
  const int code = report.findings.empty() ? int{kOk} : exit_code(Layer::plugin);
  if (invocation.json()) {
    JsonObject object;
    object.text("file", file.string())
        .boolean("good", report.findings.empty())
        .number("cases", report.cases)
        .raw("findings", findings_json(report.findings))
        .raw("notes", json_strings(report.notes));
    if (report.decorate_ns >= 0) object.number("decorate_ns", report.decorate_ns);
    print_line(object.str());
    return code;
  }
  if (!report.findings.empty()) print_findings(report.findings);
  print_verdict(file, report);
  return code;
}

}  // namespace pintle::cli
