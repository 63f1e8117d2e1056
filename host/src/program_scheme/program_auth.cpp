// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/program_auth.h"

#include <utility>

#include <pintle/core/base/error.h>

#include "program_scheme/requests.h"
#include "scheme/abi_views.h"
#include "scheme/session_report.h"

namespace pintle::program {
namespace {

void throw_error_of(const Reply& reply) {
  if (const auto error = reply.error()) throw Error(*error);
}

void put_all(const pintle_sink& sink, const DecorationReply::Pairs& pairs) {
  for (const auto& [name, value] : pairs) {
    sink.put(sink.context, view(name), view(value.reveal()));
  }
}

// A program that was started again counts its credentials anew: the host's number has the run's,
// too.
std::uint64_t credential_of(std::uint64_t run, std::uint64_t number) {
  return run * kCredentialEnd + number;
}

}  // namespace

ProgramAuth::ProgramAuth(std::shared_ptr<SchemeProgram> program, std::size_t index,
                         std::shared_ptr<const void> owner, const pintle_opening& opening)
    : owner_(std::move(owner)),
      kept_program_(std::move(program)),
      program_(*kept_program_),
      traits_(program_.hello().traits.at(index)),
      scheme_id_(program_.hello().manifest.schemes.at(index).id),
      number_(program_.new_number()),
      session_(text(opening.session)),
      decorations_(traits_.by_target) {
  JsonLine line;
  write_opening(line, opening);
  opening_ = line.written_members();
  const MutexLock lock(mutex_);
  try {
    open_in(*program_.run());
  } catch (const RunEnded& ended) {
    if (!ended.by_itself()) throw;
    open_in(*program_.run());
  }
  if (has_new_session()) SessionReport::make();
}

ProgramAuth::~ProgramAuth() {
  const auto run = program_.last_run();
  if (run->number() != open_run_) return;
  run->notify("close", [&](JsonLine& params) { params.number("auth", number_); });
}

void ProgramAuth::open_in(ProgramRun& run) {
  if (open_run_ == run.number()) return;
  const Secret session(session_.reveal());
  const auto reply = run.call(
      "open",
      [this, &session](JsonLine& params) {
        params.number("auth", number_).text("scheme", scheme_id_).members(opening_);
        if (session.empty()) {
          params.null("session");
        } else {
          params.bytes("session", session.reveal());
        }
      },
      program_.limits().call);
  take_session(reply);
  throw_error_of(reply);
  open_run_ = run.number();
  forget_decorations();  // the run has other numbers for its credentials
}

// If the program ends by itself, is started again and asked once more: another process may have
// killed it since the last call.
ProgramAuth::Called ProgramAuth::call(std::string_view method,
                                      const ProgramRun::Write& write_params,
                                      std::chrono::milliseconds limit) {
  for (bool is_again = false;; is_again = true) {
    auto run = program_.run();
    try {
      open_in(*run);
      auto reply = run->call(
          method,
          [&](JsonLine& params) {
            params.number("auth", number_);
            write_params(params);
          },
          limit);
      return {std::move(reply), std::move(run)};
    } catch (const RunEnded& ended) {
      if (is_again || !ended.by_itself()) throw;
    }
  }
}

void ProgramAuth::take_session(const Reply& reply) {
  auto session = reply.session();
  if (!session) return;
  session_ = std::move(*session);
  is_session_unreported_ = true;
  forget_decorations();
}

// True once after each new session, also that of an auth that was opened again in this call.
bool ProgramAuth::has_new_session() { return std::exchange(is_session_unreported_, false); }

void ProgramAuth::forget_decorations() { decorations_.clear(); }

DecorationReply ProgramAuth::ask_decoration(const pintle_request& request) {
  const auto called = call(
      "decorate",
      [&](JsonLine& params) {
        write_request(params, request, traits_.signs);
        if (traits_.by_target && !traits_.signs) write_target(params, request);
      },
      program_.limits().call);
  throw_error_of(called.reply);
  auto decoration = read_decoration(called.reply.result());
  decoration.credential = credential_of(open_run_, decoration.credential);
  return decoration;
}

void ProgramAuth::decorate(const pintle_request& request, const pintle_sink& headers,
                           pintle_decoration& out) {
  const MutexLock lock(mutex_);
  const auto* kept = decorations_.find(request);
  const bool has_lapsed =
      kept != nullptr && kept->valid_until_ms != 0 && request.now_ms >= kept->valid_until_ms;
  if (kept == nullptr || has_lapsed || traits_.signs) {
    auto asked = ask_decoration(request);  // opening it anew forgets the decorations
    kept = &decorations_.keep(request, std::move(asked));
  }
  if (!kept->query.empty()) {
    if (request.query == nullptr) {
      throw Error(Layer::plugin,
                  "the scheme " + scheme_id_ +
                      " puts a credential into the query of a request that has none");
    }
    put_all(*request.query, kept->query);
  }
  if (has_new_session()) SessionReport::make();
  put_all(headers, kept->headers);
  out.valid_until_ms = kept->valid_until_ms;
  out.credential = kept->credential;
}

std::uint32_t ProgramAuth::observe(const pintle_response& response, std::optional<Error>& why) {
  const MutexLock lock(mutex_);
  const auto called = call(
      "observe",
      [&response, open_run = open_run_](JsonLine& params) {
        // 0: of a run that has ended.
        const bool is_of_run = response.credential / kCredentialEnd == open_run;
        write_response(params, response, is_of_run ? response.credential % kCredentialEnd : 0);
      },
      program_.limits().call);
  std::uint32_t seen = PINTLE_OBSERVATION_NONE;
  take_session(called.reply);
  if (has_new_session()) seen |= PINTLE_OBSERVATION_SESSION_CHANGED;
  why = called.reply.error();
  if (why) return seen;
  auto reply = read_observation(called.reply.result());
  if (reply.retry_once) seen |= PINTLE_OBSERVATION_RETRY_ONCE;
  if (reply.needs_sign_in) {
    seen |= PINTLE_OBSERVATION_NEEDS_SIGN_IN;
    why = std::move(reply.needs_sign_in);
  }
  if (seen != PINTLE_OBSERVATION_NONE) forget_decorations();
  return seen;
}

void ProgramAuth::take_step(const Reply& reply, std::unique_ptr<StepReply>& kept,
                            pintle_step& step) {
  // Whatever an operation does, it is about the credential.
  forget_decorations();
  take_session(reply);
  const std::uint32_t flags = has_new_session() ? PINTLE_STEP_SESSION_CHANGED : 0;
  step.flags = flags;  // the host reads them after a failure, too
  throw_error_of(reply);
  kept = std::make_unique<StepReply>(reply.result());
  step = kept->get();
  step.flags |= flags;
}

std::unique_ptr<ProgramOperation> ProgramAuth::begin(const pintle_begin& begin, pintle_step& step) {
  const MutexLock lock(mutex_);
  const auto number = program_.new_number();
  auto called = call(
      "begin",
      [&](JsonLine& params) {
        params.number("operation", number);
        write_begin(params, begin);
      },
      program_.limits().step);
  auto operation = std::make_unique<ProgramOperation>(*this, number, std::move(called.run));
  take_step(called.reply, operation->step_, step);
  return operation;
}

void ProgramOperation::resume(const pintle_answer& answer, pintle_step& step) {
  const MutexLock lock(auth_.mutex_);
  try {
    const auto reply = run_->call(
        "resume",
        [&](JsonLine& params) {
          params.number("auth", auth_.number_).number("operation", number_);
          write_answer(params, answer);
        },
        auth_.program_.limits().step);
    auth_.take_step(reply, step_, step);
  } catch (const RunEnded& ended) {
    // Where it was is lost with it: the operation begins anew, if at all.
    throw Error(Layer::plugin, ended.message() + " during an operation")
        .with_hint(ended.hint())
        .with_retry(ended.by_itself());
  }
}

ProgramOperation::~ProgramOperation() {
  run_->notify("end", [&](JsonLine& params) {
    params.number("auth", auth_.number_).number("operation", number_);
  });
}

void ProgramAuth::session(const pintle_sink& bytes) const {
  const MutexLock lock(mutex_);
  if (!session_.empty()) bytes.put(bytes.context, {}, view(session_.reveal()));
}

void ProgramAuth::describe(const pintle_sink& facts) {
  const MutexLock lock(mutex_);
  const auto called = call(
      "describe", [](JsonLine&) {}, program_.limits().call);
  throw_error_of(called.reply);
  for (const auto& [key, value] : read_facts(called.reply.result())) {
    facts.put(facts.context, view(key), view(value));
  }
}

}  // namespace pintle::program
