// SPDX-License-Identifier: Apache-2.0
#include "session/secret_service.h"

namespace pintle {

std::shared_ptr<SecretService> make_secret_service() { return nullptr; }

}  // namespace pintle
