// SPDX-License-Identifier: Apache-2.0
//
// The examples of the host in the API reference: its connections, settings, stores and sign-in.
// Each asserts what it shows.
//
//     reference-host URL TOKEN_FILE

#undef NDEBUG
#include <cassert>
#include <cstdint>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdlib.h>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/async.h>
#include <pintle/bundled.h>
#include <pintle/core/http/http_body.h>
#include <pintle/doctor.h>
#include <pintle/host.h>
#include <pintle/process_memory.h>
#include <pintle/program_loader.h>
#include <pintle/registry.h>
#include <pintle/stored_sessions.h>

namespace {

void host(const std::string& url, const std::string& token_file) {
  //! [host]
  auto options = pintle::HostOptions::standard();
  options.built_in = pintle::bundled_plugins();  // no plugin folder is needed
  pintle::Host host(options);
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(url)};
  settings.inputs.emplace("token",
                          pintle::SecretSource::of(pintle::SecretSource::Kind::file, token_file));

  pintle::Connection connection = host.open(settings);  // sends nothing yet
  const pintle::HttpResponse response = connection.call({.target = "/api/sessions"});
  assert(response.ok());
  //! [host]
}

void program_loader() {
  //! [program_loader]
  const auto catalogue = pintle::loading::Catalogue::read({"/opt/app/plugins"}, {});
  pintle::loading::Loader loader({}, pintle::loading::LoadCheck("", ""), pintle::program_loader());
  for (const auto& entry : catalogue.entries()) {
    if (!entry.is_program || !entry.fault.empty()) continue;
    const pintle_scheme& scheme = loader.load(entry);  // starts the program
    assert(scheme.open != nullptr);
  }
  //! [program_loader]
}

void process_memory() {
  //! [process_memory]
  // First in main(). no_core_file is false where the system cannot, and under a sanitizer.
  [[maybe_unused]] const pintle::PrivateMemory kept = pintle::keep_memory_private();
  //! [process_memory]
}

void connection(pintle::Connection& connection) {
  //! [connection]
  const pintle::Probe probe = connection.probe();  // never sends a credential
  assert(!probe.auth_required);
  assert(connection.choose().facts.id == "token");  // and why: its `table`

  const auto response = connection.call({.method = "POST", .target = "/api/echo", .body = "{}"});
  assert(response.ok());
  assert(connection.sign_in_facts().signed_in);
  const pintle::DialUrl dial = connection.ws_url("/api/ws");  // for another WebSocket library
  assert(dial.url.reveal().starts_with("ws"));
  //! [connection]
}

//! [body]
class Counter final : public pintle::BodySink {
 public:
  void write(std::string_view piece) override { bytes += piece.size(); }
  std::size_t bytes = 0;
};

void download(pintle::Connection& connection) {
  Counter counter;
  const auto head = connection.call({.target = "/api/sessions"}, {}, {.sink = &counter});
  assert(head.ok() && head.body.empty());  // the sink has it
  assert(counter.bytes > 0);
}
//! [body]

void doctor(const pintle::Host& host, const pintle::ConnectionSettings& settings) {
  //! [doctor]
  const auto steps = pintle::diagnose(
      host, settings, {.on_finish = [](const auto& step) {
        assert(step.verdict != pintle::DoctorStep::Verdict::failed);  // else `step.error` says why
      }});
  assert(pintle::first_failed(steps) == nullptr);
  assert(steps.back().id == "ping");

  const auto report = pintle::doctor_report(steps, &settings, {.program = "my-app 1.0"});
  assert(report.find("my-app 1.0") != std::string::npos);  // for a public issue
  //! [doctor]
}

void settings() {
  //! [settings]
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse("https://gateway.example")};
  settings.name = "home";  // its session is stored under this name
  settings.proxy = "socks5://localhost:1080";
  settings.request_ms = 5'000;
  pintle::check_proxy(settings.proxy);  // throws Error(config) if it is invalid
  assert(pintle::is_connection_name(settings.name));
  assert(!pintle::is_connection_name("my home"));
  //! [settings]
}

