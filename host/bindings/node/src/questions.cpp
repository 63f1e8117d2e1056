// SPDX-License-Identifier: Apache-2.0
#include "questions.h"

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "values.h"

namespace pintle_node {

void wipe(std::string& text) noexcept {
  // A compiler may leave out what nobody reads afterwards, but not what is volatile.
  volatile char* bytes = text.data();
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
  text.clear();
}

Answer::~Answer() { wipe(text); }

void give(pintle_secret_sink* sink, const Answer& answer) {
  if (answer.kind == Answer::Kind::given) pintle_secret_give(sink, view_of(answer.text));
  if (answer.kind == Answer::Kind::refused) pintle_secret_refuse(sink, view_of(answer.text));
}

struct Questions::Open {
  explicit Open(double a_target) : target(a_target) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    fd = ends[0];
    answered = ends[1];
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() {
    if (fd < 0) return;
    ::close(fd);
    ::close(answered);
  }

  const double target;
  int fd = -1;                     // readable once there is an answer
  int answered = -1;               // its other end
  std::optional<Answer> answer{};  // guarded by the mutex of the questions
};

Questions::Questions(std::shared_ptr<Inbox> inbox, Dispatch dispatch)
    : inbox_(std::move(inbox)), dispatch_(dispatch) {}

void Questions::notify(Message message) {
  inbox_->post(
      [dispatch = dispatch_, told = std::move(message)](napi_env env) { dispatch(env, told, 0); });
}

Answer Questions::ask(Message message, int cancel_fd, int timeout_ms) {
  if (std::this_thread::get_id() == js_thread_) {
    return {Answer::Kind::refused, "the thread of JavaScript cannot wait for itself"};
  }
  const auto question = std::make_shared<Open>(message.target);
  if (question->fd < 0) return {Answer::Kind::refused, "the system has no descriptor left"};
  double number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return {Answer::Kind::refused, "the program is ending"};
    number = ++last_;
    open_.emplace(number, question);
  }
  inbox_->post([dispatch = dispatch_, asked = std::move(message), number](napi_env env) {
    dispatch(env, asked, number);
  });
  pollfd waiting[] = {{question->fd, POLLIN, 0}, {cancel_fd, POLLIN, 0}};
  while (::poll(waiting, cancel_fd >= 0 ? 2 : 1, timeout_ms) < 0 && errno == EINTR) {
  }
  {
    const std::lock_guard lock(mutex_);
    open_.erase(number);
    if (question->answer) return std::move(*question->answer);
  }
  notify({.what = "cancelled", .target = number});
  return {};
}

void Questions::end(double question, Answer answer) {
  const auto found = open_.find(question);
  if (found == open_.end() || found->second->answer) return;
  found->second->answer.emplace(std::move(answer));
  // One byte, once: there is always room for it.
  [[maybe_unused]] const auto written = ::write(found->second->answered, "", 1);
}

void Questions::answer(double question, Answer answer) {
  const std::lock_guard lock(mutex_);
  end(question, std::move(answer));
}

void Questions::cancel(double target) {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, question] : open_) {
    if (question->target != target || question->answer) continue;
    end(number, {Answer::Kind::refused, "it was cancelled"});
    notify({.what = "cancelled", .target = number});
  }
}

void Questions::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  for (const auto& [number, question] : open_) {
    end(number, {Answer::Kind::refused, "the program is ending"});
  }
}

}  // namespace pintle_node
