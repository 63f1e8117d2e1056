// SPDX-License-Identifier: Apache-2.0
#include "ui/secret_files.h"

#include <algorithm>
#include <system_error>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/settings.h>

namespace pintle::ui {
namespace {

constexpr std::int64_t kReadMs = 1'000;
constexpr std::size_t kMaxKey = 32;

bool is_input_key(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKey && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

SecretSource SecretFiles::place_of(std::string_view name, std::string_view key) const {
  if (!is_connection_name(name)) throw Error(Layer::config, "invalid connection name");
  if (!is_input_key(key)) throw Error(Layer::config, "invalid name of an input");
  // No connection's name has an "@".
  const auto file = folder_ / (std::string(name) + (key == "token" ? "" : "@" + std::string(key)));
  return SecretSource::of(SecretSource::Kind::file, file.string());
}

SecretSource SecretFiles::put(std::string_view name, std::string_view key,
                              const Secret& secret) const {
  auto source = place_of(name, key);
  if (is_blank(secret.reveal())) {
    throw Error(Layer::config, "the " + std::string(key) + " is empty").with_user_action();
  }
  auto line = std::string(secret.reveal()) + "\n";
  const auto kept = Secret::take(line);
  write_file_durably(source.where(), kept.reveal());
  return source;
}

bool SecretFiles::owns(const SecretSource& source) const {
  return source.kind() == SecretSource::Kind::file &&
         std::filesystem::path(source.where()).parent_path() == folder_;
}

std::string SecretFiles::version_of(const SecretSource& source) const {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(source.where(), error);
  return error ? std::string() : std::to_string(written.time_since_epoch().count());
}

std::map<std::string, SecretSource> SecretFiles::copy_to(
    std::string_view name, const std::map<std::string, SecretSource>& sources,
    const std::string& before) const {
  auto copied = sources;
  for (auto& [key, source] : copied) {
    if (owns(source)) source = put(name, before + key, source.read(kReadMs));
  }
  return copied;
}

void SecretFiles::remove(const SecretSource& source) const {
  if (!owns(source)) return;
  std::error_code error;
  std::filesystem::remove(source.where(), error);
  if (error) {
    throw Error(Layer::store, "cannot delete " + source.where() + ": " + error.message());
  }
}

std::string preview_of(const SecretSource& source) {
  if (source.kind() != SecretSource::Kind::file) return {};
  try {
    const auto shown = preview(source.read(kReadMs));
    return shown.starts_with("...") ? shown : std::string();
  } catch (const Error&) {
    return {};  // the test of the connection reports it
  }
}

}  // namespace pintle::ui
