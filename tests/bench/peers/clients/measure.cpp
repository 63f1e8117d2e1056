// SPDX-License-Identifier: Apache-2.0
#include "clients/measure.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

namespace pintle::bench {
namespace {

Clock::duration of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

double seconds_of(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::int64_t cpu_ns() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ns = [](const timeval& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_usec * 1'000;
  };
  return ns(used.ru_utime) + ns(used.ru_stime);
}

// proc(5): "VmRSS:      1234 kB", "Threads:        1".
std::int64_t status_of_process(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    std::int64_t value = 0;
    if (name == field + ":" && status >> value) return value;
    status.ignore(1 << 20, '\n');
  }
  throw std::runtime_error("/proc/self/status has no " + field);
}

void check_measured(std::uint64_t ops) {
  if (ops == 0) throw std::runtime_error("nothing was measured");
}

}  // namespace

RoundTrips::RoundTrips(double seconds) : last_(Clock::now()) {
  begin_ = last_ + of(seconds / 10);
  end_ = begin_ + of(seconds);
  took_ns_.reserve(1 << 20);
}

bool RoundTrips::lap() {
  const auto now = Clock::now();
  if (!warm_) {
    if (now >= begin_) {
      warm_ = true;
      end_ += now - begin_;
      begin_ = last_ = now;
      cpu_ns_ = cpu_ns();
    }
    return true;
  }
  const auto took = std::chrono::nanoseconds(now - last_).count();
  took_ns_.push_back(static_cast<std::uint32_t>(std::min<std::int64_t>(took, UINT32_MAX)));
  last_ = now;
  if (now < end_) return true;
  cpu_ns_ = cpu_ns() - cpu_ns_;
  return false;
}

void RoundTrips::print() {
  const auto ops = took_ns_.size();
  check_measured(ops);
  const auto p99 = took_ns_.begin() + static_cast<std::ptrdiff_t>(ops * 99 / 100);
  std::nth_element(took_ns_.begin(), p99, took_ns_.end());
  std::printf("{\"ops\":%zu,\"seconds\":%.6f,\"cpu_ns_per_op\":%.1f,\"p99_us\":%.2f}\n", ops,
              seconds_of(last_ - begin_), static_cast<double>(cpu_ns_) / static_cast<double>(ops),
              *p99 / 1e3);
}

Arrivals::Arrivals(double seconds) : begin_(Clock::now() + of(seconds / 10)) {
  end_ = begin_ + of(seconds);
}

bool Arrivals::look() {
  const auto now = Clock::now();
  if (!warm_) {
    if (now >= begin_) {
      warm_ = true;
      end_ += now - begin_;
      begin_ = now;
      first_ = count_;
      cpu_ns_ = cpu_ns();
    }
    return true;
  }
  if (now < end_) return true;
  over_ = now;
  cpu_ns_ = cpu_ns() - cpu_ns_;
  return false;
}

void Arrivals::print() const {
  if (over_ == Clock::time_point{}) throw std::runtime_error("the flood ended before its time");
  const auto ops = count_ - first_;
  check_measured(ops);
  std::printf("{\"ops\":%llu,\"seconds\":%.6f,\"cpu_ns_per_op\":%.1f}\n",
              static_cast<unsigned long long>(ops), seconds_of(over_ - begin_),
              static_cast<double>(cpu_ns_) / static_cast<double>(ops));
}

Idle::Idle()
    : rss_(status_of_process("VmRSS")),
      threads_(status_of_process("Threads")),
      begin_(Clock::now()) {}

void Idle::print(std::size_t count) const {
  check_measured(count);
  const auto rss = status_of_process("VmRSS") - rss_;
  const auto threads = status_of_process("Threads") - threads_;
  std::printf("{\"ops\":%zu,\"seconds\":%.6f,\"rss_bytes_per_op\":%.0f,\"threads\":%lld}\n", count,
              seconds_of(Clock::now() - begin_),
              static_cast<double>(rss) * 1024 / static_cast<double>(count),
              static_cast<long long>(threads));
}

}  // namespace pintle::bench