void fleet() {
  //! [fleet]
  constexpr auto kFile = pintle::SecretSource::Kind::file;
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse("https://gateway.example")};
  settings.name = "home";
  settings.session_store = "rediss://fleet@redis.example";
  settings.store_inputs.emplace("key",
                                pintle::SecretSource::of(kFile, "/run/secrets/session_keys"));
  settings.store_inputs.emplace("password",
                                pintle::SecretSource::of(kFile, "/run/secrets/redis_password"));
  //! [fleet]
  assert(settings.store_inputs.size() == 2);
}

void secret_source(const std::string& token_file) {
  //! [secret_source]
  using pintle::SecretSource;
  const auto source = SecretSource::of(SecretSource::Kind::file, token_file);
  assert(source.text() == "file " + token_file);  // can be shown and stored
  const pintle::Secret token = source.read();     // now; without the last line break
  assert(!token.empty());

  const auto command = SecretSource::of(SecretSource::Kind::command, "echo sesame");
  assert(command.read().reveal() == "sesame");

  const auto vault = SecretSource::function([](std::int64_t, const std::stop_token&) {
    return pintle::Secret("sesame");  // at each use
  });
  assert(vault.read().reveal() == "sesame");  // can be shown, but not stored
  //! [secret_source]
}

void paths() {
  ::unsetenv("XDG_CONFIG_HOME");
  const std::string home = ::getenv("HOME");
  //! [paths]
  const auto paths = pintle::Paths::standard();
  assert(paths.settings == home + "/.config/pintle/settings.json");

  pintle::HostOptions options{.paths = paths};  // an app may change any of them
  options.paths.plugin_folders = {"/opt/app/plugins"};
  //! [paths]
}

void probe_cache(const std::filesystem::path& folder, std::int64_t now_ms) {
  //! [probe_cache]
  const pintle::ProbeCache cache(folder / "probes");
  const auto url = pintle::GatewayUrl::parse("https://gateway.example");
  pintle::ProbeAnswers answers;
  answers.status.status = 200;
  answers.status.body = R"({"version":"0.16.0"})";
  cache.keep(url, "", answers, now_ms);
  assert(cache.find(url, "", now_ms)->status.body == answers.status.body);
  assert(!cache.find(url, "", now_ms + pintle::ProbeCache::kMaxAgeMs + 1));
  //! [probe_cache]
}

void registry(const std::filesystem::path& folder) {
  //! [registry]
  const pintle::ConnectionRegistry registry(folder / "connections.json");
  pintle::ConnectionSettings home{.url = pintle::GatewayUrl::parse("https://gateway.example")};
  home.name = "home";
  registry.put(home, false);  // throws Error(config) if the name is taken
  assert(registry.find("home") == home);
  assert(registry.read().connections.size() == 1);
  auto renamed = home;
  renamed.name = "work";
  registry.replace(home, renamed);  // throws Error(config) if it was changed in the meantime
  assert(registry.remove("work"));
  //! [registry]
}

