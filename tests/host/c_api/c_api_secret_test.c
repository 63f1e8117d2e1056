/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that a C program has: in its memory, or by a function. Which schemes it allows. */

#include <pthread.h>
#include <stdlib.h>

#include "c_api_scene.h"

static int32_t open_from(scene* made, const c_api_place* place, const pintle_source* sources,
                         size_t count, pintle_error* error) {
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url),
                                             .inputs = sources,
                                             .input_count = count};
  made->connection = NULL;
  made->host = pintle_host_new(&host, error);
  if (made->host == NULL) return PINTLE_LAYER_CONFIG;
  return pintle_connection_open(made->host, &options, &made->connection, error);
}

static int32_t call_sessions(pintle_connection* connection, pintle_error* error) {
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  int32_t layer = pintle_connection_call(connection, &call, NULL, &reply, error);
  if (layer == PINTLE_OK && pintle_reply_status(reply) != 200) layer = PINTLE_LAYER_PROTOCOL;
  pintle_reply_destroy(reply);
  return layer;
}

const char* takes_a_secret_from_memory(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  char token[256];
  snprintf(token, sizeof(token), "%s", place->token);
  const pintle_source source = {
      .key = pintle_text("token"), .where = pintle_text(token), .from = PINTLE_FROM_MEMORY};
  DO(open_from(&at, place, &source, 1, &error));
  memset(token, 'x', sizeof(token)); /* it was copied */
  DO(call_sessions(at.connection, &error));
  pintle_reply* reply = NULL;
  DO(pintle_connection_status(at.connection, NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "\"credential\":true,\"checked\":false"));
  CHECK(holds(pintle_reply_body(reply), "\"source\":\"this program's memory\""));
  CHECK(!holds(pintle_reply_body(reply), place->token));
  pintle_reply_destroy(reply);
  close_scene(&at);

  const char* wrong = "a-wrong-token-in-memory-abcdefgh";
  const pintle_source other = {
      .key = pintle_text("token"), .where = pintle_text(wrong), .from = PINTLE_FROM_MEMORY};
  DO(open_from(&at, place, &other, 1, &error));
  CHECK(call_sessions(at.connection, &error) != PINTLE_OK);
  CHECK((error.flags & PINTLE_ERROR_SIGN_IN) != 0);
  CHECK(strstr(error.message, wrong) == NULL && strstr(error.hint, wrong) == NULL);
  close_scene(&at);

  char* huge = calloc(1, 64 * 1024 + 2);
  memset(huge, 'y', 64 * 1024 + 1);
  const pintle_source long_one = {
      .key = pintle_text("token"), .where = pintle_text(huge), .from = PINTLE_FROM_MEMORY};
  CHECK(open_from(&at, place, &long_one, 1, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "64 KiB") != NULL && strstr(error.message, "yyy") == NULL);
  free(huge);
  close_scene(&at);
  return "";
}

typedef struct vault {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  const char* secret; /* null: it has none */
  const char* why;
  size_t repeated; /* gives so many bytes instead */
  int reads;
  int released;
  int bad;
} vault;

static void read_vault(void* user, pintle_view key, pintle_secret_sink* sink) {
  vault* one = user;
  pthread_mutex_lock(&one->mutex);
  ++one->reads;
  if (!is(key, "token") || pintle_secret_is_cancelled(sink) != 0) ++one->bad;
  if (pintle_secret_cancel_fd(sink) < 0) ++one->bad;
  if (one->secret != NULL) pintle_secret_give(sink, pintle_text(one->secret));
  if (one->why != NULL) pintle_secret_refuse(sink, pintle_text(one->why));
  if (one->repeated > 0) {
    char* bytes = malloc(one->repeated);
    memset(bytes, 'z', one->repeated);
    const pintle_view view = {bytes, one->repeated};
    pintle_secret_give(sink, view);
    free(bytes);
  }
  pthread_mutex_unlock(&one->mutex);
}

static void release_vault(void* user) {
  vault* one = user;
  pthread_mutex_lock(&one->mutex);
  ++one->released;
  pthread_cond_signal(&one->changed);
  pthread_mutex_unlock(&one->mutex);
}

/* Something of a live connection may be about to end. */
static void wait_for_release(vault* one, int count) {
  pthread_mutex_lock(&one->mutex);
  while (one->released < count) pthread_cond_wait(&one->changed, &one->mutex);
  pthread_mutex_unlock(&one->mutex);
}

