// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

namespace pintle::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Connections : public WithGateway {};

TEST_F(Connections, AreKeptListedUsedAndForgotten) {
  begin();
  EXPECT_EQ(pintle_.run(with_credential({"add", "home", url_ + "/"})).code, 0);
  EXPECT_EQ(pintle_.run({"call", "home", "GET", "/api/sessions"}).code, 0);
  EXPECT_THAT(pintle_.run({"list"}).out,
              AllOf(HasSubstr("home"), HasSubstr(url_), HasSubstr("token")));
  const auto status = pintle_.run({"status"});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_THAT(status.out,
              AllOf(HasSubstr("0.16.0"), HasSubstr("...klmnop"), HasSubstr(token_file_)));
  EXPECT_EQ(pintle_.run({"remove", "home"}).out, "Removed home.\n");
  EXPECT_EQ(pintle_.run({"remove", "home"}).code, 10);
  EXPECT_THAT(pintle_.run({"call", "home", "GET", "/x"}).err, HasSubstr("no connection home"));
}

TEST_F(Connections, ShowATokenThatTheGatewayHasNotSeenAsNotChecked) {
  begin();
  const auto wrong = pintle_.secret_file("wrong", "another-gateways-token\n");
  ASSERT_EQ(pintle_.run({"add", "home", url_, "--token-file", wrong}).code, 0);
  const auto status = pintle_.run({"status"});
  EXPECT_THAT(status.out,
              AllOf(HasSubstr("(not checked with the gateway)"), Not(HasSubstr("SIGNED IN"))));
  const auto home =
      json_of(pintle_.run({"status", "--json"}).out)->getArray("connections")->getObject(0);
  EXPECT_TRUE(home->getValue<bool>("credential"));
  EXPECT_FALSE(home->getValue<bool>("checked"));
  EXPECT_FALSE(home->has("kept_in"));
}

TEST_F(Connections, WithATokenOfTheirOwnSayThatASignOutLeavesItValid) {
  begin();
  ASSERT_EQ(add_home().code, 0);
  gateway_->stop();
  const auto out = pintle_.run({"sign-out", "home"});
  EXPECT_EQ(out.code, 0) << out.err;
  EXPECT_THAT(out.out, HasSubstr("still has the token from file " + token_file_ +
                                 ", and signs in with it again when it is next used. It stays "
                                 "valid at the gateway"));
}

TEST_F(Connections, KeepTheCommandsOfTheirHelpers) {
  const std::vector<std::string> add = {"add", "home", "http://127.0.0.1:1", "--json", "--helper"};
  const auto with = [&](const char* helper) {
    auto words = add;
    words.emplace_back(helper);
    return words;
  };
  const auto added = pintle_.run(with("vault=/usr/bin/vault --profile 'my own'"));
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_THAT(added.out, HasSubstr(R"("helpers":{"vault":"/usr/bin/vault --profile 'my own'"})"));
  EXPECT_THAT(read_text(pintle_.connections()),
              HasSubstr(R"("helpers": {"vault": "/usr/bin/vault --profile 'my own'"})"));
  EXPECT_THAT(pintle_.run({"list", "--json"}).out, HasSubstr(R"("helpers":{"vault":)"));
  EXPECT_EQ(pintle_.run(with("vault")).code, 2);
  const auto piped = pintle_.run(with("vault=vault | head"));
  EXPECT_EQ(piped.code, 10);
  EXPECT_THAT(piped.err + piped.out, HasSubstr("runs without a shell"));
}

TEST_F(Connections, KeepTheClientCertificateAndWhereItsPassphraseIs) {
  const std::vector<std::string> add = {"add", "home", "https://gateway.example", "--replace"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), add.begin(), add.end());
    return pintle_.run(more);
  };
  EXPECT_EQ(with({"--cert", "/c/jo.pem", "--key", "/c/jo.key", "--cert-passphrase-command",
                  "pass show jo"})
                .code,
            0);
  const auto saved = read_text(pintle_.connections());
  EXPECT_THAT(saved, HasSubstr(R"("client_certificate": "/c/jo.pem")"));
  EXPECT_THAT(saved, HasSubstr(R"("client_key": "/c/jo.key")"));
  EXPECT_THAT(saved, HasSubstr(R"("client_passphrase": {"command": "pass show jo"})"));
  EXPECT_EQ(with({"--cert", "pkcs11:token=card;id=%01"}).code, 0);
  EXPECT_THAT(read_text(pintle_.connections()), HasSubstr(R"("pkcs11:token=card;id=%01")"));
  EXPECT_EQ(with({"--key", "/c/jo.key"}).code, 2);
  EXPECT_EQ(with({"--cert-passphrase-env", "PASSPHRASE"}).code, 2);
}