void session_store(const std::filesystem::path& folder) {
  //! [session_store]
  pintle::FileSessionStore store(folder / "sessions");
  const pintle::SessionKey key{.connection = "home",
                               .url = pintle::GatewayUrl::parse("https://gateway.example"),
                               .scheme = "oauth"};
  {
    const auto lock = store.lock(key, 1'000);        // across processes
    store.save(key, pintle::Secret("the session"));  // durable when it returns
  }
  assert(store.load(key).session->reveal() == "the session");
  store.erase(key);
  assert(!store.load(key).session);
  //! [session_store]
}

void stored_sessions(const std::filesystem::path& folder) {
  //! [stored_sessions]
  pintle::HostOptions options;
  options.paths.connections = folder / "connections.json";
  options.sessions = std::make_shared<pintle::FileSessionStore>(folder / "sessions");
  const pintle::Host host(options);
  pintle::ConnectionSettings home{.url = pintle::GatewayUrl::parse("https://gateway.example")};
  home.name = "home";
  home.last_scheme = "oauth";
  options.sessions->save(pintle::session_key_of(home, "oauth"), pintle::Secret("the session"));

  const auto stored = pintle::session_facts(host, home);  // no secret is in it
  assert(stored.front().state == pintle::SessionFacts::State::stored);
  assert(stored.front().scheme == "oauth" && stored.front().bytes == 11);
  pintle::forget_sessions(host, home);  // it stays valid at the gateway
  assert(pintle::session_facts(host, home).front().state == pintle::SessionFacts::State::none);
  //! [stored_sessions]
}

void async(pintle::Connection& connection) {
  //! [async]
  pintle::AsyncConnection async(connection);  // its end cancels what is in progress
  auto response = async.call({.target = "/api/sessions"});
  assert(response.get().status == 200);

  std::promise<std::string> version;
  async.probe([&](pintle::Outcome<pintle::Probe> outcome) {  // on a thread of the library
    version.set_value(outcome.failed() ? "none" : outcome.get().version);
  });
  assert(version.get_future().get() != "none");

  auto scheme = async.run([](pintle::Connection& on, std::stop_token cancel) {
    return on.choose(cancel).facts.id;  // anything that blocks
  });
  assert(scheme.get() == "token");
  //! [async]
}

//! [sign_in_ui]
class ConsoleUi final : public pintle::SignInUi {
 public:
  void show_message(std::string_view text) override { std::cerr << text << "\n"; }
  pintle::Secret ask(const pintle::Question& question, std::stop_token) override {
    std::cerr << question.label << ": ";  // hide the input if question.secret
    std::string line;
    std::getline(std::cin, line);
    return pintle::Secret::take(line);
  }
  std::optional<pintle::Secret> read_pasted(std::string_view, std::stop_token) override {
    return {};  // nothing can be pasted
  }
};

void sign_in(pintle::Connection& connection) {
  ConsoleUi ui;
  const pintle::SignInFacts facts = connection.sign_in({}, ui);
  assert(facts.signed_in && facts.scheme == "token");
}
//! [sign_in_ui]

// Types the token.
void sign_in_with(const std::string& url, const std::string& token_file) {
  const auto token = pintle::SecretSource::of(pintle::SecretSource::Kind::file, token_file).read();
  std::istringstream typed(std::string(token.reveal()) + "\n");
  std::ostringstream shown;
  auto* const in = std::cin.rdbuf(typed.rdbuf());
  auto* const out = std::cerr.rdbuf(shown.rdbuf());
  auto options = pintle::HostOptions::standard();
  options.built_in = pintle::bundled_plugins();
  auto connection = pintle::Host(options).open({.url = pintle::GatewayUrl::parse(url)});
  sign_in(connection);
  std::cin.rdbuf(in);
  std::cerr.rdbuf(out);
  assert(shown.str().find("Session token: ") != std::string::npos);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  program_loader();
  process_memory();
  const std::string url = argv[1];
  const std::string token_file = argv[2];
  host(url, token_file);

  auto options = pintle::HostOptions::standard();
  options.built_in = pintle::bundled_plugins();
  pintle::ConnectionSettings with_token{.url = pintle::GatewayUrl::parse(url)};
  with_token.inputs.emplace("token",
                            pintle::SecretSource::of(pintle::SecretSource::Kind::file, token_file));
  auto opened = pintle::Host(options).open(with_token);
  connection(opened);
  download(opened);
  async(opened);
  sign_in_with(url, token_file);
  doctor(pintle::Host(options), with_token);

  settings();
  fleet();
  secret_source(token_file);
  paths();
  std::string folder = std::filesystem::canonical(std::filesystem::temp_directory_path()) /
                       "pintle-reference-XXXXXX";
  assert(::mkdtemp(folder.data()) != nullptr);
  probe_cache(folder, 1'800'000'000'000);
  registry(folder);
  session_store(folder);
  stored_sessions(folder);
  std::filesystem::remove_all(folder);
}
