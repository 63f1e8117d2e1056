// SPDX-License-Identifier: Apache-2.0
//
// libcurl's easy interface: one handle for all requests, as its manual recommends (libcurl-easy(3):
// "re-use handles as much as possible"); it keeps the connection and its buffers. TCP_NODELAY is
// its default. HTTP/1.1, as the gateway speaks.

#include <curl/curl.h>
#include <memory>
#include <stdexcept>
#include <string>

#include "clients/measure.h"
#include "clients/task.h"

namespace pintle::bench {
namespace {

std::size_t take(char* bytes, std::size_t, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(bytes, count);
  return count;
}

void check(CURLcode code) {
  if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
}

void rest(const Task& task) {
  check(curl_global_init(CURL_GLOBAL_DEFAULT));
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                   &curl_easy_cleanup);
  CURL* curl = handle.get();
  std::string body;
  check(curl_easy_setopt(curl, CURLOPT_URL, task.url_text.c_str()));
  check(curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1));
  check(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
  check(curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"));
  check(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take));
  check(curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body));
  if (task.url.secure) check(curl_easy_setopt(curl, CURLOPT_CAINFO, task.ca_file.c_str()));
  RoundTrips trips(task.seconds);
  do {
    body.clear();
    check(curl_easy_perform(curl));
    long status = 0;
    check(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status));
    if (status != 200 || body.empty()) throw std::runtime_error("the answer is no 200");
  } while (trips.lap());
  trips.print();
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  return pintle::bench::run_peer(argc, argv, {{"rest", &pintle::bench::rest}});
}
