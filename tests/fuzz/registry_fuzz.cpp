// SPDX-License-Identifier: Apache-2.0
//
// The file of connections, which a user may edit.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <pintle/registry.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle {
namespace {

using fuzz::require;
namespace fs = std::filesystem;

// A private folder of this process, in memory if there is such a place: each change is synced.
class Folder {
 public:
  Folder() {
    std::string name =
        fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string();
    name += "/pintle-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path file(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

void write(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

void check(std::string_view bytes) {
  static const Folder folder;
  const auto given = folder.file("given.json");
  write(given, bytes);
  ConnectionRegistry::Contents contents;
  try {
    contents = ConnectionRegistry(given).read();
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::store, "the store is to blame", error.what());
    return;
  }
  require(fuzz::is_one_line(contents.warning), "a warning is one line", contents.warning);
  require(contents.warning.empty() || contents.connections.empty(),
          "a file is used as a whole or not at all", contents.warning);
  if (contents.connections.empty()) return;

  fs::remove(folder.file("copy.json"));
  const ConnectionRegistry copy(folder.file("copy.json"));
  std::set<std::string> names;
  for (const auto& connection : contents.connections) {
    require(is_connection_name(connection.name), "a connection has a name", connection.name);
    if (!names.insert(connection.name).second) return;
    require(copy.put(connection, false).empty(), "a new file has no fault");
  }
  const auto again = copy.read();
  require(again.warning.empty(), "what is written can be read", again.warning);
  require(again.connections.size() == contents.connections.size(), "no connection is lost");
  for (const auto& connection : contents.connections) {
    require(copy.find(connection.name) == connection, "a connection reads back the same",
            connection.name);
  }
}

fuzz::Target target() {
  return {
      check,
      {R"({"version":1,"connections":[{"name":"home","url":"https://gateway.example/hermes"}]})",
       R"({"version":1,"connections":[{"name":"a","url":"http://127.0.0.1:9119","scheme":"oauth","inputs":{"token":{"file":"/run/token"},"x":{"command":"pass show"},"y":{"environment":"TOKEN"}},"scheme_settings":{"method":"paste"},"helpers":{"h":"helper 'a b'"},"headers_file":"/h","ca_file":"/c","client_certificate":"/c.pem","client_key":"/k.pem","client_passphrase":{"file":"/p"},"proxy":"http://p:1","proxy_auth_file":"/p","allowed_origins":["https://login.example"],"allow_plain_http":true,"session_store":"file","request_ms":5000,"connect_ms":1,"last_scheme":"oauth","last_strength":80},{"name":"b","url":"https://[::1]"}]})",
       "{\"version\":1,\"connections\":[{\"name\":\"home\",\"url\":\"https://a\x7f.\\u00e4\"}]}",
       R"({"version":2,"connections":[]})", R"({"version":1,"connections":[null]})",
       R"({"connections":{},"version":"1"})", "[]", "null", "", "{"},
      {"\"name\":", "\"url\":", "\"inputs\":{", "{\"file\":\"", "\"request_ms\":", "-1", "1e99",
       "9223372036854775807", "null", "true", "[]", "{}", "\\u0000", "\\u00e4",
       "\"version\":", "../", "\xc2\xa0"},
      nullptr,
      300};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(RegistryFuzz, AFileIsUsedAsAWholeAndReadsBackTheSame, pintle::target())
