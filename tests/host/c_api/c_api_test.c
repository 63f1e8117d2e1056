/* SPDX-License-Identifier: Apache-2.0 */
/* The C API as a C program sees it, against the practice gateway. */

#include "c_api_test.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pintle/pintle.h>

#include "c_api_scene.h"

enum { kLongMs = 20000 };

static int32_t post(pintle_connection* connection, const char* target, const char* body,
                    pintle_error* error) {
  const pintle_call call = {.struct_size = sizeof(call),
                            .method = pintle_text("POST"),
                            .target = pintle_text(target),
                            .body = pintle_text(body)};
  pintle_reply* reply = NULL;
  int32_t layer = pintle_connection_call(connection, &call, NULL, &reply, error);
  if (layer == PINTLE_OK && pintle_reply_status(reply) != 200) layer = PINTLE_LAYER_PROTOCOL;
  pintle_reply_destroy(reply);
  return layer;
}

static int32_t drop(pintle_connection* connection, pintle_error* error) {
  return post(connection, "/practice/drop-connections", "", error);
}

static pintle_live_options quick(void) {
  const pintle_live_options options = {
      .struct_size = sizeof(options), .initial_backoff_ms = 5, .max_backoff_ms = 50};
  return options;
}

static pintle_live_request request_of(const char* method, const char* params) {
  const pintle_live_request request = {.struct_size = sizeof(request),
                                       .method = pintle_text(method),
                                       .params_json = pintle_text(params)};
  return request;
}

const char* knows_its_version(const c_api_place* place) {
  (void)place;
  CHECK(pintle_api_version() == (PINTLE_API_MAJOR << 16 | PINTLE_API_MINOR));
  CHECK(strcmp(pintle_version(), PACKAGE_VERSION) == 0);
  CHECK(strcmp(pintle_live_state_name(PINTLE_LIVE_NEEDS_SIGN_IN), "needs-sign-in") == 0);
  CHECK(strcmp(pintle_live_state_name(PINTLE_LIVE_CLOSED), "closed") == 0);
  CHECK(strcmp(pintle_live_state_name(99), "unknown") == 0);
  return "";
}

const char* gives_the_gateways_answer_back_whatever_its_status(const c_api_place* place) {
  BEGIN;
  const pintle_field accept = {pintle_text("Accept"), pintle_text("application/json")};
  pintle_call call = {.struct_size = sizeof(call),
                      .target = pintle_text("/api/sessions?limit=1"),
                      .headers = &accept,
                      .header_count = 1};
  pintle_reply* reply = NULL;
  DO(pintle_connection_call(at.connection, &call, NULL, &reply, &error));
  CHECK(pintle_reply_status(reply) == 200);
  const pintle_view body = pintle_reply_body(reply);
  CHECK(holds(body, "\"sessions\""));
  CHECK(body.data[body.size] == '\0');
  CHECK(holds(pintle_reply_header(reply, pintle_text("CONTENT-type")), "application/json"));
  CHECK(pintle_reply_header(reply, pintle_text("X-None")).size == 0);
  CHECK(pintle_reply_header_count(reply) > 0);
  CHECK(pintle_reply_header_at(reply, 0).name.size > 0);
  CHECK(pintle_reply_header_at(reply, pintle_reply_header_count(reply)).name.size == 0);
  pintle_reply_destroy(reply);

  call.target = pintle_text("/api/nothing-here");
  DO(pintle_connection_call(at.connection, &call, NULL, &reply, &error));
  CHECK(pintle_reply_status(reply) == 404);
  pintle_reply_destroy(reply);

  call.target = pintle_text("no slash");
  CHECK(pintle_connection_call(at.connection, &call, NULL, &reply, &error) == PINTLE_LAYER_CONFIG);
  CHECK(reply == NULL);
  const pintle_field split = {pintle_text("X-Line"), pintle_text("a\r\nX-Other: b")};
  call.target = pintle_text("/api/sessions");
  call.headers = &split;
  CHECK(pintle_connection_call(at.connection, &call, NULL, &reply, &error) == PINTLE_LAYER_CONFIG);
  close_scene(&at);
  return "";
}

const char* says_what_the_gateway_is_and_which_scheme_is_used(const c_api_place* place) {
  BEGIN;
  pintle_reply* reply = NULL;
  DO(pintle_connection_probe(at.connection, NULL, &reply, &error));
  CHECK(pintle_reply_status(reply) == 200);
  CHECK(holds(pintle_reply_body(reply), "\"auth_required\":false"));
  CHECK(holds(pintle_reply_body(reply), place->url));
  pintle_reply_destroy(reply);
  DO(pintle_connection_choose(at.connection, NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "{\"scheme\":\"token\",\"library\":\"built in\""));
  CHECK(holds(pintle_reply_body(reply), "\"verdict\":\"chosen\""));
  pintle_reply_destroy(reply);
  close_scene(&at);
  return "";
}

const char* makes_a_url_to_dial(const c_api_place* place) {
  BEGIN;
  pintle_reply* reply = NULL;
  DO(pintle_connection_ws_url(at.connection, pintle_text(NULL), NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "/api/ws?token="));
  CHECK(pintle_reply_status(reply) == 0); /* a session token works more than once */
  pintle_reply_destroy(reply);
  DO(pintle_connection_ws_url(at.connection, pintle_text("/api/pty"), NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "/api/pty?token="));
  pintle_reply_destroy(reply);
  close_scene(&at);
  return "";
}