TEST_F(Connections, AreInAFileThatIsNobodyElsesAndHoldsNoSecret) {
  begin();
  add_home();
  struct stat facts {};
  ASSERT_EQ(::stat(pintle_.connections().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_THAT(read_text(pintle_.connections()), Not(HasSubstr(kToken)));
}

TEST_F(Connections, AreNotLostWhereTheFileIsTornButSetAside) {
  begin();
  add_home();
  for (const char* torn : {"{\"version\": 1, \"connections\": [{\"name\"", "", "[]", "null",
                           R"({"version":"x","connections":[]})",
                           R"({"version":1,"connections":[{"name":"a","url":"ftp://x"}]})"}) {
    SCOPED_TRACE(torn);
    write_text(pintle_.connections(), torn);
    const auto ran = pintle_.run({"list"});
    EXPECT_EQ(ran.code, 24);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("cannot be used"), HasSubstr("pintle add")));
    EXPECT_THAT(ran.err, Not(testing::ContainsRegex("[Ee]xception")));
    EXPECT_THAT(pintle_.run({"list", "--json"}).out, HasSubstr("cannot be used"));
    EXPECT_EQ(read_text(pintle_.connections()), torn) << "to look changes nothing";
    const auto add = pintle_.run(with_credential({"add", "again", url_}));
    EXPECT_EQ(add.code, 0);
    EXPECT_THAT(add.err, HasSubstr("corrupt-"));
    EXPECT_EQ(pintle_.run({"remove", "again"}).code, 0);
  }
  EXPECT_EQ(read_text(pintle_.connections().string() + ".corrupt-1"),
            "{\"version\": 1, \"connections\": [{\"name\"");
}

TEST_F(Connections, OfANewerVersionAreLeftAlone) {
  begin();
  std::filesystem::create_directories(pintle_.connections().parent_path());
  const std::string newer = R"({"version": 2, "connections": "something else"})";
  write_text(pintle_.connections(), newer);
  const auto ran = add_home();
  EXPECT_EQ(ran.code, 24);
  EXPECT_THAT(ran.err, HasSubstr("newer"));
  EXPECT_EQ(read_text(pintle_.connections()), newer);
}

TEST_F(Connections, KeepTheirNamesApart) {
  begin();
  EXPECT_EQ(pintle_.run({"add", "home", url_}).code, 0);
  const auto taken = pintle_.run({"add", "home", "https://other.example"});
  EXPECT_EQ(taken.code, 10);
  EXPECT_THAT(taken.err, HasSubstr("already"));
  EXPECT_EQ(pintle_.run({"add", "home", "https://other.example", "--replace"}).code, 0);
  for (const char* name : {"-x", "a/b", "..", "", "a b"}) {
    EXPECT_NE(pintle_.run({"add", "--", name, url_}).code, 0) << name;
  }
  EXPECT_EQ(pintle_.run({"add", "other", "ftp://x"}).code, 10);
}

TEST_F(Connections, AreAllKeptWhereManyAreAddedAtOnce) {
  begin();
  std::vector<std::unique_ptr<Running>> running;
  for (int i = 0; i < 8; ++i) {
    running.push_back(std::make_unique<Running>(
        pintle_, std::vector<std::string>{"add", "c" + std::to_string(i), url_}));
  }
  for (auto& one : running) EXPECT_EQ(one->finish().code, 0);
  EXPECT_EQ(json_of(pintle_.run({"list", "--json"}).out)->getArray("connections")->size(), 8U);
}

TEST_F(Connections, NeverStepDownQuietly) {
  begin();
  add_home();
  auto text = read_text(pintle_.connections());
  const std::string token = "\"inputs\"";
  text.replace(text.find(token), token.size(), "\"last_strength\": 70, \"inputs\"");
  write_text(pintle_.connections(), text);
  const auto ran = pintle_.run({"call", "home", "GET", "/api/sessions"});
  EXPECT_EQ(ran.code, 23);
  EXPECT_THAT(ran.err, HasSubstr("weaker"));
  EXPECT_EQ(requests("/api/sessions"), 0U);
  // If it is named, the step is not silent.
  EXPECT_EQ(pintle_.run({"call", "home", "GET", "/api/sessions", "--scheme", "token"}).code, 0);
}

TEST_F(Connections, KeepTheirTokenWhenTheyAreReplacedWithoutOne) {
  begin();
  ASSERT_EQ(add_home().code, 0);
  const auto replaced = pintle_.run({"add", "home", url_, "--replace", "--timeout", "5"});
  EXPECT_EQ(replaced.code, 0) << replaced.err;
  EXPECT_THAT(replaced.err, HasSubstr("it still has token from file " + token_file_));
  EXPECT_EQ(pintle_.run({"call", "home", "GET", "/api/sessions"}).code, 0);
  // Another gateway is not given it.
  const auto moved = pintle_.run({"add", "home", "http://127.0.0.1:1", "--replace", "--json"});
  EXPECT_THAT(moved.err, HasSubstr("it no longer has token from file"));
  EXPECT_THAT(moved.out, Not(HasSubstr("inputs")));
}

TEST_F(Connections, TakeNoUrlWithAQueryOrAFragment) {
  begin();
  for (const char* extra : {"?token=hunter22", "/#/chat", "/?"}) {
    SCOPED_TRACE(extra);
    const auto added = pintle_.run({"add", "home", url_ + extra});
    EXPECT_EQ(added.code, 2);
    EXPECT_THAT(added.err, AllOf(HasSubstr("write " + url_), Not(HasSubstr("hunter22"))));
    EXPECT_EQ(pintle_.run({"probe", url_ + extra}).code, 2);
    EXPECT_EQ(pintle_.run({"use", url_ + extra}).code, 2);
  }
  EXPECT_FALSE(fs::exists(pintle_.connections()));
}

TEST_F(Connections, ReadEachSecretFromOnePlace) {
  begin();
  const auto twice =
      pintle_.run(with_credential({"call", url_, "GET", "/api/sessions", "--token-env", "TOKEN"}));
  EXPECT_EQ(twice.code, 2);
  EXPECT_THAT(twice.err, AllOf(HasSubstr("--token-file"), HasSubstr("only one of")));
  EXPECT_EQ(pintle_
                .run({"probe", url_, "--secret-file", "key=/a", "--secret-command", "key=cat /a",
                      "--json"})
                .code,
            2);
  EXPECT_EQ(pintle_.run({"probe", url_, "--secret-file", "a=/a", "--secret-file", "b=/b"}).code, 0);
}

TEST_F(Connections, HaveNoKeysThatDoNotApply) {
  begin();
  EXPECT_THAT(pintle_.run({"add", "home", url_, "--json"}).out, Not(HasSubstr("inputs")));
  const auto probed = json_of(pintle_.run({"probe", url_, "--json"}).out);
  EXPECT_FALSE(probed->getObject("probe")->has("providers"));
  for (const auto& row : *probed->getArray("schemes")) {
    const auto& scheme = row.extract<Poco::JSON::Object::Ptr>();
    EXPECT_TRUE(!scheme->has("score") || scheme->getValue<int>("score") > 0);
  }
}

TEST_F(Connections, ThatAreRemovedLeaveNothingBehind) {
  pintle_.install(OAUTH_PLUGIN);
  begin(native_gate());
  ASSERT_EQ(pintle_.run({"add", "home", url_}).code, 0);
  ASSERT_EQ(pintle_.run({"use", "home"}).code, 0);
  const auto password = pintle_.secret_file("password", std::string(practice::kPassword));
  ASSERT_EQ(pintle_.run({"sign-in", "home", "--username", "ada", "--password-file", password}).code,
            0);
  const auto sessions = pintle_.home() / "state/pintle/sessions";
  EXPECT_FALSE(fs::is_empty(sessions));
  EXPECT_THAT(pintle_.run({"remove", "home"}).out, HasSubstr("there is none now"));
  EXPECT_TRUE(fs::is_empty(sessions)) << fs::directory_iterator(sessions)->path();
}

// They contain commands: whoever can write them can run commands as their reader.
TEST_F(Connections, AreReadFromNoFileThatOthersMayWrite) {
  const auto file = pintle_.connections();
  const auto folder = file.parent_path();
  fs::create_directories(folder);
  const auto proof = pintle_.home() / "it-ran";
  write_text(file, R"({"version": 1, "connections": [{"name": "home", "url": "http://127.0.0.1:1",)"
                   R"( "inputs": {"token": {"command": "touch )" +
                       proof.string() + R"("}}}]})");
  const auto refuse = [&](const std::string& why) {
    const auto ran = pintle_.run({"call", "home", "GET", "/api/sessions"});
    EXPECT_EQ(ran.code, 24) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(why));
    EXPECT_FALSE(fs::exists(proof));
  };
  for (const auto& path : {file, folder}) {
    fs::permissions(path, fs::perms::others_write, fs::perm_options::add);
    refuse(path.string() + " is writable by everyone");
    fs::permissions(path, fs::perms::others_write, fs::perm_options::remove);
  }
  // A link of the user's own into a folder where anyone may put another file.
  const auto open_folder = pintle_.home() / "open";
  fs::create_directories(open_folder);
  fs::rename(file, open_folder / "connections.json");
  fs::create_symlink(open_folder / "connections.json", file);
  EXPECT_EQ(pintle_.run({"list"}).code, 0);
  fs::permissions(open_folder, fs::perms::all, fs::perm_options::replace);
  refuse(open_folder.string() + " is writable by everyone");
  if (::geteuid() != 0) return;  // Only root can give a file away.
  fs::permissions(open_folder, fs::perms::owner_all, fs::perm_options::replace);
  ASSERT_EQ(::chown((open_folder / "connections.json").c_str(), 65534, 65534), 0);
  refuse("belongs to another user");
}

}  // namespace
}  // namespace pintle::test
