// SPDX-License-Identifier: Apache-2.0
//
// The order of the steps, and their end.

#include "doctor/step_recorder.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mutex.h"

namespace pintle::doctor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Verdict = DoctorStep::Verdict;

void wait_for_a_stop(const std::stop_token& stop) {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  never.wait(mutex, stop, [] { return false; });
}

TEST(StepRecorder, EndsAStepThatTakesTooLong) {
  StepRecorder recorder({}, {}, 1ms);
  recorder.run("settings", [](DoctorStep& step, const StepEnd& end) {
    wait_for_a_stop(end.cancel);
    step.finding = "it was stopped in the middle";
  });
  recorder.run("name", [](DoctorStep&, const StepEnd&) { FAIL() << "it depends on the other"; });
  const auto steps = recorder.take();
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].verdict, Verdict::failed);
  EXPECT_EQ(steps[0].finding, "not finished within 1 ms");
  EXPECT_TRUE(steps[0].error->is_timeout());
  EXPECT_THAT(steps[0].error->hint(), HasSubstr("--timeout"));
  EXPECT_EQ(steps[1].verdict, Verdict::skipped);
  EXPECT_EQ(steps[1].blocked_by, "settings");
}

TEST(StepRecorder, KeepsTheLayerOfAPartThatWasEnded) {
  StepRecorder recorder({}, {}, 1ms);
  recorder.run("settings", [](DoctorStep&, const StepEnd& end) {
    wait_for_a_stop(end.cancel);
    throw Error(Layer::websocket, "it was cancelled");
  });
  EXPECT_EQ(recorder.take()[0].error->layer(), Layer::websocket);
}

TEST(StepRecorder, EndsAStepAtOnceWhenItIsCancelled) {
  std::stop_source source;
  StepRecorder recorder({}, source.get_token(), 24h);
  recorder.run("settings", [&](DoctorStep&, const StepEnd& end) {
    source.request_stop();
    wait_for_a_stop(end.cancel);
  });
  EXPECT_TRUE(recorder.take().empty());
}

TEST(StepRecorder, NamesTheFirstCauseOfASkippedStep) {
  StepRecorder recorder({}, {}, 1min);
  recorder.run("settings", [](DoctorStep&, const StepEnd&) {});
  recorder.run("name", [](DoctorStep&, const StepEnd&) { throw Error(Layer::dns, "no address"); });
  recorder.skip_rest();
  const auto steps = recorder.take();
  ASSERT_EQ(steps.size(), 17U);
  for (const auto& step : steps) {
    const bool depends = step.id != "settings" && step.id != "name" && step.id != "store";
    EXPECT_EQ(step.blocked_by, depends ? "name" : "") << step.id;
    EXPECT_EQ(step.finding == "not checked, because of the failed step host name", depends);
  }
}

}  // namespace
}  // namespace pintle::doctor
