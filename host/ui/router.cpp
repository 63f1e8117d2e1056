// SPDX-License-Identifier: Apache-2.0
#include "ui/router.h"

#include <map>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "ui/connection_test.h"
#include "ui/doctor_steps.h"
#include "ui/event_stream.h"
#include "ui/page_files.h"
#include "ui/probe_answer.h"
#include "ui/sign_in_operation.h"

namespace pintle::ui {
namespace {

constexpr std::string_view kNotOpened =
    "This page opens only with the address that pintle ui prints or opens. Each address works "
    "once.\n";

std::string name_in(const JsonObject& body) { return string_member(body, "name"); }

}  // namespace

Router::Router(const Host& host, const UiOptions& options, PageAccess& access, std::stop_token stop)
    : host_(host),
      options_(options),
      access_(access),
      stop_(std::move(stop)),
      saved_(host, options) {}

void Router::handle(Exchange& exchange, PeerUser user) {
  const local::LocalRequest request{exchange.target(), exchange.headers(), user};
  const bool is_get = exchange.method() == "GET";
  if (is_get && exchange.path().starts_with(PageAccess::kOpenPath)) {
    if (const auto cookie = access_.open(request)) {
      exchange.redirect_home(*cookie);
    } else {
      exchange.answer_text(403, kNotOpened);
    }
    return;
  }
  if (!access_.may_read(request)) {
    exchange.answer_text(403, kNotOpened);
  } else if (is_get) {
    get(exchange);
  } else if (exchange.method() != "POST") {
    exchange.answer_text(405, "Only GET and POST.\n");
  } else if (!access_.may_change(exchange.headers())) {
    exchange.answer_text(403, "Only the page itself may send this.\n");
  } else {
    try {
      post(exchange);
    } catch (const Error& error) {
      exchange.answer_error(400, error);
    }
  }
}

void Router::get(Exchange& exchange) {
  if (exchange.path() == "/api/state") {
    answer_state(exchange);
  } else if (const auto file = find_page_file(exchange.path())) {
    exchange.answer_file(file->type, file->bytes);
  } else {
    exchange.answer_text(404, "There is no such page.\n");
  }
}

void Router::post(Exchange& exchange) {
  using Answer = void (*)(Router&, Exchange&);
  static const std::map<std::string_view, Answer> kRoutes = {
      {"/api/probe", [](Router& r, Exchange& e) { r.probe(e); }},
      {"/api/connections", [](Router& r, Exchange& e) { e.answer(r.saved_.put(*e.read_body())); }},
      {"/api/connections/remove", [](Router& r, Exchange& e) { r.remove(e); }},
      {"/api/connections/secret", [](Router& r, Exchange& e) { r.put_secret(e); }},
      {"/api/current",
       [](Router& r, Exchange& e) {
         r.saved_.make_current(name_in(*e.read_body()));
         e.answer(ordered_object());
       }},
      {"/api/status", [](Router& r, Exchange& e) { r.status(e); }},
      {"/api/sign-in", [](Router& r, Exchange& e) { r.sign_in(e); }},
      {"/api/sign-in/answer", [](Router& r, Exchange& e) { r.give_answer(e); }},
      {"/api/sign-out", [](Router& r, Exchange& e) { r.sign_out(e); }},
      {"/api/test", [](Router& r, Exchange& e) { r.test(e); }},
      {"/api/live", [](Router& r, Exchange& e) { r.live(e); }},
      {"/api/doctor", [](Router& r, Exchange& e) { r.doctor(e); }},
      {"/api/live/request",
       [](Router& r, Exchange& e) {
         const auto body = e.read_body();
         r.live_views_.request(string_member(*body, "id"), string_member(*body, "method"),
                               string_member(*body, "params"));
         e.answer(ordered_object());
       }},
  };
  const auto route = kRoutes.find(exchange.path());
  if (route == kRoutes.end()) {
    exchange.answer_text(404, "There is no such request.\n");
    return;
  }
  route->second(*this, exchange);
}

Connection Router::open(const std::string& name) const { return host_.open(saved_.find(name)); }

void Router::answer_state(Exchange& exchange) {
  auto state = ordered_object();
  state.set("version", options_.version);
  state.set("page_token", access_.page_token());
  saved_.list(state);
  exchange.answer(state);
}

// Of a form, or of a connection as it is saved.
void Router::probe(Exchange& exchange) {
  const auto body = exchange.read_body();
  run_cancellable(exchange, stop_, [&](const std::stop_token& cancel) {
    if (bool_member(*body, "saved")) {
      const auto settings = saved_.find(name_in(*body));
      auto answer = probe_answer(host_, settings, cancel);
      if (answer.has("probe")) saved_.remember_answer(settings, answer);
      return answer;
    }
    auto unread = ordered_object();
    const auto url = read_typed_url(string_member(*body, "url"), unread);
    if (!url) return unread;
    return probe_answer(host_, saved_.read_form(*body, *url), cancel);
  });
}

void Router::put_secret(Exchange& exchange) {
  const auto secret = exchange.read_secret();
  auto answer = ordered_object();
  answer.set("version", saved_.put_secret(exchange.query("name"), exchange.query("version"),
                                          exchange.query("key"), secret));
  exchange.answer(answer);
}

void Router::remove(Exchange& exchange) {
  const auto body = exchange.read_body();
  auto answer = ordered_object();
  answer.set("note", saved_.remove(name_in(*body), string_member(*body, "version")));
  exchange.answer(answer);
}

void Router::status(Exchange& exchange) {
  const auto body = exchange.read_body();
  run_cancellable(exchange, stop_, [&](const std::stop_token& cancel) {
    auto connection = open(name_in(*body));
    return facts_json(connection.sign_in_facts(cancel));
  });
}

void Router::sign_in(Exchange& exchange) {
  const auto body = exchange.read_body();
  const SignInRequest request{name_in(*body), string_member(*body, "provider"),
                              string_member(*body, "method"), bool_member(*body, "front")};
  run_stream(exchange, stop_, [&](EventStream& events, const std::stop_token& cancel) {
    run_sign_in(host_, saved_, sign_ins_, request, events, cancel);
  });
}

void Router::give_answer(Exchange& exchange) {
  auto value = exchange.read_secret();
  const auto ui = sign_ins_.find(exchange.query("id"));
  if (!ui) throw Error(Layer::config, "the sign-in has ended");
  ui->give(exchange.query("key"), std::move(value));
  exchange.answer(ordered_object());
}

// Not cancelled with the tab: half a sign-out leaves the user unsure.
void Router::sign_out(Exchange& exchange) {
  auto connection = open(name_in(*exchange.read_body()));
  auto answer = ordered_object();
  answer.set("stays_valid", printable(connection.sign_out(stop_), 400));
  if (const auto trouble = connection.store_trouble()) throw Error(*trouble);
  exchange.answer(answer);
}

void Router::test(Exchange& exchange) {
  const auto name = name_in(*exchange.read_body());
  run_stream(exchange, stop_, [&](EventStream& events, const std::stop_token& cancel) {
    auto connection = open(name);
    test_connection(connection, events, cancel);
    saved_.remember_scheme(connection);
  });
}

void Router::live(Exchange& exchange) {
  const auto name = name_in(*exchange.read_body());
  run_stream(exchange, stop_, [&](EventStream& events, const std::stop_token& cancel) {
    auto connection = open(name);
    live_views_.run(connection, events, cancel);
  });
}

void Router::doctor(Exchange& exchange) {
  const auto settings = saved_.find(name_in(*exchange.read_body()));
  run_stream(exchange, stop_, [&](EventStream& events, const std::stop_token& cancel) {
    run_doctor(host_, settings, events, cancel);
  });
}

}  // namespace pintle::ui
