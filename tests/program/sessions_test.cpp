// SPDX-License-Identifier: Apache-2.0
//
// `pintle sessions`: what is stored for the saved connections, and where.

#include <filesystem>
#include <string>
#include <vector>

#include <Poco/JSON/Array.h>

#include "fixture.h"

namespace pintle::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Sessions : public WithGateway {
 protected:
  void SetUp() override {
    pintle_.install(OAUTH_PLUGIN);
    begin(native_gate());
    password_file_ = pintle_.secret_file("password", std::string(practice::kPassword) + "\n");
    // No keyring of this machine.
    pintle_.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
  }

  void add(const std::string& name) {
    ASSERT_EQ(pintle_.run({"add", name, url_, "--json"}).code, 0);
  }
  void sign_in(const std::string& target) {
    const auto ran = pintle_.run({"sign-in", target, "--with", "password", "--provider", "basic",
                                  "--username", "ada", "--password-file", password_file_});
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  int call(const std::string& target) {
    return pintle_.run({"call", target, "GET", "/api/sessions"}).code;
  }

  fs::path file_of(const std::string& name) const {
    return pintle_.home() / "state/pintle/sessions" / name;
  }
  // What is in the session's file behind its five lines.
  std::string secret_of(const std::string& name) const {
    auto text = read_text(file_of(name));
    for (int line = 0; line < 5; ++line) text.erase(0, text.find('\n') + 1);
    return text;
  }

  Poco::JSON::Object::Ptr listed(const std::string& name) {
    const auto list = json_of(pintle_.run({"sessions", "--json"}).out)->getArray("sessions");
    for (unsigned i = 0; i < list->size(); ++i) {
      if (list->getObject(i)->getValue<std::string>("connection") == name) {
        return list->getObject(i);
      }
    }
    ADD_FAILURE() << "there is no " << name;
    return new Poco::JSON::Object;
  }
  std::string state_of(const std::string& name) {
    return listed(name)->optValue<std::string>("state", "");
  }

  std::string password_file_;
};

TEST_F(Sessions, AreListedWithWhereTheyAreStored) {
  EXPECT_THAT(pintle_.run({"sessions"}).out, HasSubstr("No saved connections"));
  EXPECT_EQ(pintle_.run({"sessions", "--json"}).out, "{\"sessions\":[]}\n");
  add("home");
  add("work");
  sign_in("home");
  const auto listed_text = pintle_.run({"sessions"});
  EXPECT_EQ(listed_text.code, 0) << listed_text.err;
  EXPECT_EQ(pintle_.run({"sessions", "--json"}).out,
            pintle_.run({"sessions", "list", "--json"}).out);
  EXPECT_THAT(listed_text.out, AllOf(HasSubstr("CONNECTION"), HasSubstr("oauth"),
                                     HasSubstr("file " + file_of("home").string()),
                                     HasSubstr("stored 2"), HasSubstr(" ago)")));
  const auto home = listed("home");
  EXPECT_EQ(home->getValue<std::string>("state"), "stored");
  EXPECT_EQ(home->getValue<std::string>("scheme"), "oauth");
  EXPECT_EQ(home->getValue<std::string>("store"), "file");
  EXPECT_EQ(home->getValue<std::size_t>("bytes"), secret_of("home").size());
  EXPECT_EQ(state_of("work"), "none");
}

TEST_F(Sessions, AreShownWithoutASecret) {
  add("home");
  sign_in("home");
  ASSERT_GT(secret_of("home").size(), 20U);
  const auto text = pintle_.run({"sessions", "show", "home"});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr(url_), HasSubstr("oauth"), HasSubstr("bytes")));
  const auto json = pintle_.run({"sessions", "show", "home", "--json"});
  EXPECT_EQ(json_of(json.out)->getValue<std::string>("url"), url_);
  EXPECT_EQ(json_of(json.out)->getArray("sessions")->size(), 1U);
  for (const auto& out : {text.out, json.out, pintle_.run({"sessions", "--json"}).out}) {
    EXPECT_THAT(out, Not(HasSubstr(secret_of("home").substr(0, 20))));
  }
}

TEST_F(Sessions, ThatCannotBeReadAreALineAndNotTheEndOfTheList) {
  add("broken");
  add("home");
  sign_in("home");
  fs::create_symlink(file_of("home"), file_of("broken"));
  const auto ran = pintle_.run({"sessions"});
  EXPECT_EQ(ran.code, 24);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("cannot be read: "), HasSubstr("symbolic link"),
                             HasSubstr("stored 2")));
  EXPECT_THAT(ran.err, HasSubstr("broken: Remove the link."));
  EXPECT_EQ(state_of("broken"), "unreadable");
  EXPECT_EQ(listed("broken")->getObject("error")->getValue<std::string>("layer"), "store");
  EXPECT_EQ(state_of("home"), "stored");
  EXPECT_EQ(pintle_.run({"sessions", "show", "broken"}).code, 24);
}

