// What a host and its connections share.

#pragma once

#include <pintle/host.h>

namespace pintle {

struct HostParts {
  explicit HostParts(HostOptions given);

  loading::Catalogue catalogue() const;

  HostOptions options;
  loading::Loader loader;
};

}  // namespace pintle
