// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/doctor.h>
#include <pintle/settings.h>

#include "commands.h"
#include "connection_options.h"
#include "interrupt.h"
#include "output.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

using Verdict = DoctorStep::Verdict;

constexpr std::size_t kIndent = 37;  // Where the findings begin.

Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return Style::good;
    case Verdict::warning:
      return Style::warn;
    case Verdict::failed:
      return Style::bad;
    case Verdict::skipped:
      return Style::dim;
  }
  return Style::plain;
}

std::string tenths(double milliseconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", milliseconds);
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

// Further lines begin below the first.
std::string indented(std::string text) {
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    text.insert(at + 1, std::string(kIndent, ' '));
  }
  return text;
}

std::string status_of(const Error& error) {
  return error.http_status() == 0 ? "" : " (HTTP " + std::to_string(error.http_status()) + ")";
}

void print_step(const DoctorStep& step, bool with_details) {
  if (!step.blocked_by.empty()) return;  // `print_not_checked` has them all.
  const bool was_run = step.verdict != Verdict::skipped;
  const auto style = style_of(step.verdict);
  const auto time = was_run ? tenths(step.duration_ms) + " ms" : std::string("-");
  const auto finding = indented(step.finding) + (step.error ? status_of(*step.error) : "");
  print_line(styled(style, padded(name_of(step.verdict), 9)) + padded(step.title, 15) +
             styled(Style::dim, right(time, 11)) + "  " +
             (was_run ? finding : styled(Style::dim, finding)));
  const std::string indent(kIndent, ' ');
  if (step.error && !step.error->hint().empty()) {
    print_line(indent + styled(style, indented(hint_of(*step.error))));
  }
  const bool is_trouble = step.verdict == Verdict::failed || step.verdict == Verdict::warning;
  if (!with_details && !is_trouble) return;
  for (const auto& fact : step.facts) {
    print_line(indent + styled(Style::dim, fact.name + ": ") + indented(fact.value));
  }
}

std::string step_json(const DoctorStep& step) {
  std::vector<std::string> facts;
  facts.reserve(step.facts.size());
  for (const auto& fact : step.facts) {
    facts.push_back(JsonObject().text("name", fact.name).text("value", fact.value).str());
  }
  JsonObject object;
  object.text("id", step.id)
      .text("title", step.title)
      .text("verdict", name_of(step.verdict))
      .raw("duration_ms", tenths(step.duration_ms))
      .text("finding", step.finding);
  if (!facts.empty()) object.raw("facts", json_list(facts));
  if (step.error) object.raw("error", error_members(*step.error));
  return object.str();
}

std::string diagnosis_json(const std::vector<DoctorStep>& steps,
                           const std::optional<ConnectionSettings>& settings) {
  JsonObject object;
  if (settings) {
    object.text("url", settings->url.text());
    if (!settings->name.empty()) object.text("name", settings->name);
  }
  const auto* failed = first_failed(steps);
  object.boolean("ok", failed == nullptr);
  if (failed != nullptr) object.text("failed", failed->id);
  std::vector<std::string> list;
  list.reserve(steps.size());
  for (const auto& step : steps) list.push_back(step_json(step));
  return object.raw("steps", json_list(list)).str();
}

void print_not_checked(const std::vector<DoctorStep>& steps) {
  std::string titles;
  for (const auto& step : steps) {
    if (!step.blocked_by.empty()) titles += (titles.empty() ? "" : ", ") + step.title;
  }
  if (titles.empty()) return;
  print_line(styled(Style::dim, padded("skipped", 9) + "not checked: " + titles));
}

void print_summary(const std::vector<DoctorStep>& steps) {
  print_not_checked(steps);
  if (const auto* failed = first_failed(steps)) {
    print_line("\n" + styled(Style::bad, "The step " + failed->title + " failed."));
    return;
  }
  const auto warnings = std::count_if(steps.begin(), steps.end(), [](const DoctorStep& step) {
    return step.verdict == Verdict::warning;
  });
  print_line("\n" + (warnings == 0
                         ? styled(Style::good, "All steps passed.")
                         : styled(Style::warn, "No step failed; see the warnings above.")));
}

// A report hides the name of the connection, also one that is not saved.
Error without_name(const Error& error, const std::string& name) {
  constexpr std::string_view kInstead = "NAME";
  const auto replaced = [&](std::string text) {
    for (auto at = text.find(" " + name); at != std::string::npos;
         at = text.find(" " + name, at + kInstead.size())) {
      text.replace(at + 1, name.size(), kInstead);
    }
    return text;
  };
  Error made(error.layer(), replaced(error.message()));
  return made.with_hint(replaced(error.hint())).with_user_action(error.needs_user_action());
}

int run(const Invocation& invocation) {
  const bool is_report = invocation.has("report");
  const bool is_live = !is_report && !invocation.json();
  if (invocation.has("with-hosts") && !is_report) {
    throw UsageError("--with-hosts is for --report");
  }
  std::unique_ptr<Progress> progress;
  DoctorCallbacks callbacks;
  callbacks.on_start = [&](const DoctorStep& step) {
    progress = std::make_unique<Progress>("checking: " + step.title);
  };
  callbacks.on_finish = [&](const DoctorStep& step) {
    progress.reset();
    if (is_live) print_step(step, invocation.has("details"));
  };
  std::optional<ConnectionSettings> settings;
  std::vector<DoctorStep> steps;
  try {
    const UserHost user;
    settings = user.settings_for(invocation);
    steps = diagnose(user.host(), *settings, callbacks, interrupted());
  } catch (const Error& error) {
    if (settings) throw;  // Standard output, say, cannot be written.
    const auto& target = invocation.target();
    const bool hides = is_report && target && is_connection_name(*target);
    steps = diagnose_invalid_settings(hides ? without_name(error, *target) : error, callbacks);
  }
  progress.reset();
  if (interrupted().stop_requested()) return report_interrupted(invocation.json());
  if (is_report) {
    const auto report = doctor_report(
        steps, settings ? &*settings : nullptr,
        {.program = "pintle " PINTLE_VERSION, .with_hosts = invocation.has("with-hosts")});
    print_line(invocation.json() ? JsonObject().text("report", report).str() : report);
  } else if (invocation.json()) {
    print_line(diagnosis_json(steps, settings));
  } else {
    print_summary(steps);
  }
  const auto* failed = first_failed(steps);
  return failed == nullptr ? kOk : exit_code(failed->error->layer());
}

}  // namespace

Command doctor_command() {
  return {
      "doctor",
      "[NAME|URL]",
      "Find out which step of a connection fails, and what to do about it",
      "Checks each step: the settings, the host's name and each of its addresses, the proxy, "
      "TLS, who answers, the gateway's clock, the scheme, the session store, the session, and "
      "a WebSocket up to the answer to a request. Each step takes at most as long as --timeout "
      "allows. Sends no credential before the gateway has answered a probe, and then no more "
      "than connect does. A step that depends on a failed one is not checked. The exit code is "
      "that of the first failed step.",
      with_connection_options({{"details", "", "Show the details of every step"},
                               {"report", "",
                                "Print a report for a public issue, without secrets, user names or "
                                "host names"},
                               {"with-hosts", "", "Keep host names and addresses in the report"}}),
      run};
}

}  // namespace pintle::cli
