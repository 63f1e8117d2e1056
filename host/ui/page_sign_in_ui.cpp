// SPDX-License-Identifier: Apache-2.0
#include "ui/page_sign_in_ui.h"

#include <utility>

#include <pintle/core/base/error.h>

#include "local/local_access.h"

namespace pintle::ui {

void PageSignInUi::show_message(std::string_view text) {
  auto data = ordered_object();
  data.set("text", std::string(text));
  events_.send("message", data);
}

Secret PageSignInUi::ask(const Question& question, std::stop_token cancel) {
  MutexLock lock(mutex_);
  // What was typed for the one is no answer to the other.
  if (asks_for_front_ != question.front) answers_.clear();
  asks_for_front_ = question.front;
  if (!answers_.contains(question.key)) {
    auto data = ordered_object();
    data.set("front", question.front);
    data.set("key", question.key);
    data.set("label", question.label);
    data.set("secret", question.secret);
    events_.send("ask", data);
    given_.wait(mutex_, cancel,
                [&]() PINTLE_REQUIRES(mutex_) { return answers_.contains(question.key); });
  }
  const auto given = answers_.find(question.key);
  if (given == answers_.end()) {
    throw Error(Layer::gate, "the sign-in was cancelled").with_sign_in();
  }
  auto value = std::move(given->second);
  answers_.erase(given);
  auto& typed = typed_[question.front];
  if (question.secret) {
    typed.secrets.insert_or_assign(question.key, value.clone());
  } else {
    typed.settings.insert_or_assign(question.key, std::string(value.reveal()));
  }
  return value;
}

std::optional<Secret> PageSignInUi::read_pasted(std::string_view why, std::stop_token cancel) {
  auto data = ordered_object();
  data.set("why", std::string(why));
  data.set("again", std::exchange(has_asked_for_paste_, true));
  MutexLock lock(mutex_);
  events_.send("paste", data);
  given_.wait(mutex_, cancel, [&]() PINTLE_REQUIRES(mutex_) { return pasted_.has_value(); });
  return std::exchange(pasted_, std::nullopt);
}

void PageSignInUi::open_browser(std::string_view url, std::stop_token) {
  auto data = ordered_object();
  data.set("url", std::string(url));
  events_.send("visit", data);
}

void PageSignInUi::give(const std::string& key, Secret value) {
  {
    const MutexLock lock(mutex_);
    if (key.empty()) {
      pasted_ = std::move(value);
    } else {
      answers_.insert_or_assign(key, std::move(value));
    }
  }
  given_.notify_all();
}

PageSignInUi::Typed PageSignInUi::take_typed(bool front) {
  const MutexLock lock(mutex_);
  return std::exchange(typed_[front], {});
}

std::string SignIns::add(std::shared_ptr<PageSignInUi> ui) {
  const auto id = local::new_local_token();
  const MutexLock lock(mutex_);
  running_.emplace(std::string(id.reveal()), std::move(ui));
  return std::string(id.reveal());
}

void SignIns::remove(const std::string& id) {
  const MutexLock lock(mutex_);
  running_.erase(id);
}

std::shared_ptr<PageSignInUi> SignIns::find(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = running_.find(id);
  return found == running_.end() ? nullptr : found->second;
}

}  // namespace pintle::ui
