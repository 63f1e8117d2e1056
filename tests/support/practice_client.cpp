// SPDX-License-Identifier: Apache-2.0
#include "support/practice_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/percent.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_handshake.h>

namespace pintle::practice {
namespace {

constexpr ws::MaskKey kKey{1, 2, 3, 4};

Poco::Net::StreamSocket connect(const GatewayUrl& url, const std::string& ca_file) {
  const Poco::Net::SocketAddress address(url.host(), url.port());
  if (!url.secure()) return Poco::Net::StreamSocket(address);
  using Poco::Net::Context;
  Context::Ptr context(new Context(Context::TLS_CLIENT_USE, ca_file, Context::VERIFY_STRICT));
  return Poco::Net::SecureStreamSocket(address, url.host(), context);
}

}  // namespace

Client::Client(const Gateway& gateway) {
  const auto url = GatewayUrl::parse(gateway.url());
  socket_ = connect(url, gateway.ca_file());
  socket_.setReceiveTimeout(Poco::Timespan(20, 0));
  socket_.setNoDelay(true);
  host_ = url.authority();
  prefix_ = url.prefix();
}

Client::Client(std::uint16_t port)
    : socket_(Poco::Net::SocketAddress("127.0.0.1", port)),
      host_("127.0.0.1:" + std::to_string(port)) {
  socket_.setReceiveTimeout(Poco::Timespan(20, 0));
}

bool Client::fill() {
  std::array<char, 16384> buffer;
  try {
    const int got = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    if (got <= 0) return false;
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  } catch (const Poco::TimeoutException&) {
    throw;  // A test that would wait forever fails at once.
  } catch (const Poco::Exception&) {
    return false;
  }
}

void Client::write(std::string_view text) {
  while (!text.empty()) {
    const int sent = socket_.sendBytes(text.data(), static_cast<int>(text.size()));
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

HttpResponse Client::call(std::string_view method, std::string_view target, Headers headers,
                          std::string_view body) {
  if (!headers.has("Host")) headers.add("Host", host_);
  if (!body.empty()) headers.add("Content-Length", std::to_string(body.size()));
  std::string text = std::string(method) + " " + prefix_ + std::string(target) + " HTTP/1.1\r\n";
  for (const auto& header : headers) text += header.name() + ": " + header.value() + "\r\n";
  write(text + "\r\n" + std::string(body));
  return read_response(method != "HEAD");
}

HttpResponse Client::post(std::string_view target, std::string_view body, Headers headers) {
  headers.add("Content-Type", "application/json");
  return call("POST", target, std::move(headers), body);
}

HttpResponse Client::read_response(bool has_body) {
  std::size_t end = 0;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  std::string_view head(pending_.data(), end + 2);
  HttpResponse response;
  response.status = std::stoi(std::string(head.substr(9, 3)));
  const auto end_of_line = head.find("\r\n");
  response.reason = head.substr(0, end_of_line).substr(std::min<std::size_t>(13, end_of_line));
  head.remove_prefix(end_of_line + 2);
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    response.headers.add(Header::parse_line(line));
    head.remove_prefix(line.size() + 2);
  }
  pending_.erase(0, end + 4);
  if (!has_body || response.status == 101) return response;
  if (const auto length = response.headers.find("Content-Length")) {
    const auto size = std::stoul(std::string(*length));
    while (pending_.size() < size) {
      if (!fill()) return {};
    }
    response.body = pending_.substr(0, size);
    pending_.erase(0, size);
  } else {
    while (pending_.find("\r\n0\r\n\r\n") == std::string::npos) {
      if (!fill()) return {};
    }
  }
  return response;
}

bool Client::at_end() {
  while (pending_.empty()) {
    if (!fill()) return true;
  }
  return false;
}

HttpResponse Client::upgrade(std::string_view target, Headers headers) {
  ws::Upgrade asked;
  asked.nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  if (deflate) asked.deflate = ws::DeflateParams{};
  for (const auto& header : ws::upgrade_headers(asked)) headers.add(header);
  auto response = get(target, std::move(headers));
  if (response.status == 101) {
    const auto agreed = ws::check_upgraded(response, asked);
    reader_ = std::make_unique<ws::MessageReader>(ws::Role::client, ws::Limits{}, agreed.deflate);
  }
  return response;
}

void Client::send_texts(std::initializer_list<std::string_view> texts) {
  std::string frames;
  for (const auto text : texts) {
    ws::append_frame(frames, ws::Role::client, ws::Opcode::text, text, kKey);
  }
  write(frames);
}

void Client::send_close(ws::CloseCode code) {
  std::string frame;
  ws::append_close(frame, ws::Role::client, code, "", kKey);
  write(frame);
}

Received Client::receive() {
  while (true) {
    const auto event = reader_->next(input_);
    if (event.kind == ws::Kind::need_more) {
      if (pending_.empty() && !fill())
        return {ws::Kind::need_more, "", ws::CloseCode::no_status, true};
      frames_.swap(pending_);
      pending_.clear();
      input_ = frames_;
      continue;
    }
    if (event.kind == ws::Kind::ping && answer_pings) {
      std::string pong;
      ws::append_pong(pong, ws::Role::client, event.bytes, kKey);
      write(pong);
    }
    return {event.kind, std::string(event.bytes), event.code, false};
  }
}

Poco::JSON::Object::Ptr Client::receive_json() {
  Received received = receive();
  while (received.kind == ws::Kind::ping) received = receive();
  Poco::JSON::Parser parser;
  return parser.parse(received.bytes).extract<Poco::JSON::Object::Ptr>();
}

Headers with(std::string_view name, std::string_view value) {
  Headers headers;
  headers.add(name, value);
  return headers;
}

Headers cookies_of(const HttpResponse& response) {
  std::string line;
  for (const auto field : response.headers.all("Set-Cookie")) {
    if (field.find("Max-Age=0") != std::string_view::npos) continue;
    if (!line.empty()) line += "; ";
    line += field.substr(0, field.find(';'));
  }
  return line.empty() ? Headers{} : with("Cookie", line);
}

Poco::JSON::Object::Ptr json_of(const HttpResponse& response) {
  Poco::JSON::Parser parser;
  return parser.parse(response.body).extract<Poco::JSON::Object::Ptr>();
}

std::string text_in(const HttpResponse& response, const std::string& name) {
  return json_of(response)->getValue<std::string>(name);
}

std::string query_of(std::string_view url, std::string_view name) {
  for (const auto& [key, value] : parse_query(url.substr(url.find('?') + 1))) {
    if (key == name) return value;
  }
  return {};
}

std::uint16_t port_of(std::string_view url) { return AbsoluteUrl::parse(url).origin.port; }

std::string target_of(std::string_view url) { return AbsoluteUrl::parse(url).target; }

HttpResponse sign_in(Client& client, Headers headers) {
  return client.post("/auth/password-login",
                     R"({"provider":"basic","username":"ada","password":"practice"})",
                     std::move(headers));
}

HttpResponse approve_sign_in(std::string_view url, std::string_view password) {
  const auto form = "decision=approve&user=" + std::string(kUser) +
                    "&password=" + std::string(password) +
                    "&state=" + encode_component(query_of(url, "state")) +
                    "&redirect_uri=" + encode_component(query_of(url, "redirect_uri"));
  return Client(port_of(url))
      .call("POST", "/idp/authorize", with("Content-Type", "application/x-www-form-urlencoded"),
            form);
}

}  // namespace pintle::practice
