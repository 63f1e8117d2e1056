// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/plain_http.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/chooser.h>
#include <pintle/loading/probe_view.h>
#include <pintle/loading/status_rules.h>

namespace pintle::loading {
namespace {

// An entry under consideration.
struct Candidate {
  const Entry* entry;
  SchemeFit fit;
  bool is_asked = false;
};

bool is_better(const Candidate& a, const Candidate& b) {
  // Compares the id last, so that the result never depends on the order in a folder.
  return std::make_tuple(-a.fit.score, -a.entry->scheme.strength, a.entry->scheme.id) <
         std::make_tuple(-b.fit.score, -b.entry->scheme.strength, b.entry->scheme.id);
}

std::string policy_against(const SchemeFacts& scheme, const Loader& loader,
                           const ChoicePolicy& policy) {
  if (auto why = loader.refusal(scheme.id); !why.empty()) return why;
  if (!policy.named.empty() && scheme.id != policy.named) {
    return "the scheme " + printable(policy.named, 40) + " was requested";
  }
  return {};
}

// Loads the library and calls its match; the manifest only shows that the rules hold.
void ask(Candidate& candidate, Loader& loader, const ProbeView& probe, bool is_unprobed,
         Choice& choice) {
  auto& fit = candidate.fit;
  candidate.is_asked = true;
  try {
    const auto& scheme = loader.load(*candidate.entry);
    if (scheme.match != nullptr && !is_unprobed) {
      pintle_match match{};
      match.struct_size = sizeof(match);
      pintle_error error{};
      error.struct_size = sizeof(error);
      if (scheme.match(&probe.get(), &match, &error) != PINTLE_OK) {
        throw Error(Layer::plugin, candidate.entry->where() + ": " + printable(error.message));
      }
      match.reason[sizeof(match.reason) - 1] = '\0';
      fit.why = printable(match.reason);
      fit.score = std::clamp(match.score, 0, candidate.entry->scheme.score);
    }
    fit.verdict = fit.score > 0 ? Verdict::fits : Verdict::does_not_fit;
    if (fit.score > 0) choice.scheme = &scheme;
  } catch (const Error& error) {
    fit.verdict = Verdict::refused;
    fit.score = 0;
    fit.why = error.message();
  }
}

struct Candidates {
  std::vector<Candidate> open;
  std::vector<Candidate> excluded;
  std::string exposed;            // A scheme that only plain http excludes.
  const Entry* weaker = nullptr;  // The best scheme that only its strength excludes.
};

// Returns why the scheme is not for a gateway of this kind; empty if it may be.
std::string mismatch_of(const SchemeFacts& scheme, const Probe& probe, const ChoicePolicy& policy,
                        const StatusRules& rules) {
  if (scheme.front) return "it is for what stands in front of a gateway (--front)";
  if (!scheme.fits_profile(probe.profile)) {
    return "it is not for " + printable(probe.profile, 40) + " gateways";
  }
  if (policy.is_unprobed) return {};
  if (probe.auth_required && policy.needs_greeting && !scheme.greets) {
    return "it has no greeting on the WebSocket, which this kind of gateway requires";
  }
  return rules.broken_by(scheme);
}

// What the manifests and the policy say, before a library is loaded.
Candidates candidates_of(const Catalogue& catalogue, const Loader& loader, const Probe& probe,
                         const GatewayUrl& url, const ChoicePolicy& policy) {
  const StatusRules rules(probe);
  Candidates made;
  for (const auto& entry : catalogue.entries()) {
    // It is no gateway's own; whoever names it is told.
    if (entry.scheme.front && entry.scheme.id != policy.named) continue;
    Candidate candidate{.entry = &entry, .fit = {}};
    auto& fit = candidate.fit;
    fit.where = entry.where();
    fit.scheme = entry.scheme.id.empty() ? entry.plugin_name : entry.scheme.id;
    fit.verdict = Verdict::refused;
    if (!entry.fault.empty()) {
      fit.why = entry.fault;
    } else if (auto mismatch = mismatch_of(entry.scheme, probe, policy, rules); !mismatch.empty()) {
      fit.verdict = Verdict::does_not_fit;
      fit.why = std::move(mismatch);
    } else if (auto why = policy_against(entry.scheme, loader, policy); !why.empty()) {
      fit.why = why;
    } else if (policy.named.empty() && entry.scheme.strength < policy.least_strength) {
      fit.why = "it is weaker than the scheme that this connection used before";
      if (made.weaker == nullptr || entry.scheme.score > made.weaker->scheme.score) {
        made.weaker = &entry;
      }
    } else if (entry.scheme.sends_secret && !policy.allow_plain_http && is_exposed(url)) {
      fit.why = "it would send a secret over plain http to another machine";
      made.exposed = entry.scheme.id;
    } else {
      fit.verdict = Verdict::fits;
      fit.score = entry.scheme.score;
      fit.why = entry.scheme.reason;
      made.open.push_back(std::move(candidate));
      continue;
    }
    made.excluded.push_back(std::move(candidate));
  }
  std::sort(made.open.begin(), made.open.end(), is_better);
  return made;
}

// Asks the best first, and sets the scheme of `choice`. Returns nullptr if none fits.
Candidate* best_of(std::vector<Candidate>& open, Loader& loader, const ProbeView& view,
                   bool is_unprobed, Choice& choice) {
  Candidate* best = nullptr;
  for (auto& candidate : open) {
    // No remaining candidate can be better.
    if (best != nullptr && !is_better(candidate, *best)) break;
    Choice asked;
    ask(candidate, loader, view, is_unprobed, asked);
    if (asked.scheme == nullptr) continue;
    if (best == nullptr || is_better(candidate, *best)) {
      best = &candidate;
      choice.scheme = asked.scheme;
    }
  }
  return best;
}

// What only the manifest says of a scheme, its own match may take back.
void mark_unasked(std::vector<Candidate>& open, const std::string& chosen) {
  for (auto& candidate : open) {
    if (candidate.is_asked) continue;
    candidate.fit.verdict = Verdict::may_fit;
    candidate.fit.why = "it was not asked: " + chosen + " is preferred";
  }
}

std::string written(const std::vector<SchemeFit>& table) {
  std::string text;
  for (const auto& row : table) {
    text += "\n  " + row.scheme + ": " + name_of(row.verdict) + ": " + row.why;
  }
  return text;
}

void check_named(const Catalogue& catalogue, const std::vector<SchemeFit>& table,
                 const std::string& named) {
  if (named.empty()) return;
  for (const auto& row : table) {
    if (row.scheme != named) continue;
    throw Error(row.verdict == Verdict::refused ? Layer::plugin : Layer::config,
                "the scheme " + named + " cannot be used with this gateway: " + row.why)
        .with_user_action()
        .with_hint("Omit --scheme to use the one that fits, or see pintle plugins list.");
  }
  std::string known;
  for (const auto& entry : catalogue.entries()) {
    if (entry.fault.empty()) known += (known.empty() ? "" : ", ") + entry.scheme.id;
  }
  throw Error(Layer::config, "there is no scheme \"" + printable(named, 40) +
                                 "\"; available: " + (known.empty() ? "none" : known))
      .with_user_action();
}

bool has_refused(const std::vector<SchemeFit>& table) {
  return std::any_of(table.begin(), table.end(),
                     [](const SchemeFit& fit) { return fit.verdict == Verdict::refused; });
}

}  // namespace

const char* name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::chosen:
      return "chosen";
    case Verdict::fits:
      return "fits";
    case Verdict::may_fit:
      return "may fit";
    case Verdict::does_not_fit:
      return "does not fit";
    case Verdict::refused:
      return "refused";
  }
  return "unknown";
}