const char* refuses_null_handles_and_structs_without_a_size(const c_api_place* place) {
  BEGIN;
  enum { config = PINTLE_LAYER_CONFIG };
  const pintle_view none = pintle_text(NULL);
  pintle_connection* connection = NULL;
  pintle_live* live = NULL;
  pintle_reply* reply = NULL;
  pintle_event event = {.struct_size = sizeof(event)};
  pintle_connection_options options = {.struct_size = sizeof(options),
                                       .url = pintle_text(place->url)};
  pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_live_request request = request_of("echo", "");

  CHECK(pintle_connection_open(NULL, &options, &connection, &error) == config);
  CHECK(strcmp(error.message, "host is null") == 0);
  CHECK(pintle_connection_open(at.host, NULL, &connection, &error) == config);
  CHECK(pintle_connection_open(at.host, &options, NULL, &error) == config);
  CHECK(pintle_connection_open(NULL, &options, &connection, NULL) == config);
  CHECK(pintle_connection_probe(NULL, NULL, &reply, &error) == config);
  CHECK(pintle_connection_probe(at.connection, NULL, NULL, &error) == config);
  CHECK(pintle_connection_choose(NULL, NULL, &reply, &error) == config);
  CHECK(pintle_connection_call(NULL, &call, NULL, &reply, &error) == config);
  CHECK(pintle_connection_call(at.connection, NULL, NULL, &reply, &error) == config);
  CHECK(pintle_connection_ws_url(NULL, none, NULL, &reply, &error) == config);
  CHECK(pintle_live_start(NULL, NULL, &live, &error) == config);
  CHECK(pintle_live_start(at.connection, NULL, NULL, &error) == config);
  CHECK(pintle_live_send_request(NULL, &request, NULL, &error) == config);
  CHECK(pintle_live_rpc(NULL, &request, &reply, &error) == config);
  CHECK(pintle_live_cancel(NULL, 1, &error) == config);
  CHECK(pintle_live_answer(NULL, 1, none, none, &error) == config);
  CHECK(pintle_live_answer_error(NULL, 1, none, 1, none, &error) == config);
  CHECK(pintle_live_send(NULL, none, 1, &error) == config);
  CHECK(pintle_live_next(NULL, 0, NULL, &event, &error) == config);
  CHECK(pintle_live_wait_until_ready(NULL, 0, NULL, &error) == config);
  CHECK(pintle_live_retry_now(NULL, &error) == config);
  CHECK(pintle_live_close(NULL, 0, none, &error) == config);
  CHECK(pintle_resume_add(NULL, &request, &error) == config);
  CHECK(pintle_live_state(NULL, NULL) == PINTLE_LIVE_CLOSED);
  CHECK(pintle_live_fd(NULL) == -1 && pintle_live_unsent_bytes(NULL) == 0);
  CHECK(pintle_reply_status(NULL) == 0 && pintle_reply_body(NULL).size == 0);
  CHECK(pintle_reply_header_count(NULL) == 0);
  CHECK(pintle_reply_header_at(NULL, 0).name.size == 0);
  CHECK(pintle_reply_header(NULL, none).size == 0);
  pintle_reply_destroy(NULL);
  pintle_live_destroy(NULL);
  pintle_connection_destroy(NULL);
  pintle_host_destroy(NULL);
  pintle_cancel_request(NULL);
  pintle_cancel_destroy(NULL);

  options.struct_size = 0;
  CHECK(pintle_connection_open(at.host, &options, &connection, &error) == config);
  CHECK(strcmp(error.message, "pintle_connection_options.struct_size is not set") == 0);
  call.struct_size = 4;
  CHECK(pintle_connection_call(at.connection, &call, NULL, &reply, &error) == config);
  const pintle_live_options live_options = {.struct_size = 0};
  CHECK(pintle_live_start(at.connection, &live_options, &live, &error) == config);
  const pintle_host_options host_options = {.struct_size = 0};
  CHECK(pintle_host_new(&host_options, &error) == NULL);
  DO(pintle_live_start(at.connection, NULL, &live, &error));
  event.struct_size = 0;
  CHECK(pintle_live_next(live, 0, NULL, &event, &error) == config);
  CHECK(pintle_live_next(live, 0, NULL, NULL, &error) == config);
  request.struct_size = 0;
  CHECK(pintle_live_send_request(live, &request, NULL, &error) == config);

  /* Null with a count. */
  call = (pintle_call){
      .struct_size = sizeof(call), .target = pintle_text("/api/sessions"), .header_count = 1};
  CHECK(pintle_connection_call(at.connection, &call, NULL, &reply, &error) == config);
  call.header_count = 0;
  call.body.size = 1;
  CHECK(pintle_connection_call(at.connection, &call, NULL, &reply, &error) == config);
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}

const char* reads_no_member_beyond_the_size(const c_api_place* place) {
  BEGIN;
  /* As an older app: the struct ends before the headers, and behind it is something else. */
  pintle_call call;
  memset(&call, 0xee, sizeof(call));
  call.struct_size = offsetof(pintle_call, headers);
  call.method = pintle_text("GET");
  call.target = pintle_text("/api/sessions");
  pintle_reply* reply = NULL;
  DO(pintle_connection_call(at.connection, &call, NULL, &reply, &error));
  CHECK(pintle_reply_status(reply) == 200);
  pintle_reply_destroy(reply);

  /* As a newer one: what it has more is not looked at. */
  struct {
    pintle_call known;
    char more[64];
  } newer;
  memset(&newer, 0xee, sizeof(newer));
  newer.known = (pintle_call){.struct_size = sizeof(newer), .target = pintle_text("/api/sessions")};
  DO(pintle_connection_call(at.connection, &newer.known, NULL, &reply, &error));
  pintle_reply_destroy(reply);

  /* An event that an older app knows the front of. */
  pintle_live* live = NULL;
  DO(pintle_live_start(at.connection, NULL, &live, &error));
  pintle_event event;
  memset(&event, 0xee, sizeof(event));
  event.struct_size = offsetof(pintle_event, id);
  DO(pintle_live_next(live, kLongMs, NULL, &event, &error));
  CHECK(event.kind == PINTLE_EVENT_STATE);
  CHECK(event.struct_size == offsetof(pintle_event, id));
  CHECK((uint64_t)event.id == UINT64_C(0xeeeeeeeeeeeeeeee));
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}

