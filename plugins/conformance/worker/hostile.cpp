// SPDX-License-Identifier: Apache-2.0
#include "hostile.h"

#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <pintle/core/base/layer.h>

#include "hostile_http.h"
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
                    [layer](const Answer&, const Step&) {
                      return Answer{.failure = layer,
                                    .error_flags = PINTLE_ERROR_RETRY,
                                    .error_message = "the host could not do it"};
                    },
                    true});
  }
  list.push_back({"failed without an error",
                  [](const Answer&, const Step&) {
                    return Answer{.failure = PINTLE_LAYER_TCP, .has_error = false};
                  },
                  true});
  list.push_back({"was cancelled",
                  [](const Answer&, const Step&) {
                    return Answer{.failure = PINTLE_LAYER_TCP,
                                  .error_flags = PINTLE_ERROR_CANCELLED,
                                  .error_message = "the operation was cancelled"};
                  },
                  true});
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
      add_responses(list);
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
  static const std::array<List, PINTLE_NEED_EXEC + 1> kLists = [] {
    std::array<List, PINTLE_NEED_EXEC + 1> lists;
    for (std::uint32_t each = 0; each < lists.size(); ++each) lists[each] = make(each);
    return lists;
  }();
  return kLists[need <= PINTLE_NEED_EXEC ? need : 0];
}

}  // namespace pintle::conformance
