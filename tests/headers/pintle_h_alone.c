/* SPDX-License-Identifier: Apache-2.0 */
#include <pintle/pintle.h>

/* A use of it, so that the file is not empty. */
pintle_live* a_live_connection(pintle_connection* connection);
pintle_live* a_live_connection(pintle_connection* connection) {
  pintle_live* live = NULL;
  pintle_live_start(connection, NULL, &live, NULL);
  return live;
}
