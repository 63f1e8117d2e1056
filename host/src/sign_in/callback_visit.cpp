// SPDX-License-Identifier: Apache-2.0
#include "sign_in/callback_visit.h"

#include <exception>
#include <optional>
#include <thread>

#include <pintle/core/base/error.h>

#include "sign_in/loopback_listener.h"
#include "sign_in/pasted.h"
#include "sign_in/visit_url.h"

namespace pintle {
namespace {

Error nothing_pasted() {
  return Error(Layer::config, "the address of the last page was not pasted: the input has ended")
      .with_user_action()
      .with_hint("Run pintle sign-in at a terminal, or sign in with --with browser.");
}

// Talks to the user on its own thread, in parallel with the listener.
class UserSide {
 public:
  UserSide(SignInUi& ui, const CallbackVisit& visit, std::string url, std::string start,
           std::string redirect_uri)
      : ui_(ui),
        visit_(visit),
        url_(std::move(url)),
        start_(std::move(start)),
        redirect_uri_(std::move(redirect_uri)),
        state_(visit.state) {}

  void run(std::stop_source ended) {
    try {
      show(ended.get_token());
      paste(ended.get_token());
    } catch (...) {
      failure = std::current_exception();
    }
    // If nothing was pasted, the listener continues alone for the browser that was opened.
    if (pasted || failure) ended.request_stop();
  }

  std::optional<Secret> pasted;
  std::exception_ptr failure;

 private:
  void show(const std::stop_token& ended) {
    ui_.show_message((visit_.opens_browser
                          ? "Sign in with your browser. If it does not open, open this "
                            "address yourself:\n"
                          : "Open this address in a browser, on any machine:\n") +
                     url_);
    if (!visit_.opens_browser) return;
    try {
      ui_.open_browser(start_, ended);
    } catch (const Error& error) {
      ui_.show_message(error.message() + ". Open the address above yourself.");
    }
  }

  void paste(const std::stop_token& ended) {
    if (ended.stop_requested()) return;
    std::string why =
        "If the browser cannot open the last page, copy its whole address from the address bar and "
        "paste it here, within two minutes.";
    while (auto line = ui_.read_pasted(why, ended)) {
      auto read = pintle::read_pasted(line->reveal(), redirect_uri_, state_);
      if (read.url) {
        pasted = std::move(read.url);
        return;
      }
      why = std::move(read.complaint);
    }
    if (!visit_.opens_browser && !ended.stop_requested()) throw nothing_pasted();
  }

  SignInUi& ui_;
  const CallbackVisit& visit_;
  std::string url_;
  std::string start_;  // redirects to url_, and may appear in a command line
  std::string redirect_uri_;
  Secret state_;
};

}  // namespace

CallbackVisited make_visit(const CallbackVisit& visit, const ConnectionSettings& settings,
                           SignInUi& ui, const HumanWait& limit, const std::stop_token& cancel) {
  // The state must not be guessable (RFC 6749 10.10).
  if (visit.state.size() < 16) {
    throw Error(Layer::plugin, "the OAuth state must have at least 16 characters");
  }
  auto listener = LoopbackListener::open(visit.state);
  const auto redirect_uri = listener.redirect_uri();
  const auto url = visit_url(visit.url, redirect_uri, settings);
  UserSide side(ui, visit, url, listener.lead_to(url), redirect_uri);
  std::stop_source ended;
  const std::stop_callback passed_on(cancel, [&] { ended.request_stop(); });
  std::optional<Secret> called;
  {
    const std::jthread thread([&] { side.run(ended); });
    try {
      called = listener.wait(limit, ended.get_token());
    } catch (...) {
      ended.request_stop();
      throw;
    }
    ended.request_stop();
  }
  if (called) return {std::move(*called), redirect_uri};
  if (side.pasted) return {std::move(*side.pasted), redirect_uri};
  if (side.failure) std::rethrow_exception(side.failure);
  if (cancel.stop_requested()) throw sign_in_cancelled();
  throw limit.over();
}

}  // namespace pintle
