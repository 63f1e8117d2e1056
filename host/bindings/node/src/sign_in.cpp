// SPDX-License-Identifier: Apache-2.0
//
// A sign-in, with the functions of the app.
#include <memory>
#include <string>
#include <utility>

#include "connection.h"
#include "values.h"

namespace pintle_node {
namespace {

constexpr int kBrowserTimeoutMs = 60'000;

struct AppUi {
  std::shared_ptr<Questions> questions;
  double id;
};

void show_message(void* user, pintle_view message) {
  const auto* ui = static_cast<AppUi*>(user);
  ui->questions->notify({.what = "show", .target = ui->id, .texts = {text_of(message)}});
}

void ask(void* user, const pintle_question* question, pintle_secret_sink* answer) {
  const auto* ui = static_cast<AppUi*>(user);
  give(answer, ui->questions->ask({.what = "ask",
                                   .target = ui->id,
                                   .texts = {text_of(question->key), text_of(question->label),
                                             std::to_string(question->flags)}},
                                  pintle_secret_cancel_fd(answer), -1));
}

void read_pasted(void* user, pintle_view why, pintle_secret_sink* answer) {
  const auto* ui = static_cast<AppUi*>(user);
  give(answer, ui->questions->ask({.what = "paste", .target = ui->id, .texts = {text_of(why)}},
                                  pintle_secret_cancel_fd(answer), -1));
}

std::int32_t open_browser(void* user, pintle_view url) {
  const auto* ui = static_cast<AppUi*>(user);
  const auto answer = ui->questions->ask(
      {.what = "browser", .target = ui->id, .texts = {text_of(url)}}, -1, kBrowserTimeoutMs);
  return answer.kind == Answer::Kind::given ? 1 : 0;
}

}  // namespace

Napi::Value sign_in(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto id = info[1].As<Napi::Number>().DoubleValue();
  const auto connection = ConnectionBox::of(info[0]);
  const auto given = info[2].As<Napi::Object>();
  const auto has = info[3].As<Napi::Object>();
  Texts texts;
  auto options = sized<pintle_sign_in_options>();
  options.flags = flags(given);
  options.method = texts.view(given, "method");
  options.provider = texts.view(given, "provider");
  point_to(texts.fields(given, "given"), options.given, options.given_count);
  options.user_timeout_ms = number(given, "userTimeoutMs");
  auto& environment = Environment::of(env);
  const auto app = std::make_shared<AppUi>(AppUi{environment.questions(), id});
  auto ui = sized<pintle_sign_in_ui>();
  ui.user = app.get();
  if (has.Get("showMessage").ToBoolean()) ui.show_message = show_message;
  if (has.Get("ask").ToBoolean()) ui.ask = ask;
  if (has.Get("readPasted").ToBoolean()) ui.read_pasted = read_pasted;
  if (has.Get("openBrowser").ToBoolean()) ui.open_browser = open_browser;
  const bool asks_nobody = has.Get("nobody").ToBoolean();
  auto made = std::make_unique<AsyncOperation>(
      env, id, Shape::text,
      [&](const auto& begun, auto** out, auto* error) {
        return pintle_connection_sign_in_async(connection.get(), &options,
                                               asks_nobody ? nullptr : &ui, &begun, out, error);
      },
      app);
  environment.add(std::move(made), id);
  return env.Undefined();
}

}  // namespace pintle_node
