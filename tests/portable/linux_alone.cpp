// SPDX-License-Identifier: Apache-2.0
//
// The tests that a portable build skips, and why: their subject is what Linux alone has
// (docs/porting.md). Linked with every test of such a build.

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace pintle::test {
namespace {

struct Reason {
  std::string_view begin;  // of the test's full name
  const char* why;
};

constexpr const char* kNoCage = "the cage is Linux's";
constexpr const char* kNoPeer = "only Linux tells which user has connected by TCP";

constexpr std::array kReasons = {
    Reason{"AFrozenScheme.RunsInTheCageUnlessTheAppSaysOtherwise", kNoCage},
    Reason{"Plugins.RunWhereTheSettingsSay", kNoCage},
    Reason{"Plugins.ThatCrashDoNotTakeTheProgramDown", kNoCage},
    Reason{"Plugins.HaveNoPartInHowTheProgramEnds", kNoCage},
    Reason{"Plugins.AreCheckedAgainstTheSettings", kNoCage},
    Reason{"Plugins.AreCheckedAsTheLoaderWould", kNoCage},
    Reason{"Plugins.AreTestedAgainstTheRules", kNoCage},
    Reason{"Plugins.AreGivenTheirManifestByTheProgram", kNoCage},
    Reason{"Plugins.AreNotGoodBecauseTheySaySo", kNoCage},
    Reason{"Plugins.OfATemplatePassTheirTests", kNoCage},
    Reason{"PluginsThatSpin.AreReportedAfterTheTimeLimit", kNoCage},
    Reason{"OfAScheme/PlantedFault.IsFoundUnderItsRule/opens_file", "system calls are not watched"},
    Reason{"OfAScheme/PlantedFault.IsFoundUnderItsRule/removes_file",
           "system calls are not watched"},
    Reason{"Loading.AlwaysLoadsTheBytesThatThePinNamesWhileTheFileIsSwapped",
           "there is no sealed copy in memory"},
    Reason{"Loading.RefusesAFileThatAnAccessControlListLetsOthersWriteTo",
           "access control lists are not read"},
    Reason{"AHelperProgram.TakesInputThatIsLongerThanAPipe", "its input is a pipe"},
    Reason{"ProcessMemory.LeavesNoCoreFile", "a limit forbids core files instead"},
    Reason{"ServedPrograms.EndWithTheProgramThatStartedThemHoweverItEnds",
           "only Linux ends a child with its parent"},
    Reason{"LoopbackListener.LeadsABrowserOfThisUserToTheGatewayAsOftenAsItComes", kNoPeer},
    Reason{"BrokerOfGate.WithoutATokenAdmitsThisUsersProgramsButNoPage", kNoPeer},
    Reason{"BrokerCommands.ServeWithoutATokenTakesAnyOfAClientThatNeedsOne", kNoPeer},
    Reason{"BrokerCommands.ServeNamesTheCommandToSignInWith", kNoPeer},
    Reason{"Front.KeepsItsCookiesFromTheClientsOfServe", kNoPeer},
    Reason{"CApiSignIn.SignsInWithABrowser", kNoPeer},
    Reason{"SigningIn.EndsAtTheBrowsersWayBack", kNoPeer},
    Reason{"SigningIn.IsUndoneAtTheGatewayForABearerToo", kNoPeer},
    Reason{"SigningIn.WorksWithARealBrowser", kNoPeer},
    Reason{"UiProgram.", kNoPeer},
    Reason{"UiServerTest.", kNoPeer},
    Reason{"UiOfOtherGateway.", kNoPeer},
};

class Skips : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo& test) override {
    const auto name = std::string(test.test_suite_name()) + "." + test.name();
    for (const auto& [begin, why] : kReasons) {
      if (name.starts_with(begin)) GTEST_SKIP() << "not in a portable build: " << why;
    }
  }
};

const bool kIsListening = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Skips);
  // For support/program.cpp: schemes that a test installs are not of the package.
  ::setenv("PINTLE_TEST_CAGE", "never", 1);
  return true;
}();

}  // namespace
}  // namespace pintle::test
