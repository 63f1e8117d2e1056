// SPDX-License-Identifier: Apache-2.0
#include "broker/client_response.h"

#include <array>
#include <charconv>
#include <utility>

namespace pintle::broker {
namespace {

iovec part(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};  // only read
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

// What a client waits for: its first event may be an hour away.
bool is_event_stream(const HttpResponse& head) {
  return head.headers.get("Content-Type").starts_with("text/event-stream");
}

}  // namespace

std::string response_head(const HttpResponse& head, const Headers& fields) {
  std::string text;
  text.reserve(512);
  text.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ");
  for (const char c : head.reason) {
    // A reason from outside must not end the line.
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) text += c;
  }
  text += "\r\n";
  for (const auto& field : fields) append_field(text, field.name(), field.value());
  return text;
}

std::string last_response(const HttpResponse& response) {
  auto text = response_head(response, response.headers);
  append_field(text, "Content-Length", std::to_string(response.body.size()));
  append_field(text, "Connection", "close");
  return text + "\r\n" + response.body;
}

ClientResponse::Framing ClientResponse::framing_of(const HttpResponse& head) const {
  if (request_.method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304) {
    return Framing::none;
  }
  if (head.headers.has("Content-Length") && !head.headers.has("Transfer-Encoding")) {
    return Framing::fixed;
  }
  return request_.minor_version == 1 ? Framing::chunked : Framing::until_close;
}

void ClientResponse::begin(const HttpResponse& head) { begin(head, forwarding_.to_client(head)); }

void ClientResponse::begin(const HttpResponse& head, const Headers& fields) {
  status_ = head.status;
  framing_ = framing_of(head);
  head_ = response_head(head, fields);
  for (const auto& field : extra_) append_field(head_, field.name(), field.value());
  const bool is_refused = body_ != nullptr && !body_->is_complete();
  if (framing_ == Framing::until_close || is_refused) keeps_alive_ = false;
  // With no body it still says how long that of a GET would be.
  const auto length = head.headers.get("Content-Length");
  if (framing_ == Framing::chunked) {
    append_field(head_, "Transfer-Encoding", "chunked");
  } else if (framing_ != Framing::until_close && !length.empty() && head.status != 204) {
    append_field(head_, "Content-Length", length.substr(0, length.find(',')));
  }
  if (!keeps_alive()) {
    append_field(head_, "Connection", "close");
  } else if (request_.minor_version == 0) {
    append_field(head_, "Connection", "keep-alive");
  }
  head_ += "\r\n";
  // A body's first piece follows at once, and leaves with the head.
  if (framing_ == Framing::none || is_event_stream(head)) write_head();
}

void ClientResponse::write_head() { stream_.write(std::exchange(head_, {})); }

void ClientResponse::write(std::string_view piece) {
  if (piece.empty() || framing_ == Framing::none) return;
  body_bytes_ += piece.size();
  if (framing_ == Framing::chunked) return write_chunk(piece);
  if (head_.empty()) return stream_.write(piece);
  std::array parts = {part(head_), part(piece)};
  stream_.write(parts.data(), parts.size());
  head_.clear();
}

void ClientResponse::write_chunk(std::string_view piece) {
  std::array<char, 20> size;
  auto* const end = std::to_chars(size.data(), size.data() + size.size() - 2, piece.size(), 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  const std::string_view line(size.data(), static_cast<std::size_t>(end + 2 - size.data()));
  std::array parts = {part(head_), part(line), part(piece), part("\r\n")};
  const bool with_head = !head_.empty();
  stream_.write(parts.data() + (with_head ? 0 : 1), with_head ? 4 : 3);
  head_.clear();
}

void ClientResponse::finish() {
  if (framing_ == Framing::chunked) head_ += "0\r\n\r\n";
  if (!head_.empty()) write_head();
}

void ClientResponse::write_own(const HttpResponse& response) {
  auto head = response;
  head.headers.set("Content-Length", std::to_string(response.body.size()));
  auto fields = head.headers;
  fields.remove("Content-Length");
  begin(head, fields);
  write(response.body);
  finish();
}

}  // namespace pintle::broker