const char* writes_no_more_of_an_error_than_there_is_room_for(const c_api_place* place) {
  (void)place;
  pintle_error error;
  const size_t capacity = offsetof(pintle_error, message) + 8;
  memset(&error, 0x7e, sizeof(error));
  error.struct_size = (uint32_t)capacity;
  CHECK(pintle_live_retry_now(NULL, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strcmp(error.message, "live is") == 0);
  CHECK(error.message[8] == 0x7e);
  memset(&error, 0x7e, sizeof(error));
  error.struct_size = 0;
  CHECK(pintle_live_retry_now(NULL, &error) == PINTLE_LAYER_CONFIG);
  CHECK(error.message[0] == 0x7e && error.flags == 0x7e7e7e7e);
  return "";
}

const char* tells_a_wrong_token_as_a_sign_in_and_never_shows_it(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_scene(&at, place, place->wrong_token_file, &error));
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  CHECK(pintle_connection_call(at.connection, &call, NULL, &reply, &error) == PINTLE_LAYER_GATE);
  CHECK((error.flags & PINTLE_ERROR_SIGN_IN) != 0 && error.http_status == 401);
  CHECK(strstr(error.message, "a-wrong-token") == NULL);
  CHECK(error.hint[0] != '\0');

  pintle_live* live = NULL;
  DO(pintle_live_start(at.connection, NULL, &live, &error));
  CHECK(pintle_live_wait_until_ready(live, kLongMs, NULL, &error) != PINTLE_OK);
  pintle_error why = {.struct_size = sizeof(why)};
  CHECK(pintle_live_state(live, &why) == PINTLE_LIVE_NEEDS_SIGN_IN);
  CHECK((why.flags & PINTLE_ERROR_SIGN_IN) != 0);
  CHECK(strstr(why.message, "a-wrong-token") == NULL);
  const pintle_live_request request = request_of("echo", "{}");
  CHECK(pintle_live_send_request(live, &request, NULL, &error) != PINTLE_OK);
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}