static pintle_secret_callback callback_of(vault* one) {
  const pintle_secret_callback callback = {
      .struct_size = sizeof(callback), .user = one, .read = read_vault, .release = release_vault};
  return callback;
}

static pintle_source source_from(const pintle_secret_callback* callback) {
  const pintle_source source = {.key = pintle_text("token"),
                                .where = pintle_from_callback(callback),
                                .from = PINTLE_FROM_CALLBACK};
  return source;
}

const char* takes_a_secret_from_a_callback_at_each_use(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  vault one = {.mutex = PTHREAD_MUTEX_INITIALIZER,
               .changed = PTHREAD_COND_INITIALIZER,
               .secret = "an-old-token-abcdefghijkl"};
  pintle_secret_callback callback = callback_of(&one);
  const pintle_source source = source_from(&callback);
  DO(open_from(&at, place, &source, 1, &error));
  callback.read = NULL; /* it was copied */
  CHECK(one.reads == 0);
  CHECK(call_sessions(at.connection, &error) != PINTLE_OK);
  CHECK((error.flags & PINTLE_ERROR_SIGN_IN) != 0);
  CHECK(strstr(error.message, one.secret) == NULL);
  const int reads = one.reads;
  CHECK(reads > 0);

  /* It is read again: no new connection is needed. */
  one.secret = place->token;
  DO(call_sessions(at.connection, &error));
  CHECK(one.reads > reads && one.bad == 0);

  /* A live connection keeps it. */
  pintle_live* live = NULL;
  DO(pintle_live_start(at.connection, NULL, &live, &error));
  DO(pintle_live_wait_until_ready(live, 20000, NULL, &error));
  close_scene(&at);
  CHECK(one.released == 0);
  pintle_live_destroy(live);
  wait_for_release(&one, 1);
  return "";
}

const char* releases_a_callback_once_if_it_was_taken(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at = {NULL, NULL};
  vault one = {.mutex = PTHREAD_MUTEX_INITIALIZER,
               .changed = PTHREAD_COND_INITIALIZER,
               .secret = place->token};
  const pintle_secret_callback callback = callback_of(&one);
  pintle_source sources[2] = {source_from(&callback), source_from(&callback)};
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url),
                                             .inputs = sources,
                                             .input_count = 1,
                                             .client_passphrase = &sources[1]};
  at.host = pintle_host_new(&host, &error);
  DO(pintle_connection_open(at.host, &options, &at.connection, &error));
  DO(call_sessions(at.connection, &error));
  pintle_connection_destroy(at.connection);
  CHECK(one.released == 2); /* once for each source */

  /* The second source is none, so nothing was taken. */
  one.released = 0;
  sources[1].from = 9;
  CHECK(pintle_connection_open(at.host, &options, &at.connection, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "PINTLE_FROM_*") != NULL);
  CHECK(one.released == 0);
  sources[1] = sources[0];

  /* The doctor reads it too. */
  pintle_doctor* doctor = NULL;
  pintle_reply* report = NULL;
  DO(pintle_doctor_run(at.host, &options, NULL, NULL, &doctor, &error));
  CHECK(pintle_doctor_first_failed(doctor) == pintle_doctor_step_count(doctor));
  DO(pintle_doctor_report(doctor, pintle_text("app"), 0, &report, &error));
  CHECK(!holds(pintle_reply_body(report), place->token));
  pintle_reply_destroy(report);
  CHECK(one.released == 0);
  pintle_doctor_destroy(doctor);
  wait_for_release(&one, 2);
  pintle_host_destroy(at.host);
  return "";
}

