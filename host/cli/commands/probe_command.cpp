// SPDX-License-Identifier: Apache-2.0
#include <pintle/core/gateway/profile.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/catalogue.h>

#include "choice_output.h"
#include "commands.h"
#include "connection_options.h"
#include "interrupt.h"
#include "output.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + printable(part, 60);
  return text;
}

std::string describe(const Provider& provider) {
  return provider.display_name +
         (provider.display_name == provider.name ? "" : " [" + provider.name + "]") +
         (provider.supports_password ? " (password)" : "");
}

std::string probe_json(const Probe& probe, const GatewayUrl& url) {
  std::vector<std::string> providers;
  providers.reserve(probe.providers.size());
  for (const auto& provider : probe.providers) {
    providers.push_back(JsonObject()
                            .text("name", provider.name)
                            .text("display_name", provider.display_name)
                            .boolean("supports_password", provider.supports_password)
                            .str());
  }
  JsonObject object;
  object.text("url", url.text())
      .text("profile", probe.profile)
      .text_if_any("version", probe.version)
      .text_if_any("release_date", probe.release_date)
      .boolean("auth_required", probe.auth_required);
  if (!probe.auth_flows.empty()) object.raw("auth_flows", json_strings(probe.auth_flows));
  if (!providers.empty()) object.raw("providers", json_list(providers));
  object.text_if_any("install_id", probe.install_id);
  return object.str();
}

void print_probe(const Probe& probe, const GatewayUrl& url, const std::string& kind) {
  const auto line = [](const char* name, const std::string& value) {
    print_line(styled(Style::dim, padded(name, 10)) + value);
  };
  line("gateway", url.display_text());
  line("profile", kind);
  line("version",
       (probe.version.empty() ? "unknown" : printable(probe.version, 40)) +
           (probe.release_date.empty() ? "" : " (" + printable(probe.release_date, 40) + ")"));
  const auto* off =
      probe.profile == kHermesProfile ? "off: no sign-in, but a session token is needed" : "off";
  line("gate", probe.auth_required ? "on: requires a sign-in" : off);
  std::vector<std::string> providers;
  providers.reserve(probe.providers.size());
  for (const auto& provider : probe.providers) providers.push_back(describe(provider));
  if (probe.auth_required)
    line("sign-in", providers.empty() ? "no provider is listed" : joined(providers));
  if (!probe.auth_flows.empty()) line("flows", joined(probe.auth_flows));
}

int run(const Invocation& invocation) {
  const UserHost user;
  auto connection = user.open(invocation);
  const auto asked = connection.settings().url.text();
  const auto [url, probe] = [&] {
    const Progress progress("asking " + asked);
    return connection.find_gateway(interrupted());
  }();
  if (url.text() != asked) {
    note("pintle: there is no gateway at " + asked + ", but one at " + url.text());
  }
  const auto front = connection.front_facts().scheme;
  loading::Choice choice;
  std::optional<Error> failure;
  try {
    choice = connection.choose_for(probe);
  } catch (const Error& error) {
    failure = error;
  }
  if (invocation.json()) {
    JsonObject object;
    object.raw("probe", probe_json(probe, url));
    object.text_if_any("front", front);
    if (failure) {
      object.raw("error", error_members(*failure));
    } else {
      object.text("scheme", choice.facts.id);
      add_library(object, choice.where);
      object.raw("schemes", table_json(choice.table));
    }
    print_line(object.str());
    return failure ? exit_code(failure->layer()) : kOk;
  }
  const auto profiles = user.host().profiles();
  const auto* profile = profiles.find(probe.profile);
  print_probe(
      probe, url,
      profile == nullptr ? probe.profile : printable(profile->name, 60) + " [" + profile->id + "]");
  if (!front.empty()) print_line(styled(Style::dim, "front     ") + front);
  if (failure) return report(*failure, false);
  print_line(styled(Style::dim, "scheme    ") + styled(Style::good, choice.facts.id) + ": " +
             choice.table.front().why);
  print_line("");
  print_table(choice.table);
  return kOk;
}

}  // namespace

void print_table(const std::vector<loading::SchemeFit>& rows) {
  Table table({"SCHEME", "SCORE", "VERDICT", "WHY", "FROM"});
  for (const auto& row : rows) {
    const auto style = row.verdict == loading::Verdict::chosen    ? Style::good
                       : row.verdict == loading::Verdict::refused ? Style::bad
                                                                  : Style::plain;
    table.add({row.scheme, row.score == 0 ? "-" : std::to_string(row.score),
               styled(style, name_of(row.verdict)), row.why, row.where});
  }
  table.print();
}

void add_library(JsonObject& object, const std::string& where) {
  if (where != loading::kBuiltIn) object.text("library", where);
}

std::string table_json(const std::vector<loading::SchemeFit>& rows) {
  std::vector<std::string> list;
  list.reserve(rows.size());
  for (const auto& row : rows) {
    JsonObject object;
    object.text("scheme", row.scheme);
    if (row.score != 0) object.number("score", row.score);
    object.text("verdict", name_of(row.verdict)).text("why", row.why);
    add_library(object, row.where);
    list.push_back(object.str());
  }
  return json_list(list);
}

Command probe_command() {
  return {"probe",
          "[NAME|URL]",
          "Show what a gateway is and which scheme signs in to it",
          "Never sends a credential. Shows which scheme would be used, and why.",
          with_connection_options({}),
          run};
}

}  // namespace pintle::cli