const char* finds_a_kept_connection_by_its_name_and_no_other(const c_api_place* place) {
  BEGIN;
  pintle_connection* connection = NULL;
  pintle_connection_options options = {.struct_size = sizeof(options)};
  CHECK(pintle_connection_open(at.host, &options, &connection, &error) == PINTLE_LAYER_CONFIG);
  pintle_host* standard = pintle_host_new(NULL, &error);
  CHECK(standard != NULL);
  options.name = pintle_text("nobody");
  CHECK(pintle_connection_open(standard, &options, &connection, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strcmp(error.message, "there is no connection nobody") == 0);
  options.name = pintle_text("kept"); /* the driver keeps it */
  DO(pintle_connection_open(standard, &options, &connection, &error));
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  DO(pintle_connection_call(connection, &call, NULL, &reply, &error));
  CHECK(pintle_reply_status(reply) == 200);
  pintle_reply_destroy(reply);
  pintle_connection_destroy(connection);
  pintle_host_destroy(standard);
  close_scene(&at);
  return "";
}

/* Makes a session at the gateway, and the params of `emit` that send `count` events in it. */
static bool session_emit(pintle_live* live, int count, char* session, char* params, size_t size) {
  const pintle_live_request create = request_of("session.create", "{}");
  pintle_reply* reply = NULL;
  if (pintle_live_rpc(live, &create, &reply, NULL) != PINTLE_OK) return false;
  const bool found =
      sscanf(pintle_reply_body(reply).data, "{\"session_id\":\"%60[^\"]", session) == 1;
  pintle_reply_destroy(reply);
  snprintf(params, size, "{\"type\":\"tick\",\"count\":%d,\"size\":3,\"session_id\":\"%s\"}", count,
           session);
  return found;
}

/* Gives the next event of that kind (and state), as a loop of an app's own does. */
static bool next_of(pintle_live* live, uint32_t kind, uint32_t state, pintle_event* event) {
  for (;;) {
    *event = (pintle_event){.struct_size = sizeof(*event)};
    if (pintle_live_next(live, 0, NULL, event, NULL) != PINTLE_OK) return false;
    if (event->kind == PINTLE_EVENT_NONE) {
      struct pollfd waited = {.fd = pintle_live_fd(live), .events = POLLIN};
      if (poll(&waited, 1, kLongMs) != 1) return false;
    } else if (event->kind == kind && (kind != PINTLE_EVENT_STATE || event->state == state)) {
      return true;
    }
  }
}

const char* pulls_events_in_a_loop_of_its_own_and_comes_back(const c_api_place* place) {
  BEGIN;
  pintle_live* live = NULL;
  pintle_event event;
  const pintle_live_options options = quick();
  DO(pintle_live_start(at.connection, &options, &live, &error));
  CHECK(next_of(live, PINTLE_EVENT_STATE, PINTLE_LIVE_READY, &event));
  CHECK(event.generation == 1 && holds(event.json, "practice"));

  int64_t id = 0;
  const pintle_live_request asked = request_of("echo", "{\"a\":1}");
  DO(pintle_live_send_request(live, &asked, &id, &error));
  CHECK(next_of(live, PINTLE_EVENT_RESULT, 0, &event));
  CHECK(event.id == id && is(event.json, "{\"a\":1}"));
  const pintle_live_request wrong = request_of("nope", "");
  DO(pintle_live_send_request(live, &wrong, &id, &error));
  CHECK(next_of(live, PINTLE_EVENT_ERROR, 0, &event));
  CHECK(event.id == id && event.code == -32601 && holds(event.text, "unknown method"));
  char session[64];
  char params[256];
  CHECK(session_emit(live, 1, session, params, sizeof(params)));
  const pintle_live_request emit = request_of("emit", params);
  DO(pintle_live_send_request(live, &emit, NULL, &error));
  CHECK(next_of(live, PINTLE_EVENT_EVENT, 0, &event));
  CHECK(is(event.type, "tick") && is(event.session_id, session) && holds(event.json, "xxx"));
  CHECK((event.flags & PINTLE_EVENT_HAS_SEQ) != 0 && event.seq == 1);

  const pintle_live_request slow = request_of("echo", "{\"delay_ms\":60000}");
  DO(pintle_live_send_request(live, &slow, &id, &error));
  while (pintle_live_unsent_bytes(live) != 0) poll(NULL, 0, 1);
  const pintle_live_request marker = request_of("time", "");
  DO(pintle_live_send_request(live, &marker, NULL, &error));
  CHECK(next_of(live, PINTLE_EVENT_RESULT, 0, &event)); /* so the slow one was sent */
  DO(drop(at.connection, &error));
  CHECK(next_of(live, PINTLE_EVENT_UNANSWERED, 0, &event));
  CHECK(event.id == id && (event.flags & PINTLE_EVENT_WAS_SENT) != 0);
  CHECK(event.failure != NULL && (event.failure->flags & PINTLE_ERROR_OUTCOME_UNKNOWN) != 0);
  CHECK(next_of(live, PINTLE_EVENT_STATE, PINTLE_LIVE_WAITING, &event));
  CHECK(event.close_code == 1006 && event.failure != NULL && event.layer != PINTLE_OK);
  CHECK(next_of(live, PINTLE_EVENT_STATE, PINTLE_LIVE_READY, &event));
  CHECK(event.generation >= 2);

  const uint64_t older = 1;
  CHECK(pintle_live_answer(live, older, pintle_text("7"), pintle_text("{}"), &error) ==
        PINTLE_LAYER_WEBSOCKET);
  DO(pintle_live_close(live, 0, pintle_text("enough"), &error));
  CHECK(next_of(live, PINTLE_EVENT_STATE, PINTLE_LIVE_CLOSED, &event));
  CHECK(event.close_code == 1000);
  DO(pintle_live_next(live, -1, NULL, &event, &error));
  CHECK(event.kind == PINTLE_EVENT_NONE);
  CHECK(pintle_live_state(live, NULL) == PINTLE_LIVE_CLOSED);
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}

const char* waits_for_an_answer_and_says_what_became_of_it(const c_api_place* place) {
  BEGIN;
  pintle_live* live = NULL;
  pintle_reply* reply = NULL;
  const pintle_live_options options = quick();
  DO(pintle_live_start(at.connection, &options, &live, &error));
  pintle_live_request request = request_of("echo", "{\"a\":1}");
  DO(pintle_live_rpc(live, &request, &reply, &error));
  CHECK(pintle_reply_status(reply) == 0 && is(pintle_reply_body(reply), "{\"a\":1}"));
  pintle_reply_destroy(reply);
  request = request_of("nope", "");
  DO(pintle_live_rpc(live, &request, &reply, &error));
  CHECK(pintle_reply_status(reply) == -32601);
  CHECK(is(pintle_reply_body(reply),
           "{\"code\":-32601,\"message\":\"unknown method: nope\",\"data\":null}"));
  pintle_reply_destroy(reply);
  request = request_of("echo", "not json");
  CHECK(pintle_live_rpc(live, &request, &reply, &error) == PINTLE_LAYER_CONFIG);
  CHECK(reply == NULL && (error.flags & PINTLE_ERROR_OUTCOME_UNKNOWN) == 0);
  request = request_of("echo", "{\"delay_ms\":60000}");
  request.timeout_ms = 50;
  CHECK(pintle_live_rpc(live, &request, &reply, &error) == PINTLE_LAYER_TCP);
  CHECK((error.flags & PINTLE_ERROR_OUTCOME_UNKNOWN) != 0);
  CHECK((error.flags & PINTLE_ERROR_CANCELLED) == 0);
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}

static void* request_cancel(void* cancel) {
  pintle_cancel_request(cancel);
  return NULL;
}

const char* cancels_what_blocks(const c_api_place* place) {
  BEGIN;
  DO(post(at.connection, "/practice/faults",
          "[{\"kind\":\"delay\",\"path\":\"/api/sessions\",\"count\":-1,\"value\":60000}]",
          &error));
  pintle_cancel* cancel = pintle_cancel_new();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, request_cancel, cancel) == 0);
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  CHECK(pintle_connection_call(at.connection, &call, cancel, &reply, &error) != PINTLE_OK);
  CHECK((error.flags & PINTLE_ERROR_CANCELLED) != 0 && reply == NULL);
  pthread_join(thread, NULL);
  pintle_cancel_destroy(cancel);

  pintle_live* live = NULL;
  pintle_event event;
  DO(pintle_live_start(at.connection, NULL, &live, &error));
  CHECK(next_of(live, PINTLE_EVENT_STATE, PINTLE_LIVE_READY, &event));
  cancel = pintle_cancel_new();
  pintle_live_request request = request_of("echo", "{\"delay_ms\":60000}");
  request.cancel = cancel;
  CHECK(pthread_create(&thread, NULL, request_cancel, cancel) == 0);
  CHECK(pintle_live_rpc(live, &request, &reply, &error) == PINTLE_LAYER_TCP);
  CHECK((error.flags & PINTLE_ERROR_CANCELLED) != 0);
  pthread_join(thread, NULL);
  DO(pintle_live_next(live, -1, cancel, &event, &error));
  CHECK(event.kind == PINTLE_EVENT_NONE);
  pintle_cancel_destroy(cancel); /* with the connection that was given it still there */
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}

