// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/rpc/json_rpc.h>

#include "support/error_of.h"

namespace pintle {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Not;
using Kind = JsonRpcMessage::Kind;
using IdKind = JsonRpcId::Kind;

TEST(JsonRpcReader, ReadsTheReadyEventOfTheContract) {
  JsonRpcReader reader;
  const std::string text = R"({"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready",)"
                           R"("payload":{"skin":{"a":[1,{"b":"}"}]}, "heartbeat": true } }})";
  const auto message = reader.read(text);
  EXPECT_EQ(message.kind, Kind::event) << message.why;
  EXPECT_EQ(message.event_type, "gateway.ready");
  EXPECT_EQ(message.session_id, "");
  EXPECT_FALSE(message.seq.has_value());
  EXPECT_EQ(message.payload, R"({"skin":{"a":[1,{"b":"}"}]}, "heartbeat": true })");
  EXPECT_EQ(message.id.kind, IdKind::none);
}

TEST(JsonRpcReader, ReadsAnEventWithItsKeysInAnyOrder) {
  JsonRpcReader reader;
  for (
      const std::string text :
      {R"({"jsonrpc":"2.0","method":"event","params":{"type":"t","session_id":"s","seq":7,"payload":{"x":1}}})",
       R"({"params":{"payload":{"x":1},"seq":7,"session_id":"s","type":"t"},"method":"event","jsonrpc":"2.0"})",
       R"( { "more" : [ { } ] , "params" : { "payload" : {"x":1} , "new" : {"type":1} , "seq" : 7 , "type" : "t" , "session_id" : "s" } , "method" : "event" } )",
       R"({"m\u0065thod":"\u0065vent","params":{"type":"\u0074","session_id":"s","seq":7,"payload":{"x":1}}})"}) {
    SCOPED_TRACE(text);
    const auto message = reader.read(text);
    EXPECT_EQ(message.kind, Kind::event) << message.why;
    EXPECT_EQ(message.method, "event");
    EXPECT_EQ(message.event_type, "t");
    EXPECT_EQ(message.session_id, "s");
    EXPECT_EQ(message.seq, 7);
    EXPECT_EQ(message.payload, R"({"x":1})");
  }
}

TEST(JsonRpcReader, HandsThePayloadOnAsItCame) {
  JsonRpcReader reader;
  for (const std::string payload :
       {"{}", "[]", "[ ]", "{ }", "1", "-1.5e3", "null", "true", "false", R"("a \" }")", R"("")",
        R"([[],{"a":{}}])", R"({"ü":"€"})"}) {
    SCOPED_TRACE(payload);
    EXPECT_EQ(reader.read(R"({"id":1,"result":)" + payload + "}").payload, payload);
    EXPECT_EQ(reader.read("{\"result\": " + payload + " \n, \"id\":1}").payload, payload);
    EXPECT_EQ(reader.read(R"({"method":"event","params":{"type":"t","payload":)" + payload + "}}")
                  .payload,
              payload);
    EXPECT_EQ(
        reader.read(R"({"params":{"payload":)" + payload + R"(,"type":"t"},"method":"event"})")
            .payload,
        payload);
    EXPECT_EQ(reader.read(R"({"id":1,"error":{"data":)" + payload + R"(,"code":1}})").payload,
              payload);
  }
}

TEST(JsonRpcReader, ReadsResponses) {
  JsonRpcReader reader;
  const std::string result = R"({"jsonrpc":"2.0","id":9007199254740993,"result":{"ok":true}})";
  const auto good = reader.read(result);
  EXPECT_EQ(good.kind, Kind::result) << good.why;
  EXPECT_EQ(good.id.kind, IdKind::number);
  EXPECT_EQ(good.id.number, 9007199254740993);
  EXPECT_EQ(good.id.json, "9007199254740993");

  const std::string failure =
      R"({"error":{"message":"unknown method: n\u00f6pe","data":[1],"code":-32601},"id":"a\"b"})";
  const auto bad = reader.read(failure);
  EXPECT_EQ(bad.kind, Kind::error) << bad.why;
  EXPECT_EQ(bad.id.kind, IdKind::text);
  EXPECT_EQ(bad.id.text, "a\"b");
  EXPECT_EQ(bad.id.json, R"("a\"b")");
  EXPECT_EQ(bad.error_code, -32601);
  EXPECT_EQ(bad.error_message, "unknown method: nöpe");
  EXPECT_EQ(bad.payload, "[1]");

  EXPECT_EQ(reader.read(R"({"id":null,"error":{"code":-32700,"message":"x"}})").id.kind,
            IdKind::null);
  EXPECT_EQ(reader.read(R"({"id":1,"result":5,"error":null})").kind, Kind::result);
  EXPECT_EQ(reader.read(R"({"id":1,"result":null,"error":{"code":1}})").kind, Kind::error);
  EXPECT_EQ(reader.read(R"({"id":1,"result":null})").payload, "null");
}

