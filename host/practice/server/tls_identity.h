// SPDX-License-Identifier: Apache-2.0
//
// A certificate authority that lives as long as one practice gateway, and its certificate for
// 127.0.0.1, ::1 and localhost.
//
// Threads: a value that stays where it is; the accessors are const.

#pragma once

#include <string>

#include <Poco/Net/Context.h>

#include "practice/state/private_folder.h"

namespace pintle::practice {

/// Makes the keys with OpenSSL. They stay in memory; only the authority's certificate is written,
/// to a folder that nobody else may enter and that goes with this object.
class TlsIdentity {
 public:
  /// `groups` as OpenSSL writes a list of key exchange groups. Throws Error(tls) or Error(store).
  explicit TlsIdentity(const std::string& groups);

  /// The PEM file of the authority: what a client is to trust.
  std::string ca_file() const { return (folder_.path() / "ca.pem").string(); }
  /// For a server socket: TLS 1.2 and later.
  Poco::Net::Context::Ptr context() const { return context_; }

 private:
  PrivateFolder folder_;
  Poco::Net::Context::Ptr context_;
};

}  // namespace pintle::practice