/* What callbacks saw, for the thread that waits for it. */
typedef struct observer {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  uint32_t states[64];
  int state_count;
  int events;
  int results;
  int unanswered;
  int unsent;
  bool failed; /* something was on the wrong thread, or not as it must be */
  bool destroyed;
  bool resumed;
  int64_t last_seq;
  char session[64];
  pintle_live* live;
  pthread_t only_on;
  bool is_bound;
  struct task {
    void (*run)(void* task);
    void* task;
  } tasks[1024];
  int first_task;
  int task_count;
} observer;

static void observer_begin(observer* seen) {
  memset(seen, 0, sizeof(*seen));
  pthread_mutex_init(&seen->mutex, NULL);
  pthread_cond_init(&seen->changed, NULL);
}

static void observer_end(observer* seen) {
  pthread_cond_destroy(&seen->changed);
  pthread_mutex_destroy(&seen->mutex);
}

/* Waits until the number is that high. */
static bool wait_for(observer* seen, const int* number, int least) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += kLongMs / 1000;
  int late = 0;
  pthread_mutex_lock(&seen->mutex);
  while (*number < least && late == 0) {
    late = pthread_cond_timedwait(&seen->changed, &seen->mutex, &until);
  }
  pthread_mutex_unlock(&seen->mutex);
  return late == 0;
}

static void saw(void* user, const pintle_event* event) {
  observer* seen = user;
  pthread_mutex_lock(&seen->mutex);
  if (seen->is_bound && !pthread_equal(seen->only_on, pthread_self())) seen->failed = true;
  if (event->struct_size < sizeof(*event) || seen->live == NULL) seen->failed = true;
  if (event->kind == PINTLE_EVENT_STATE && seen->state_count < 64) {
    seen->states[seen->state_count++] = event->state;
  }
  if (event->kind == PINTLE_EVENT_EVENT || event->kind == PINTLE_EVENT_MESSAGE) ++seen->events;
  if (event->kind == PINTLE_EVENT_RESULT) ++seen->results;
  if (event->kind == PINTLE_EVENT_UNANSWERED) {
    ++seen->unanswered;
    if ((event->flags & PINTLE_EVENT_WAS_SENT) == 0) ++seen->unsent;
    if (event->failure == NULL || event->failure->message[0] == '\0') seen->failed = true;
  }
  pthread_cond_broadcast(&seen->changed);
  pthread_mutex_unlock(&seen->mutex);
}

const char* tells_callbacks_everything_in_order(const c_api_place* place) {
  BEGIN;
  observer seen;
  observer_begin(&seen);
  pintle_live_options options = quick();
  options.user = &seen;
  options.on_event = saw;
  DO(pintle_live_start(at.connection, &options, &seen.live, &error));
  DO(pintle_live_wait_until_ready(seen.live, kLongMs, NULL, &error));
  CHECK(pintle_live_fd(seen.live) == -1);
  pintle_event event = {.struct_size = sizeof(event)};
  CHECK(pintle_live_next(seen.live, 0, NULL, &event, &error) == PINTLE_LAYER_CONFIG);

  pintle_live_request request = request_of("emit", "{\"count\":5}");
  request.done = saw;
  request.user = &seen;
  DO(pintle_live_send_request(seen.live, &request, NULL, &error));
  CHECK(wait_for(&seen, &seen.results, 1));
  CHECK(wait_for(&seen, &seen.events, 5));
  DO(drop(at.connection, &error));
  CHECK(wait_for(&seen, &seen.state_count, 6));
  pintle_live_destroy(seen.live);
  const uint32_t wanted[] = {PINTLE_LIVE_PROBING, PINTLE_LIVE_DIALLING, PINTLE_LIVE_READY,
                             PINTLE_LIVE_WAITING, PINTLE_LIVE_DIALLING, PINTLE_LIVE_READY};
  CHECK(memcmp(seen.states, wanted, sizeof(wanted)) == 0);
  CHECK(!seen.failed);
  observer_end(&seen);
  close_scene(&at);
  return "";
}

static void destroy_at_ready(void* user, const pintle_event* event) {
  observer* seen = user;
  if (seen->destroyed) seen->failed = true;
  if (event->kind != PINTLE_EVENT_STATE || event->state != PINTLE_LIVE_READY) return;
  pintle_live_destroy(seen->live);
  seen->destroyed = true;
  pthread_mutex_lock(&seen->mutex);
  ++seen->events;
  pthread_cond_broadcast(&seen->changed);
  pthread_mutex_unlock(&seen->mutex);
}

const char* destroys_a_live_connection_in_its_own_callback(const c_api_place* place) {
  BEGIN;
  observer seen;
  observer_begin(&seen);
  pintle_live_options options = quick();
  options.user = &seen;
  options.on_event = destroy_at_ready;
  DO(pintle_live_start(at.connection, &options, &seen.live, &error));
  CHECK(wait_for(&seen, &seen.events, 1));
  CHECK(!seen.failed);
  close_scene(&at);
  observer_end(&seen);
  return "";
}

