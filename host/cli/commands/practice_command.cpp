// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <optional>
#include <string>
#include <unistd.h>

#include <pintle/files/durable_file.h>
#include <pintle/secret_source.h>

#include "base/private_folder.h"
#include "commands.h"
#include "interrupt.h"
#include "output.h"
#include "practice/server/gateway.h"

namespace pintle::cli {
namespace {

practice::Options options_of(const Invocation& invocation) {
  const auto generation = invocation.get("generation");
  auto options = generation ? practice::options_of_generation(*generation) : practice::Options();
  if (const auto gate = invocation.get("gate")) options.gate = practice::gate_from_name(*gate);
  if (const auto wall = invocation.get("wall")) options.wall = practice::wall_from_name(*wall);
  if (const auto port = invocation.number("port", 0, 65535)) {
    options.port = static_cast<std::uint16_t>(*port);
  }
  if (const auto prefix = invocation.get("prefix")) {
    options.prefix = (prefix->starts_with('/') ? "" : "/") + *prefix;
  }
  options.tls = invocation.has("tls");
  if (const auto kind = invocation.get("certificate")) {
    if (!options.tls) throw UsageError("--certificate is for --tls");
    options.certificate = practice::certificate_from_name(*kind);
  }
  options.requires_client_certificate = invocation.has("client-certificate");
  if (options.requires_client_certificate && !options.tls) {
    throw UsageError("--client-certificate is for --tls");
  }
  if (const auto seconds = invocation.number("date-offset", -86'400, 86'400)) {
    options.date_offset_ms = *seconds * 1000;
  }
  options.gzip = invocation.has("gzip");
  options.deflate = invocation.has("deflate");
  if (const auto file = invocation.get("token-file")) {
    if (options.has_sessions()) {
      throw UsageError(
          "--token-file is for a gate with a token or a key: users sign in to the gate " +
          std::string(practice::name_of(options.gate)));
    }
    options.token = SecretSource::of(SecretSource::Kind::file, *file).read();
  }
  if (const auto version = invocation.get("gateway-version")) options.version = *version;
  if (const auto faults = invocation.get("faults")) {
    const auto text = read_file(*faults, 1 << 20);
    if (!text) throw Error(Layer::store, "there is no file " + *faults).with_user_action();
    options.faults = practice::faults_from_json(*text);
  }
  return options;
}

// The wall's credential, in files that only the user can read.
struct WallFiles {
  std::map<std::string, std::string> files{};  ///< By the names of their JSON members.
  std::string options{};                       ///< Of the program, to get through.

