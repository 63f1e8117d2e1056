// SPDX-License-Identifier: Apache-2.0
#include <pintle/pintle.h>

// As it is included beside the C++ API, with whose namespace it must not conflict.
namespace pintle {}
using namespace pintle;

pintle_view a_view();
pintle_view a_view() { return pintle_text("text"); }
