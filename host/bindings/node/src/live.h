// SPDX-License-Identifier: Apache-2.0
//
// A live connection. Its callbacks run on the thread of JavaScript: the I/O thread of the library
// puts their tasks into a queue, and wakes that thread once for many.
//
// Threads: [js], but for `put`.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <napi.h>

#include <pintle/pintle.h>

#include "inbox.h"
#include "record_batch.h"

namespace pintle_node {

class Live : public std::enable_shared_from_this<Live> {
 public:
  /// `id`: its number in lib/. `resumes`: asks for the sessions again after a loss.
  Live(std::shared_ptr<Inbox> inbox, double id) : inbox_(std::move(inbox)), id_(id) {}
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;
  ~Live();

  /// Throws what the library fails with.
  void start(Napi::Env env, pintle_connection& connection, pintle_live_options options,
             bool resumes);
  /// Null after `destroy`: the functions of the library fail with it.
  pintle_live* handle() const noexcept { return handle_; }

  /// Returns the number of the request.
  std::int64_t request(Napi::Env env, pintle_live_request request);
  /// While it is paused no task is run, so the library soon stops to read from the socket.
  void pause(bool yes);
  /// Ends it. The outcomes of its requests follow, unless the environment is ending.
  void destroy() noexcept;
  /// Passes what `destroy` has added, in a later turn of the event loop.
  void flush_later();

 private:
  struct Task {
    void (*run)(void*);
    void* data;
  };
  struct Request {
    Live* live;
    std::int64_t id;
  };

  void put(Task task);
  void wake();
  void run_tasks(napi_env env);

  const std::shared_ptr<Inbox> inbox_;
  const double id_;
  pintle_live* handle_ = nullptr;
  RecordBatch records_;

  std::mutex mutex_;
  std::deque<Task> tasks_;
  bool is_posted_ = false;
  bool is_paused_ = false;
};

Napi::Value live_start(const Napi::CallbackInfo& info);    // (connection, id, options)
Napi::Value live_destroy(const Napi::CallbackInfo& info);  // (live)
Napi::Value live_pause(const Napi::CallbackInfo& info);    // (live, yes)
Napi::Value live_close(const Napi::CallbackInfo& info);    // (live, code, reason)
Napi::Value live_retry(const Napi::CallbackInfo& info);    // (live)
Napi::Value live_unsent(const Napi::CallbackInfo& info);   // (live)
Napi::Value live_request(const Napi::CallbackInfo& info);  // (live, method, params, timeout, flags)
Napi::Value live_cancel(const Napi::CallbackInfo& info);   // (live, id)
Napi::Value live_send(const Napi::CallbackInfo& info);     // (live, string or bytes)
Napi::Value live_answer(const Napi::CallbackInfo& info);   // (live, generation, id, result)
Napi::Value live_refuse(const Napi::CallbackInfo& info);   // (live, generation, id, code, message)

/// Reads the options. What they point to is kept by `texts`.
class Texts;
pintle_live_options live_options(const Napi::Object& given, Texts& texts);
/// PINTLE_LIVE's on_resume: session.resume for each session.
void resume_sessions(const pintle_resumption* lost, pintle_resume* resume);

}  // namespace pintle_node