TEST(JsonRpcReader, ReadsWhatTheServerAsks) {
  JsonRpcReader reader;
  for (const std::string text :
       {R"({"id":"q1","method":"input.ask","params":{"type":7,"payload":[1]}})",
        R"({"params": {"type":7,"payload":[1]} ,"id":"q1","method":"input.ask"})"}) {
    SCOPED_TRACE(text);
    const auto message = reader.read(text);
    EXPECT_EQ(message.kind, Kind::request) << message.why;
    EXPECT_EQ(message.method, "input.ask");
    EXPECT_EQ(message.id.text, "q1");
    EXPECT_EQ(message.payload, R"({"type":7,"payload":[1]})");
    EXPECT_EQ(message.event_type, "");
  }
  const auto notification = reader.read(R"({"method":"tell","params":[1,2]})");
  EXPECT_EQ(notification.kind, Kind::notification);
  EXPECT_EQ(notification.payload, "[1,2]");
  EXPECT_EQ(reader.read(R"({"method":"tell"})").payload, "");
}

TEST(JsonRpcReader, SaysWhatIsWrong) {
  const struct {
    const char* text;
    const char* why;
  } kTable[] = {
      {"", "empty"},
      {"  ", "empty"},
      {"hello", "not an object"},
      {"7", "not an object"},
      {"null", "not an object"},
      {R"([{"id":1,"result":1}])", "not an object"},
      {"{", "not valid JSON"},
      {R"({"id":1,"result":1)", "not valid JSON"},
      {R"({"id":1,"result":1}})", "trailing"},
      {R"({"id":1,"result":1}{})", "trailing"},
      {R"({"id":1,"result":1} x)", "not valid JSON"},
      {R"({"id":1 "result":1})", "not valid JSON"},
      {R"({"id":1,"result":tru})", "not valid JSON"},
      {R"({"id":1,"result":nul})", "not valid JSON"},
      {R"({"id":1,"result":01})", "not valid JSON"},
      {R"({"id":1,"result":"\x"})", "not valid JSON"},
      {"{\"id\":1,\"result\":\"a\nb\"}", "not valid JSON"},
      {"{\"id\":1,\"result\":\"\xff\"}", "UTF-8"},
      {"{\"id\":1,\"result\":{\"deep\":\"\xc0\xaf\"}}", "UTF-8"},
      {"{}", "neither a method"},
      {R"({"id":1})", "neither a method"},
      {R"({"jsonrpc":"1.0","id":1,"result":1})", "JSON-RPC 2.0"},
      {R"({"jsonrpc":2.0,"id":1,"result":1})", "JSON-RPC 2.0"},
      {R"({"result":1})", "without an id"},
      {R"({"id":1.5,"result":1})", "its id"},
      {R"({"id":99999999999999999999,"result":1})", "its id"},
      {R"({"id":[1],"result":1})", "its id"},
      {R"({"id":true,"result":1})", "its id"},
      {R"({"id":nope,"result":1})", "its id"},
      {R"({"id":1,"id":2,"result":1})", "duplicate"},
      {R"({"id":1,"result":1,"result":2})", "duplicate"},
      {R"({"method":"event","method":"x"})", "duplicate"},
      {R"({"method":"event","params":{"type":"a","type":"b"}})", "duplicate"},
      {R"({"params":{"payload":1,"payload":2,"type":"a"},"method":"event"})", "duplicate"},
      {R"({"id":1,"result":1,"error":{"code":1}})", "both a result and an error"},
      {R"({"id":1,"method":"x","result":1})", "both a request and a response"},
      {R"({"id":1,"error":"bad"})", "error is not an object"},
      {R"({"id":1,"error":{}})", "no code"},
      {R"({"id":1,"error":{"code":"1"}})", "code is not an integer"},
      {R"({"id":1,"error":{"code":1,"message":2}})", "message is not a string"},
      {R"({"method":7})", "method is not a string"},
      {R"({"method":"event"})", "params are not an object"},
      {R"({"method":"event","params":[1]})", "params are not an object"},
      {R"({"method":"event","params":{}})", "no type"},
      {R"({"method":"event","params":{"type":null}})", "type is not a string"},
      {R"({"method":"event","params":{"type":"t","session_id":5}})", "session_id"},
      {R"({"method":"event","params":{"type":"t","seq":"5"}})", "seq"},
      {R"({"method":"event","params":{"type":"t","seq":1.5}})", "seq"},
      {R"({"method":"x","params":5})", "params"},
  };
  JsonRpcReader reader;
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.text);
    const auto message = reader.read(std::string(row.text));
    EXPECT_EQ(message.kind, Kind::malformed);
    EXPECT_THAT(std::string(message.why), HasSubstr(row.why));
    EXPECT_EQ(message.payload, "");
  }
}

