// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/loading/catalogue.h>
#include <pintle/loading/profiles.h>

#include "support/temporary_folder.h"

namespace pintle::loading {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;

std::string profile(const std::string& id) {
  return R"({"profile": 1, "id": ")" + id +
         R"(", "name": "A gateway", "probes": [{"path": "/x", "is": [{"at": "/a"}],)"
         R"( "auth_required": true}], "websocket": {"content": "messages"}})";
}

TEST(Profiles, AreTheBuiltInOneAndFiles) {
  const TemporaryFolder folder;
  test::write_text(folder / "b.profile.json", profile("beta"));
  test::write_text(folder / "a.profile.json", profile("alpha"));
  const auto profiles = Profiles::read({folder.path(), "/nonexistent", "relative"});
  ASSERT_EQ(profiles.entries().size(), 3U);
  EXPECT_EQ(profiles.entries()[0].profile.id, "hermes");
  EXPECT_EQ(profiles.entries()[0].where(), "built in");
  EXPECT_EQ(profiles.entries()[1].profile.id, "alpha");
  EXPECT_EQ(profiles.entries()[2].where(), (folder / "b.profile.json").string());
  ASSERT_NE(profiles.find("beta"), nullptr);
  EXPECT_EQ(profiles.find("gamma"), nullptr);
}

TEST(Profiles, ThatCannotBeUsedSayWhy) {
  const TemporaryFolder folder;
  test::write_text(folder / "1.profile.json", profile("one"));
  test::write_text(folder / "2.profile.json", profile("one"));
  test::write_text(folder / "3.profile.json", "{");
  test::write_text(folder / "4.profile.json", std::string(70'000, ' '));
  test::write_text(folder / "5.profile.json", profile("five"));
  ASSERT_EQ(::chmod((folder / "5.profile.json").c_str(), 0666), 0);
  const auto profiles = Profiles::read({folder.path()});
  ASSERT_EQ(profiles.entries().size(), 6U);
  EXPECT_EQ(profiles.entries()[1].fault, "");
  EXPECT_THAT(profiles.entries()[2].fault,
              HasSubstr("2.profile.json: is a second profile with the id one"));
  EXPECT_THAT(profiles.entries()[3].fault, HasSubstr("3.profile.json: it is not JSON"));
  EXPECT_THAT(profiles.entries()[4].fault, HasSubstr("larger than"));
  EXPECT_THAT(profiles.entries()[5].fault, HasSubstr("5.profile.json"));
  EXPECT_EQ(profiles.find("five"), nullptr);
}

TEST(Profiles, BeyondTheLimitOfAFolderAreReported) {
  const TemporaryFolder folder;
  for (int i = 1000; i < 1258; ++i) {
    const auto id = "p" + std::to_string(i);
    test::write_text(folder / (id + ".profile.json"), profile(id));
  }
  const auto profiles = Profiles::read({folder.path()});
  ASSERT_EQ(profiles.entries().size(), 1U + 256U + 1U);
  EXPECT_NE(profiles.find("p1000"), nullptr);
  EXPECT_NE(profiles.find("p1255"), nullptr);
  EXPECT_EQ(profiles.find("p1256"), nullptr);
  EXPECT_THAT(profiles.entries().back().fault,
              HasSubstr("more than 256 profiles; those after p1255.profile.json are not read"));
}

TEST(Profiles, AreNoPluginsToTheCatalogue) {
  const TemporaryFolder folder;
  test::write_text(folder / "a.profile.json", profile("alpha"));
  EXPECT_TRUE(Catalogue::read({folder.path()}, {}).entries().empty());
}

}  // namespace
}  // namespace pintle::loading
