// SPDX-License-Identifier: Apache-2.0
//
// A certificate authority that exists as long as one practice gateway, and its certificate for
// 127.0.0.1, ::1 and localhost.
//
// Threads: any; immutable. Not movable.

#pragma once

#include <string>

#include <Poco/Net/Context.h>

#include "base/private_folder.h"
#include "practice/server/options.h"

namespace pintle::practice {

/// Creates the keys with OpenSSL. They stay in memory; only the authority's certificate, and the
/// client's with its key, are written, to a private folder that is removed with this object.
class TlsIdentity {
 public:
  /// `groups`: a list of key exchange groups in OpenSSL's syntax. `kind` is the server's; the
  /// authority's is always valid. `requires_client`: also creates a client's certificate, and ends
  /// the handshake of a client without one. Throws Error(tls) or Error(store).
  TlsIdentity(const std::string& groups, Certificate kind, bool requires_client);

  /// The authority's PEM file, for a client to trust.
  std::string ca_file() const { return (folder_.path() / "ca.pem").string(); }
  /// The client's PEM file, with its key.
  std::string client_file() const { return (folder_.path() / "client.pem").string(); }
  /// For a server socket: TLS 1.2 and later.
  Poco::Net::Context::Ptr context() const { return context_; }

 private:
  PrivateFolder folder_{"practice"};
  Poco::Net::Context::Ptr context_;
};

}  // namespace pintle::practice
