// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/loading/library.h>
#include <pintle/loading/loader.h>

#include "support/error_of.h"
#include "support/scheme_driver.h"
#include "support/temporary_folder.h"

namespace pintle::loading {
namespace {

namespace fs = std::filesystem;
using test::error_if_any;
using test::error_of;
using test::SchemeDriver;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;

// A plugin folder of good files, one of which the test breaks.
class Loading : public testing::Test {
 protected:
  fs::path put(const std::string& fixture, const std::string& as = {}) {
    const auto file = plugins_ / ((as.empty() ? fixture : as) + ".so");
    fs::copy_file(fs::path(FIXTURES) / (fixture + ".so"), file);
    // Bad libraries cannot write their own manifest; its contents are not under test.
    auto manifest = parse_manifest(kManifest);
    if (fixture == "second" || fixture == "larger-table") {
      manifest.schemes[0].id = fixture == "second" ? "second" : "larger";
    }
    test::write_text(fs::path(file).replace_extension(".json"), to_json(manifest));
    return file;
  }

  Catalogue read() { return Catalogue::read({plugins_.path()}, {}); }

  std::string refusal_of(const fs::path& file, LoadingRules rules = {}) {
    const auto catalogue = read();
    rules.cage = Cage::never;
    for (const auto& entry : catalogue.entries()) {
      if (entry.library != file) continue;
      const auto error = error_if_any([&] { Loader(std::move(rules), load_check()).load(entry); });
      if (!error) return "loaded";
      EXPECT_EQ(error->layer(), Layer::plugin);
      return error->message();
    }
    return "not in the catalogue";
  }

  LoadCheck load_check(int timeout_ms = 10'000) {
    return LoadCheck(LOAD_CHECK, memory_ / "load-checks", timeout_ms);
  }

  static constexpr const char* kManifest = R"({"manifest": 1, "name": "fixture",
      "version": "1.0.0", "abi": 1, "schemes": [{"id": "fixture", "name": "Fixture",
      "strength": 10, "score": 40, "reason": "a test", "sends_secret": false,
      "rules": [{"field": "auth_required", "value": false}]}]})";

  TemporaryFolder plugins_;
  TemporaryFolder memory_;
};

TEST_F(Loading, TakesAGoodLibraryAndOpensItOnce) {
  put("good");
  const auto catalogue = read();
  ASSERT_EQ(catalogue.entries().size(), 1U);
  EXPECT_EQ(catalogue.entries()[0].fault, "");
  Loader loader({.cage = Cage::never}, load_check());
  const auto& scheme = loader.load(catalogue.entries()[0]);
  EXPECT_EQ(&loader.load(catalogue.entries()[0]), &scheme);
  EXPECT_EQ(loader.opened(), 1U);
  SchemeDriver driver(scheme);
  EXPECT_EQ(driver.decorate(), PINTLE_OK);
}

TEST_F(Loading, RefusesEachBadLibraryNamingTheFileAndTheRule) {
  struct Row {
    const char* fixture;
    const char* rule;
  };
  constexpr Row kTable[] = {
      {"wrong-magic", "magic number"},
      {"newer-major", "was built for ABI 2, but this program supports ABI 1"},
      {"smaller-table", "its table is 16 bytes long"},
      {"smaller-scheme", "smaller than ABI 1 requires"},
      {"lacks-a-function", "lacks a function"},
      {"bad-id", "is not a valid scheme id"},
      {"no-symbol", "exports no symbol pintle_plugin"},
      {"symbol-of-a-dependency", "from a dependency"},
      {"unresolved", "pintle_test_nobody_defines_this"},
      {"throws", "crashed while it was opened"},
      {"exits", "ended the process that opened it"},
      {"forges", "ended the process that opened it"},
      {"crashes", "crashed while it was opened"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.fixture);
    const auto file = put(row.fixture);
    EXPECT_THAT(refusal_of(file), AllOf(HasSubstr(file.string()), HasSubstr(row.rule)));
    fs::remove(file);  // The next one has the same id.
    fs::remove(fs::path(file).replace_extension(".json"));
  }
}

