// SPDX-License-Identifier: Apache-2.0
#include "settings/secret_command.h"

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

#include "settings/command.h"

namespace pintle {

std::string output_of_command(const std::string& line, std::size_t max_bytes,
                              std::int64_t timeout_ms, const std::stop_token& cancel) {
  auto output = run_command({.program = "/bin/sh",
                             .words = {"sh", "-c", line},
                             .is_detached = false,
                             .awaits_children = true,
                             .max_bytes = max_bytes,
                             .timeout_ms = timeout_ms},
                            cancel);
  if (output.exit_code != 0) {
    wipe(output.text);
    throw Error(Layer::config, "it exited with code " + std::to_string(output.exit_code));
  }
  return std::move(output.text);
}

}  // namespace pintle
