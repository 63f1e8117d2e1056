// SPDX-License-Identifier: Apache-2.0
#include "step.h"

#include <algorithm>
#include <string_view>

#include <pintle/core/http/headers.h>
#include <pintle/core/text/printable.h>

namespace pintle::conformance {
namespace {

std::string text(pintle_view view) {
  return view.size == 0 ? std::string() : std::string(view.data, view.size);
}

std::vector<std::string> texts(const pintle_view* views, std::size_t count) {
  std::vector<std::string> list;
  list.reserve(count);
  for (std::size_t i = 0; i < count; ++i) list.push_back(text(views[i]));
  return list;
}

// Visible ASCII: what a URL may consist of.
bool is_visible(std::string_view url) {
  return !url.empty() &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_url(std::string_view url, std::initializer_list<std::string_view> schemes) {
  return is_visible(url) && std::any_of(schemes.begin(), schemes.end(), [&](auto scheme) {
           return url.starts_with(scheme) && url.size() > scheme.size();
         });
}

std::string fault_of_http(const Step& step) {
  if (!is_token(step.http_method)) return "the HTTP method is no token";
  const bool is_path = step.http_url.starts_with('/') && is_visible(step.http_url);
  if (!is_path && !is_url(step.http_url, {"http://", "https://"})) {
    return "the HTTP request's URL is neither a path nor a URL";
  }
  return fault_of(step.http_headers);
}

std::string fault_of_browser(const Step& step) {
  // "{redirect_uri}" is visible, too.
  if (!is_url(step.browser_url, {"http://", "https://"})) return "the browser's URL is invalid";
  if (step.browser_ends_with == PINTLE_BROWSER_COOKIES) {
    const auto& names = step.browser_cookies;
    const bool valid = !names.empty() && std::all_of(names.begin(), names.end(), is_token);
    return valid ? "" : "the browser visit waits for no cookie, or for an invalid name";
  }
  if (step.browser_ends_with == PINTLE_BROWSER_GATEWAY) return "";
  if (step.browser_ends_with != PINTLE_BROWSER_CALLBACK) {
    return "the browser visit has an unknown end";
  }
  return step.browser_state.size() >= 16 ? "" : "the browser's state has less than 16 characters";
}

std::string fault_of_input(const Step& step) {
  if (step.inputs.empty()) return "an input has no key";
  for (const auto& input : step.inputs) {
    if (input.key.empty() || !fault_of_text(input.key).empty()) return "an input's key is invalid";
    if (input.label.empty() || !fault_of_text(input.label).empty()) {
      return "an input's label is empty or invalid";
    }
  }
  return {};
}

std::string fault_of_done(const Step& step, std::uint32_t operation) {
  if (operation != PINTLE_RESOLVE_WS_URL) return {};
  if (!is_url(step.ws_url, {"ws://", "wss://"})) return {};  // another rule: done_means_done
  if (step.life < PINTLE_KEEP_NEVER || step.life > PINTLE_KEEP_UNTIL_REJECTED) {
    return "the WebSocket URL's life is unknown";
  }
  const auto& offered = step.ws_subprotocols;
  const bool valid = std::all_of(offered.begin(), offered.end(), is_token);
  return valid ? "" : "a WebSocket subprotocol is no token";
}

bool is_of_greet(std::uint32_t need) {
  return need == PINTLE_NEED_SEND || need == PINTLE_NEED_RECEIVE;
}

}  // namespace

Step copy_of(const pintle_step& step) {
  Step copy;
  copy.need = step.need;
  copy.flags = step.flags;
  copy.browser_ends_with = step.browser_ends_with;
  copy.http_method = text(step.http_method);
  copy.http_url = text(step.http_url);
  for (std::size_t i = 0; i < step.http_header_count; ++i) {
    copy.http_headers.emplace_back(text(step.http_headers[i].name),
                                   text(step.http_headers[i].value));
  }
  copy.http_body = text(step.http_body);
  copy.browser_url = text(step.browser_url);
  copy.browser_state = text(step.browser_state);
  copy.browser_cookies = texts(step.browser_cookies, step.browser_cookie_count);
  for (std::size_t i = 0; i < step.input_count; ++i) {
    const auto& input = step.inputs[i];
    copy.inputs.push_back(
        {text(input.key), text(input.label), (input.flags & PINTLE_INPUT_SECRET) != 0});
  }
  copy.message = text(step.message);
  copy.wait_ms = step.wait_ms;
  copy.ws_url = text(step.ws_url);
  copy.life = step.life;
  copy.ws_subprotocols = texts(step.ws_subprotocols, step.ws_subprotocol_count);
  copy.ws_message = text(step.ws_message);
  copy.exec_helper = text(step.exec_helper);
  copy.exec_arguments = texts(step.exec_arguments, step.exec_argument_count);
  copy.exec_input = text(step.exec_input);
  return copy;
}

std::string name_of_operation(std::uint32_t operation) {
  switch (operation) {
    case PINTLE_SIGN_IN:
      return "sign-in";
    case PINTLE_RESOLVE_WS_URL:
      return "resolve";
    case PINTLE_REFRESH:
      return "refresh";
    case PINTLE_SIGN_OUT:
      return "sign-out";
    case PINTLE_GREET:
      return "greet";
    default:
      return "operation " + std::to_string(operation);
  }
}

std::string place_of(const Step& step) {
  const auto without_query = [](const std::string& url) { return url.substr(0, url.find('?')); };
  switch (step.need) {
    case PINTLE_NEED_DONE:
      return "done";
    case PINTLE_NEED_HTTP:
      return step.http_method + " " + without_query(step.http_url);
    case PINTLE_NEED_BROWSER:
      return "browser " + without_query(step.browser_url);
    case PINTLE_NEED_INPUT:
      return "input " + (step.inputs.empty() ? std::string("without a key") : step.inputs[0].key);
    case PINTLE_NEED_WAIT:
      return "wait";
    case PINTLE_NEED_SEND:
      return "send";
    case PINTLE_NEED_RECEIVE:
      return "receive";
    case PINTLE_NEED_EXEC:
      return "exec " + step.exec_helper;
    default:
      return "need " + std::to_string(step.need);
  }
}

std::string text_of(const Step& step) {
  std::string all = std::to_string(step.need) + " " + std::to_string(step.flags) + " " +
                    step.http_method + " " + step.http_url + " " + step.http_body + " " +
                    step.browser_url + " " + step.browser_state + " " + step.message + " " +
                    std::to_string(step.wait_ms) + " " + step.ws_url + " " + step.ws_message + " " +
                    step.exec_helper + " " + step.exec_input;
  for (const auto& [name, value] : step.http_headers)
    all.append("\n").append(name).append(": ").append(value);
  for (const auto& input : step.inputs) all += "\n" + input.key;
  for (const auto& name : step.browser_cookies) all += "\n" + name;
  for (const auto& argument : step.exec_arguments) all += "\n" + argument;
  return all;
}

std::string fault_of_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "has a NUL";
  return printable(text, text.size() + 1) == text ? "" : "has an unprintable character";
}

std::string fault_of(const Fields& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) return "a header's name is no token";
    const bool valid = std::none_of(value.begin(), value.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    if (!valid) return "the header " + printable(name, 40) + " has a control character";
  }
  return {};
}

std::string fault_of(const Step& step, std::uint32_t operation) {
  if (step.need > PINTLE_NEED_EXEC) return "the need " + std::to_string(step.need) + " is unknown";
  if (is_of_greet(step.need) && operation != PINTLE_GREET) {
    return "only a greeting sends and receives messages";
  }
  if (!fault_of_text(step.message).empty()) return "the message " + fault_of_text(step.message);
  switch (step.need) {
    case PINTLE_NEED_HTTP:
      return fault_of_http(step);
    case PINTLE_NEED_BROWSER:
      return fault_of_browser(step);
    case PINTLE_NEED_INPUT:
      return fault_of_input(step);
    case PINTLE_NEED_WAIT:
      return step.wait_ms >= 0 ? "" : "a wait is negative";
    case PINTLE_NEED_EXEC:
      return step.exec_helper.empty() ? "a helper has no name" : "";
    default:
      return fault_of_done(step, operation);
  }
}

}  // namespace pintle::conformance
