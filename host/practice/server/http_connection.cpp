// SPDX-License-Identifier: Apache-2.0
#include "practice/server/http_connection.h"

#include <exception>

#include "practice/server/http_reader.h"
#include "practice/server/http_sender.h"

namespace pintle::practice {
namespace {

Answer safely(Site& site, Request& request) {
  try {
    return site.answer(request);
  } catch (const std::exception&) {
    Answer answer;
    answer.response = detail_response(500, "Internal Server Error");
    answer.close = true;
    return answer;
  }
}

}  // namespace

void serve_connection(Wire& wire, Site& site, Poco::Event& stopping, std::int64_t idle_ms) {
  while (!stopping.tryWait(0)) {
    Request request;
    try {
      auto next = read_request(wire, idle_ms);
      if (!next) return;
      request = std::move(*next);
    } catch (const BadRequest& bad) {
      Answer answer;
      answer.response = detail_response(bad.status(), bad.what());
      answer.date_ms = site.date_ms();
      answer.close = true;
      send_answer(wire, request, answer, stopping);
      return;
    }
    auto answer = safely(site, request);
    answer.date_ms = site.date_ms();
    if (answer.websocket && !answer.fault) {
      site.websocket(request, wire, *answer.websocket, head_text(answer, ""));
      return;
    }
    if (!request.is_keep_alive()) answer.close = true;
    if (!send_answer(wire, request, answer, stopping)) return;
  }
}

}  // namespace pintle::practice