TEST_F(Loading, GivesUpOnALibraryThatHangsWhileItIsOpened) {
  const auto file = put("hangs");
  const auto catalogue = read();
  Loader loader({.cage = Cage::never}, load_check(200));
  const auto error = error_of([&] { loader.load(catalogue.entries()[0]); });
  EXPECT_THAT(error.message(), HasSubstr("did not finish opening within 200 ms"));
}

// Of a process that has ended the command line is empty.
bool is_on_a_command_line(const std::string& text) {
  for (const auto& process : fs::directory_iterator("/proc")) {
    std::ifstream file(process.path() / "cmdline");
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_F(Loading, LeavesNoProcessOfALibraryThatStartsOne) {
  const auto file = put("forks");
  const auto catalogue = read();
  error_if_any(
      [&] { Loader({.cage = Cage::never}, load_check(1'000)).load(catalogue.entries()[0]); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (is_on_a_command_line(file.string())) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it still runs";
    std::this_thread::yield();
  }
}

TEST_F(Loading, AcceptsATableThatIsLongerThanItKnows) {
  EXPECT_EQ(refusal_of(put("larger-table")), "loaded");
}

TEST_F(Loading, RefusesWhatIsNotAnElfFileAndWhatIsCutShort) {
  const auto text = put("good", "text");
  test::write_text(text, "#!/bin/sh\necho hello\n");
  EXPECT_THAT(refusal_of(text), HasSubstr("no ELF header"));
  const auto empty = put("second", "empty");
  test::write_text(empty, "");
  EXPECT_THAT(refusal_of(empty), HasSubstr("no ELF header"));

  const auto whole = test::read_text(fs::path(FIXTURES) / "good.so");
  for (const std::size_t size : {std::size_t{5}, std::size_t{100}, whole.size() / 2}) {
    SCOPED_TRACE(size);
    const auto cut = plugins_ / "cut.so";
    test::write_text(cut, whole.substr(0, size));
    auto manifest = parse_manifest(kManifest);
    manifest.schemes[0].id = "cut";
    test::write_text(plugins_ / "cut.json", to_json(manifest));
    EXPECT_THAT(refusal_of(cut), AllOf(HasSubstr(cut.string()), testing::Not("loaded")));
  }
}

TEST_F(Loading, RefusesAFileOrFolderThatOthersMayWriteTo) {
  const auto file = put("good");
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  EXPECT_THAT(refusal_of(file), AllOf(HasSubstr(file.string()), HasSubstr("by everyone")));
  fs::permissions(file, fs::perms::others_write, fs::perm_options::remove);

  fs::permissions(file.parent_path(), fs::perms::others_write, fs::perm_options::add);
  EXPECT_THAT(refusal_of(file),
              AllOf(HasSubstr(file.parent_path().string()), HasSubstr("by everyone")));
  fs::permissions(file.parent_path(), fs::perms::others_write, fs::perm_options::remove);

  const auto manifest = fs::path(file).replace_extension(".json");
  fs::permissions(manifest, fs::perms::others_write, fs::perm_options::add);
  EXPECT_THAT(refusal_of(file), AllOf(HasSubstr(manifest.string()), HasSubstr("by everyone")));
  fs::permissions(manifest, fs::perms::others_write, fs::perm_options::remove);
  EXPECT_EQ(refusal_of(file), "loaded");
}

TEST_F(Loading, ReadsNothingButRegularFilesForADigest) {
  const auto pipe = plugins_ / "pipe.so";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& file : {pipe, fs::path("/dev/zero"), plugins_.path()}) {
    EXPECT_THAT(error_of([&] { digest_of(file); }).message(), HasSubstr("is not a regular file"));
  }
  EXPECT_THAT(error_of([&] { digest_of("/nowhere.so"); }).message(), HasSubstr("cannot be read"));
}

TEST_F(Loading, RefusesAFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const auto file = put("good");
  ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
  EXPECT_THAT(refusal_of(file), HasSubstr("belongs to another user"));
}

TEST_F(Loading, RefusesASecondSchemeWithTheSameId) {
  const auto first = put("good", "a");
  const auto second = put("good", "b");
  EXPECT_EQ(refusal_of(first), "loaded");
  EXPECT_THAT(refusal_of(second),
              AllOf(HasSubstr(second.string()), HasSubstr("second scheme with the id fixture"),
                    HasSubstr(first.string())));
}

TEST_F(Loading, KeepsToTheAllowListAndThePins) {
  const auto file = put("good");
  EXPECT_THAT(refusal_of(file, {.allowed = {"token"}, .pins = {}}), HasSubstr("do not allow"));
  EXPECT_EQ(refusal_of(file, {.allowed = {"fixture"}, .pins = {}}), "loaded");
  EXPECT_EQ(refusal_of(file, {.allowed = {}, .pins = {{"fixture", "sha256:" + digest_of(file)}}}),
            "loaded");
  EXPECT_THAT(refusal_of(file, {.allowed = {}, .pins = {{"fixture", "sha256:00"}}}),
              HasSubstr("the settings pin sha256:00"));
}

// Starts nothing: what it starts is the table of a library.
TEST_F(Loading, HasAProgramStartedOnceAfterItsRules) {
  const auto library = put("good");
  const auto file = plugins_ / "program";
  test::write_text(file, "a program");
  auto manifest = parse_manifest(kManifest);
  manifest.program = "program";
  test::write_text(plugins_ / "program.json", to_json(manifest));
  fs::remove(fs::path(library).replace_extension(".json"));
  EXPECT_THAT(refusal_of(file), HasSubstr("is a program, and this loader starts none"));

  auto kept = std::make_shared<const pintle_plugin_table>(open_library(library));
  int started = 0;
  const auto start = [&](const fs::path& which, const std::string& digest) {
    EXPECT_EQ(which, file);
    EXPECT_EQ(digest, digest_of(file));
    ++started;
    return kept;
  };
  const auto catalogue = read();
  const auto* entry = catalogue.find("fixture");
  ASSERT_NE(entry, nullptr);
  {
    Loader loader({{}, {{"fixture", "sha256:" + digest_of(file)}}}, load_check(), start);
    EXPECT_EQ(&loader.load(*entry), kept->schemes[0]);
    EXPECT_EQ(&loader.load(*entry), kept->schemes[0]);
    EXPECT_EQ(started, 1);
    EXPECT_EQ(kept.use_count(), 2) << "the loader keeps it";
  }
  EXPECT_EQ(kept.use_count(), 1);
  const auto refused = [&](LoadingRules rules) {
    return error_of(
               [&] { return Loader(std::move(rules), load_check(), start).load(*entry).flags; })
        .message();
  };
  EXPECT_THAT(refused({{}, {{"fixture", "sha256:" + std::string(64, '0')}}}), HasSubstr("pin"));
  EXPECT_THAT(refused({{"other"}, {}}), HasSubstr("do not allow"));
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  EXPECT_THAT(refused({}), HasSubstr("writable by everyone"));
  EXPECT_EQ(started, 1) << "nothing that a rule refuses is started";
}

TEST_F(Loading, AlwaysLoadsTheBytesThatThePinNamesWhileTheFileIsSwapped) {
  const auto file = put("good");
  const auto other = plugins_ / "other";
  const auto pinned = plugins_ / "pinned";
  fs::copy_file(fs::path(FIXTURES) / "second.so", other);
  fs::copy_file(file, pinned);
  const LoadingRules rules{
      .allowed = {}, .pins = {{"fixture", "sha256:" + digest_of(file)}}, .cage = Cage::never};
  const auto catalogue = read();
  const auto* entry = catalogue.find("fixture");
  ASSERT_NE(entry, nullptr);
  std::jthread swapper([&](const std::stop_token& done) {
    for (int i = 0; !done.stop_requested(); ++i) {
      const auto next = plugins_ / "next";
      fs::copy_file(i % 2 == 0 ? other : pinned, next, fs::copy_options::overwrite_existing);
      fs::rename(next, file);
    }
  });
  int loaded = 0;
  for (int i = 0; i < 200; ++i) {
    try {
      const auto& scheme = Loader(rules, load_check()).load(*entry);
      EXPECT_EQ(std::string_view(scheme.id.data, scheme.id.size), "fixture");
      ++loaded;
    } catch (const Error& error) {
      EXPECT_THAT(error.message(), HasSubstr("the settings pin"));
    }
  }
  EXPECT_GT(loaded, 0);
}

TEST_F(Loading, RefusesAFileThatAnAccessControlListLetsOthersWriteTo) {
  const auto file = put("good");
  // Version 2; owner rw, user 65534 rw, group r, mask rw, others r (linux/posix_acl_xattr.h).
  const std::string acl = []() {
    std::string bytes("\2\0\0\0", 4);
    const auto add = [&](int tag, int permissions, unsigned id) {
      for (const unsigned part : {static_cast<unsigned>(tag | permissions << 16), id}) {
        for (int i = 0; i < 4; ++i) bytes += static_cast<char>(part >> (8 * i));
      }
    };
    add(0x01, 6, ~0U);
    add(0x02, 6, 65534);
    add(0x04, 4, ~0U);
    add(0x10, 6, ~0U);
    add(0x20, 4, ~0U);
    return bytes;
  }();
  for (const auto& path : {file, file.parent_path()}) {
    if (::setxattr(path.c_str(), "system.posix_acl_access", acl.data(), acl.size(), 0) != 0) {
      GTEST_SKIP() << "this file system has no access control lists";
    }
    EXPECT_THAT(refusal_of(file),
                AllOf(HasSubstr(path.string()), HasSubstr("access control list")));
    ::removexattr(path.c_str(), "system.posix_acl_access");
    fs::permissions(path, fs::perms::owner_all, fs::perm_options::replace);
  }
  EXPECT_EQ(refusal_of(file), "loaded");
}

TEST_F(Loading, RefusesALibraryOfAnotherVersionThanItsManifestNamingBoth) {
  const auto file = put("good");
  auto manifest = parse_manifest(kManifest);
  manifest.version = "2.0.0";
  test::write_text(plugins_ / "good.json", to_json(manifest));
  EXPECT_THAT(refusal_of(file), AllOf(HasSubstr("fixture 1.0.0"), HasSubstr("fixture 2.0.0")));
}

TEST_F(Loading, RefusesALibraryThatSaysSomethingElseThanItsManifest) {
  const auto file = put("second", "good");
  auto manifest = parse_manifest(kManifest);
  manifest.schemes[0].id = "second";
  manifest.schemes[0].score = 41;
  test::write_text(plugins_ / "good.json", to_json(manifest));
  EXPECT_THAT(refusal_of(file), HasSubstr("differently from the manifest"));
}

TEST_F(Loading, RemembersAGoodLibraryByItsDigestAlone) {
  const auto file = put("good");
  const auto digest = digest_of(file);
  load_check().run(file, digest);
  EXPECT_EQ(test::read_text(memory_ / "load-checks"), digest + "\n");
  // A load check that cannot run is not needed for a known library, and refuses every other.
  const LoadCheck broken("/nonexistent/load-check", memory_ / "load-checks");
  EXPECT_NO_THROW(broken.run(file, digest));
  EXPECT_THROW(broken.run(file, std::string(64, '0')), Error);
}

TEST_F(Loading, KeepsLibrariesWithTheSameNamesInsideApart) {
  const Catalogue catalogue = Catalogue::read({fs::path(FIXTURES)}, {});
  Loader loader({.cage = Cage::never}, load_check());
  std::string counts[2];
  for (int i = 0; i < 2; ++i) {
    const auto* entry = catalogue.find(i == 0 ? "same-names-a" : "same-names-b");
    ASSERT_NE(entry, nullptr);
    SchemeDriver first(loader.load(*entry));
    ASSERT_EQ(first.decorate(), PINTLE_OK);
    counts[i] = first.headers.at(0).second;
  }
  EXPECT_EQ(counts[0], "1111");
  EXPECT_EQ(counts[1], "1111");
}

}  // namespace
}  // namespace pintle::loading
