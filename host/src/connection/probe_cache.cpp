// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <sstream>
#include <system_error>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/files/durable_file.h>
#include <pintle/loading/trusted_file.h>
#include <pintle/probe_cache.h>

#include "session/session_file.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "pintle-probe 2";
constexpr std::size_t kMaxBytes = 2 * kMaxProbeAnswerBytes + 1024;

std::string begin_of_name(const GatewayUrl& url) {
  return session_file::digest_of(url.text()).substr(0, 24) + "-";
}

// The magic, the time of the probe, a digest of the rest, the profile and its path, two statuses,
// the size of the first body, and both bodies.
std::string to_text(const ProbeAnswers& answers, std::int64_t now_ms) {
  std::ostringstream sealed;
  sealed << answers.profile << ' ' << answers.path << ' ' << answers.status.status << ' '
         << answers.providers.status << ' ' << answers.status.body.size() << '\n'
         << answers.status.body << answers.providers.body;
  std::ostringstream text;
  text << kMagic << '\n' << now_ms << '\n';
  text << session_file::digest_of(sealed.str()) << '\n' << sealed.str();
  return text.str();
}

// The rest after the line.
std::string rest_of(std::istream& in) {
  in.get();
  return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<ProbeAnswers> from_text(const std::string& text, std::int64_t now_ms) {
  std::istringstream in(text);
  std::string magic;
  std::int64_t asked_ms = 0;
  std::string digest;
  if (!std::getline(in, magic) || magic != kMagic || !(in >> asked_ms >> digest)) return {};
  if (asked_ms > now_ms || now_ms - asked_ms >= ProbeCache::kMaxAgeMs) return {};
  std::istringstream sealed(rest_of(in));
  if (session_file::digest_of(sealed.view()) != digest) return {};
  ProbeAnswers answers;
  std::size_t size = 0;
  if (!(sealed >> answers.profile >> answers.path >> answers.status.status >>
        answers.providers.status >> size)) {
    return {};
  }
  answers.status.body = rest_of(sealed);
  if (size > answers.status.body.size()) return {};
  answers.providers.body = answers.status.body.substr(size);
  answers.status.body.resize(size);
  return answers;
}

}  // namespace

fs::path ProbeCache::file_of(const GatewayUrl& url, std::string_view route) const {
  return folder_ / (begin_of_name(url) + session_file::digest_of(route).substr(0, 24));
}

std::optional<ProbeAnswers> ProbeCache::find(const GatewayUrl& url, std::string_view route,
                                             std::int64_t now_ms) const {
  try {
    std::error_code none;
    const auto folder = fs::canonical(folder_, none);
    if (none) return {};
    const auto file = folder / file_of(url, route).filename();
    if (!fs::exists(file, none)) return {};
    loading::check_trusted_folder(folder);
    loading::check_trusted_file(file);
    const auto text = read_file(file, kMaxBytes);
    return text ? from_text(*text, now_ms) : std::nullopt;
  } catch (const Error&) {
    return {};
  }
}

void ProbeCache::keep(const GatewayUrl& url, std::string_view route, const ProbeAnswers& answers,
                      std::int64_t now_ms) const {
  try {
    write_file_durably(file_of(url, route), to_text(answers, now_ms));
  } catch (const Error&) {
    // Harmless: the gateway is asked next time.
  }
}

void ProbeCache::forget(const GatewayUrl& url) const {
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->path().filename().string().starts_with(begin_of_name(url))) {
      fs::remove(it->path(), ignored);
    }
  }
}

}  // namespace pintle
