// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include <Poco/Base64Encoder.h>

#include <pintle/core/text/base64.h>

namespace pintle {

std::string base64_of(std::string_view bytes) {
  std::ostringstream out;
  Poco::Base64Encoder encoder(out);
  encoder.rdbuf()->setLineLength(0);
  encoder.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  encoder.close();
  return out.str();
}

}  // namespace pintle
