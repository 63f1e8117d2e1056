// Where sessions are kept between runs: what a scheme gave, bound to the gateway that it is for.
//
// Threads and processes: any.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <pintle/core/gateway_url.h>
#include <pintle/core/secret.h>

namespace pintle {

/// Which session: one a connection and scheme, and never for another gateway than the one that it
/// was made at (gateway-contract 7: entry A tested with entry B's token).
struct SessionKey {
  std::string connection;  ///< A connection's name; empty for one that is not kept.
  GatewayUrl url;
  std::string scheme;
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Nothing where none is stored for this key; Error(store) where it cannot be read.
  virtual std::optional<Secret> load(const SessionKey& key) = 0;
  /// Durable when it returns; on Error(store) the old one is as it was.
  virtual void save(const SessionKey& key, const Secret& session) = 0;
  virtual void erase(const SessionKey& key) = 0;
  /// To a person: "file /home/ada/.local/state/pintle/sessions/home".
  virtual std::string where(const SessionKey& key) const = 0;
};

/// A file a session, mode 0600 in a folder of mode 0700.
class FileSessionStore final : public SessionStore {
 public:
  explicit FileSessionStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::optional<Secret> load(const SessionKey& key) override;
  void save(const SessionKey& key, const Secret& session) override;
  void erase(const SessionKey& key) override;
  std::string where(const SessionKey& key) const override;

 private:
  std::filesystem::path file_of(const SessionKey& key) const;

  std::filesystem::path folder_;
};

}  // namespace pintle
