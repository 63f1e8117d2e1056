// SPDX-License-Identifier: Apache-2.0
//
// bench-server: the server that every peer is measured against. One thread that waits only for its
// clients, on two free ports of loopback, plain and TLS.
//
// Its first line of output is its address: {"port":…,"tls_port":…,"ca_file":"…"}. It ends with its
// standard input, so that it never outlives its parent, and at SIGTERM and SIGINT.

#include <csignal>
#include <cstdio>
#include <exception>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <pintle/core/text/json.h>

#include "practice/server/tls_identity.h"
#include "server/loop.h"

namespace {

using pintle::bench::Loop;

// Returns a descriptor that becomes readable at SIGTERM and SIGINT.
int end_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&ends, signal);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  return ::signalfd(-1, &ends, SFD_CLOEXEC);
}

// If a benchmark is interrupted, print the sender of the signal.
void print_sender(int signals) {
  signalfd_siginfo info{};
  if (::read(signals, &info, sizeof info) != sizeof info) return;
  std::fprintf(stderr, "bench-server: ended by signal %u of process %u\n", info.ssi_signo,
               info.ssi_pid);
}

void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main() {
  try {
    std::signal(SIGPIPE, SIG_IGN);  // A TLS write to a closed connection.
    allow_many_files();
    const pintle::practice::TlsIdentity identity("X25519:P-256:P-384",
                                                 pintle::practice::Certificate::valid, false);
    SSL_CTX* tls = identity.context()->sslContext();
    SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One system call for a record instead of two.
    SSL_CTX_set_read_ahead(tls, 1);
    Loop loop(tls);
    std::printf("{\"port\":%d,\"tls_port\":%d,\"ca_file\":%s}\n", loop.port(), loop.tls_port(),
                pintle::json_string(identity.ca_file()).c_str());
    std::fflush(stdout);
    const int signals = end_signals();
    if (loop.run({signals, STDIN_FILENO}) == signals) print_sender(signals);
    return 0;
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "bench-server: %s\n", wrong.what());
    return 1;
  }
}
