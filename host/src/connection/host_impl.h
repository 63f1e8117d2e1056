// SPDX-License-Identifier: Apache-2.0
//
// The state that a host and its connections share.

#pragma once

#include <memory>

#include <pintle/host.h>
#include <pintle/loading/profiles.h>

#include "base/mutex.h"
#include "live/opener.h"

namespace pintle {

struct HostImpl {
  explicit HostImpl(HostOptions given);

  loading::Catalogue catalogue() const;
  loading::Profiles profiles() const;
  /// Returns the scheme of `catalogue` whose session for `settings` is in `store`; null: none.
  static const loading::Entry* entry_of_stored(const loading::Catalogue& catalogue,
                                               SessionStore& store,
                                               const ConnectionSettings& settings);
  /// The threads of the live connections; made when the first one is.
  std::shared_ptr<live::Engine> engine();

  HostOptions options;
  loading::Loader loader;

 private:
  Mutex mutex_;
  std::weak_ptr<live::Engine> engine_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle
