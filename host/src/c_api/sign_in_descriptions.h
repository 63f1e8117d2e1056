// SPDX-License-Identifier: Apache-2.0
//
// Formats who is signed in as JSON, with the members that the program `pintle` prints.
//
// Threads: any.

#pragma once

#include <stop_token>
#include <string>

#include <pintle/connection.h>

namespace pintle::c_api {

std::string describe_signed_in(const Connection& connection, const SignInFacts& facts);
/// `stays_valid`: what Connection::sign_out returned.
std::string describe_signed_out(const Connection& connection, const std::string& stays_valid);
/// Asks the gateway what it is, and nobody else anything. Throws as Connection::choose does.
std::string describe_status(Connection& connection, const std::stop_token& cancel);

}  // namespace pintle::c_api
