// SPDX-License-Identifier: Apache-2.0
#include "practice/faults/fault_responses.h"

namespace pintle::practice {
namespace {

Answer echo(const Fault& fault, const std::string& credential) {
  Answer answer;
  if (fault.text == "redirect") {
    answer.response =
        redirect_response("https://sign-in.example/" + credential + "?t=" + credential);
  } else if (fault.text == "reason") {
    answer.response = detail_response(fault.value == 0 ? 500 : static_cast<int>(fault.value), "");
    answer.response.reason = credential;
  } else if (fault.text == "head") {
    answer.response.reason = credential;
    answer.fault = fault;
    answer.close = true;
  } else {
    answer.response = detail_response(fault.value == 0 ? 500 : static_cast<int>(fault.value),
                                      "cannot read " + credential);
  }
  return answer;
}

}  // namespace

std::string credential_of(const Request& request) {
  std::string all;
  const auto take = [&](std::string_view one) {
    if (!one.empty()) all.append(all.empty() ? "" : " ").append(one);
  };
  for (const char* name :
       {"X-Hermes-Session-Token", "Authorization", "Cookie", "CF-Access-Client-Secret"}) {
    take(request.headers.get(name));
  }
  for (const char* name : {"token", "ticket"}) take(request.query_value(name).value_or(""));
  return all;
}

std::optional<Answer> fault_response(const Fault& fault, const Request& request) {
  Answer answer;
  switch (fault.kind) {
    case FaultKind::drop:
      answer.fault = fault;
      break;
    case FaultKind::status:
      answer.response = empty_response(fault.value == 0 ? 502 : static_cast<int>(fault.value));
      break;
    case FaultKind::html:
      answer.response = html_response(200, "Sign in to the network",
                                      "<p>A captive portal, or an access proxy.</p>");
      break;
    case FaultKind::redirect:
      answer.response = redirect_response(
          fault.text.empty() ? "https://example.cloudflareaccess.com/cdn-cgi/access/login"
                             : fault.text);
      break;
    case FaultKind::detail:
      answer.response =
          detail_response(fault.value == 0 ? 400 : static_cast<int>(fault.value), fault.text);
      break;
    case FaultKind::echo:
      return echo(fault, credential_of(request));
    case FaultKind::too_many:
      answer.response = detail_response(429, "slow down");
      answer.response.headers.add("Retry-After",
                                  fault.text.empty() ? std::to_string(fault.value) : fault.text);
      break;
    default:
      return std::nullopt;
  }
  return answer;
}

void spoil(Answer& answer, const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::lose_answer:
    case FaultKind::drop_mid_header:
    case FaultKind::truncated_length:
    case FaultKind::truncated_chunks:
    case FaultKind::slow_body:
    case FaultKind::huge_body:
    case FaultKind::close_after:
      answer.fault = fault;
      break;
    case FaultKind::not_json: {
      // The cookies stay: only the body is replaced.
      const auto cookies = answer.response.headers.all("Set-Cookie");
      auto spoilt = text_response(200, "application/json", "{\"ok\": tru");
      for (const auto cookie : cookies) spoilt.headers.add("Set-Cookie", cookie);
      answer.response = std::move(spoilt);
      answer.websocket.reset();
      break;
    }
    default:
      break;
  }
}

bool leaves_no_status(FaultKind kind) noexcept {
  return kind == FaultKind::drop || kind == FaultKind::lose_answer ||
         kind == FaultKind::drop_mid_header;
}

}  // namespace pintle::practice