const char* tells_requests_that_were_given_up_with_the_handle(const c_api_place* place) {
  BEGIN;
  observer seen;
  observer_begin(&seen);
  DO(pintle_live_start(at.connection, NULL, &seen.live, &error));
  DO(pintle_live_wait_until_ready(seen.live, kLongMs, NULL, &error));
  pintle_live_request request = request_of("echo", "{\"delay_ms\":60000}");
  request.done = saw;
  request.user = &seen;
  int64_t id = 0;
  DO(pintle_live_send_request(seen.live, &request, &id, &error));
  DO(pintle_live_cancel(seen.live, id, &error));
  CHECK(wait_for(&seen, &seen.unanswered, 1));
  DO(pintle_live_send_request(seen.live, &request, NULL, &error));
  DO(pintle_live_send_request(seen.live, &request, NULL, &error));
  pintle_live_destroy(seen.live);
  CHECK(seen.unanswered == 3 && !seen.failed); /* when it returns they were told */
  observer_end(&seen);
  close_scene(&at);
  return "";
}

static void post_task(void* user, void (*run)(void* task), void* task) {
  observer* seen = user;
  pthread_mutex_lock(&seen->mutex);
  seen->tasks[seen->task_count].run = run;
  seen->tasks[seen->task_count].task = task;
  if (++seen->task_count == 1024) abort();
  pthread_cond_broadcast(&seen->changed);
  pthread_mutex_unlock(&seen->mutex);
}

/* Runs tasks, here, until the number is that high. */
static bool run_until(observer* seen, const int* number, int least) {
  while (*number < least) {
    if (!wait_for(seen, &seen->task_count, seen->first_task + 1)) return false;
    pthread_mutex_lock(&seen->mutex);
    const struct task next = seen->tasks[seen->first_task++];
    pthread_mutex_unlock(&seen->mutex);
    next.run(next.task);
  }
  return true;
}

const char* runs_callbacks_in_the_executor_alone(const c_api_place* place) {
  BEGIN;
  observer seen;
  observer_begin(&seen);
  seen.only_on = pthread_self();
  seen.is_bound = true;
  pintle_live_options options = quick();
  options.user = &seen;
  options.on_event = saw;
  options.executor = post_task;
  DO(pintle_live_start(at.connection, &options, &seen.live, &error));
  pintle_live_request request = request_of("emit", "{\"count\":3}");
  request.done = saw;
  request.user = &seen;
  DO(pintle_live_send_request(seen.live, &request, NULL, &error));
  CHECK(run_until(&seen, &seen.state_count, 3));
  CHECK(run_until(&seen, &seen.results, 1));
  CHECK(run_until(&seen, &seen.events, 3));
  /* On the thread of the tasks it waits, though no task can run meanwhile. */
  pintle_reply* reply = NULL;
  request = request_of("echo", "{}");
  DO(pintle_live_rpc(seen.live, &request, &reply, &error));
  pintle_reply_destroy(reply);
  request = request_of("emit", "{\"count\":3}");
  DO(pintle_live_send_request(seen.live, &request, NULL, &error));
  CHECK(wait_for(&seen, &seen.task_count, seen.first_task + 1));
  pintle_live_destroy(seen.live);
  const int events = seen.events;
  for (int i = seen.first_task; i < seen.task_count; ++i) seen.tasks[i].run(seen.tasks[i].task);
  CHECK(seen.events == events && !seen.failed);
  observer_end(&seen);
  close_scene(&at);
  return "";
}

static void resume(void* user, const pintle_resumption* lost, pintle_resume* to) {
  observer* seen = user;
  seen->resumed = lost->session_count == 1 && is(lost->sessions[0], seen->session) &&
                  lost->generation >= 2 && holds(lost->greeting, "practice");
  if (seen->resumed) seen->last_seq = lost->last_seqs[0];
  pintle_live_request request = request_of("echo", "not json");
  if (pintle_resume_add(to, &request, NULL) != PINTLE_LAYER_CONFIG) seen->failed = true;
  request = request_of("echo", "{\"resumed\":true}");
  request.done = saw;
  request.user = seen;
  if (pintle_resume_add(to, &request, NULL) != PINTLE_OK) seen->failed = true;
}

const char* resumes_sessions_before_all_else(const c_api_place* place) {
  BEGIN;
  observer seen;
  observer_begin(&seen);
  pintle_live_options options = quick();
  options.user = &seen;
  options.on_event = saw;
  options.on_resume = resume;
  DO(pintle_live_start(at.connection, &options, &seen.live, &error));
  pintle_reply* reply = NULL;
  char params[256];
  CHECK(session_emit(seen.live, 4, seen.session, params, sizeof(params)));
  const pintle_live_request emit = request_of("emit", params);
  DO(pintle_live_rpc(seen.live, &emit, &reply, &error));
  pintle_reply_destroy(reply);
  CHECK(wait_for(&seen, &seen.events, 4));
  DO(drop(at.connection, &error));
  CHECK(wait_for(&seen, &seen.results, 1));
  pintle_live_destroy(seen.live);
  CHECK(seen.resumed && seen.last_seq == 4 && !seen.failed);
  observer_end(&seen);
  close_scene(&at);
  return "";
}

const char* hands_on_messages_as_they_are(const c_api_place* place) {
  BEGIN;
  pintle_live* live = NULL;
  pintle_event event;
  pintle_live_options options = quick();
  options.content = PINTLE_CONTENT_MESSAGES;
  DO(pintle_live_start(at.connection, &options, &live, &error));
  CHECK(next_of(live, PINTLE_EVENT_MESSAGE, 0, &event));
  CHECK(holds(event.json, "gateway.ready") && (event.flags & PINTLE_EVENT_IS_TEXT) != 0);
  DO(pintle_live_send(live, pintle_text("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"echo\"}"),
                      1, &error));
  CHECK(next_of(live, PINTLE_EVENT_MESSAGE, 0, &event));
  CHECK(holds(event.json, "\"id\":\"x\""));
  CHECK((event.flags & PINTLE_EVENT_IS_LAST) != 0);
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}

