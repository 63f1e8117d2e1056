// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/scheme_program.h"

#include <sys/stat.h>
#include <tuple>
#include <utility>

#include <pintle/loading/load_check.h>
#include <pintle/loading/trusted_file.h>

namespace pintle::program {
namespace {

constexpr std::chrono::milliseconds kNotifyLimit{100};

Error refused(const std::filesystem::path& file, const std::string& why) {
  return Error(Layer::plugin, file.string() + ": " + why);
}

// Changes if the file is modified or replaced.
auto identity_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) throw refused(file, "no longer exists");
  return std::make_tuple(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec,
                         facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec);
}

Error changed(const std::filesystem::path& file) {
  return refused(file, "the program has changed since it was loaded")
      .with_user_action()
      .with_hint("Restart this program to load the new one.");
}

}  // namespace

Reply ProgramRun::call(std::string_view method, const Write& write_params,
                       std::chrono::milliseconds limit) {
  const auto id = process_.new_id();
  JsonLine line;
  line.number("id", static_cast<std::int64_t>(id)).text("method", method).begin_object("params");
  write_params(line);
  const auto request = line.end_object().finish();
  if (request.size() > kMaxLine) {
    throw refused(file_, "the program cannot take a request of more than 1 MiB (\"" +
                             std::string(method) + "\")");
  }
  const auto reply = process_.call(id, request, limit, method);
  if (!reply) throw ended();
  return Reply(*reply);
}

void ProgramRun::notify(std::string_view method, const Write& write_params) noexcept {
  try {
    JsonLine line;
    line.text("method", method).begin_object("params");
    write_params(line);
    process_.notify(line.end_object().finish(), kNotifyLimit);
  } catch (const std::exception&) {
    // No memory. What it was to release ends with the program.
  }
}

std::string ProgramRun::how_ended() const {
  const auto ending = process_.ending();
  return ending ? ending->text : "is running";
}

RunEnded ProgramRun::ended() const {
  const auto ending = process_.ending();
  const bool by_itself = ending && ending->kind == Ending::Kind::own;
  auto error = refused(file_, "the program " + how_ended());
  error.with_retry(by_itself);
  if (ending && ending->kind == Ending::Kind::garbage) {
    error.with_hint(
        "Report it to the scheme's author: standard output is for replies alone, messages belong "
        "on "
        "standard error.");
  }
  return {std::move(error), by_itself};
}

SchemeProgram::SchemeProgram(std::filesystem::path file, std::string digest,
                             const ProgramLimits& limits)
    : file_(std::move(file)),
      digest_(std::move(digest)),
      limits_(limits),
      run_(start(1, hello_)),
      restarts_(limits.max_restarts, limits.restart_window) {}

// Nothing secret was given to a program until it is opened, so what it says on standard error until
// then may be shown.
std::shared_ptr<ProgramRun> SchemeProgram::start(std::uint64_t number, HelloReply& hello) const {
  loading::check_trusted_folder(file_.parent_path());
  loading::check_trusted_file(file_);
  const auto before = identity_of(file_);
  if (loading::digest_of(file_) != digest_) throw changed(file_);
  auto run = std::make_shared<ProgramRun>(file_, number);
  try {
    const auto reply = run->call(
        "hello",
        [](JsonLine& params) { params.number("protocol", kProtocol).text("host", "pintle"); },
        limits_.hello);
    if (const auto error = reply.error()) throw Error(*error);
    hello = read_hello(reply.result());
  } catch (const Error& error) {
    const auto said = run->last_error_line();
    if (run->has_ended()) {
      throw refused(file_, "the program " + run->how_ended() + ", before its reply to \"hello\"" +
                               (said.empty() ? "" : ": " + said))
          .with_user_action();
    }
    throw refused(file_, "its reply to \"hello\" is invalid: " + error.message());
  }
  hello.manifest.program = file_.filename().string();
  if (identity_of(file_) != before) throw changed(file_);
  return run;
}

std::shared_ptr<ProgramRun> SchemeProgram::run() {
  const MutexLock lock(mutex_);
  if (!run_->has_ended()) return run_;
  const auto wait = restarts_.restart(RestartLimit::Clock::now());
  if (wait.count() > 0) {
    throw refused(file_, "the program has ended " + std::to_string(limits_.max_restarts + 1) +
                             " times within " +
                             std::to_string(limits_.restart_window.count() / 1000) +
                             " s and is not started again for now; it last " + run_->how_ended())
        .with_retry_after_ms(wait.count())
        .with_hint("See what is wrong with it: pintle plugins check " + file_.string());
  }
  HelloReply hello;
  auto next = start(run_->number() + 1, hello);
  if (hello.manifest != hello_.manifest) {
    throw refused(file_, "the program describes itself differently from when it was loaded");
  }
  run_ = std::move(next);
  return run_;
}

std::shared_ptr<ProgramRun> SchemeProgram::last_run() const {
  const MutexLock lock(mutex_);
  return run_;
}

}  // namespace pintle::program
