// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/files/unique_fd.h>

#include "needed_libraries_linux.h"

namespace pintle::cage {
namespace {

using testing::AnyOf;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Each library that the dynamic linker opens is paid for at the first use of every caged scheme.
TEST(TheCagesProgram, IsLinkedWithWhatItNeedsAlone) {
#ifdef PINTLE_QUICK_BUILD
  GTEST_SKIP() << "files that are compiled as one are linked as one: plain ./dev test tells";
#endif
  const UniqueFd program(::open(PINTLE_CAGE, O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(program);
  const auto libraries = needed_libraries(program.get());
  EXPECT_THAT(libraries, Not(IsEmpty()));
  for (const auto& library : libraries) {
    // libm: of simdjson or the standard library. libdl: before glibc 2.34.
    EXPECT_THAT(library,
                AnyOf(StartsWith("libseccomp."), StartsWith("libsimdjson."),
                      StartsWith("libstdc++."), StartsWith("libgcc_s."), StartsWith("libm."),
                      StartsWith("libdl."), StartsWith("libc."), StartsWith("ld-linux")));
  }
}

}  // namespace
}  // namespace pintle::cage
