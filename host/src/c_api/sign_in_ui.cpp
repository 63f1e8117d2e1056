// SPDX-License-Identifier: Apache-2.0
#include "c_api/sign_in_ui.h"

#include <string>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "c_api/edge.h"
#include "c_api/secret.h"

namespace pintle::c_api {

CallbackUi::CallbackUi(const pintle_sign_in_ui* given)
    : is_there_(given != nullptr), given_(sized_or_default(given, "pintle_sign_in_ui")) {}

void CallbackUi::show_message(std::string_view text) {
  if (given_.show_message != nullptr) given_.show_message(given_.user, view(text));
}

Secret CallbackUi::ask(const Question& question, std::stop_token cancel) {
  pintle_secret_sink answer(std::move(cancel));
  if (given_.ask != nullptr) {
    auto made = pintle::sized<pintle_question>();
    if (question.secret) made.flags |= PINTLE_QUESTION_SECRET;
    if (question.front) made.flags |= PINTLE_QUESTION_FRONT;
    made.key = view(question.key);
    made.label = view(question.label);
    given_.ask(given_.user, &made, &answer);
  }
  if (answer.given) return std::move(*answer.given);
  throw Error(Layer::config, "the input " + printable(question.key, 40) + " was not given" +
                                 (answer.refusal.empty() ? "" : ": " + answer.refusal))
      .with_user_action()
      .with_hint("Sign in again and answer, or give it as an input of the connection.");
}

std::optional<Secret> CallbackUi::read_pasted(std::string_view why, std::stop_token cancel) {
  if (given_.read_pasted == nullptr) return std::nullopt;
  pintle_secret_sink answer(std::move(cancel));
  given_.read_pasted(given_.user, view(why), &answer);
  return std::move(answer.given);
}

void CallbackUi::open_browser(std::string_view url, std::stop_token cancel) {
  if (is_there_ && given_.open_browser == nullptr)
    return SignInUi::open_browser(url, std::move(cancel));
  if (!is_there_ || given_.open_browser(given_.user, view(url)) == 0) {
    throw Error(Layer::config, "The browser was not opened");
  }
}

}  // namespace pintle::c_api
