// SPDX-License-Identifier: Apache-2.0
//
// The commands, one function a file or two.

#pragma once

#include <vector>

#include "command_line.h"

namespace pintle::cli {

Command probe_command();
Command add_command();
Command list_command();
Command remove_command();
Command use_command();
Command status_command();
Command doctor_command();
Command connect_command();
Command call_command();
Command rpc_command();
Command ws_url_command();
Command serve_command();
Command exec_command();
Command sign_in_command();
Command sign_out_command();
Command sessions_command();
Command plugins_command();
Command ui_command();
Command practice_command();
Command completion_command();

/// All of them, in the order of the overview.
const std::vector<Command>& all_commands();

}  // namespace pintle::cli
