// SPDX-License-Identifier: Apache-2.0
//
// What stands in front of a connection's gateway: which scheme it takes, its credential on every
// request, and its renewal when it, and not the gateway, refuses one (docs/front.md).
//
// It is asked by the transport, below the gateway's own scheme, which never sees a response of the
// front. Its operations have a lock of their own, as the gateway's scheme may be within one of its
// own meanwhile.
//
// Threads: any.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <pintle/connection.h>
#include <pintle/core/base/error.h>

#include "base/cancellable_mutex.h"
#include "base/mutex.h"
#include "connection/connection_context.h"
#include "connection/front/front_choice.h"
#include "net/front_door.h"
#include "scheme/operation_runner.h"

namespace pintle {

class Front final : public net::FrontDoor {
 public:
  /// Returns the id of the gateway's own scheme, for errors; empty if it is not chosen yet.
  using InnerScheme = std::function<std::string()>;

  /// `context` must outlive this, which its transport uses from now on.
  Front(ConnectionContext& context, InnerScheme inner);

  net::FrontPass pass(const HttpRequest& request, bool upgrade,
                      const net::CancelToken& cancel) override;
  bool may_have_answered(const HttpResponse& head) override;
  bool refused(const net::FrontPass& used, bool upgrade, const HttpResponse& response,
               const net::CancelToken& cancel) override;

  /// Signs in to what stands in front of the gateway if that refuses the connection; with
  /// `front_only` in any case. Asks the user. Returns false if nothing stands there.
  bool sign_in(const SignInOptions& options, SignInUi& ui, const std::stop_token& cancel);
  /// Ends the front's session there: returns what stays valid, as a sentence for the user. What is
  /// stored is the caller's to erase.
  std::string sign_out(const std::stop_token& cancel);

  FrontFacts facts();
  /// Returns the Cookie field of the front's credential; empty if it has none.
  Secret cookies() const;
  /// A number that changes with the front's credential.
  std::uint64_t version() const;
  /// Looks for a session that another process has stored.
  void take_over();
  /// Returns `error` as one that needs a sign-in, if it is that of a front without a credential.
  Error as_sign_in(Error error) const;

 private:
  struct Issued {
    std::shared_ptr<CurrentInstance> instance;
    SchemeInstance::Decorated decorated;
  };

  bool is_off() const { return context_.settings.front == kNoFront; }
  ChosenFront* chosen() const noexcept { return chosen_.load(std::memory_order_acquire); }
  ChosenFront* named();
  ChosenFront* by(const HttpResponse& response);
  ChosenFront& choose(std::unique_ptr<ChosenFront> made);

  std::optional<Issued> issue(ChosenFront& front, const HttpRequest& request, bool upgrade) const;
  std::optional<Issued> current(ChosenFront& front) const;
  void add(const ChosenFront& front, const HttpRequest& request, const Issued& issued,
           net::FrontPass& pass) const;
  bool is_new(ChosenFront& front, const net::FrontPass& used) const;
  void observe(ChosenFront& front, net::FrontPass& used, bool upgrade,
               const HttpResponse& response);
  bool answers_browsers_otherwise(ChosenFront& front, net::FrontPass used,
                                  const net::CancelToken& cancel);
  bool reload_headers();
  // `is_sure`: the front was asked, and refuses what was used.
  bool renew(ChosenFront& front, net::FrontPass& used, bool is_sure, const HttpResponse& response,
             const net::CancelToken& cancel);

  // front_sign_in.cpp
  bool sign_in_without_user(ChosenFront& front, const net::FrontPass& used,
                            const net::CancelToken& cancel);
  bool tries(ChosenFront& front, OperationKind kind, const net::FrontPass& used,
             const net::CancelToken& cancel);
  OperationOutcome run(ChosenFront& front, const std::shared_ptr<CurrentInstance>& instance,
                       const OperationArguments& arguments, const std::function<void()>& store,
                       const net::CancelToken& cancel);
  HttpResponse ask(ChosenFront* front, net::FrontPass& used, const net::CancelToken& cancel);
  bool is_refused_now(ChosenFront& front, net::FrontPass& used, const net::CancelToken& cancel);
  bool is_let_through(ChosenFront& front, net::FrontPass used, const net::CancelToken& cancel);
  bool is_its_answer(const ChosenFront& front, const HttpResponse& response) const;
  HttpRequest probe_request();
  // Throws if `front` refuses what a sign-in gave.
  void check_accepted(ChosenFront& front, const std::shared_ptr<CurrentInstance>& fresh,
                      const net::CancelToken& cancel);
  void sign_in_with_user(ChosenFront& front, const SignInOptions& options, SignInUi& ui,
                         const net::CancelToken& cancel);

  ConnectionContext& context_;
  const InnerScheme inner_;
  Mutex choice_mutex_;
  FrontChoice choice_ PINTLE_GUARDED_BY(choice_mutex_);
  // Under choice_mutex_. One that turned out to be another stays, as a request may be using it.
  std::vector<std::unique_ptr<ChosenFront>> owned_;
  std::atomic<ChosenFront*> chosen_{nullptr};
  CancellableMutex operations_{"the sign-in to what stands in front of the gateway"};
  CancellableMutex user_{"a sign-in"};
  // Of the last attempt that gave no other credential; under operations_.
  std::weak_ptr<const void> failed_issuer_;
  std::uint64_t failed_credential_ = 0;
  std::chrono::steady_clock::time_point failed_at_{};
  std::once_flag has_target_;
  std::string target_;  // of what anyone may ask the gateway
  std::atomic<bool> is_refused_{false};
  std::atomic<std::uint64_t> signed_in_{0};

  Mutex headers_mutex_;
  std::string headers_state_ PINTLE_GUARDED_BY(headers_mutex_);  // of the file, as it was read
  std::atomic<std::uint64_t> headers_version_{0};
};

}  // namespace pintle
