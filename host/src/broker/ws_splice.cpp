// SPDX-License-Identifier: Apache-2.0
#include "broker/ws_splice.h"

#include <exception>
#include <future>
#include <span>
#include <utility>

#include <pintle/core/ws/ws_encode.h>

#include "base/random_bytes.h"
#include "broker/splice_end.h"

namespace pintle::broker {
namespace {

// Large enough that a large message takes few calls, small enough to stay in the cache.
constexpr std::size_t kBufferBytes = 128 * 1024;
// Then the other connections have their turn.
constexpr int kMaxReads = 4;
// From the first end's end to the other's.
constexpr std::chrono::seconds kClosing{5};

ws::MaskKey mask_key() {
  ws::MaskKey key{};
  fill_random(key);
  return key;
}

}  // namespace

class WsSplice {
 public:
  WsSplice(SpliceLoop& group, live::Loop& loop, SplicePair pair)
      : group_(group),
        loop_(loop),
        client_(*this, std::move(pair.client)),
        gateway_(*this, std::move(pair.gateway)) {
    pass(gateway_, pair.gateway_early);
    pass(client_, pair.client_early);
    gateway_.end.release_memory();  // of its handshake
  }
  ~WsSplice() { unwatch(); }
  WsSplice(const WsSplice&) = delete;
  WsSplice& operator=(const WsSplice&) = delete;

  /// Acts on what has ended, and watches for what is next. Call it after anything changed.
  void settle() noexcept;
  void stop(live::TimePoint due) noexcept;
  void unwatch() noexcept {
    client_.end.unwatch(loop_, client_);
    gateway_.end.unwatch(loop_, gateway_);
  }

 private:
  struct Side final : live::Loop::Watcher {
    Side(WsSplice& its_splice, net::Stream stream) : splice(its_splice), end(std::move(stream)) {}
    void on_ready(live::Events events) override { splice.on_ready(*this, events); }
    void on_round_end() override {}

    WsSplice& splice;
    SpliceEnd end;
    bool is_told = false;  // that the other side has ended
  };

  Side& other(const Side& side) noexcept { return &side == &client_ ? gateway_ : client_; }
  void on_ready(Side& side, std::uint32_t events);
  void pump(Side& from);
  void pass(Side& from, std::string_view bytes) {
    if (bytes.empty() || is_stopped_) return;
    from.end.frames.take(bytes);
    other(from).end.send(bytes);
  }
  void end_sending_to(Side& to, ws::CloseCode code, std::string_view reason);
  void begin_closing(live::TimePoint due);

  SpliceLoop& group_;
  live::Loop& loop_;
  Side client_;
  Side gateway_;
  bool is_stopped_ = false;
  std::unique_ptr<live::Timer> closing_;  // null while it is open
};

void WsSplice::on_ready(Side& side, live::Events events) {
  auto& peer = other(side);
  if (side.end.has_unsent()) {
    side.end.send_rest();
    // What TLS has decrypted of the other side already, the loop does not report.
    if (!side.end.has_unsent()) pump(peer);
  }
  if ((events & ~live::kWritable) != 0) pump(side);
  settle();
}

// Stops where the other end takes no more.
void WsSplice::pump(Side& from) {
  auto& to = other(from).end;
  const std::span<char> buffer(group_.buffer_);
  for (int i = 0; from.end.is_read() && !to.has_unsent(); ++i) {
    if (i == kMaxReads) return loop_.requeue(from);
    const auto got = from.end.read(buffer);
    if (got.state == SpliceEnd::State::ended) from.end.end_reading();
    if (got.state != SpliceEnd::State::bytes) break;
    pass(from, {buffer.data(), got.size});
    // What was read in part is all there was; the loop tells of more.
    if (got.size < buffer.size() && !from.end.may_have_more()) break;
  }
  from.end.release_memory();
}

// Ends this direction with a close frame if the other side has sent none, and if its last frame is
// complete: within a frame it would be read as a part of that.
void WsSplice::end_sending_to(Side& to, ws::CloseCode code, std::string_view reason) {
  if (std::exchange(to.is_told, true)) return;
  const auto& frames = other(to).end.frames;
  if (!frames.has_close() && frames.is_between_frames()) {
    std::string frame;
    const bool to_client = &to == &client_;
    ws::append_close(frame, to_client ? ws::Role::server : ws::Role::client, code, reason,
                     to_client ? ws::MaskKey{} : mask_key());
    to.end.send(frame);
  }
  to.end.end_sending();
}

void WsSplice::begin_closing(live::TimePoint due) {
  if (closing_) return;
  closing_ = std::make_unique<live::Timer>(loop_, [this] { group_.remove(*this); });
  closing_->set(due);
}

void WsSplice::settle() noexcept {
  try {
    if (!gateway_.end.is_read()) {
      end_sending_to(client_, ws::CloseCode::service_restart, "the gateway ended the connection");
      begin_closing(loop_.now() + kClosing);
    }
    if (!client_.end.is_read()) {
      end_sending_to(gateway_, ws::CloseCode::going_away, "the client ended the connection");
      begin_closing(loop_.now() + kClosing);
    }
    const bool is_over = !client_.end.is_read() && !gateway_.end.is_read() &&
                         !client_.end.has_unsent() && !gateway_.end.has_unsent();
    if (is_over) return group_.remove(*this);
    client_.end.watch(loop_, client_, !gateway_.end.has_unsent());
    gateway_.end.watch(loop_, gateway_, !client_.end.has_unsent());
  } catch (const std::exception&) {
    group_.remove(*this);  // the system has no memory to watch it with
  }
}

void WsSplice::stop(live::TimePoint due) noexcept {
  try {
    is_stopped_ = true;
    end_sending_to(client_, ws::CloseCode::going_away, "the broker is shutting down");
    end_sending_to(gateway_, ws::CloseCode::going_away, "the broker is shutting down");
    begin_closing(due);
  } catch (const std::exception&) {
    return group_.remove(*this);
  }
  settle();
}

SpliceLoop::SpliceLoop() : buffer_(kBufferBytes) {}

SpliceLoop::~SpliceLoop() {
  std::promise<void> cleared;
  loop_.post([&] {
    splices_.clear();
    cleared.set_value();
  });
  cleared.get_future().wait();
}

void SpliceLoop::add(SplicePair pair) {
  ++count_;
  loop_.post([this, taken = std::move(pair)]() mutable {
    try {
      auto made = std::make_unique<WsSplice>(*this, loop_, std::move(taken));
      auto& splice = *made;
      splices_.emplace(&splice, std::move(made));
      if (stop_by_ != live::kNever) return splice.stop(stop_by_);
      splice.settle();
    } catch (const std::exception&) {
      --count_;  // the connection is broken already, or there is no memory
    }
  });
}

// Not at once: it may be in one of its own functions.
void SpliceLoop::remove(WsSplice& splice) noexcept {
  const auto found = splices_.find(&splice);
  if (found == splices_.end()) return;
  splice.unwatch();
  --count_;
  auto removed = std::move(found->second);
  splices_.erase(found);
  loop_.post([ended = std::move(removed)] {});
}

void SpliceLoop::stop(std::chrono::milliseconds grace) {
  loop_.post([this, grace] {
    stop_by_ = loop_.now() + grace;
    std::vector<WsSplice*> all;
    all.reserve(splices_.size());
    for (const auto& [splice, owned] : splices_) all.push_back(splice);
    for (auto* splice : all) splice->stop(stop_by_);
  });
}

}  // namespace pintle::broker
