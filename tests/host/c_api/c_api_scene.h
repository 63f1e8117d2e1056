/* SPDX-License-Identifier: Apache-2.0 */
/* What the cases in C share: checks, and a connection to the practice gateway. */
#ifndef PINTLE_C_API_SCENE_H
#define PINTLE_C_API_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <pintle/pintle.h>

#include "c_api_test.h"

static char said[1024];

/* Ends the case. What it holds then is not given back: it has failed. */
#define CHECK(condition)                                                         \
  do {                                                                           \
    if (!(condition)) {                                                          \
      snprintf(said, sizeof(said), "%s:%d: %s", __FILE__, __LINE__, #condition); \
      return said;                                                               \
    }                                                                            \
  } while (0)

/* The same of a function of the API, with its error's text. */
#define DO(call)                                                                                \
  do {                                                                                          \
    const int32_t layer = (call);                                                               \
    if (layer != PINTLE_OK) {                                                                   \
      snprintf(said, sizeof(said), "%s:%d: %s: layer %d: %s", __FILE__, __LINE__, #call, layer, \
               error.message);                                                                  \
      return said;                                                                              \
    }                                                                                           \
  } while (0)

static inline bool is(pintle_view view, const char* text) {
  return view.size == strlen(text) && memcmp(view.data, text, view.size) == 0;
}

static inline bool holds(pintle_view view, const char* text) {
  const size_t size = strlen(text);
  for (size_t i = 0; i + size <= view.size; ++i) {
    if (memcmp(view.data + i, text, size) == 0) return true;
  }
  return false;
}

typedef struct scene {
  pintle_host* host;
  pintle_connection* connection;
} scene;

static inline int32_t open_scene(scene* made, const c_api_place* place, const char* token_file,
                                 pintle_error* error) {
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS,
  };
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(token_file), .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url),
                                             .inputs = &token,
                                             .input_count = 1};
  made->host = pintle_host_new(&host, error);
  if (made->host == NULL) return PINTLE_LAYER_CONFIG;
  return pintle_connection_open(made->host, &options, &made->connection, error);
}

static inline void close_scene(scene* made) {
  pintle_connection_destroy(made->connection);
  pintle_host_destroy(made->host);
}

#define BEGIN                                          \
  pintle_error error = {.struct_size = sizeof(error)}; \
  scene at;                                            \
  DO(open_scene(&at, place, place->token_file, &error))

#endif