TEST(JsonRpcReader, TellsWhichRequestAMalformedResponseAnswers) {
  const struct {
    const char* text;
    std::int64_t id;  // 0: unknown.
  } kTable[] = {
      {R"({"id":7,"result":1,"result":2})", 7},
      {R"({"id":7,"result":1,"error":{"code":1}})", 7},
      {R"({"id":7})", 7},
      {R"({"id":7,"error":"bad"})", 7},
      {R"({"error":{"code":99999999999999999999},"id":7})", 7},
      {R"({"id":7,"result":tru})", 7},
      {R"({"id":7,"id":8,"result":1})", 0},
      {R"({"result":1,"id":7,"id":8})", 0},
      {R"({"result":1,"id":7.5})", 0},
      {R"({"id":7,"method":"x","params":5})", 0},
      {R"({"id":7,"params":nope,"method":"x"})", 0},
      {R"({"id":7,"method":"x","result":1})", 0},
      {R"({"result":tru,"id":7})", 0},
  };
  JsonRpcReader reader;
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.text);
    const auto message = reader.read(std::string(row.text));
    EXPECT_EQ(message.kind, Kind::malformed);
    EXPECT_EQ(message.id.kind == JsonRpcId::Kind::number, row.id != 0);
    EXPECT_EQ(message.id.number, row.id);
  }
}

TEST(JsonRpcReader, TakesNullsOfAnEventForMissing) {
  JsonRpcReader reader;
  const auto message = reader.read(
      R"({"method":"event","params":{"type":"t","session_id":null,"seq":null,"payload":null}})");
  EXPECT_EQ(message.kind, Kind::event) << message.why;
  EXPECT_EQ(message.session_id, "");
  EXPECT_FALSE(message.seq.has_value());
}

TEST(JsonRpcReader, StaysUsableAfterALargeMessageAndABadOne) {
  JsonRpcReader reader;
  const std::string large = R"({"id":1,"result":")" + std::string(3 * 1024 * 1024, 'x') + R"("})";
  EXPECT_EQ(reader.read(large).payload.size(), 3u * 1024 * 1024 + 2);
  EXPECT_EQ(reader.read("{\"id\":").kind, Kind::malformed);
  auto moved = std::move(reader);
  EXPECT_EQ(moved.read(R"({"id":2,"result":[]})").id.number, 2);
}

TEST(JsonRpcReader, ReadsATextThatStandsAtTheVeryEndOfItsMemory) {
  const std::string_view text = R"({"id":3,"result":{"a":"b"}})";
  const auto exact = std::make_unique<char[]>(text.size());
  text.copy(exact.get(), text.size());
  JsonRpcReader reader;
  const auto message = reader.read({exact.get(), text.size()}, text.size());
  EXPECT_EQ(message.payload, R"({"a":"b"})");
}

TEST(JsonRpcReader, DoesNotLookIntoADeepPayload) {
  const std::string deep = std::string(500, '[') + std::string(500, ']');
  JsonRpcReader reader;
  const std::string text = R"({"id":1,"result":)" + deep + "}";
  EXPECT_EQ(reader.read(text).payload, deep);
  const std::string bottomless = R"({"id":1,"result":)" + std::string(1'000'000, '[');
  EXPECT_EQ(reader.read(bottomless).kind, Kind::malformed);
}

