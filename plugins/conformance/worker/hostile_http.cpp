// SPDX-License-Identifier: Apache-2.0
#include "hostile_http.h"

#include <array>
#include <optional>
#include <utility>

#include <pintle/core/text/json.h>

#include "hostile_text.h"

namespace pintle::conformance {
namespace {

using List = std::vector<Mutation>;

void add_statuses(List& list) {
  constexpr std::array kStatuses = {
      100, 101, 102, 199, 200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304,
      305, 307, 308, 399, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413,
      414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501,
      502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 523, 524, 525, 530, 598, 599};
  for (const int status : kStatuses) {
    const auto name = "answered " + std::to_string(status);
    list.push_back({name,
                    [status](Answer answer, const Step&) {
                      answer.http_status = status;
                      answer.http_body.clear();
                      answer.http_headers.clear();
                      return answer;
                    },
                    status >= 500});
    list.push_back({name + " with the right body",
                    [status](Answer answer, const Step&) {
                      answer.http_status = status;
                      return answer;
                    },
                    status >= 500});
  }
  for (const int status : {0, -1, 600, 999, 1 << 30}) {
    list.push_back({"answered the impossible status " + std::to_string(status),
                    [status](Answer answer, const Step&) {
                      answer.http_status = status;
                      return answer;
                    }});
  }
}

// A gateway that quotes the request, with all of its secrets.
void add_echoes(List& list) {
  for (const int status : {200, 302, 400, 401, 403, 404, 422, 429, 500, 502}) {
    list.push_back({"answered " + std::to_string(status) + " and quotes the request",
                    [status](Answer answer, const Step& step) {
                      std::string quoted = step.http_url + " " + step.http_body;
                      for (const auto& [name, value] : step.http_headers) {
                        quoted.append(" ").append(name).append(": ").append(value);
                      }
                      const auto text = json_string(quoted);
                      answer.http_status = status;
                      answer.http_headers = {{"Content-Type", "application/json"},
                                             {"Location", "/login?error=" + step.http_url}};
                      answer.http_body.clear();
                      const char* separator = "{";
                      for (const char* name : {"detail", "error", "reason", "message"}) {
                        answer.http_body.append(separator).append(json_string(name));
                        answer.http_body.append(":").append(text);
                        separator = ",";
                      }
                      answer.http_body += "}";
                      return answer;
                    }});
  }
}

void add_bodies(List& list) {
  const auto add = [&](const std::string& name, std::function<std::string(std::string)> make) {
    list.push_back({"answered " + name, [make = std::move(make)](Answer answer, const Step&) {
                      answer.http_body = make(std::move(answer.http_body));
                      return answer;
                    }});
  };
  for (const auto& [name, text] : hostile_bodies()) {
    add("200 with " + name, [body = text](const std::string&) { return body; });
  }
  for (const int part : {1, 4, 8, 12, 15}) {
    add("a body cut at " + std::to_string(part) + "/16", [part](std::string body) {
      body.resize(body.size() * static_cast<std::size_t>(part) / 16);
      return body;
    });
  }
  add("a body without its last byte", [](std::string body) {
    if (!body.empty()) body.pop_back();
    return body;
  });
  add("a body with bytes behind it", [](const std::string& body) { return body + "\n{}garbage"; });
  for (const auto& [name, value] : hostile_strings()) {
    add("JSON whose strings are " + name,
        [value = value](const std::string& body) { return with_json_strings(body, value); });
  }
  add("JSON whose numbers are huge",
      [](const std::string& body) { return with_json_numbers(body, "1e400"); });
  add("JSON whose numbers are negative",
      [](const std::string& body) { return with_json_numbers(body, "-99999999999999999999"); });
  add("JSON with null for every string",
      [](const std::string& body) { return with_json_strings(body, std::nullopt); });
}

void add_headers(List& list) {
  const auto add = [&](const std::string& name, std::function<void(Fields&)> change) {
    list.push_back(
        {"answered with " + name, [change = std::move(change)](Answer answer, const Step&) {
           change(answer.http_headers);
           return answer;
         }});
  };
  add("no header", [](Fields& headers) { headers.clear(); });
  add("an HTML page's type", [](Fields& headers) {
    headers.clear();
    headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  });
  add("1000 headers", [](Fields& headers) {
    for (int i = 0; i < 1000; ++i) headers.emplace_back("X-" + std::to_string(i), "1");
  });
  add("a huge cookie", [](Fields& headers) {
    headers.emplace_back("Set-Cookie", "session=" + std::string(200'000, 'c') + "; Path=/");
  });
  add("empty headers", [](Fields& headers) {
    for (auto& header : headers) header.second.clear();
    headers.emplace_back("", "");
    headers.emplace_back("Set-Cookie", "");
  });
  for (const auto& [name, value] : hostile_strings()) {
    add("headers that are " + name, [value = value](Fields& headers) {
      for (auto& header : headers) header.second = value;
      headers.emplace_back("Location", value);
    });
    add("cookies whose values are " + name, [value = value](Fields& headers) {
      for (auto& header : headers) {
        if (header.first != "Set-Cookie") continue;
        const auto equals = header.second.find('=');
        const auto end = header.second.find(';');
        if (equals == std::string::npos) continue;
        header.second = header.second.substr(0, equals + 1) + value +
                        (end == std::string::npos ? "" : header.second.substr(end));
      }
    });
  }
}

}  // namespace

void add_responses(std::vector<Mutation>& list) {
  add_statuses(list);
  add_echoes(list);
  add_bodies(list);
  add_headers(list);
}

}  // namespace pintle::conformance
