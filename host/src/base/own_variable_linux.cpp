// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "base/own_variable.h"

namespace pintle {

const char* own_variable(const char* name) noexcept { return ::secure_getenv(name); }

}  // namespace pintle