// Bytes left in the memory, or the next message: not part of this one.
TEST(JsonRpcReader, ChecksATextWhateverStandsBehindIt) {
  const std::string_view kTexts[] = {
      R"({"jsonrpc":"2.0","method":"event","params":{"type":"t","payload":{"x":[{"y":"}"}]}}})",
      R"({"params":{"payload":true,"type":"t","seq":12},"method":"event"})",
      R"({"id":12,"error":{"data":{"a":{"b":{}}},"code":-3}})",
      R"({"id":"a","result":[null,1.5e3,"x\u00e9"]} )", R"({"id":1,"result":{"a":{}}})"};
  const std::string_view kBehind[] = {"}",  "}}",  "}}}}}}", "]}", "\"}", ",\"x\":1}", "{}",   "0}",
                                      "e}", "ue}", "null}",  " ",  ":1}", "\xff",      "\\\"}"};
  JsonRpcReader reader;
  for (const auto whole : kTexts) {
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      const std::string text(whole.substr(0, size));
      SCOPED_TRACE(text);
      const auto alone = reader.read(text);
      const auto kind = alone.kind;
      const std::string payload(alone.payload);
      const std::string why(alone.why);
      EXPECT_EQ(kind == Kind::malformed, text.find_last_of('}') + 1 < whole.find_last_of('}') + 1);
      for (const auto behind : kBehind) {
        SCOPED_TRACE(behind);
        auto memory = text + std::string(behind);
        memory.append(JsonRpcReader::kPadding, behind.back());
        const auto message = reader.read({memory.data(), size}, memory.size());
        EXPECT_EQ(message.kind, kind);
        EXPECT_EQ(message.payload, payload);
        EXPECT_EQ(message.why, why);
      }
    }
  }
}

TEST(JsonRpcReader, HandsOnNumbersOfAnySize) {
  JsonRpcReader reader;
  for (const std::string number :
       {"18446744073709551616", "-9223372036854775809", "1e400", "-1E-999",
        "123456789012345678901234567890.123456789012345678901234567890"}) {
    SCOPED_TRACE(number);
    EXPECT_EQ(reader.read(R"({"id":1,"result":)" + number + "}").payload, number);
    EXPECT_EQ(reader.read(R"({"id":1,"result":{"a":[)" + number + "]}}").payload,
              "{\"a\":[" + number + "]}");
    EXPECT_EQ(
        reader.read(R"({"method":"event","params":{"type":"t","payload":)" + number + "}}").payload,
        number);
    EXPECT_EQ(encode_request(1, "m", "[" + number + "]"),
              R"({"jsonrpc":"2.0","id":1,"method":"m","params":[)" + number + "]}");
    EXPECT_EQ(encode_result("7", number), R"({"jsonrpc":"2.0","id":7,"result":)" + number + "}");
  }
}

TEST(JsonRpc, SendsParamsOfAnyDepth) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(encode_notification("m", deep),
            R"({"jsonrpc":"2.0","method":"m","params":)" + deep + "}");
}

TEST(JsonRpc, WritesWhatItReads) {
  EXPECT_EQ(encode_request(7, "session.list"),
            R"({"jsonrpc":"2.0","id":7,"method":"session.list"})");
  EXPECT_EQ(encode_request(-1, "a\"b", R"({"x":[1]})"),
            R"({"jsonrpc":"2.0","id":-1,"method":"a\"b","params":{"x":[1]}})");
  EXPECT_EQ(encode_notification("n", "[]"), R"({"jsonrpc":"2.0","method":"n","params":[]})");
  EXPECT_EQ(encode_result("\"a\"", "null"), R"({"jsonrpc":"2.0","id":"a","result":null})");
  EXPECT_EQ(encode_error("5", -32601, "no \n"),
            R"({"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"no \n"}})");
  JsonRpcReader reader;
  EXPECT_EQ(reader.read(encode_request(7, "m", "{}")).kind, Kind::request);
  EXPECT_EQ(reader.read(encode_error("5", 1, "")).kind, Kind::error);
}

TEST(JsonRpc, SendsNothingThatIsNotJson) {
  for (const char* params : {" ", "{", "{]", R"({"secret":hunter22})", R"({"a":1}})",
                             R"({"a":1},"id":2)", "1", "null", R"("text")", "{\"a\":\"\xff\"}"}) {
    SCOPED_TRACE(params);
    const auto error = error_of([&] { encode_request(1, "m", params); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter22")));
  }
  EXPECT_THROW(encode_result("", "1"), Error);
  EXPECT_THROW(encode_result(std::string_view(), "1"), Error);
  EXPECT_THROW(encode_result("1", ""), Error);
  EXPECT_THROW(encode_result("1,\"x\":2", "1"), Error);
}

}  // namespace
}  // namespace pintle
