// SPDX-License-Identifier: Apache-2.0
#include "ui/sign_in_operation.h"

#include <memory>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::ui {
namespace {

// A sign-in that answers can find, for as long as it runs.
class Registered {
 public:
  Registered(SignIns& sign_ins, std::shared_ptr<PageSignInUi> ui)
      : sign_ins_(sign_ins), id_(sign_ins.add(std::move(ui))) {}
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  ~Registered() { sign_ins_.remove(id_); }

  const std::string& id() const noexcept { return id_; }

 private:
  SignIns& sign_ins_;
  std::string id_;
};

}  // namespace

JsonObject facts_json(const SignInFacts& facts) {
  auto inner = ordered_object();
  for (const auto& [key, value] : facts.facts) inner.set(key, printable(value));
  auto object = ordered_object();
  object.set("scheme", facts.scheme);
  object.set("signed_in", facts.signed_in);
  object.set("facts", inner);
  object.set("kept_in", facts.kept_in);
  return object;
}

void run_sign_in(const Host& host, const SavedConnections& saved, SignIns& sign_ins,
                 const SignInRequest& request, EventStream& events, const std::stop_token& cancel) {
  const auto ui = std::make_shared<PageSignInUi>(events);
  const Registered registered(sign_ins, ui);
  auto started = ordered_object();
  started.set("id", registered.id());
  events.send("started", started);

  const auto begun_with = saved.find(request.name);
  // What was typed for the front before is asked for again.
  auto connection = host.open(request.front ? saved.without_typed_front(begun_with) : begun_with);
  SignInOptions how;
  how.method = request.method;
  how.provider = request.provider;
  how.front_only = request.front;
  const auto facts = connection.sign_in(how, *ui, cancel);
  if (!request.front) saved.remember_scheme(connection);
  if (const auto trouble = connection.store_trouble()) throw Error(*trouble);
  // A sign-in to the gateway may have asked for its front, too.
  if (connection.front_facts().kept_in.empty()) {
    const auto typed = ui->take_typed(true);
    saved.put_front(begun_with, typed.secrets, typed.settings);
  }
  if (!request.front && facts.kept_in.empty()) {
    const auto typed = ui->take_typed(false);
    for (const auto& [key, secret] : typed.secrets) saved.put_secret(begun_with, key, secret);
  }
  auto done = facts_json(facts);
  done.set("note", connection.store_note());
  events.send("done", done);
}

}  // namespace pintle::ui
