// SPDX-License-Identifier: Apache-2.0
#include "hostile.h"

#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <pintle/core/base/layer.h>
#include <pintle/core/text/json.h>

#include "hostile_text.h"

namespace pintle::conformance {
namespace {

using List = std::vector<Mutation>;

void add_failures(List& list) {
  for (int layer = PINTLE_LAYER_CONFIG; layer <= PINTLE_LAYER_RATE_LIMIT; ++layer) {
    const auto known = layer_from_number(layer);
    const std::string name =
        known ? std::string(name_of(*known)) : "layer " + std::to_string(layer);
    list.push_back({"failed at " + name,
                    [layer](Answer, const Step&) {
                      return Answer{.failure = layer,
                                    .error_flags = PINTLE_ERROR_RETRY,
                                    .error_message = "the host could not do it"};
                    },
                    true});
  }
  list.push_back(
      {"failed without an error",
       [](Answer, const Step&) { return Answer{.failure = PINTLE_LAYER_TCP, .has_error = false}; },
       true});
  list.push_back({"was cancelled",
                  [](Answer, const Step&) {
                    return Answer{.failure = PINTLE_LAYER_TCP,
                                  .error_flags = PINTLE_ERROR_CANCELLED,
                                  .error_message = "the operation was cancelled"};
                  },
                  true});
}

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
                      answer.http_body = "{\"detail\":" + text + ",\"error\":" + text +
                                         ",\"reason\":" + text + ",\"message\":" + text + "}";
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
  add("a body with bytes behind it", [](std::string body) { return body + "\n{}garbage"; });
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

void add_fields(List& list) {
  const auto add = [&](const std::string& name, std::function<void(Answer&)> change) {
    list.push_back({"got " + name, [change = std::move(change)](Answer answer, const Step&) {
                      change(answer);
                      return answer;
                    }});
  };
  add("nothing", [](Answer& answer) {
    answer.fields.clear();
    answer.sources.clear();
    answer.expires_ms.clear();
  });
  add("no sources and no times", [](Answer& answer) {
    answer.sources.clear();
    answer.expires_ms.clear();
  });
  add("other names", [](Answer& answer) {
    for (auto& field : answer.fields) field.first = "another-name";
  });
  for (const auto& [name, value] : hostile_strings()) {
    add("values that are " + name, [value = value](Answer& answer) {
      for (auto& field : answer.fields) field.second = value;
    });
  }
  add("cookies that expired long ago", [](Answer& answer) {
    for (auto& expires : answer.expires_ms) expires = 1;
  });
}

void add_callbacks(List& list) {
  const auto add = [&](const std::string& name, std::function<std::string(const Answer&)> make) {
    list.push_back({"came back " + name, [make = std::move(make)](Answer answer, const Step&) {
                      answer.callback_url = make(answer);
                      return answer;
                    }});
  };
  const auto bare = [](const Answer& answer) { return answer.redirect_uri; };
  add("with nothing", [](const Answer&) { return std::string(); });
  add("without a query", bare);
  add("with a refusal", [](const Answer& answer) {
    return answer.redirect_uri + "?error=access_denied&error_description=no";
  });
  add("with another state", [](const Answer& answer) {
    return answer.redirect_uri + "?code=stolen-code&state=0000000000000000000000";
  });
  add("with half of the address", [](const Answer& answer) {
    return answer.callback_url.substr(0, answer.callback_url.size() / 2);
  });
  add("with broken percent codes",
      [](const Answer& answer) { return answer.redirect_uri + "?code=%zz%&state=%"; });
  add("with every parameter twice", [](const Answer& answer) {
    const auto mark = answer.callback_url.find('?');
    return answer.callback_url + "&" + answer.callback_url.substr(mark + 1);
  });
  for (const auto& [name, value] : hostile_strings()) {
    add("with an address that is " + name, [value = value](const Answer&) { return value; });
  }
}

void add_messages(List& list, std::string Answer::*member) {
  const auto add = [&](const std::string& name, const std::string& text) {
    list.push_back({"gave " + name, [member, text](Answer answer, const Step&) {
                      answer.*member = text;
                      return answer;
                    }});
  };
  for (const auto& [name, text] : hostile_bodies()) add(name, text);
  for (const auto& [name, text] : hostile_strings()) add("a text that is " + name, text);
  list.push_back({"gave half of it", [member](Answer answer, const Step&) {
                    (answer.*member).resize((answer.*member).size() / 2);
                    return answer;
                  }});
}

// What a scheme may try again, and again.
void add_lasting(List& list) {
  const std::set<std::string_view> names = {"failed at tcp",
                                            "answered 302",
                                            "answered 401",
                                            "answered 403",
                                            "answered 404",
                                            "answered 429",
                                            "answered 500",
                                            "answered 503",
                                            "got nothing",
                                            "answered 200 with an empty object",
                                            "came back with a refusal",
                                            "gave an empty object"};
  const auto count = list.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!names.contains(list[i].name)) continue;
    auto lasting = list[i];
    lasting.name += " from then on";
    lasting.lasts = true;
    list.push_back(std::move(lasting));
  }
}

List make(std::uint32_t need) {
  List list;
  add_failures(list);
  switch (need) {
    case PINTLE_NEED_HTTP:
      add_statuses(list);
      add_echoes(list);
      add_bodies(list);
      add_headers(list);
      break;
    case PINTLE_NEED_INPUT:
      add_fields(list);
      break;
    case PINTLE_NEED_BROWSER:
      add_fields(list);
      add_callbacks(list);
      break;
    case PINTLE_NEED_RECEIVE:
      add_messages(list, &Answer::ws_message);
      list.push_back({"gave a binary message", [](Answer answer, const Step&) {
                        answer.ws_message_flags = PINTLE_STEP_BINARY;
                        return answer;
                      }});
      break;
    case PINTLE_NEED_EXEC:
      add_messages(list, &Answer::exec_output);
      for (const int status : {1, 127, 255}) {
        list.push_back(
            {"exited with " + std::to_string(status), [status](Answer answer, const Step&) {
               answer.exec_status = status;
               return answer;
             }});
      }
      break;
    default:
      break;
  }
  add_lasting(list);
  return list;
}

}  // namespace

const std::vector<Mutation>& mutations_for(std::uint32_t need) {
  static const std::array<List, PINTLE_NEED_EXEC + 1> all = [] {
    std::array<List, PINTLE_NEED_EXEC + 1> lists;
    for (std::uint32_t each = 0; each < lists.size(); ++each) lists[each] = make(each);
    return lists;
  }();
  return all[need <= PINTLE_NEED_EXEC ? need : 0];
}

}  // namespace pintle::conformance
