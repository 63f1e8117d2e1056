// SPDX-License-Identifier: Apache-2.0
#include "doctor/tls_findings.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "doctor/step_recorder.h"
#include "doctor/time_text.h"

namespace pintle::doctor {
namespace {

using Kind = DoctorStep::Fact::Kind;

constexpr std::int64_t kExpiresSoonMs = std::int64_t{14} * 24 * 3600 * 1000;
constexpr std::size_t kMaxListed = 20;

std::string names_of(const net::CertificateFacts& certificate) {
  std::string list;
  for (std::size_t i = 0; i < certificate.names.size() && i < kMaxListed; ++i) {
    list += (i == 0 ? "" : ", ") + certificate.names[i];
  }
  if (certificate.names.size() > kMaxListed) {
    list += " and " + std::to_string(certificate.names.size() - kMaxListed) + " more";
  }
  return list.empty() ? "none" : list;
}

bool is_self_signed(const net::CertificateFacts& certificate) {
  return certificate.subject == certificate.issuer;
}

void add_client_facts(DoctorStep& step, const net::TlsFacts& facts, std::int64_t now_ms) {
  if (facts.asks_for_certificate || facts.client) {
    step.facts.push_back({"client certificate", !facts.asks_for_certificate ? "not requested"
                                                : facts.client              ? "requested, shown"
                                                                            : "requested, none"});
  }
  for (const auto& issuer : facts.accepted_issuers) {
    step.facts.push_back({"accepted issuer", issuer});
  }
  if (!facts.client) return;
  step.facts.push_back({"client", facts.client->subject, Kind::host});
  step.facts.push_back({"client issuer", facts.client->issuer});
  step.facts.push_back({"client valid until", time_text(facts.client->ends_ms, now_ms)});
}

// What may be wrong with the client certificate; nothing if it looks good.
std::optional<Error> client_finding(const net::TlsFacts& facts, std::int64_t now_ms) {
  if (!facts.client) {
    if (!facts.asks_for_certificate) return std::nullopt;
    return Error(Layer::tls, "the server asks for a client certificate, and none is given")
        .with_hint("If the next step fails, pass one with --cert FILE.");
  }
  const auto& client = *facts.client;
  if (client.begins_ms > now_ms) {
    return Error(Layer::tls, "the client certificate is not valid before " +
                                 time_text(client.begins_ms, now_ms))
        .with_hint("Set this machine's clock if it is wrong.");
  }
  if (client.ends_ms != 0 && client.ends_ms - now_ms < kExpiresSoonMs) {
    std::string what = client.ends_ms <= now_ms ? "the client certificate expired on "
                                                : "the client certificate expires on ";
    what += time_text(client.ends_ms, now_ms);
    return Error(Layer::tls, std::move(what))
        .with_hint("Renew it; the new file is used from the next connection on.");
  }
  return std::nullopt;
}

}  // namespace

void add_tls_facts(DoctorStep& step, const net::TlsFacts& facts, std::int64_t now_ms) {
  if (!facts.protocol.empty()) {
    step.facts.push_back({"protocol", facts.protocol});
    step.facts.push_back({"cipher", facts.cipher});
  }
  add_client_facts(step, facts, now_ms);
  if (facts.chain.empty()) return;
  const auto& own = facts.chain.front();
  step.facts.push_back({"names", names_of(own), own.names.empty() ? Kind::plain : Kind::host});
  step.facts.push_back({"issuer", own.issuer});
  step.facts.push_back({"valid from", time_text(own.begins_ms, now_ms)});
  step.facts.push_back({"valid until", time_text(own.ends_ms, now_ms)});
  for (const auto& certificate : facts.chain) {
    const bool is_own = &certificate == &own;
    step.facts.push_back(
        {is_own ? "certificate" : "chain", certificate.subject, is_own ? Kind::host : Kind::plain});
  }
}

void find_tls(DoctorStep& step, const net::TlsFacts& facts, std::int64_t now_ms) {
  step.finding = facts.protocol;
  if (auto found = client_finding(facts, now_ms)) return warn(step, *found);
  if (facts.chain.empty()) return;
  const auto& own = facts.chain.front();
  step.finding += ", certificate for " + names_of(own) + ", valid until " +
                  time_text(own.ends_ms, now_ms) + ", issued by " + own.issuer;
  if (own.ends_ms != 0 && own.ends_ms - now_ms < kExpiresSoonMs) {
    warn(step,
         Error(Layer::tls, "the certificate expires on " + time_text(own.ends_ms, now_ms))
             .with_hint("Renew it on the server, and check why it was not renewed automatically."));
  }
}

Error explain_chain(Error error, const net::TlsFacts& facts) {
  const bool is_alone = facts.chain.size() == 1 && !is_self_signed(facts.chain.front());
  if (is_alone && facts.issuer_is_unknown) {
    error.with_hint(
        "Configure the server to send its intermediate certificates too (the \"full chain\"); if "
        "the issuer is a private root that you trust, pass it with --ca-file.");
  }
  return error;
}

}  // namespace pintle::doctor
