// SPDX-License-Identifier: Apache-2.0
#include "practice/server/http_sender.h"

#include <algorithm>

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace pintle::practice {
namespace {

std::string length_header(std::size_t size) { return "Content-Length: " + std::to_string(size); }

bool send_slowly(Wire& wire, const Answer& answer, std::int64_t pause_ms, Poco::Event& stopping) {
  const auto& body = answer.response.body;
  if (!wire.send(head_text(answer, length_header(body.size())))) return false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (pause_ms > 0 && stopping.tryWait(static_cast<long>(pause_ms))) return false;
    if (!wire.send({body.data() + i, 1})) return false;
  }
  return true;
}

bool send_huge(Wire& wire, const Answer& answer, std::int64_t size, Poco::Event& stopping) {
  auto left = static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
  if (!wire.send(head_text(answer, length_header(left)))) return false;
  const std::string block(64 * 1024, ' ');
  while (left > 0 && !stopping.tryWait(0)) {
    const auto piece = std::min(left, block.size());
    if (!wire.send({block.data(), piece})) return false;
    left -= piece;
  }
  return left == 0;
}

// Each of these announces more than it sends, and then ends the connection.
void send_cut_short(Wire& wire, const Answer& answer, FaultKind kind) {
  const auto& body = answer.response.body;
  if (kind == FaultKind::drop_mid_header) {
    const auto head = head_text(answer, length_header(body.size()));
    wire.send(std::string_view(head).substr(0, head.size() / 2));
  } else if (kind == FaultKind::truncated_length) {
    wire.send(head_text(answer, length_header(body.size() + 100)) + body);
  } else if (kind == FaultKind::truncated_chunks) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string size;
    for (auto rest = body.size(); rest > 0; rest /= 16) size.insert(size.begin(), kHex[rest % 16]);
    wire.send(head_text(answer, "Transfer-Encoding: chunked") +
              (body.empty() ? "" : size + "\r\n" + body + "\r\n"));
  }
}

}  // namespace

std::string head_text(const Answer& answer, const std::string& body_header) {
  const auto& response = answer.response;
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + response.reason +
                     "\r\nDate: " +
                     Poco::DateTimeFormatter::format(Poco::Timestamp(answer.date_ms * 1000),
                                                     Poco::DateTimeFormat::HTTP_FORMAT) +
                     "\r\nServer: pintle-practice\r\n";
  for (const auto& header : response.headers) {
    text += header.name() + ": " + header.value() + "\r\n";
  }
  if (!body_header.empty()) text += body_header + "\r\n";
  if (answer.close) text += "Connection: close\r\n";
  return text + "\r\n";
}

bool send_answer(Wire& wire, const Request& request, const Answer& answer, Poco::Event& stopping) {
  const auto& body = answer.response.body;
  const auto kind = answer.fault ? answer.fault->kind : FaultKind::delay;
  switch (kind) {
    case FaultKind::drop:
    case FaultKind::lose_answer:
    case FaultKind::drop_mid_header:
    case FaultKind::truncated_length:
    case FaultKind::truncated_chunks:
      send_cut_short(wire, answer, kind);
      return false;
    case FaultKind::echo:
      wire.send(answer.response.reason + "\r\n\r\n");
      return false;
    case FaultKind::slow_body:
      return send_slowly(wire, answer, answer.fault->value, stopping) && !answer.close;
    case FaultKind::huge_body:
      return send_huge(wire, answer, answer.fault->value, stopping) && !answer.close;
    default:
      break;
  }
  // Header and body are sent in one write, as every server does with a small body.
  auto text = head_text(answer, length_header(body.size()));
  if (request.method != "HEAD") text += body;
  return wire.send(text) && !answer.close && kind != FaultKind::close_after;
}

}  // namespace pintle::practice
