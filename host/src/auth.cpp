#include "auth.h"

#include <algorithm>
#include <array>
#include <exception>
#include <mutex>

#include <pintle/core/printable.h>
#include <pintle/loading/probe_view.h>

#include "contract_error.h"

namespace pintle {
namespace {

constexpr std::size_t kMostObservedBody = 64 * 1024;
constexpr std::size_t kMostHeaders = 32;

pintle_view view(std::string_view text) { return {text.data(), text.size()}; }
std::string_view text(pintle_view view) {
  return view.size == 0 ? std::string_view() : std::string_view(view.data, view.size);
}

template <class Struct>
Struct sized() {
  Struct made{};
  made.struct_size = sizeof(Struct);
  return made;
}

// A sink's context. The scheme calls `put` through C, so nothing may be thrown there: what goes
// wrong is kept and thrown when the call has come back.
struct HeaderTaker {
  std::vector<Header>& headers;
  const std::string& scheme_id;
  std::exception_ptr failure;

  static void put(void* context, pintle_view name, pintle_view value) {
    auto& self = *static_cast<HeaderTaker*>(context);
    try {
      if (self.failure) return;
      if (is_the_hosts_own(text(name)) || self.headers.size() >= kMostHeaders) {
        throw Error(Layer::plugin, "the scheme " + self.scheme_id + " may not set the header " +
                                       printable(text(name), 60));
      }
      self.headers.push_back(Header::parse(text(name), text(value)));
    } catch (...) {
      self.failure = std::current_exception();
    }
  }
};

}  // namespace

bool is_the_hosts_own(std::string_view name) noexcept {
  constexpr std::array kNames = {"Host",
                                 "Content-Length",
                                 "Transfer-Encoding",
                                 "Connection",
                                 "Upgrade",
                                 "Keep-Alive",
                                 "TE",
                                 "Trailer",
                                 "Expect",
                                 "Proxy-Authorization"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](const char* own) { return same_field_name(own, name); }) ||
         (name.size() > 14 && same_field_name(name.substr(0, 14), "Sec-WebSocket-"));
}

Auth::Auth(const pintle_scheme& scheme, const ConnectionSettings& settings, const Probe* probe,
           const Secret& session)
    : scheme_(scheme), id_(text(scheme.id)) {
  std::optional<loading::ProbeView> probe_view;
  if (probe != nullptr) probe_view.emplace(*probe, settings.url);
  const auto base_url = settings.url.text();
  std::vector<pintle_field> fields;
  for (const auto& [name, value] : settings.scheme_settings) {
    fields.push_back({view(name), view(value)});
  }
  auto opening = sized<pintle_opening>();
  opening.probe = probe_view ? &probe_view->get() : nullptr;
  opening.base_url = view(base_url);
  opening.session = view(session.reveal());
  opening.settings = fields.data();
  opening.setting_count = fields.size();
  auto error = sized<pintle_error>();
  const auto code = scheme_.open(&opening, &auth_, &error);
  if (code != PINTLE_OK) throw error_from(code, error, id_);
  if (auth_ == nullptr) throw Error(Layer::plugin, "the scheme " + id_ + " opened nothing");
}

Auth::~Auth() { scheme_.close(auth_); }

Auth::Decorated Auth::decorate(RequestKind kind, std::string_view method, std::string_view target,
                               std::int64_t now_ms) const {
  auto request = sized<pintle_request>();
  request.kind = static_cast<std::uint32_t>(kind);
  request.method = view(method);
  request.target = view(target);
  request.now_ms = now_ms;
  Decorated decorated;
  HeaderTaker taker{decorated.headers, id_, nullptr};
  auto sink = sized<pintle_sink>();
  sink.context = &taker;
  sink.put = &HeaderTaker::put;
  auto out = sized<pintle_decoration>();
  auto error = sized<pintle_error>();
  {
    const std::shared_lock lock(mutex_);
    if (const auto code = scheme_.decorate(auth_, &request, &sink, &out, &error);
        code != PINTLE_OK) {
      throw error_from(code, error, id_);
    }
    decorated.change = change_;
  }
  if (taker.failure) std::rethrow_exception(taker.failure);
  decorated.valid_until_ms = out.valid_until_ms;
  decorated.credential = out.credential;
  return decorated;
}

