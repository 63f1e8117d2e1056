// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/loading/catalogue.h>

#include "support/temporary_folder.h"

namespace pintle::loading {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;

Manifest with_id(const std::string& id) {
  return {"p-" + id, "1.0.0", 1, {{id, "A name", 10, 50, "it fits", false, {}}}};
}

// A library that would not open: the catalogue opens none.
void put(const TemporaryFolder& folder, const std::string& stem, const std::string& manifest) {
  test::write_text(folder / (stem + ".so"), "not a library");
  test::write_text(folder / (stem + ".json"), manifest);
}

TEST(Catalogue, ReadsManifestsAndOpensNothing) {
  const TemporaryFolder folder;
  put(folder, "b", to_json(with_id("beta")));
  put(folder, "a", to_json(with_id("alpha")));
  const auto catalogue = Catalogue::read({folder.path()}, {});
  ASSERT_EQ(catalogue.entries().size(), 2U);
  EXPECT_EQ(catalogue.entries()[0].scheme.id, "alpha");
  EXPECT_EQ(catalogue.entries()[0].plugin_name, "p-alpha");
  EXPECT_EQ(catalogue.entries()[1].scheme.id, "beta");
  ASSERT_NE(catalogue.find("beta"), nullptr);
  EXPECT_EQ(catalogue.find("beta")->library, folder / "b.so");
  EXPECT_EQ(catalogue.find("gamma"), nullptr);
}

TEST(Catalogue, ListsWhatIsWrongInsteadOfFailing) {
  const TemporaryFolder folder;
  put(folder, "ok", to_json(with_id("ok")));
  put(folder, "torn", "{\"manifest\": 1,");
  put(folder, "huge", std::string(70'000, ' '));
  auto newer = with_id("newer");
  newer.abi_major = 2;
  put(folder, "newer", to_json(newer));
  test::write_text(folder / "alone.so", "x");
  test::write_text(folder / "lonely.json", to_json(with_id("lonely")));
  test::write_text(folder / "README.txt", "x");
  const auto catalogue = Catalogue::read({folder.path(), "/nonexistent", "relative"}, {});
  std::map<std::string, std::string> faults;
  for (const auto& entry : catalogue.entries()) {
    faults[entry.library.stem().string()] = entry.fault;
  }
  EXPECT_EQ(faults.size(), 7U);
  EXPECT_EQ(faults["ok"], "");
  EXPECT_THAT(faults["torn"], HasSubstr("torn.json: it is not a manifest"));
  EXPECT_THAT(faults["huge"], HasSubstr("larger than"));
  EXPECT_THAT(faults["newer"], HasSubstr("for ABI 2"));
  EXPECT_THAT(faults["alone"], HasSubstr("has no manifest beside it (alone.json)"));
  EXPECT_THAT(faults["lonely"], HasSubstr("has no library beside it (lonely.so)"));
  EXPECT_THAT(faults["relative"], HasSubstr("not an absolute path"));
}

Manifest of_program(const std::string& id, const std::string& program) {
  auto manifest = with_id(id);
  manifest.program = program;
  return manifest;
}

TEST(Catalogue, ListsProgramsByTheManifestsThatNameThem) {
  const TemporaryFolder folder;
  test::write_text(folder / "a.json", to_json(of_program("a", "a.py")));
  test::write_text(folder / "a.py", "not a program");
  test::write_text(folder / "gone.json", to_json(of_program("gone", "gone")));
  put(folder, "both", to_json(of_program("both", "a.py")));
  const auto catalogue = Catalogue::read({folder.path()}, {});
  ASSERT_EQ(catalogue.entries().size(), 3U);
  const auto* found = catalogue.find("a");
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(found->is_program);
  EXPECT_EQ(found->where(), (folder / "a.py").string());
  EXPECT_THAT(catalogue.entries()[1].fault,
              HasSubstr("names the program a.py, but is beside the library both.so"));
  EXPECT_THAT(catalogue.entries()[2].fault,
              HasSubstr("gone.json: has no program beside it (gone)"));
}

TEST(Catalogue, LetsTheEarlierFolderWinOverTheLater) {
  const TemporaryFolder mine;
  const TemporaryFolder theirs;
  put(mine, "x", to_json(with_id("same")));
  put(theirs, "x", to_json(with_id("same")));
  const auto catalogue = Catalogue::read({mine.path(), theirs.path()}, {});
  ASSERT_EQ(catalogue.entries().size(), 2U);
  EXPECT_EQ(catalogue.find("same")->library, mine / "x.so");
  EXPECT_THAT(catalogue.entries()[1].fault, HasSubstr("the first is " + (mine / "x.so").string()));
}

}  // namespace
}  // namespace pintle::loading