Choice choose(const Catalogue& catalogue, Loader& loader, const Probe& probe, const GatewayUrl& url,
              const ChoicePolicy& policy) {
  auto candidates = candidates_of(catalogue, loader, probe, url, policy);
  const ProbeView view(probe, url);
  Choice choice;
  Candidate* const best = best_of(candidates.open, loader, view, policy.is_unprobed, choice);
  if (best != nullptr) {
    best->fit.verdict = Verdict::chosen;
    choice.facts = best->entry->scheme;
    choice.where = best->entry->where();
    mark_unasked(candidates.open, choice.facts.id);
  }
  for (auto* list : {&candidates.open, &candidates.excluded}) {
    for (auto& candidate : *list) choice.table.push_back(std::move(candidate.fit));
  }
  std::stable_sort(choice.table.begin(), choice.table.end(), [](const auto& a, const auto& b) {
    return std::make_tuple(a.verdict, -a.score, a.scheme) <
           std::make_tuple(b.verdict, -b.score, b.scheme);
  });
  if (choice.scheme == nullptr) {
    if (!candidates.exposed.empty()) {
      throw plain_http_error("the secret of the scheme " + candidates.exposed, url);
    }
    check_named(catalogue, choice.table, policy.named);
    throw Error(Layer::plugin, choice.table.empty()
                                   ? "no scheme is installed"
                                   : "no scheme fits this gateway:" + written(choice.table))
        .with_user_action()
        .with_hint(
            candidates.weaker == nullptr
                ? (has_refused(choice.table)
                       ? "Mend what refuses a scheme (its file, or the rules in plugins.json), "
                         "or "
                         "install one that fits (pintle plugins list)."
                       : "Install a fitting scheme in a plugin folder (pintle plugins list).")
                : "If it is intended that the gateway accepts a weaker scheme than before, use "
                  "--scheme " +
                      candidates.weaker->scheme.id + ".");
  }
  return choice;
}

}  // namespace pintle::loading
