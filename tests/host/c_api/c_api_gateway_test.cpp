// SPDX-License-Identifier: Apache-2.0
//
// The gateway and the home folder for the cases of c_api_test.c, each as a test.

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include <pintle/registry.h>

#include "c_api_test.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

class CApi : public testing::Test {
 protected:
  CApi() {
    write_text(folder_ / "wrong", "a-wrong-token-abcdefgh");
    for (const auto* name : {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"}) {
      ::setenv(name, folder_.path().c_str(), 1);
    }
    auto kept = settings_for(gateway_, token_input(folder_));
    kept.name = "kept";
    ConnectionRegistry(folder_ / "pintle/connections.json").put(kept, false);
  }

  std::string run(c_api_case* wanted) {
    const std::string wrong = folder_ / "wrong";
    const auto url = gateway_.url();
    c_api_place place{};
    place.url = url.c_str();
    place.token_file = token_.c_str();
    place.wrong_token_file = wrong.c_str();
    place.token = kToken;
    place.plugin_folder = PLUGIN_FOLDER;
    place.load_check = LOAD_CHECK;
    const std::string lone = folder_ / "pintle-load-check";
    place.lone_load_check = lone.c_str();
    return wanted(&place);
  }

  TemporaryFolder folder_;
  std::string token_ = folder_ / "token";
  practice::Gateway gateway_{token_gate()};
};

#define C_CASE(Name, function) \
  TEST_F(CApi, Name) { EXPECT_EQ(run(function), ""); }

C_CASE(KnowsItsVersion, knows_its_version)
C_CASE(GivesTheGatewaysAnswerBackWhateverItsStatus,
       gives_the_gateways_answer_back_whatever_its_status)
C_CASE(SaysWhatTheGatewayIsAndWhichSchemeIsUsed, says_what_the_gateway_is_and_which_scheme_is_used)
C_CASE(MakesAUrlToDial, makes_a_url_to_dial)
C_CASE(RefusesNullHandlesAndStructsWithoutASize, refuses_null_handles_and_structs_without_a_size)
C_CASE(ReadsNoMemberBeyondTheSize, reads_no_member_beyond_the_size)
C_CASE(WritesNoMoreOfAnErrorThanThereIsRoomFor, writes_no_more_of_an_error_than_there_is_room_for)
C_CASE(TellsAWrongTokenAsASignInAndNeverShowsIt,
       tells_a_wrong_token_as_a_sign_in_and_never_shows_it)
C_CASE(FindsAKeptConnectionByItsNameAndNoOther, finds_a_kept_connection_by_its_name_and_no_other)
C_CASE(PullsEventsInALoopOfItsOwnAndComesBack, pulls_events_in_a_loop_of_its_own_and_comes_back)
C_CASE(WaitsForAnAnswerAndSaysWhatBecameOfIt, waits_for_an_answer_and_says_what_became_of_it)
C_CASE(CancelsWhatBlocks, cancels_what_blocks)
C_CASE(TellsCallbacksEverythingInOrder, tells_callbacks_everything_in_order)
C_CASE(DestroysALiveConnectionInItsOwnCallback, destroys_a_live_connection_in_its_own_callback)
C_CASE(TellsRequestsThatWereGivenUpWithTheHandle, tells_requests_that_were_given_up_with_the_handle)
C_CASE(RunsCallbacksInTheExecutorAlone, runs_callbacks_in_the_executor_alone)
C_CASE(ResumesSessionsBeforeAllElse, resumes_sessions_before_all_else)
C_CASE(HandsOnMessagesAsTheyAre, hands_on_messages_as_they_are)
C_CASE(RefusesOptionsThatCannotBe, refuses_options_that_cannot_be)

C_CASE(TellsTheLogHookWhatHappensAndReleasesIt, tells_the_log_hook_what_happens_and_releases_it)
C_CASE(RefusesALogWithoutAHook, refuses_a_log_without_a_hook)
C_CASE(CountsWhatAConnectionDoes, counts_what_a_connection_does)

C_CASE(DiagnosesAGatewayStepByStep, diagnoses_a_gateway_step_by_step)
C_CASE(DiagnosesWhatFailsAndReportsItWithoutNames,
       diagnoses_what_fails_and_reports_it_without_names)
C_CASE(EndsADiagnosisAtACancel, ends_a_diagnosis_at_a_cancel)
C_CASE(RefusesADiagnosisOfNothing, refuses_a_diagnosis_of_nothing)
C_CASE(GivesAGatewayToOthersByABroker, gives_a_gateway_to_others_by_a_broker)
C_CASE(RefusesBrokersThatCannotBe, refuses_brokers_that_cannot_be)

C_CASE(TakesASecretFromMemory, takes_a_secret_from_memory)
C_CASE(TakesASecretFromACallbackAtEachUse, takes_a_secret_from_a_callback_at_each_use)
C_CASE(ReleasesACallbackOnceIfItWasTaken, releases_a_callback_once_if_it_was_taken)
C_CASE(TellsWhyACallbackGaveNoSecret, tells_why_a_callback_gave_no_secret)
C_CASE(LoadsOnlyTheSchemesThatAreAllowed, loads_only_the_schemes_that_are_allowed)
C_CASE(LoadsOnlyTheLibrariesThatArePinned, loads_only_the_libraries_that_are_pinned)

C_CASE(TellsACallbackWhatBecameOfACall, tells_a_callback_what_became_of_a_call)
C_CASE(HandsFinishedOperationsToAnEventLoop, hands_finished_operations_to_an_event_loop)
C_CASE(TellsWhyAnOperationFailed, tells_why_an_operation_failed)
C_CASE(WaitsForACallbackThatRuns, waits_for_a_callback_that_runs)

TEST_F(CApi, RunsTheLibrariesOfOthersInTheCage) {
  std::filesystem::copy_file(LOAD_CHECK, folder_ / "pintle-load-check");
  EXPECT_EQ(run(runs_the_libraries_of_others_in_the_cage), "");
}

TEST_F(CApi, PassesOnATraceparent) {
  EXPECT_EQ(run(passes_on_a_traceparent), "");
  for (const auto* path : {"/api/sessions", "/api/ws"}) {
    const auto seen = gateway_.request_log().requests_to(path);
    ASSERT_FALSE(seen.empty()) << path;
    EXPECT_EQ(seen.back().traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  }
  // The call before it had none, and got a new one.
  const auto first = gateway_.request_log().requests_to("/api/sessions").front();
  EXPECT_EQ(first.traceparent.size(), 55u);
  EXPECT_NE(first.traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

TEST_F(CApi, TakesTheProxyOfTheEnvironmentUnlessToldNotTo) {
  ::setenv("http_proxy", "http://proxy.invalid:1", 1);
  EXPECT_EQ(run(takes_the_proxy_of_the_environment_unless_told_not_to), "");
  ::unsetenv("http_proxy");
}

}  // namespace
}  // namespace pintle::test
