// SPDX-License-Identifier: Apache-2.0
//
// pintle-scheme-test: the worker of `pintle plugins test` (pintle/conformance/worker.h).

#include <pintle/conformance/worker.h>
#include <pintle/loading/load_check.h>

#include "program_scheme/guarded_call.h"
#include "program_scheme/program_plugin.h"

namespace {

using namespace pintle;  // NOLINT(google-build-using-namespace): the program's own file

// A program that has ended is not started again here: the test goes on in another worker.
constexpr std::chrono::milliseconds kStepLimit{2'000};

conformance::StartedProgram start(const std::string& file) {
  const auto plugin = program::ProgramPlugin::start(file, loading::digest_of(file),
                                                    {.step = kStepLimit, .max_restarts = 0});
  return {.table = {plugin, &plugin->table()},
          .ending = [plugin]() -> std::optional<conformance::ProgramEnding> {
            const auto ending = plugin->ending();
            if (!ending) return std::nullopt;
            return conformance::ProgramEnding{ending->kind == program::Ending::Kind::hung,
                                              ending->text};
          },
          .invalid_reply = program::kInvalidReply};
}

}  // namespace

int main(int argc, char** argv) { return conformance::run_worker(argc, argv, start); }