static void never(void* user, void (*run)(void* task), void* task) {
  (void)user, (void)run, (void)task;
}

const char* refuses_options_that_cannot_be(const c_api_place* place) {
  BEGIN;
  pintle_live* live = NULL;
  pintle_live_options options = quick();
  options.content = 9;
  CHECK(pintle_live_start(at.connection, &options, &live, &error) == PINTLE_LAYER_CONFIG);
  options = quick();
  options.ping_after_idle_ms = -1;
  CHECK(pintle_live_start(at.connection, &options, &live, &error) == PINTLE_LAYER_CONFIG);
  options = quick();
  options.executor = never;
  CHECK(pintle_live_start(at.connection, &options, &live, &error) == PINTLE_LAYER_CONFIG);
  CHECK(live == NULL);
  DO(pintle_live_start(at.connection, NULL, &live, &error));
  CHECK(pintle_live_close(live, 1005, pintle_text(""), &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_live_close(live, 66536, pintle_text(""), &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_live_close(live, 1000, pintle_text("\xff"), &error) == PINTLE_LAYER_CONFIG);
  pintle_live_destroy(live);

  pintle_connection* connection = NULL;
  pintle_source source = {.key = pintle_text("token"), .where = pintle_text("x"), .from = 7};
  pintle_connection_options wrong = {.struct_size = sizeof(wrong),
                                     .url = pintle_text(place->url),
                                     .inputs = &source,
                                     .input_count = 1};
  CHECK(pintle_connection_open(at.host, &wrong, &connection, &error) == PINTLE_LAYER_CONFIG);
  wrong.input_count = 0;
  wrong.request_ms = -5;
  CHECK(pintle_connection_open(at.host, &wrong, &connection, &error) == PINTLE_LAYER_CONFIG);
  wrong.request_ms = 0;
  const pintle_field helper = {pintle_text("vault"), pintle_text("vault | head")};
  wrong.helpers = &helper;
  wrong.helper_count = 1;
  CHECK(pintle_connection_open(at.host, &wrong, &connection, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "without a shell") != NULL);
  wrong.helper_count = 0;
  wrong.url = pintle_text("https://user:secret-word@host/");
  CHECK(pintle_connection_open(at.host, &wrong, &connection, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "secret-word") == NULL);
  const pintle_host_options both = {
      .struct_size = sizeof(both),
      .flags = PINTLE_HOST_FORGETS_SESSIONS,
      .session_folder = pintle_text("/tmp"),
  };
  CHECK(pintle_host_new(&both, &error) == NULL);
  close_scene(&at);
  return "";
}

/* The layer at which a gateway that is nowhere fails. */
static int32_t layer_of_nowhere(uint32_t host_flags, uint32_t connection_flags) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS | host_flags,
  };
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text("http://gateway.invalid"),
                                             .flags = PINTLE_ALLOW_PLAIN_HTTP | connection_flags};
  scene at = {.host = pintle_host_new(&host, &error)};
  int32_t layer = pintle_connection_open(at.host, &options, &at.connection, &error);
  if (layer == PINTLE_OK) layer = post(at.connection, "/", "", &error);
  close_scene(&at);
  return layer;
}

const char* takes_the_proxy_of_the_environment_unless_told_not_to(const c_api_place* place) {
  (void)place;
  CHECK(layer_of_nowhere(0, 0) == PINTLE_LAYER_PROXY);
  CHECK(layer_of_nowhere(PINTLE_HOST_NO_PROXY_ENVIRONMENT, 0) == PINTLE_LAYER_DNS);
  CHECK(layer_of_nowhere(0, PINTLE_NO_PROXY) == PINTLE_LAYER_DNS);
  return "";
}

typedef struct log_seen {
  pthread_mutex_t mutex;
  int exchanges;
  int last_status;
  int has_total_ms;
  int has_text;
  int bad;
  int released;
} log_seen;

static void see_record(void* log_user, const pintle_log_record* record) {
  log_seen* seen = log_user;
  pthread_mutex_lock(&seen->mutex);
  if (record->struct_size != sizeof(*record) || record->time_ms <= 0) ++seen->bad;
  if (record->level > PINTLE_LOG_DEBUG || record->connection.size == 0) ++seen->bad;
  if (is(record->area, "http") && is(record->event, "exchange_finished")) {
    ++seen->exchanges;
    for (size_t i = 0; i < record->field_count; ++i) {
      const pintle_log_field* field = &record->fields[i];
      if (is(field->name, "status") && field->kind == PINTLE_LOG_INTEGER) {
        seen->last_status = (int)field->integer;
      }
      if (is(field->name, "total_ms") && field->kind == PINTLE_LOG_NUMBER && field->number > 0) {
        ++seen->has_total_ms;
      }
      if (is(field->name, "method") && field->kind == PINTLE_LOG_TEXT && is(field->text, "GET")) {
        ++seen->has_text;
      }
      if (is(field->name, "reused") && field->kind != PINTLE_LOG_BOOLEAN) ++seen->bad;
    }
  }
  pthread_mutex_unlock(&seen->mutex);
}

static void release_seen(void* log_user) {
  log_seen* seen = log_user;
  pthread_mutex_lock(&seen->mutex);
  ++seen->released;
  pthread_mutex_unlock(&seen->mutex);
}

