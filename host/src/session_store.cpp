#include <array>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

#include <pintle/core/error.h>
#include <pintle/loading/durable_file.h>
#include <pintle/session_store.h>

namespace pintle {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::string_view kMagic = "pintle-session 1\n";

// A name for what has none, that says nothing of the gateway to whoever lists the folder.
std::string name_for(const std::string& url) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(url.data()), url.size(), digest.data());
  std::string name = "url-";
  for (std::size_t i = 0; i < 12; ++i) {
    name += "0123456789abcdef"[digest[i] >> 4];
    name += "0123456789abcdef"[digest[i] & 15];
  }
  return name;
}

// What a session is bound to stands before it: a file that was copied or renamed does not fit.
std::string head_of(const SessionKey& key) {
  return std::string(kMagic) + key.url.text() + "\n" + key.scheme + "\n";
}

}  // namespace

std::filesystem::path FileSessionStore::file_of(const SessionKey& key) const {
  return folder_ / (key.connection.empty() ? name_for(key.url.text()) : key.connection);
}

std::optional<Secret> FileSessionStore::load(const SessionKey& key) {
  const auto file = file_of(key);
  auto text = read_file(file, kMostBytes);
  if (!text) return std::nullopt;
  const auto head = head_of(key);
  std::optional<Secret> session;
  if (text->starts_with(head)) session.emplace(std::string_view(*text).substr(head.size()));
  const bool foreign = !text->starts_with("pintle-session ");
  wipe(*text);
  if (foreign) throw Error(Layer::store, file.string() + " is not a session of Pintle");
  return session;
}

void FileSessionStore::save(const SessionKey& key, const Secret& session) {
  std::string text;
  const auto head = head_of(key);
  text.reserve(head.size() + session.size());
  text.append(head).append(session.reveal());
  try {
    write_file_durably(file_of(key), text);
  } catch (...) {
    wipe(text);
    throw;
  }
  wipe(text);
}

void FileSessionStore::erase(const SessionKey& key) {
  const auto file = file_of(key);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
    throw Error(Layer::store, "cannot remove " + file.string() + ": " + std::strerror(errno));
  }
}

std::string FileSessionStore::where(const SessionKey& key) const {
  return "file " + file_of(key).string();
}

}  // namespace pintle