  void add_to(JsonObject& object) const {
    for (const auto& [name, file] : files) object.text(name.c_str(), file);
  }
};

WallFiles write_wall(practice::Gateway& gateway, std::optional<PrivateFolder>& folder) {
  WallFiles made;
  const auto write = [&](const char* member, const std::string& name, const std::string& secret) {
    if (!folder) folder.emplace("practice");
    const auto file = (folder->path() / name).string();
    write_file_durably(file, secret);
    made.files.emplace(member, file);
    return file;
  };
  auto& wall = gateway.wall();
  switch (gateway.options().wall) {
    case practice::Wall::none:
      break;
    case practice::Wall::basic:
      made.options = " --front-username " + std::string(practice::kWallUser) +
                     " --front-password-file " +
                     write("wall_password_file", "wall-password", wall.password());
      break;
    case practice::Wall::service:
      made.options = " --front-secret-file client_id=" +
                     write("wall_client_id_file", "wall-client-id", wall.client_id()) +
                     " --front-secret-file client_secret=" +
                     write("wall_client_secret_file", "wall-client-secret", wall.client_secret());
      break;
    case practice::Wall::page:
      made.options = " --front-secret-file cookie=" +
                     write("wall_cookie_file", "wall-cookie", wall.open_session());
      break;
  }
  return made;
}

void print_json(const practice::Gateway& gateway, const std::string& token_file,
                const WallFiles& wall) {
  JsonObject object;
  object.text("url", gateway.url()).number("pid", ::getpid());
  if (gateway.options().has_sessions()) {
    object.text("user", practice::kUser).text("password", practice::kPassword);
  }
  wall.add_to(object);
  object.text_if_any("token_file", token_file)
      .text_if_any("ca_file", gateway.ca_file())
      .text_if_any("client_file", gateway.client_file());
  print_line(object.str());
}

void print_text(const practice::Gateway& gateway, const std::string& token_file,
                const WallFiles& wall) {
  const bool takes_key = gateway.options().takes_key();
  const auto& url = gateway.url();
  std::string trust;
  if (!gateway.ca_file().empty()) trust += " --ca-file " + gateway.ca_file();
  if (!gateway.client_file().empty()) trust += " --cert " + gateway.client_file();
  trust += wall.options;
  print_line("A practice gateway, gate " + std::string(name_of(gateway.options().gate)) + ", at " +
             styled(Style::bold, url));
  print_line("  pintle probe " + url + trust);
  if (gateway.options().has_sessions()) {
    const std::string user(practice::kUser);
    print_line("  pintle sign-in " + url + " --username " + user + trust);
    print_line("    as " + user + ", with the password " + std::string(practice::kPassword));
  }
  const auto credential = token_file.empty() ? std::string()
                          : takes_key        ? " --secret-file api_key=" + token_file
                                             : " --token-file " + token_file;
  print_line("  pintle connect " + url + credential + trust);
  if (takes_key) {
    print_line("No bundled scheme supports this gate: start one with pintle plugins new NAME.");
  }
  print_line(
      styled(Style::dim, "Ctrl-C ends it. GET /practice/request-log shows the received requests."));
}

int run(const Invocation& invocation) {
  const auto seconds = invocation.number("for", 1, 86'400);
  const auto gateway_options = [&] { return options_of(invocation); };
  practice::Gateway gateway(gateway_options());
  std::optional<PrivateFolder> folder;
  std::string token_file = invocation.get("token-file").value_or("");
  if (!gateway.options().has_sessions() && token_file.empty()) {
    folder.emplace("practice");
    token_file = (folder->path() / "token").string();
    write_file_durably(token_file, gateway.token().reveal());
  }
  const auto wall = write_wall(gateway, folder);
  if (invocation.json()) {
    print_json(gateway, token_file, wall);
  } else {
    print_text(gateway, token_file, wall);
  }
  wait_until_interrupted(seconds ? std::optional(std::chrono::seconds(*seconds)) : std::nullopt);
  gateway.stop();
  return kOk;
}

}  // namespace

Command practice_command() {
  return {"practice",
          "",
          "Run a practice gateway on loopback",
          "Behaves like a real gateway, quirks included; its sessions and its one user are "
          "invented. Writes its token to a file that only you can read.",
          {{"gate", "none|cookie|native|api-key|greeting", "How clients authenticate (none)"},
           {"wall", "none|basic|service|page", "What stands in front of it (none)"},
           {"port", "NUMBER", "Listen on this port (a free one)"},
           {"prefix", "PATH", "Serve below this path"},
           {"tls", "", "Serve https with a certificate authority of its own"},
           {"certificate", "valid|expired|not-yet-valid|wrong-name",
            "The certificate to serve with --tls (valid)"},
           {"client-certificate", "", "With --tls: require a client certificate, and write one"},
           {"date-offset", "SECONDS",
            "Shift its Date header by this much, as a wrong clock would; negative: back"},
           {"gzip", "", "Compress responses, as a reverse proxy would"},
           {"deflate", "", "Agree to permessage-deflate on WebSockets"},
           {"token-file", "FILE", "Read the session token or the API key from this file"},
           {"generation", "0.16|2026-07|0.20.4",
            "Behave like a gated gateway of that version or month"},
           {"gateway-version", "VERSION", "Report this version"},
           {"faults", "FILE", "Start with these faults (JSON; see docs/command-line.md)"},
           {"for", "SECONDS", "Exit after this time"}},
          run};
}

}  // namespace pintle::cli
