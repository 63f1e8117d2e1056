// SPDX-License-Identifier: Apache-2.0
#include "session/session_scripts.h"

// Numbers that whoever may write to Redis could have put there: beyond 2^52 they would not grow.
#define PINTLE_NUMBER                                            \
  "local number = function(text)\n"                              \
  "  local value = tonumber(text or '0')\n"                      \
  "  if not value or value < 0 or value > 4503599627370496 or\n" \
  "     value ~= math.floor(value) then error('DAMAGED') end\n"  \
  "  return value\n"                                             \
  "end\n"

namespace pintle::session_scripts {

// A lease is one value, "HOLDER FENCE", set together with its time to live: one that never lapses
// would stop every machine. A message says how many listen, as all of them look at once.
//
// A sign-out leaves a record without a session, so that nobody takes its absence for a lost write.
// After thirty days nobody can hold what was before it.

const std::string_view kAcquire = PINTLE_NUMBER R"lua(
local me, seen, ttl = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local record = redis.call('HMGET', KEYS[1], 'fence', 'ended', 'tries')
local fence, tries = number(record[1]), number(record[3])
if fence < seen then return {'BEHIND'} end
if fence > seen then return {'NEWER'} end
if record[2] then return {'SIGN_IN'} end
local lease = redis.call('GET', KEYS[2])
if lease and string.sub(lease, 1, #me + 1) ~= me .. ' ' then
  local left = redis.call('PTTL', KEYS[2])
  -- One that never lapses is none of ours.
  if left ~= -1 then return {'WAIT', tostring(left)} end
end
if tries >= 2 then return {'SIGN_IN'} end
local counter = math.max(number(redis.call('GET', KEYS[3])), seen) + 1
local granted = string.format('%.0f', counter)
redis.call('SET', KEYS[3], granted)
redis.call('SET', KEYS[2], me .. ' ' .. granted, 'PX', ttl)
return {'LEASE', granted, tostring(tries)}
)lua";

const std::string_view kRenew = R"lua(
local lease = ARGV[1] .. ' ' .. ARGV[2]
if redis.call('GET', KEYS[2]) ~= lease then return {'LOST'} end
redis.call('SET', KEYS[2], lease, 'PX', ARGV[3])
return {'KEPT'}
)lua";

const std::string_view kRelease = R"lua(
if redis.call('GET', KEYS[2]) == ARGV[1] .. ' ' .. ARGV[2] then
  redis.call('DEL', KEYS[2])
  redis.call('PUBLISH', ARGV[3], 'free')
end
return {'RELEASED'}
)lua";

const std::string_view kIntent = PINTLE_NUMBER R"lua(
local me, fence, seen, sent = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if redis.call('GET', KEYS[2]) ~= me .. ' ' .. fence then return {'LOST'} end
local record = redis.call('HMGET', KEYS[1], 'fence', 'ended', 'intent', 'tries')
local tries = number(record[4])
local is_repetition = record[3] == fence and tries == sent + 1
if (record[1] or '0') ~= seen or record[2] or (tries > sent and not is_repetition) then
  redis.call('DEL', KEYS[2])
  return {'LOOK_AGAIN'}
end
if sent >= 2 then
  redis.call('HSET', KEYS[1], 'intent', fence, 'tries', tostring(sent))
  redis.call('DEL', KEYS[2])
  return {'SIGN_IN'}
end
redis.call('HSET', KEYS[1], 'intent', fence, 'tries', tostring(sent + 1))
return {'SEND'}
)lua";

const std::string_view kSave = PINTLE_NUMBER R"lua(
local fence, base = tonumber(ARGV[1]), tonumber(ARGV[2])
local record = redis.call('HMGET', KEYS[1], 'fence', 'intent', 'tries', 'version')
local stored, intent = number(record[1]), number(record[2])
if stored == fence then return {'SAVED'} end
if stored > fence then return {'REFUSED'} end
if number(record[3]) > 0 and intent > fence and stored ~= base then return {'REFUSED'} end
local now, version = redis.call('TIME'), number(record[4]) + 1
local counter = math.max(number(redis.call('GET', KEYS[3])), fence)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', string.format('%.0f', version),
           'fence', ARGV[1], 'session', ARGV[3], 'origin', ARGV[4],
           'saved_ms', now[1] .. string.format('%03d', math.floor(tonumber(now[2]) / 1000)))
redis.call('SET', KEYS[3], string.format('%.0f', counter))
local lease = redis.call('GET', KEYS[2])
if lease and string.sub(lease, -#ARGV[1] - 1) == ' ' .. ARGV[1] then redis.call('DEL', KEYS[2]) end
local listeners = redis.pcall('PUBSUB', 'NUMSUB', ARGV[5])
redis.call('PUBLISH', ARGV[5], ARGV[1] .. ' ' .. tostring(listeners[2] or 0))
return {'SAVED'}
)lua";

const std::string_view kClear = R"lua(
local me, fence, sent = ARGV[1], ARGV[2], ARGV[3]
local record = redis.call('HMGET', KEYS[1], 'intent', 'tries')
if record[1] == fence and record[2] == sent then
  redis.call('HSET', KEYS[1], 'tries', string.format('%.0f', tonumber(sent) - 1))
  if redis.call('GET', KEYS[2]) == me .. ' ' .. fence then redis.call('DEL', KEYS[2]) end
end
return {'CLEARED'}
)lua";

const std::string_view kEnd = PINTLE_NUMBER R"lua(
local me, fence, seen, channel = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local record = redis.call('HMGET', KEYS[1], 'fence', 'intent', 'tries')
if (record[1] or '0') ~= seen then return {'LOOK_AGAIN'} end
if number(record[3]) > 0 and number(record[2]) > tonumber(fence) then
  return {'LOOK_AGAIN'}
end
redis.call('HSET', KEYS[1], 'ended', '1')
if redis.call('GET', KEYS[2]) == me .. ' ' .. fence then redis.call('DEL', KEYS[2]) end
redis.call('PUBLISH', channel, 'ended')
return {'ENDED'}
)lua";

const std::string_view kSignIn = PINTLE_NUMBER R"lua(
local seen, session, origin, channel = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local record = redis.call('HMGET', KEYS[1], 'fence', 'origin', 'version')
if record[2] == origin then return {'SAVED', record[1]} end
if ARGV[5] == 'unless_newer' and number(record[1]) > seen then return {'NEWER'} end
local counter = math.max(number(redis.call('GET', KEYS[3])), seen) + 1
local fence = string.format('%.0f', counter)
local now, version = redis.call('TIME'), number(record[3]) + 1
redis.call('SET', KEYS[3], fence)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', string.format('%.0f', version),
           'fence', fence, 'session', session, 'origin', origin,
           'saved_ms', now[1] .. string.format('%03d', math.floor(tonumber(now[2]) / 1000)))
if session == '' then
  redis.call('EXPIRE', KEYS[1], 2592000)
  redis.call('EXPIRE', KEYS[3], 2592000)
end
local listeners = redis.pcall('PUBSUB', 'NUMSUB', channel)
redis.call('PUBLISH', channel, fence .. ' ' .. tostring(listeners[2] or 0))
return {'SAVED', fence}
)lua";

const std::string_view kLoad = R"lua(
local record = redis.call('HMGET', KEYS[1], 'fence', 'session', 'origin', 'ended', 'saved_ms',
                          'version')
for i = 1, 6 do record[i] = record[i] or '' end
return record
)lua";

}  // namespace pintle::session_scripts
