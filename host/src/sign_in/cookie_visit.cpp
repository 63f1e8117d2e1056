// SPDX-License-Identifier: Apache-2.0
#include "sign_in/cookie_visit.h"

#include <algorithm>

#include <Poco/JSON/Array.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/session_cookies.h>
#include <pintle/core/http/cookie.h>
#include <pintle/core/http/cookie_field.h>

#include "sign_in/browser/browser_process.h"
#include "sign_in/browser/devtools.h"
#include "sign_in/visit_url.h"

namespace pintle {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenLooks{250};
constexpr milliseconds kSettleTime{100};

// A value that a Set-Cookie can have. Characters beyond RFC 6265 4.1.1 (quotes, commas, spaces) are
// sent back unchanged.
bool can_be_sent(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

// DevTools reports fractional seconds since 1970, or -1 for a session cookie.
std::int64_t expiry_of(double seconds) {
  constexpr double kLatest = 253'402'300'799;  // the year 9999
  return seconds > 0 ? static_cast<std::int64_t>(std::min(seconds, kLatest) * 1000) : 0;
}

bool belongs(const GatewayUrl& gateway, std::string_view domain, std::string_view path) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain.starts_with('[') && domain.ends_with(']'))
    domain = domain.substr(1, domain.size() - 2);
  return domain_matches(gateway.host(), domain) && path_matches(gateway.prefix() + "/", path);
}

// Returns the gateway's cookies with those names; none: all but its session. Asks the browser only
// for this URL's cookies.
std::vector<VisitCookie> read_cookies(DevTools& tools, const GatewayUrl& gateway,
                                      const std::vector<std::string>& names) {
  Poco::JSON::Array urls;
  urls.add(gateway.text() + "/");
  DevTools::Object params = new Poco::JSON::Object;
  params->set("urls", urls);
  const auto found = tools.call("Network.getCookies", params)->getArray("cookies");
  std::vector<VisitCookie> cookies;
  for (std::size_t i = 0; found && i < found->size(); ++i) {
    const auto cookie = found->getObject(static_cast<unsigned>(i));
    if (!cookie) continue;
    const auto text = [&](const char* name) { return cookie->optValue<std::string>(name, ""); };
    auto value = text("value");
    const bool is_wanted = names.empty()
                               ? !is_session_cookie(text("name"))
                               : std::find(names.begin(), names.end(), text("name")) != names.end();
    if (is_wanted && !value.empty() && can_be_sent(value) &&
        belongs(gateway, text("domain"), text("path"))) {
      cookies.push_back(
          {text("name"), Secret(value), expiry_of(cookie->optValue<double>("expires", -1))});
    }
    wipe(value);
  }
  return cookies;
}

// One that the browser does not take, such as a longer one, is left to the user.
void set_cookies(DevTools& tools, const GatewayUrl& gateway, std::string_view field) {
  while (!field.empty()) {
    const auto pair = take_cookie_pair(field);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    DevTools::Object cookie = new Poco::JSON::Object;
    const auto name = pair.substr(0, equals);
    const bool is_hosts = name.starts_with("__Host-");  // RFC 6265bis 4.1.3
    cookie->set("name", std::string(name));
    cookie->set("value", std::string(pair.substr(equals + 1)));
    cookie->set("url", gateway.text() + "/");
    cookie->set("path", is_hosts ? "/" : gateway.prefix() + "/");
    cookie->set("secure", gateway.secure() || is_hosts || name.starts_with("__Secure-"));
    cookie->set("httpOnly", true);  // no script of the gateway's page needs it
    try {
      tools.call("Network.setCookie", cookie);
    } catch (const Error& error) {
      if (error.layer() != Layer::protocol) throw;
    }
  }
}

Error closed() {
  return Error(Layer::gate, "the window was closed before the sign-in was finished")
      .with_sign_in()
      .with_hint("Sign in again, and leave the window open until it closes by itself.");
}

std::vector<VisitCookie> wait_for_cookies(DevTools& tools, const CookieVisit& visit,
                                          const GatewayUrl& gateway) {
  for (;;) {
    if (!read_cookies(tools, gateway, visit.names).empty()) {
      // The cookies of one response appear one after the other.
      tools.pause(kSettleTime);
      if (auto cookies = read_cookies(tools, gateway, visit.names); !cookies.empty()) {
        return cookies;
      }
    }
    tools.pause(kBetweenLooks);
    if (tools.page_is_gone()) throw closed();
  }
}

Secret cookie_field(const std::vector<VisitCookie>& cookies) {
  std::string field;
  std::size_t size = 0;
  for (const auto& cookie : cookies) size += cookie.name.size() + cookie.value.reveal().size() + 3;
  field.reserve(size);
  for (const auto& cookie : cookies) {
    if (!field.empty()) field += "; ";
    field.append(cookie.name).append("=").append(cookie.value.reveal());
  }
  return Secret::take(field);
}

// A wall may let the window's session in without another cookie, so it is asked again and again;
// a new cookie is a reason to ask at once.
std::vector<VisitCookie> wait_for_gateway(DevTools& tools, const CookieVisit& visit,
                                          const GatewayUrl& gateway) {
  constexpr milliseconds kAskEvery{2'000};
  Secret last;
  auto next = std::chrono::steady_clock::time_point();
  for (;;) {
    auto cookies = read_cookies(tools, gateway, {});
    auto field = cookie_field(cookies);
    const bool is_new = !field.equals(last);
    if (!field.empty() && (is_new || std::chrono::steady_clock::now() >= next)) {
      if (is_new) {
        tools.pause(kSettleTime);  // the cookies of one response appear one after the other
        cookies = read_cookies(tools, gateway, {});
        field = cookie_field(cookies);
      }
      if (visit.reaches_gateway(field)) return cookies;
      last = std::move(field);
      next = std::chrono::steady_clock::now() + kAskEvery;
    }
    tools.pause(kBetweenLooks);
    if (tools.page_is_gone()) throw closed();
  }
}

}  // namespace

std::vector<VisitCookie> make_visit(const CookieVisit& visit, const ConnectionSettings& settings,
                                    SignInUi& ui, const HumanWait& limit,
                                    const std::stop_token& cancel) {
  const auto url = visit_url(visit.url, "", settings);
  BrowserProcess browser({visit.state_folder, settings.proxy, visit.headless});
  DevTools tools(browser.pipe(), limit, cancel);
  bool opened = false;
  try {
    tools.attach();
    opened = true;
    ui.show_message("Sign in in the window that has opened. It shows\n" + url +
                    "\nand closes when you are signed in.");
    set_cookies(tools, settings.url, visit.cookies.reveal());
    DevTools::Object where = new Poco::JSON::Object;
    where->set("url", url);
    tools.call("Page.navigate", where);
    return visit.reaches_gateway ? wait_for_gateway(tools, visit, settings.url)
                                 : wait_for_cookies(tools, visit, settings.url);
  } catch (const DevTools::Ended&) {
    const auto how = browser.ended_within(milliseconds(2'000)).value_or("it closed its pipe");
    if (opened && how.empty()) throw closed();
    throw Error(Layer::config,
                std::string("the browser ended ") +
                    (opened ? "before the sign-in was finished" : "before it opened a window") +
                    (how.empty() ? "" : ": " + how))
        .with_user_action()
        .with_hint("Use another sign-in method, or try again.");
  } catch (const Error& error) {
    // The page may be gone by the last request.
    if (error.layer() == Layer::protocol && tools.page_is_gone()) throw closed();
    throw;
  }
}

}  // namespace pintle
