// SPDX-License-Identifier: Apache-2.0
//
// Signs in to a Jupyter Server (https://jupyter-server.readthedocs.io): with its token, which goes
// into a header, or with its password, whose form sets a cookie. The WebSocket is that of a kernel:
// the first that runs, or a new one.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/scheme.h>

using namespace pintle::plugin;
using pintle::Error;
using pintle::Layer;
using pintle::Secret;

namespace {

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const auto at = text.find(begin);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + begin.size());
  return text.substr(0, text.find_first_of(end));
}

// The cookies that a response sets, as a Cookie header: "a=1; b=2".
std::string cookies_of(const HttpAnswer& answer) {
  std::string cookies;
  for (const auto& header : answer.headers()) {
    if (!same_name(header.name, "Set-Cookie")) continue;
    const auto pair = std::string_view(header.value).substr(0, header.value.find(';'));
    cookies.append(cookies.empty() ? "" : "; ").append(pair);
  }
  return cookies;
}

}  // namespace

class JupyterScheme final : public Scheme {
 public:
  static constexpr std::string_view profiles[] = {"jupyter"};
  static constexpr Setting settings[] = {{.key = "token", .label = "Token", .secret = true},
                                         {.key = "password", .label = "Password", .secret = true}};
  static constexpr Facts facts{.id = "jupyter",
                               .name = "Jupyter Server",
                               .strength = 40,
                               .score = 70,
                               .reason = "Jupyter takes a token or a password",
                               .profiles = profiles,
                               .settings = settings};

  explicit JupyterScheme(const Opening& opening) : credential_(opening.session()) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (credential_.empty()) {
      throw Error(Layer::gate, "Jupyter requires its token or its password").with_sign_in();
    }
    add_headers([&](std::string name, std::string value) { headers.add(name, value); });
    return {.valid_until_ms = 0, .credential = version_};
  }

  Observation observe(const Response& response) override {
    if (response.status() != 401 && response.status() != 403) return Observation::none;
    if (response.credential() != version_) return Observation::retry_once;
    throw refused(response.status());
  }

  Task<> sign_in(SignIn how) override {
    const bool by_password =
        how.method == "password" || (how.method.empty() && how.has("password"));
    auto ask = by_password ? Ask("Jupyter asks for its password.").secret("password", "Password")
                           : Ask("Jupyter asks for its token.").secret("token", "Token");
    auto typed = co_await std::move(ask);
    auto secret = typed.take(by_password ? "password" : "token").text;
    if (by_password) {
      const auto page = co_await get("/login");
      const auto xsrf = cookies_of(page);
      const auto answer = co_await post("/login")
                              .header("Cookie", xsrf)
                              .form("_xsrf", between(xsrf, "_xsrf=", ";"))
                              .form("password", secret.reveal());
      const auto cookies = cookies_of(answer);
      if (answer.status() != 302 || cookies.empty()) throw refused(answer.status());
      secret = Secret("cookie " + xsrf + "; " + cookies);
    } else {
      secret = Secret("token " + std::string(secret.reveal()));
    }
    credential_ = std::move(secret);
    ++version_;
    auto check = get("/api/status").may_repeat();
    add_headers([&](std::string name, std::string value) {
      check = std::move(check).header(std::move(name), std::move(value));
    });
    const auto checked = co_await std::move(check);
    if (checked.status() == 401 || checked.status() == 403) {
      credential_ = Secret();
      throw refused(checked.status());
    }
    session_changed();
  }

  // The profile's path is the list of kernels; another one that the app names is left as it is.
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    if (!target.url().ends_with("/api/kernels")) co_return std::move(target).until_rejected();
    const auto list = co_await decorated(get("/api/kernels"));
    std::string id(between(list.body(), "\"id\": \"", "\""));
    if (list.status() == 200 && id.empty()) {
      const auto made = co_await decorated(post("/api/kernels").json("{}"));
      id = between(made.body(), "\"id\": \"", "\"");
    }
    if (list.status() == 401 || list.status() == 403) throw refused(list.status());
    if (id.empty()) throw Error(Layer::protocol, "Jupyter names no kernel").with_retry();
    co_return std::move(target).with_path("/" + id + "/channels").until_rejected();
  }

  Task<std::string> sign_out() override {
    credential_ = Secret();
    session_changed();
    co_return "Jupyter's token or password stays valid.";
  }

  Secret session() const override { return Secret(credential_.reveal()); }

  void describe(const FactSink& facts_of_it) const override {
    if (!credential_.empty()) facts_of_it.add("credential", pintle::preview(credential_));
  }

 private:
  static Error refused(int status) {
    return Error(Layer::gate, "Jupyter refused the token or the password")
        .with_status(status)
        .with_sign_in();
  }

  template <class Add>
  void add_headers(Add add) const {
    const auto text = credential_.reveal();
    if (text.starts_with("token ")) return add("Authorization", std::string(text));
    const auto cookies = text.substr(7);
    add("Cookie", std::string(cookies));
    add("X-XSRFToken", std::string(between(cookies, "_xsrf=", ";")));
  }
  Http decorated(Http request) const {
    add_headers([&](std::string name, std::string value) {
      request = std::move(request).header(std::move(name), std::move(value));
    });
    return request;
  }

  Secret credential_;  // "token T" or "cookie a=1; b=2"
  std::uint64_t version_ = 0;
};

PINTLE_PLUGIN("pintle-jupyter", JUPYTER_VERSION, JupyterScheme)
