// SPDX-License-Identifier: Apache-2.0
#include <pintle/pintle.h>

// As it meets the C++ API, whose namespace it must not stand in the way of.
namespace pintle {}
using namespace pintle;

pintle_view a_view();
pintle_view a_view() { return pintle_text("text"); }