Auth::Observed Auth::observe(RequestKind kind, const HttpResponse& response,
                             std::uint64_t credential, std::int64_t now_ms) {
  std::vector<pintle_field> fields;
  fields.reserve(response.headers.size());
  for (const auto& header : response.headers) {
    fields.push_back({view(header.name()), view(header.value())});
  }
  auto given = sized<pintle_response>();
  given.kind = static_cast<std::uint32_t>(kind);
  given.status = response.status;
  given.credential = credential;
  given.headers = fields.data();
  given.header_count = fields.size();
  given.body = view(std::string_view(response.body).substr(0, kMostObservedBody));
  given.now_ms = now_ms;
  std::uint32_t seen = PINTLE_SEEN_NOTHING;
  auto error = sized<pintle_error>();
  {
    const std::lock_guard lock(mutex_);
    const auto code = scheme_.observe(auth_, &given, &seen, &error);
    if (code != PINTLE_OK) throw error_from(code, error, id_);
    if ((seen & PINTLE_SEEN_SESSION_CHANGED) != 0) ++change_;
  }
  Observed observed;
  observed.session_changed = (seen & PINTLE_SEEN_SESSION_CHANGED) != 0;
  observed.retry_once = (seen & PINTLE_SEEN_RETRY_ONCE) != 0;
  if ((seen & PINTLE_SEEN_NEEDS_SIGN_IN) != 0) {
    observed.needs_sign_in = error_from(PINTLE_LAYER_GATE, error, id_).with_sign_in();
  }
  return observed;
}

std::uint64_t Auth::change() const {
  const std::shared_lock lock(mutex_);
  return change_;
}

Secret Auth::session() const {
  struct Taker {
    Secret bytes;
    bool failed = false;
  } taker;
  auto sink = sized<pintle_sink>();
  sink.context = &taker;
  sink.put = [](void* context, pintle_view, pintle_view value) {
    auto& self = *static_cast<Taker*>(context);
    try {
      self.bytes = Secret(text(value));
    } catch (...) {
      self.failed = true;
    }
  };
  auto error = sized<pintle_error>();
  const std::lock_guard lock(mutex_);
  const auto code = scheme_.session(auth_, &sink, &error);
  if (code != PINTLE_OK) throw error_from(code, error, id_);
  if (taker.failed) throw std::bad_alloc();
  return std::move(taker.bytes);
}

std::map<std::string, std::string> Auth::describe() const {
  std::map<std::string, std::string> facts;
  auto sink = sized<pintle_sink>();
  sink.context = &facts;
  sink.put = [](void* context, pintle_view name, pintle_view value) {
    try {
      (*static_cast<std::map<std::string, std::string>*>(context))[printable(text(name), 40)] =
          printable(text(value));
    } catch (...) {
      // A fact less to show, and nothing else.
    }
  };
  auto error = sized<pintle_error>();
  const std::lock_guard lock(mutex_);
  const auto code = scheme_.describe(auth_, &sink, &error);
  if (code != PINTLE_OK) throw error_from(code, error, id_);
  return facts;
}

void Auth::begin(const pintle_begin& begin, pintle_operation*& operation, pintle_step& step) {
  auto error = sized<pintle_error>();
  const std::lock_guard lock(mutex_);
  const auto code = scheme_.begin(auth_, &begin, &operation, &step, &error);
  if ((step.flags & PINTLE_STEP_SESSION_CHANGED) != 0) ++change_;
  if (code == PINTLE_OK && operation != nullptr) return;
  operation = nullptr;  // a failure leaves nothing to end
  if (code == PINTLE_OK) throw Error(Layer::plugin, "the scheme " + id_ + " began nothing");
  throw error_from(code, error, id_);
}

void Auth::resume(pintle_operation& operation, const pintle_answer& answer, pintle_step& step) {
  auto error = sized<pintle_error>();
  const std::lock_guard lock(mutex_);
  const auto code = scheme_.resume(&operation, &answer, &step, &error);
  // A step that failed may have changed the session before it did.
  if ((step.flags & PINTLE_STEP_SESSION_CHANGED) != 0) ++change_;
  if (code != PINTLE_OK) throw error_from(code, error, id_);
}

void Auth::end(pintle_operation& operation) noexcept {
  const std::lock_guard lock(mutex_);
  scheme_.end(&operation);
}

}  // namespace pintle
