// SPDX-License-Identifier: Apache-2.0
#include "version.h"

#include <idn2.h>
#include <string>
#include <vector>

#include <Poco/Environment.h>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <zlib.h>

#include <pintle/pintle.h>
#include <pintle/plugin.h>

#include "output.h"

// What a build without a library says of it; CMakeLists.txt defines those that are there.
#ifndef PINTLE_HIREDIS_VERSION
#define PINTLE_HIREDIS_VERSION ""
#endif
#ifndef PINTLE_SECCOMP_VERSION
#define PINTLE_SECCOMP_VERSION ""
#endif
#ifndef PINTLE_LIBSECRET_VERSION
#define PINTLE_LIBSECRET_VERSION ""
#endif

namespace pintle::cli {
namespace {

// 0xAABBCCDD; DD is 0 in a release.
std::string poco_version() {
  const auto version = Poco::Environment::libraryVersion();
  return std::to_string(version >> 24) + "." + std::to_string((version >> 16) & 0xFF) + "." +
         std::to_string((version >> 8) & 0xFF);
}

// SIMDJSON_VERSION is a text in some versions of it, and tokens in others.
std::string simdjson_version() {
  return std::to_string(simdjson::SIMDJSON_VERSION_MAJOR) + "." +
         std::to_string(simdjson::SIMDJSON_VERSION_MINOR) + "." +
         std::to_string(simdjson::SIMDJSON_VERSION_REVISION);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string version_of(unsigned major, unsigned minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace

std::vector<Library> libraries() {
  std::vector<Library> found = {{"Poco", poco_version()},
                                {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
                                {"simdjson", simdjson_version()},
                                {"zlib", zlibVersion()},
                                {"libidn2", idn2_check_version(nullptr)},
                                {"hiredis", PINTLE_HIREDIS_VERSION},
                                {"libseccomp", PINTLE_SECCOMP_VERSION},
                                {"libsecret", PINTLE_LIBSECRET_VERSION}};
  std::erase_if(found, [](const Library& library) { return library.version.empty(); });
  return found;
}

std::vector<std::string> features() {
  std::vector<std::string> found;
  if (*PINTLE_SECCOMP_VERSION != 0) found.emplace_back("cage");
  if (*PINTLE_HIREDIS_VERSION != 0) found.emplace_back("redis");
  if (*PINTLE_LIBSECRET_VERSION != 0) found.emplace_back("secret-service");
  return found;
}

std::string version_text(bool json) {
  if (json) {
    JsonObject versions;
    for (const auto& [name, version] : libraries()) versions.text(name, version);
    return JsonObject()
        .text("version", PINTLE_VERSION)
        .text("api", version_of(PINTLE_API_MAJOR, PINTLE_API_MINOR))
        .text("scheme_abi", version_of(PINTLE_ABI_MAJOR, PINTLE_ABI_MINOR))
        .raw("libraries", versions.str())
        .raw("features", json_strings(features()))
        .str();
  }
  std::vector<std::string> names;
  for (const auto& [name, version] : libraries()) {
    names.push_back(std::string(name).append(" ").append(version));
  }
  std::string text = "pintle " PINTLE_VERSION "\nlibraries  " + joined(names);
  if (const auto have = features(); !have.empty()) text += "\nfeatures   " + joined(have);
  return text;
}

}  // namespace pintle::cli