TEST_F(Sessions, ThatAreDamagedAreSaidToBe) {
  add("home");
  sign_in("home");
  write_text(file_of("home"), "damaged");
  const auto ran = pintle_.run({"sessions"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("damaged"));
  EXPECT_THAT(ran.err, HasSubstr("was renamed"));
}

TEST_F(Sessions, AreForgottenWithoutAskingTheGateway) {
  add("home");
  sign_in("home");
  const auto before = gateway_->request_log().requests().size();
  const auto ran = pintle_.run({"sessions", "forget", "home"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("stays valid at the gateway"));
  EXPECT_EQ(gateway_->request_log().requests().size(), before);
  EXPECT_FALSE(fs::exists(file_of("home")));
  EXPECT_NE(call("home"), 0);
  const auto again = json_of(pintle_.run({"sessions", "forget", "home", "--json"}).out);
  EXPECT_EQ(again->getValue<std::string>("forgotten"), "home");
  EXPECT_FALSE(again->getValue<bool>("had_session"));
}

TEST_F(Sessions, OfAUrlAreNotMovedAndSaidToBeSharedWhenTheyAreForgotten) {
  sign_in(url_);
  add("home");
  EXPECT_TRUE(listed("home")->getValue<bool>("shares_url_session"));
  const auto moved = pintle_.run({"sessions", "move", "home", "--to", "secret-service"});
  EXPECT_EQ(moved.code, 10);
  EXPECT_THAT(moved.err, HasSubstr("signed in to its URL"));
  EXPECT_EQ(call("home"), 0);
  EXPECT_EQ(pintle_.run({"sessions", "forget", "home"}).code, 0);
  EXPECT_NE(call(url_), 0);
}

// Whether this program knows keyrings or not: there is none.
TEST_F(Sessions, StayWhereTheyAreIfTheNewStoreCannotBeReached) {
  add("home");
  sign_in("home");
  const auto moved = pintle_.run({"sessions", "move", "home", "--to", "secret-service"});
  EXPECT_THAT(moved.code, testing::AnyOf(10, 24)) << moved.out;
  EXPECT_THAT(moved.err, HasSubstr("Secret Service"));
  EXPECT_EQ(listed("home")->getValue<std::string>("store"), "file");
  EXPECT_EQ(state_of("home"), "stored");
  EXPECT_EQ(call("home"), 0);
}

TEST_F(Sessions, OfAKeyringThatIsNotThereAreInAFile) {
  ASSERT_EQ(pintle_.run({"add", "home", url_, "--store", "secret-service", "--json"}).code, 0);
  const auto none = pintle_.run({"sessions"});
  EXPECT_THAT(none.out, HasSubstr("cannot be read: "));
  if (none.code == 10) GTEST_SKIP() << "this program was built without the Secret Service";
  sign_in("home");
  EXPECT_EQ(state_of("home"), "stored");
  EXPECT_EQ(listed("home")->getValue<std::string>("store"), "secret-service");
  // Another one may be in the keyring, unseen.
  EXPECT_EQ(pintle_.run({"sessions", "move", "home", "--to", "file"}).code, 24);
  EXPECT_EQ(listed("home")->getValue<std::string>("store"), "secret-service");
  const auto apart = pintle_.run({"sessions", "forget", "home", "--store", "file"});
  EXPECT_EQ(apart.code, 10);
  EXPECT_THAT(apart.err, HasSubstr("one in a file counts as one of it"));
  EXPECT_EQ(call("home"), 0);
  // What may be left is an error, but what could be erased is.
  EXPECT_EQ(pintle_.run({"sessions", "forget", "home"}).code, 24);
  EXPECT_NE(call("home"), 0);
}

TEST_F(Sessions, RefuseACommandLineThatMakesNoSense) {
  add("home");
  sign_in("home");
  const std::vector<std::vector<std::string>> usage = {
      {"frobnicate"},
      {"show"},
      {"move"},
      {"forget"},
      {"list", "home"},
      {"move", "home"},
      {"show", "home", "work"},
      {"list", "--to", "file"},
      {"forget", "home", "--to", "file"},
      {"move", "home", "--to", "nowhere"},
      {"move", "home", "--to", "secret-service", "--existing", "theirs"},
      {"move", "home", "--to", "file", "--store", "file"},
      {"move", "home", "--to", "secret-service", "--store-set", "prefix=x"},
      {"show", "https://gateway.example/?token=secret"}};
  for (auto words : usage) {
    words.insert(words.begin(), "sessions");
    SCOPED_TRACE(testing::PrintToString(words));
    const auto ran = pintle_.run(words);
    EXPECT_EQ(ran.code, 2) << ran.err;
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("token=secret")));
  }
  EXPECT_EQ(pintle_.run({"sessions", "show", "nobody"}).code, 10);
  EXPECT_THAT(pintle_.run({"sessions", "move", "home", "--to", "file"}).err,
              HasSubstr("stored there already"));
  EXPECT_EQ(call("home"), 0);
}

TEST(SessionsOfFronts, AreListedBesideThoseOfTheGateway) {
  Program pintle;
  for (const auto* plugin : {FRONT_PLUGIN, TOKEN_PLUGIN}) pintle.install(plugin);
  auto options = token_gate();
  options.wall = practice::Wall::page;
  practice::Gateway gateway(std::move(options));
  const auto cookies = pintle.secret_file("cookies", gateway.wall().open_session());
  ASSERT_EQ(pintle.run({"add", "home", gateway.url(), "--front", "browser", "--json"}).code, 0);
  const auto signed_in =
      pintle.run({"sign-in", "home", "--front-only", "--front-secret-file", "cookie=" + cookies});
  ASSERT_EQ(signed_in.code, 0) << signed_in.err;
  const auto ran = pintle.run({"sessions"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("browser (front)"), HasSubstr("home+front")));
  const auto list = json_of(pintle.run({"sessions", "--json"}).out)->getArray("sessions");
  ASSERT_EQ(list->size(), 2U);
  EXPECT_TRUE(list->getObject(1)->getValue<bool>("front"));
  EXPECT_EQ(pintle.run({"sessions", "forget", "home"}).code, 0);
  EXPECT_FALSE(fs::exists(pintle.home() / "state/pintle/sessions/home+front"));
}

}  // namespace
}  // namespace pintle::test
