// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/scheme_program.h"

#include <sys/stat.h>
#include <tuple>
#include <utility>

#include <pintle/loading/load_check.h>
#include <pintle/loading/trusted_file.h>

#include "program_scheme/protocol_names.h"

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

// What the manifest's own rules refuse is a fault of the reply, too.
HelloReply read_valid_hello(const JsonMembers& result) {
  try {
    return read_hello(result);
  } catch (const Error& error) {
    throw InvalidReply(error.message());
  }
}

}  // namespace

ProgramCommand ProgramSource::command() const {
  if (!is_caged()) return {.program = file};
  return {.program = cage,
          .arguments = {file.string()},
          .descriptor = copy->get(),
          .has_environment = false};
}

Reply ProgramRun::call(std::string_view method, const Write& write_params,
                       std::chrono::milliseconds limit) {
  const auto id = process_.new_id();
  JsonLine line;
  line.number("id", static_cast<std::int64_t>(id)).text("method", method).begin_object("params");
  write_params(line);
  const auto request = line.end_object().finish();
  if (request.size() > kMaxLine) {
    throw refused(source_.file, source_.noun() + (" cannot take a request of more than 1 MiB (\"" +
                                                  std::string(method) + "\")"));
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

// Only the cage itself names what it stopped the library for; another line may hold anything.
std::optional<std::string> ProgramRun::why_stopped() const {
  if (!source_.is_caged()) return std::nullopt;
  auto said = process_.last_error_line();
  if (!said.starts_with(kCageSays)) return std::nullopt;
  return said.substr(kCageSays.size());
}

std::string ProgramRun::how_ended() const {
  const auto ending = process_.ending();
  if (!ending) return "is running";
  const auto why = ending->kind == Ending::Kind::own ? why_stopped() : std::nullopt;
  return why ? "was stopped: it " + *why : ending->text;
}

RunEnded ProgramRun::ended() const {
  const auto ending = process_.ending();
  const bool by_itself = ending && ending->kind == Ending::Kind::own && !why_stopped();
  auto error = refused(source_.file, source_.noun() + (" " + how_ended()));
  error.with_retry(by_itself);
  if (source_.is_caged()) {
    error.with_hint(
        "Report it to the scheme's author: in the cage a scheme computes and asks the host for the "
        "rest (docs/write-a-scheme.md, In the cage).");
  } else if (ending && ending->kind == Ending::Kind::garbage) {
    error.with_hint(
        "Report it to the scheme's author: standard output is for replies alone, messages belong "
        "on "
        "standard error.");
  }
  return {std::move(error), by_itself};
}

SchemeProgram::SchemeProgram(ProgramSource source, const ProgramLimits& limits)
    : source_(std::move(source)),
      limits_(limits),
      run_(start(1, hello_)),
      restarts_(limits.max_restarts, limits.restart_window) {}

// Nothing secret was given to a program until it is opened, so what it says on standard error until
// then may be shown.
HelloReply SchemeProgram::ask_hello(ProgramRun& run) const {
  const auto& file = source_.file;
  try {
    const auto reply = run.call(
        "hello",
        [](JsonLine& params) { params.number("protocol", kProtocol).text("host", "pintle"); },
        limits_.hello);
    if (const auto error = reply.error()) {
      if (source_.is_caged()) throw *error;
      throw InvalidReply(error->message());
    }
    return read_valid_hello(reply.result());
  } catch (const InvalidReply& error) {
    throw refused(file, "its reply to \"hello\" is invalid: " + error.message());
  } catch (const RunEnded&) {
    const auto how = run.how_ended();
    auto said = run.last_error_line();
    if (said.empty() || said.starts_with(kCageSays)) {
      said.clear();
    } else {
      said.insert(0, ": ");
    }
    throw refused(file, source_.noun() + (" " + how) + ", before its reply to \"hello\"" + said)
        .with_user_action();
  } catch (const Error& error) {
    throw refused(file, error.message()).with_hint(error.hint()).with_user_action();
  }
}

// A caged library runs from its sealed copy, which cannot change.
std::shared_ptr<ProgramRun> SchemeProgram::start(std::uint64_t number, HelloReply& hello) const {
  const auto& file = source_.file;
  if (source_.is_caged()) {
    auto run = std::make_shared<ProgramRun>(source_, number);
    hello = ask_hello(*run);
    return run;
  }
  loading::check_trusted_folder(file.parent_path());
  loading::check_trusted_file(file);
  const auto before = identity_of(file);
  if (loading::digest_of(file) != source_.digest) throw changed(file);
  auto run = std::make_shared<ProgramRun>(source_, number);
  hello = ask_hello(*run);
  hello.manifest.program = file.filename().string();
  if (identity_of(file) != before) throw changed(file);
  return run;
}

std::shared_ptr<ProgramRun> SchemeProgram::run() {
  const MutexLock lock(mutex_);
  if (!run_->has_ended()) return run_;
  const auto wait = restarts_.restart(RestartLimit::Clock::now());
  if (wait.count() > 0) {
    throw refused(source_.file,
                  source_.noun() + (" has ended " + std::to_string(limits_.max_restarts + 1)) +
                      " times within " + std::to_string(limits_.restart_window.count() / 1000) +
                      " s and is not started again for now; it last " + run_->how_ended())
        .with_retry_after_ms(wait.count())
        .with_hint("See what is wrong with it: pintle plugins check " + source_.file.string());
  }
  HelloReply hello;
  auto next = start(run_->number() + 1, hello);
  if (hello.manifest != hello_.manifest) {
    throw refused(
        source_.file,
        source_.noun() + std::string(" describes itself differently from when it was loaded"));
  }
  run_ = std::move(next);
  return run_;
}

std::shared_ptr<ProgramRun> SchemeProgram::last_run() const {
  const MutexLock lock(mutex_);
  return run_;
}

}  // namespace pintle::program