const char* tells_why_a_callback_gave_no_secret(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  vault one = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  pintle_secret_callback callback = callback_of(&one);
  pintle_source source = source_from(&callback);
  DO(open_from(&at, place, &source, 1, &error));
  CHECK(call_sessions(at.connection, &error) != PINTLE_OK);
  CHECK(strstr(error.message,
               "cannot read a secret from a function of this program: it gave none") != NULL);
  one.secret = place->token;
  one.why = "the vault is\nlocked";
  CHECK(call_sessions(at.connection, &error) != PINTLE_OK);
  CHECK(strstr(error.message, "the vault is") != NULL && strchr(error.message, '\n') == NULL);
  CHECK(strstr(error.message, place->token) == NULL);
  one.why = NULL;
  one.repeated = 64 * 1024 + 1;
  CHECK(call_sessions(at.connection, &error) != PINTLE_OK);
  CHECK(strstr(error.message, "64 KiB") != NULL && strstr(error.message, "zz") == NULL);
  close_scene(&at);

  callback.read = NULL;
  CHECK(open_from(&at, place, &source, 1, &error) == PINTLE_LAYER_CONFIG);
  close_scene(&at);
  callback = callback_of(&one);
  callback.struct_size = 0;
  CHECK(open_from(&at, place, &source, 1, &error) == PINTLE_LAYER_CONFIG);
  close_scene(&at);
  source.where = pintle_text(NULL);
  CHECK(open_from(&at, place, &source, 1, &error) == PINTLE_LAYER_CONFIG);
  close_scene(&at);
  return "";
}

static int32_t choose_with(const pintle_host_options* host, const c_api_place* place,
                           pintle_error* error) {
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url)};
  pintle_connection* connection = NULL;
  pintle_reply* reply = NULL;
  pintle_host* made = pintle_host_new(host, error);
  if (made == NULL) return PINTLE_LAYER_CONFIG;
  int32_t layer = pintle_connection_open(made, &options, &connection, error);
  if (layer == PINTLE_OK) layer = pintle_connection_choose(connection, NULL, &reply, error);
  pintle_reply_destroy(reply);
  pintle_connection_destroy(connection);
  pintle_host_destroy(made);
  return layer;
}

const char* loads_only_the_schemes_that_are_allowed(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  pintle_view allowed[2] = {pintle_text("oauth"), pintle_text("token")};
  pintle_host_options host = {.struct_size = sizeof(host),
                              .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS,
                              .allowed_schemes = allowed,
                              .allowed_scheme_count = 1};
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_PLUGIN);
  CHECK(strstr(error.message, "do not allow the scheme token") != NULL);
  host.allowed_scheme_count = 2;
  DO(choose_with(&host, place, &error));
  allowed[0] = pintle_text("");
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_CONFIG);
  host.allowed_schemes = NULL;
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_CONFIG);
  return "";
}

const char* loads_only_the_libraries_that_are_pinned(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_view folder = pintle_text(place->plugin_folder);
  pintle_field pin = {
      pintle_text("token"),
      pintle_text("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")};
  pintle_host_options host = {.struct_size = sizeof(host),
                              .flags = PINTLE_HOST_FORGETS_SESSIONS,
                              .plugin_folders = &folder,
                              .plugin_folder_count = 1,
                              .load_check_program = pintle_text(place->load_check)};
  DO(choose_with(&host, place, &error)); /* a library of the folder replaces the bundled one */
  host.pins = &pin;
  host.pin_count = 1;
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_PLUGIN);
  CHECK(strstr(error.message, "has the digest sha256:") != NULL);
  pin.value = pintle_text("md5:0123");
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "sha256: and 64 hex digits") != NULL);
  host.pin_count = 0;

  host.cage = 4;
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "PINTLE_CAGE_*") != NULL);
  return "";
}

const char* runs_the_libraries_of_others_in_the_cage(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  char library[1024];
  snprintf(library, sizeof(library), "%s/pintle-token.so", place->plugin_folder);
  const pintle_view folder = pintle_text(place->plugin_folder);
  pintle_view trusted = pintle_text(library);
  /* Beside this load check there are neither bundled schemes nor a cage. */
  pintle_host_options host = {.struct_size = sizeof(host),
                              .flags = PINTLE_HOST_FORGETS_SESSIONS,
                              .plugin_folders = &folder,
                              .plugin_folder_count = 1,
                              .load_check_program = pintle_text(place->lone_load_check)};
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_PLUGIN);
  CHECK(strstr(error.message, "cage") != NULL);
  host.cage = PINTLE_CAGE_NEVER;
  DO(choose_with(&host, place, &error));
  host.cage = PINTLE_CAGE_THIRD_PARTY;
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_PLUGIN);
  host.trusted_libraries = &trusted;
  host.trusted_library_count = 1;
  DO(choose_with(&host, place, &error));
  host.cage = PINTLE_CAGE_ALWAYS;
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_PLUGIN);
  CHECK(strstr(error.message, "cage") != NULL);
  trusted = pintle_text("relative.so");
  CHECK(choose_with(&host, place, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "not an absolute path") != NULL);
  return "";
}
