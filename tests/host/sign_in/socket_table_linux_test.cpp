// SPDX-License-Identifier: Apache-2.0
#include "sign_in/socket_table_linux.h"

#include <string>

#include <gtest/gtest.h>

namespace pintle::test {
namespace {

TEST(PeerUser, IsReadFromTheSystemsTable) {
  // As /proc/net/tcp writes it: addresses in hexadecimal, the state, and the user.
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "31337 1 0000000000000000 100 0 0 10 0\n"
      "   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 "
      "31338 1 0000000000000000 20 4 30 10 -1\n"
      "   2: 0100007F:C351 0100007F:1F90 05 00000000:00000000 03:00001770 00000000     0        0 "
      "0 3 0000000000000000\n";
  const auto open = find_connection(table, "0100007F:C350", "0100007F:1F90");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->user, 1001U);
  EXPECT_TRUE(open->established);
  const auto left = find_connection(table, "0100007F:C351", "0100007F:1F90");
  ASSERT_TRUE(left);
  EXPECT_FALSE(left->established) << "its user is not 0: it has none any more";
  EXPECT_FALSE(find_connection(table, "0100007F:C352", "0100007F:1F90"));
  for (std::size_t cut = 0; cut < table.size(); ++cut) {
    find_connection(table.substr(0, cut), "0100007F:C351", "0100007F:1F90");
  }
}

}  // namespace
}  // namespace pintle::test
