// SPDX-License-Identifier: Apache-2.0
//
// The gateway and the browser for the cases of c_api_sign_in_test.c,
// c_api_store_test.c and c_api_async_test.c that need a sign-in, each as a test.

#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "c_api_test.h"
#include "host/sign_in/signing_in.h"

namespace pintle::test {
namespace {

void browse(const char* url, char* back, std::size_t size) {
  const auto last = complete_in_browser(url);
  if (back != nullptr) {
    std::snprintf(back, size, "%s", last.c_str());
  } else {
    practice::Client(port_of(last)).get(target_of(last));
  }
}

class CApiSignIn : public testing::Test {
 protected:
  CApiSignIn() {
    for (const auto* name : {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"}) {
      ::setenv(name, folder_.path().c_str(), 1);
    }
  }

  std::string run(c_api_case* wanted) {
    const std::string sessions = folder_ / "sessions";
    const std::string user(practice::kUser);
    const std::string password(practice::kPassword);
    const auto url = gateway_.url();
    c_api_place place{};
    place.url = url.c_str();
    place.session_folder = sessions.c_str();
    place.user = user.c_str();
    place.password = password.c_str();
    place.browse = browse;
    return wanted(&place);
  }

  TemporaryFolder folder_;
  practice::Gateway gateway_{native_gate()};
};

TEST_F(CApiSignIn, SignsInWithAPasswordAndOutAgain) {
  EXPECT_EQ(run(signs_in_with_a_password_and_out_again), "");
}

TEST_F(CApiSignIn, SignsInWithWhatItIsGiven) { EXPECT_EQ(run(signs_in_with_what_it_is_given), ""); }

TEST_F(CApiSignIn, SignsInWithABrowser) { EXPECT_EQ(run(signs_in_with_a_browser), ""); }

TEST_F(CApiSignIn, TellsWhyASignInFails) { EXPECT_EQ(run(tells_why_a_sign_in_fails), ""); }

TEST_F(CApiSignIn, EndsAtACancelAndWhenItsTimeIsOver) {
  EXPECT_EQ(run(ends_a_sign_in_at_a_cancel_and_when_its_time_is_over), "");
}

TEST_F(CApiSignIn, RefusesSignInsThatCannotBe) {
  EXPECT_EQ(run(refuses_sign_ins_that_cannot_be), "");
}

TEST_F(CApiSignIn, GoesOnWithoutWaiting) { EXPECT_EQ(run(signs_in_without_waiting), ""); }

TEST_F(CApiSignIn, CancelsWhatNobodyWaitsFor) { EXPECT_EQ(run(cancels_what_nobody_waits_for), ""); }

TEST_F(CApiSignIn, KeepsSessionsInAStoreOfItsOwn) {
  EXPECT_EQ(run(keeps_sessions_in_a_store_of_its_own), "");
}

TEST_F(CApiSignIn, TellsWhatItsStoreCannotDo) {
  EXPECT_EQ(run(tells_what_its_store_cannot_do), "");
}

TEST_F(CApiSignIn, RefusesStoresThatCannotBe) { EXPECT_EQ(run(refuses_stores_that_cannot_be), ""); }

}  // namespace
}  // namespace pintle::test