static int32_t open_with(scene* made, const c_api_place* place, const pintle_host_options* host,
                         pintle_error* error) {
  const pintle_source token = {.key = pintle_text("token"),
                               .where = pintle_text(place->token_file),
                               .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url),
                                             .inputs = &token,
                                             .input_count = 1};
  made->host = pintle_host_new(host, error);
  if (made->host == NULL) return PINTLE_LAYER_CONFIG;
  return pintle_connection_open(made->host, &options, &made->connection, error);
}

static int32_t get_sessions(pintle_connection* connection, const char* traceparent,
                            pintle_error* error) {
  const pintle_field header = {.name = pintle_text("traceparent"),
                               .value = pintle_text(traceparent)};
  const pintle_call call = {.struct_size = sizeof(call),
                            .target = pintle_text("/api/sessions"),
                            .headers = &header,
                            .header_count = traceparent != NULL ? 1 : 0};
  pintle_reply* reply = NULL;
  const int32_t layer = pintle_connection_call(connection, &call, NULL, &reply, error);
  pintle_reply_destroy(reply);
  return layer;
}

const char* tells_the_log_hook_what_happens_and_releases_it(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  log_seen seen = {.mutex = PTHREAD_MUTEX_INITIALIZER};
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS,
      .log_level = PINTLE_LOG_DEBUG,
      .log_user = &seen,
      .on_log = see_record,
      .on_log_release = release_seen};
  scene at;
  DO(open_with(&at, place, &host, &error));
  DO(get_sessions(at.connection, NULL, &error));
  CHECK(seen.exchanges >= 2); /* the probe's and this one */
  CHECK(seen.last_status == 200);
  CHECK(seen.has_total_ms == seen.exchanges);
  CHECK(seen.has_text == seen.exchanges);
  CHECK(seen.bad == 0);
  pintle_host_destroy(at.host);
  CHECK(seen.released == 0); /* the connection may still call it */
  pintle_connection_destroy(at.connection);
  CHECK(seen.released == 1);
  return "";
}

const char* refuses_a_log_without_a_hook(const c_api_place* place) {
  (void)place;
  pintle_error error = {.struct_size = sizeof(error)};
  log_seen seen = {.mutex = PTHREAD_MUTEX_INITIALIZER};
  pintle_host_options host = {.struct_size = sizeof(host),
                              .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS,
                              .log_level = PINTLE_LOG_INFO,
                              .log_user = &seen,
                              .on_log_release = release_seen};
  CHECK(pintle_host_new(&host, &error) == NULL);
  CHECK(strstr(error.message, "on_log is null") != NULL);
  host.on_log = see_record;
  host.log_level = 6;
  CHECK(pintle_host_new(&host, &error) == NULL);
  CHECK(strstr(error.message, "PINTLE_LOG_*") != NULL);
  CHECK(seen.released == 0); /* there was no host that could own it */
  return "";
}

const char* counts_what_a_connection_does(const c_api_place* place) {
  BEGIN;
  pintle_counters counters = {.struct_size = sizeof(counters)};
  DO(pintle_connection_counters(at.connection, &counters, &error));
  CHECK(counters.responses_2xx == 0 && counters.bytes_sent == 0 && counters.connects == 0);
  DO(get_sessions(at.connection, NULL, &error));
  DO(pintle_connection_counters(at.connection, &counters, &error));
  CHECK(counters.responses_2xx >= 2 && counters.connects == 1);
  CHECK(counters.bytes_sent > 0 && counters.bytes_received > 0);

  const pintle_live_options options = quick();
  pintle_live* live = NULL;
  DO(pintle_live_start(at.connection, &options, &live, &error));
  DO(pintle_live_wait_until_ready(live, kLongMs, NULL, &error));
  DO(drop(at.connection, &error));
  pintle_event event = {.struct_size = sizeof(event)};
  do {
    DO(pintle_live_next(live, kLongMs, NULL, &event, &error));
    CHECK(event.kind != PINTLE_EVENT_NONE);
  } while (event.kind != PINTLE_EVENT_STATE || event.state != PINTLE_LIVE_WAITING);
  DO(pintle_connection_counters(at.connection, &counters, &error));
  CHECK(counters.dials >= 1);
  CHECK(counters.losses[PINTLE_LOSS_BROKEN] == 1);
  pintle_live_destroy(live);

  /* No member beyond the size is written. */
  counters.connects = 77;
  counters.struct_size = offsetof(pintle_counters, connects);
  DO(pintle_connection_counters(at.connection, &counters, &error));
  CHECK(counters.connects == 77);
  CHECK(pintle_connection_counters(NULL, &counters, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_connection_counters(at.connection, NULL, &error) == PINTLE_LAYER_CONFIG);
  close_scene(&at);
  return "";
}

const char* passes_on_a_traceparent(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  const char* traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const pintle_host_options host = {.struct_size = sizeof(host),
                                    .flags = PINTLE_HOST_BUNDLED_ONLY |
                                             PINTLE_HOST_FORGETS_SESSIONS |
                                             PINTLE_HOST_GENERATE_TRACEPARENT};
  scene at;
  DO(open_with(&at, place, &host, &error));
  DO(get_sessions(at.connection, NULL, &error));
  DO(get_sessions(at.connection, traceparent, &error));
  pintle_live_options options = quick();
  options.traceparent = pintle_text(traceparent);
  pintle_live* live = NULL;
  DO(pintle_live_start(at.connection, &options, &live, &error));
  DO(pintle_live_wait_until_ready(live, kLongMs, NULL, &error));
  pintle_live_destroy(live);
  close_scene(&at);
  return "";
}
