// SPDX-License-Identifier: Apache-2.0
#include "redis/reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
#include <new>
#include <utility>

#include <pintle/core/base/error.h>

namespace pintle::redis {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kMaxItems = 4096;  // of one reply, in all its arrays
constexpr int kMaxDepth = 7;

// The reader builds the reply in these: its own would be C structures of unlimited size.

Reply* place_of(const redisReadTask* task) {
  if (task->parent == nullptr) return new (std::nothrow) Reply;
  return &static_cast<Reply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

Reply* place_of(const redisReadTask* task, Reply::Kind kind) {
  auto* const reply = place_of(task);
  if (reply != nullptr) reply->kind = kind;
  return reply;
}

void* create_text(const redisReadTask* task, char* bytes, std::size_t size) {
  const auto kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                    : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                       : Reply::Kind::text;
  auto* const reply = place_of(task, kind);
  if (reply != nullptr) reply->text.assign(bytes, size);
  return reply;
}

// Newer versions of hiredis have no limit of their own.
bool is_too_deep(const redisReadTask* task) {
  int depth = 0;
  for (; task != nullptr; task = task->parent) ++depth;
  return depth > kMaxDepth;
}

// The number's type is another one in each version of hiredis.
template <typename Size>
void* create_array(const redisReadTask* task, Size size) {
  auto& items_left = *static_cast<std::size_t*>(task->privdata);
  // Before any of them has arrived.
  if (std::cmp_less(size, 0) || std::cmp_greater(size, items_left) || is_too_deep(task)) {
    return nullptr;
  }
  items_left -= static_cast<std::size_t>(size);
  auto* const reply = place_of(task, Reply::Kind::array);
  if (reply != nullptr) reply->items.resize(static_cast<std::size_t>(size));
  return reply;
}

void* create_integer(const redisReadTask* task, long long value) {
  auto* const reply = place_of(task, Reply::Kind::integer);
  if (reply != nullptr) reply->integer = value;
  return reply;
}

void* create_nil(const redisReadTask* task) { return place_of(task, Reply::Kind::nil); }

// Newer versions read RESP3 too, which nobody has asked for. Where a function is missing they
// return a number in place of a pointer.
template <typename Functions>
void refuse_resp3(Functions& of) {
  if constexpr (requires { of.createDouble; }) {
    of.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* {
      return nullptr;
    };
    of.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
  }
}

void free_reply(void* reply) { delete static_cast<Reply*>(reply); }

redisReplyObjectFunctions& functions() {
  static redisReplyObjectFunctions made = [] {
    redisReplyObjectFunctions of{};
    of.createString = create_text;
    of.createArray = create_array;
    of.createInteger = create_integer;
    of.createNil = create_nil;
    of.freeObject = free_reply;
    refuse_resp3(of);
    return of;
  }();
  return made;
}

}  // namespace

std::string to_bytes(const Command& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  words.reserve(command.size());
  sizes.reserve(command.size());
  for (const auto& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  sds formatted = nullptr;
  const auto size = redisFormatSdsCommandArgv(&formatted, static_cast<int>(words.size()),
                                              words.data(), sizes.data());
  if (std::cmp_less(size, 0) || formatted == nullptr) throw std::bad_alloc();
  const auto bytes = static_cast<std::size_t>(size);
  std::string text(formatted, bytes);
  std::fill_n(formatted, bytes, '\0');
  redisFreeSdsCommand(formatted);
  return text;
}

std::string Reply::error_code() const {
  // Only those that are known: a hostile Redis could answer with a password.
  constexpr std::array kCodes{"ASK",      "BUSY",       "CLUSTERDOWN", "CROSSSLOT", "EXECABORT",
                              "LOADING",  "MASTERDOWN", "MISCONF",     "MOVED",     "NOAUTH",
                              "NOPERM",   "NOREPLICAS", "NOSCRIPT",    "OOM",       "READONLY",
                              "TRYAGAIN", "UNKILLABLE", "WRONGPASS",   "WRONGTYPE"};
  const auto code = text.substr(0, text.find(' '));
  const auto* const known = std::find(kCodes.begin(), kCodes.end(), code);
  return known == kCodes.end() ? "ERR" : *known;
}

const Reply& Reply::at(std::size_t i) const noexcept {
  static const Reply kNone;
  return i < items.size() ? items[i] : kNone;
}

long long Reply::number() const noexcept {
  if (kind == Kind::integer) return integer;
  long long value = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? value : 0;
}

void ReplyReader::Free::operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }

ReplyReader::ReplyReader()
    : reader_(redisReaderCreateWithFunctions(&functions())), items_left_(kMaxItems) {
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = &items_left_;
}

void ReplyReader::feed(std::string_view bytes) {
  waiting_ += bytes.size();
  if (waiting_ > kMaxReplyBytes ||
      redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    throw Error(Layer::store, "the answer of Redis is too large");
  }
}

std::optional<Reply> ReplyReader::next() {
  void* made = nullptr;
  if (redisReaderGetReply(reader_.get(), &made) != REDIS_OK) {
    throw Error(Layer::store, "what answered is not Redis, or not as it should be");
  }
  if (made == nullptr) return std::nullopt;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(made));
  waiting_ = 0;
  items_left_ = kMaxItems;
  return std::move(*reply);
}

}  // namespace pintle::redis
