// SPDX-License-Identifier: Apache-2.0
//
// The report for a public issue.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <pwd.h>
#include <string>
#include <sys/utsname.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <pintle/core/text/printable.h>
#include <pintle/doctor.h>

#include "doctor/redaction.h"
#include "doctor/time_text.h"

namespace pintle {
namespace {

using Kind = DoctorStep::Fact::Kind;

constexpr std::string_view kVia = "Via";
constexpr std::string_view kServer = "Server";
constexpr std::size_t kVerdictColumn = 9;
constexpr std::size_t kTitleColumn = 15;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

// PRETTY_NAME of os-release(5).
std::string distribution() {
  std::ifstream in("/etc/os-release");
  constexpr std::string_view kKey = "PRETTY_NAME=";
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(kKey)) continue;
    line.erase(0, kKey.size());
    line.erase(std::remove(line.begin(), line.end(), '"'), line.end());
    return printable(line, 80);
  }
  return {};
}

std::string system_text() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown system";
  const auto known = distribution();
  return std::string(names.sysname) + " " + names.release + " " + names.machine +
         (known.empty() ? "" : ", " + known);
}

void hide_user(doctor::Redaction& redaction, const char* name) {
  if (name != nullptr && std::string_view(name) != "root") redaction.hide(name, "(user)");
}

// The user of this process, whose name is in paths.
void hide_own_user(doctor::Redaction& redaction) {
  if (const char* home = std::getenv("HOME")) redaction.hide_folder(home, "~");
  // Of a container that has no entry for its user, and of the user in front of sudo.
  for (const char* variable : {"USER", "LOGNAME", "SUDO_USER"}) {
    hide_user(redaction, std::getenv(variable));
  }
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return;
  }
  redaction.hide_folder(entry.pw_dir, "~");
  hide_user(redaction, entry.pw_name);
}

// "xn--bcher-kva.example (bücher.example)" has a second name.
void hide_both_forms(doctor::Redaction& redaction, const std::string& host) {
  redaction.hide_host(host);
  const auto both = display_host(host);
  const auto open = both.find('(');
  if (open != std::string::npos) redaction.hide(both.substr(open), "");
}

void hide_settings(doctor::Redaction& redaction, const ConnectionSettings& settings) {
  hide_both_forms(redaction, settings.url.host());
  redaction.hide_hosts_in(settings.proxy);
  for (const auto& origin : settings.allowed_origins) redaction.hide_hosts_in(origin);
  redaction.hide(settings.url.prefix(), "/…");
  if (settings.name.size() > 2) redaction.hide(settings.name, "(name)");
  for (const auto* inputs : {&settings.inputs, &settings.front_inputs, &settings.store_inputs}) {
    for (const auto& [key, source] : *inputs) {
      if (source.kind() != SecretSource::Kind::file) redaction.hide(source.where(), "(hidden)");
    }
  }
  if (settings.session_store.find("://") != std::string::npos) {
    redaction.hide(settings.session_store, "(store)");
  }
  for (const auto& [name, command] : settings.helpers) redaction.hide(command, "(hidden)");
}

// A list of host names, or a text with some in it: "O = Example, CN = gateway.example".
void hide_host_fact(doctor::Redaction& redaction, std::string_view value) {
  redaction.hide_hosts_in(value);
  while (!value.empty()) {
    const auto end = value.find(", ");
    const auto one = value.substr(0, end);
    value = end == std::string_view::npos ? std::string_view() : value.substr(end + 2);
    if (one.find_first_of(" =/") == std::string_view::npos) redaction.hide_host(one);
  }
}

void hide_facts(doctor::Redaction& redaction, const std::vector<DoctorStep>& steps) {
  for (const auto& step : steps) {
    for (const auto& fact : step.facts) {
      if (fact.kind == Kind::host && fact.name != kVia) hide_host_fact(redaction, fact.value);
      if (fact.kind == Kind::user) redaction.hide(fact.value, "(user)");
    }
  }
}

std::string error_text(const Error& error) {
  std::string text(name_of(error.layer()));
  if (error.http_status() != 0) text += ", HTTP " + std::to_string(error.http_status());
  return text;
}

std::string value_of(const DoctorStep::Fact& fact, doctor::Redaction& redaction) {
  if (fact.name == kVia) return redaction.via(fact.value);
  if (fact.name == kServer) return redaction.products(fact.value);
  return fact.value;
}

std::string step_text(const DoctorStep& step, doctor::Redaction& redaction) {
  const std::string indent(kVerdictColumn + kTitleColumn, ' ');
  std::string text = padded(name_of(step.verdict), kVerdictColumn) +
                     padded(step.title, kTitleColumn) + step.finding;
  if (step.verdict != DoctorStep::Verdict::skipped) {
    text += " [" + doctor::milliseconds_text(step.duration_ms) + "]";
  }
  if (step.error) {
    text += "\n" + indent + "layer: " + error_text(*step.error);
    if (!step.error->hint().empty()) text += "\n" + indent + "hint: " + step.error->hint();
  }
  for (const auto& fact : step.facts) {
    text += "\n" + indent + fact.name + ": " + value_of(fact, redaction);
  }
  return text + "\n";
}

// The steps that depend on a failed one, in a line; empty if there are none.
std::string not_checked_text(const std::vector<DoctorStep>& steps) {
  std::string titles;
  for (const auto& step : steps) {
    if (!step.blocked_by.empty()) titles += (titles.empty() ? "" : ", ") + step.title;
  }
  return titles.empty() ? "" : padded("skipped", kVerdictColumn) + "not checked: " + titles + "\n";
}

}  // namespace

std::string doctor_report(const std::vector<DoctorStep>& steps, const ConnectionSettings* settings,
                          const DoctorReportOptions& options) {
  doctor::Redaction redaction(options.with_hosts);
  hide_own_user(redaction);
  if (settings != nullptr) hide_settings(redaction, *settings);
  hide_facts(redaction, steps);
  std::string text = "```\n";
  if (!options.program.empty()) text += options.program + "\n";
  text += system_text() + "\n" + OpenSSL_version(OPENSSL_VERSION) + "\n";
  if (!options.with_hosts) text += "host names and addresses are replaced\n";
  text += "\n";
  for (const auto& step : steps) {
    if (step.blocked_by.empty()) text += redaction.apply(step_text(step, redaction));
  }
  return text + not_checked_text(steps) + "```";
}

}  // namespace pintle
