/* SPDX-License-Identifier: Apache-2.0 */
/* The broker as a C program sees it. */

#include <sys/stat.h>
#include <unistd.h>

#include "c_api_scene.h"

/* A client of the broker that knows its address, and its token from a file. */
static int32_t call_broker(pintle_host* host, const char* url, const char* token_file,
                           int32_t* status, pintle_error* error) {
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(token_file), .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {
      .struct_size = sizeof(options), .url = pintle_text(url), .inputs = &token, .input_count = 1};
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_connection* connection = NULL;
  pintle_reply* reply = NULL;
  int32_t layer = pintle_connection_open(host, &options, &connection, error);
  if (layer == PINTLE_OK) layer = pintle_connection_call(connection, &call, NULL, &reply, error);
  *status = pintle_reply_status(reply);
  pintle_reply_destroy(reply);
  pintle_connection_destroy(connection);
  return layer;
}

const char* gives_a_gateway_to_others_by_a_broker(const c_api_place* place) {
  BEGIN;
  char file[1024];
  snprintf(file, sizeof(file), "%s-of-the-broker", place->token_file);
  pintle_broker* broker = NULL;
  DO(pintle_broker_start(at.connection, NULL, &broker, &error));
  /* It keeps what it needs of the connection. */
  pintle_connection_destroy(at.connection);
  at.connection = NULL;
  const pintle_view url = pintle_broker_url(broker);
  CHECK(holds(url, "http://127.0.0.1:"));
  CHECK(url.data[url.size] == '\0');
  CHECK(pintle_broker_socket_path(broker).size == 0);
  const pintle_view token = pintle_broker_token(broker);
  CHECK(token.size >= 32 && strlen(token.data) == token.size);
  DO(pintle_broker_write_token(broker, pintle_text(file), &error));
  struct stat facts;
  CHECK(stat(file, &facts) == 0 && (facts.st_mode & 0777) == 0600);
  CHECK((size_t)facts.st_size == token.size);
  int32_t status = 0;
  DO(call_broker(at.host, url.data, file, &status, &error));
  CHECK(status == 200);
  /* The gateway's own token opens no broker. */
  CHECK(call_broker(at.host, url.data, place->token_file, &status, &error) != PINTLE_OK);
  CHECK((error.flags & PINTLE_ERROR_SIGN_IN) != 0);
  pintle_reply* metrics = NULL;
  DO(pintle_broker_metrics(broker, &metrics, &error));
  CHECK(holds(pintle_reply_body(metrics), "pintle_broker_requests_total"));
  CHECK(!holds(pintle_reply_body(metrics), token.data));
  pintle_reply_destroy(metrics);
  DO(pintle_broker_stop(broker, &error));
  DO(pintle_broker_stop(broker, &error));
  CHECK(call_broker(at.host, url.data, file, &status, &error) == PINTLE_LAYER_TCP);
  pintle_broker_destroy(broker);
  CHECK(unlink(file) == 0);
  close_scene(&at);

  /* On a Unix socket, for every program of this user. */
  char listen[1024];
  snprintf(listen, sizeof(listen), "unix:%s.socket", place->token_file);
  const pintle_broker_options open = {.struct_size = sizeof(open),
                                      .flags = PINTLE_BROKER_OPEN,
                                      .listen = pintle_text(listen),
                                      .grace_ms = -1};
  DO(open_scene(&at, place, place->token_file, &error));
  DO(pintle_broker_start(at.connection, &open, &broker, &error));
  CHECK(is(pintle_broker_url(broker), "http://localhost"));
  CHECK(holds(pintle_broker_socket_path(broker), ".socket"));
  CHECK(pintle_broker_token(broker).size == 0);
  CHECK(pintle_broker_write_token(broker, pintle_text(file), &error) == PINTLE_LAYER_CONFIG);
  pintle_broker_destroy(broker);
  close_scene(&at);
  return "";
}

const char* refuses_brokers_that_cannot_be(const c_api_place* place) {
  BEGIN;
  pintle_broker* broker = NULL;
  pintle_broker_options options = {.struct_size = sizeof(options),
                                   .listen = pintle_text("0.0.0.0:0")};
  CHECK(pintle_broker_start(at.connection, &options, &broker, &error) == PINTLE_LAYER_CONFIG);
  CHECK(broker == NULL);
  options.listen = pintle_text(NULL);
  options.idle_timeout_ms = -1;
  CHECK(pintle_broker_start(at.connection, &options, &broker, &error) == PINTLE_LAYER_CONFIG);
  options.idle_timeout_ms = 0;
  options.struct_size = 0;
  CHECK(pintle_broker_start(at.connection, &options, &broker, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_broker_start(NULL, NULL, &broker, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_broker_start(at.connection, NULL, NULL, &error) == PINTLE_LAYER_CONFIG);
  /* A port that is taken. */
  DO(pintle_broker_start(at.connection, NULL, &broker, &error));
  options.struct_size = sizeof(options);
  options.listen = pintle_text(pintle_broker_url(broker).data + strlen("http://"));
  pintle_broker* second = NULL;
  CHECK(pintle_broker_start(at.connection, &options, &second, &error) == PINTLE_LAYER_TCP);
  CHECK(second == NULL);
  CHECK(pintle_broker_write_token(broker, pintle_text(""), &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_broker_write_token(broker, pintle_text("/proc/none/token"), &error) ==
        PINTLE_LAYER_STORE);
  pintle_broker_destroy(broker);
  CHECK(pintle_broker_stop(NULL, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_broker_url(NULL).size == 0 && pintle_broker_token(NULL).size == 0);
  pintle_reply* reply = NULL;
  CHECK(pintle_broker_metrics(NULL, &reply, &error) == PINTLE_LAYER_CONFIG);
  pintle_broker_destroy(NULL);
  close_scene(&at);
  return "";
}
