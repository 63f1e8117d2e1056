// SPDX-License-Identifier: Apache-2.0
#include <pintle/loading/probe_view.h>

namespace pintle::loading {
namespace {

pintle_view view(const std::string& text) { return {text.data(), text.size()}; }

}  // namespace

ProbeView::ProbeView(const Probe& probe, const GatewayUrl& url) : base_url_(url.text()) {
  for (const auto& provider : probe.providers) {
    providers_.push_back(view(provider.name));
    if (provider.supports_password) password_providers_.push_back(view(provider.name));
  }
  for (const auto& flow : probe.auth_flows) flows_.push_back(view(flow));
  view_.struct_size = sizeof(view_);
  if (url.secure()) view_.flags |= PINTLE_GATEWAY_SECURE;
  if (url.is_loopback()) view_.flags |= PINTLE_GATEWAY_LOOPBACK;
  view_.auth_required = probe.auth_required ? 1 : 0;
  view_.http_status = probe.http_status;
  view_.base_url = view(base_url_);
  view_.version = view(probe.version);
  view_.providers = providers_.data();
  view_.provider_count = providers_.size();
  view_.password_providers = password_providers_.data();
  view_.password_provider_count = password_providers_.size();
  view_.auth_flows = flows_.data();
  view_.auth_flow_count = flows_.size();
  view_.status_json = view(probe.body);
  profile_ = probe.profile;
  view_.profile = view(profile_);
}

}  // namespace pintle::loading
