// SPDX-License-Identifier: Apache-2.0
#include "stored_session.h"

#include <string>

#include <pintle/core/base/error.h>

#include "wire/json_object.h"

namespace pintle::oauth {
namespace {

constexpr std::int64_t kVersion = 1;

Error unusable(const std::string& why) {
  return Error(Layer::session, "the stored session cannot be used: " + why)
      .with_sign_in()
      .with_hint("Sign in again to replace it.");
}

std::string begin_object(std::size_t session_bytes, const char* kind, const User& user,
                         const GatewayUrl& gateway) {
  std::string out;
  // One block of memory, so that wiping it leaves nothing behind.
  out.reserve(session_bytes + 1024 + 6 * (user.id.size() + user.provider.size()));
  out.append("{\"version\":").append(std::to_string(kVersion)).append(",");
  append_member(out, "gateway", gateway.text());
  out += ',';
  append_member(out, "kind", kind);
  out += ',';
  append_member(out, "user", user.id);
  out += ',';
  append_member(out, "provider", user.provider);
  return out;
}

Secret bytes_of(const CookieSession& cookies, const User& user, const GatewayUrl& gateway) {
  const auto jar = cookies.to_bytes();
  auto out = begin_object(jar.size(), "cookies", user, gateway);
  out.append(",\"cookies\":").append(jar.reveal()).append("}\n");
  return Secret::take(out);
}

Secret bytes_of(const BearerTokens& tokens, const User& user, const GatewayUrl& gateway) {
  auto out =
      begin_object(6 * (tokens.access.size() + tokens.refresh.size()), "bearer", user, gateway);
  out += ',';
  append_member(out, "access_token", tokens.access.reveal());
  out += ',';
  append_member(out, "refresh_token", tokens.refresh.reveal());
  out.append(",\"expires_ms\":").append(std::to_string(tokens.expires_ms));
  out.append(",\"refresh_at_ms\":").append(std::to_string(tokens.refresh_at_ms)).append("}\n");
  return Secret::take(out);
}

CookieSession read_cookies(const JsonObject& object, const GatewayUrl& gateway) {
  const auto jar = object.object("cookies");
  if (jar.empty()) throw unusable("it has no cookies");
  try {
    return CookieSession::from_bytes(jar.reveal(), gateway);
  } catch (const Error& error) {
    throw unusable(error.message());
  }
}

BearerTokens read_tokens(const JsonObject& object) {
  BearerTokens tokens;
  tokens.access = object.secret("access_token");
  tokens.refresh = object.secret("refresh_token");
  for (const char c : tokens.access.reveal()) {
    if (c <= 0x20 || c >= 0x7f) throw unusable("its token is not valid in a header");
  }
  if (tokens.access.empty()) throw unusable("it has no token");
  const auto expires_ms = object.integer("expires_ms");
  const auto refresh_at_ms = object.integer("refresh_at_ms");
  if (!expires_ms || !refresh_at_ms || *expires_ms < 0 || *refresh_at_ms < 0) {
    throw unusable("it has no valid expiry of its token");
  }
  tokens.expires_ms = *expires_ms;
  tokens.refresh_at_ms = *refresh_at_ms;
  return tokens;
}

}  // namespace

Secret to_bytes(const Session& session, const User& user, const GatewayUrl& gateway) {
  if (const auto* cookies = std::get_if<CookieSession>(&session)) {
    return bytes_of(*cookies, user, gateway);
  }
  if (const auto* tokens = std::get_if<BearerTokens>(&session)) {
    return bytes_of(*tokens, user, gateway);
  }
  return {};
}

StoredSession from_bytes(std::string_view bytes, const GatewayUrl& gateway) {
  if (bytes.empty()) return {};
  const auto object = JsonObject::parse(bytes);
  if (!object) throw unusable("it is damaged or from another program");
  if (object->integer("version") != kVersion) throw unusable("it was written by another version");
  if (object->text("gateway") != gateway.text()) {
    throw unusable("it does not belong to " + gateway.text());
  }
  StoredSession stored;
  stored.user = {object->text("user"), object->text("provider")};
  const auto kind = object->text("kind");
  if (kind == "cookies") {
    stored.session = read_cookies(*object, gateway);
  } else if (kind == "bearer") {
    stored.session = read_tokens(*object);
  } else {
    throw unusable("it has an unknown kind of credential");
  }
  return stored;
}

}  // namespace pintle::oauth
