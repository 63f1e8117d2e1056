/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that a C program does not wait for. */

#include <poll.h>
#include <pthread.h>

#include "c_api_scene.h"

enum { kWaitMs = 20000 };

static pintle_call sessions_call(void) {
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  return call;
}

typedef struct ending {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  pthread_t thread;
  int done;
  int bad;
  int32_t layer;
  int32_t status;
  bool destroys;
  bool blocks; /* until it may go on */
  bool may_go_on;
} ending;

#define ENDING \
  { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER }

static void on_done(void* user, pintle_async* finished) {
  ending* one = user;
  pintle_error error = {.struct_size = sizeof(error)};
  pintle_reply* reply = NULL;
  const int32_t layer = pintle_async_result(finished, &reply, &error);
  const int32_t status = pintle_reply_status(reply);
  if (pintle_async_user(finished) != user) ++one->bad;
  pintle_reply_destroy(reply);
  if (one->destroys) pintle_async_destroy(finished);
  pthread_mutex_lock(&one->mutex);
  one->layer = layer;
  one->status = status;
  one->thread = pthread_self();
  ++one->done;
  pthread_cond_broadcast(&one->changed);
  while (one->blocks && !one->may_go_on) pthread_cond_wait(&one->changed, &one->mutex);
  pthread_mutex_unlock(&one->mutex);
}

static void wait_until_done(ending* one) {
  pthread_mutex_lock(&one->mutex);
  while (one->done == 0) pthread_cond_wait(&one->changed, &one->mutex);
  pthread_mutex_unlock(&one->mutex);
}

const char* tells_a_callback_what_became_of_a_call(const c_api_place* place) {
  BEGIN;
  const pintle_call call = sessions_call();
  ending one = ENDING;
  pintle_async_options how = {.struct_size = sizeof(how), .user = &one, .done = on_done};
  pintle_async* operation = NULL;
  pintle_reply* reply = NULL;
  DO(pintle_connection_call_async(at.connection, &call, &how, &operation, &error));
  CHECK(operation != NULL);
  wait_until_done(&one);
  CHECK(one.layer == PINTLE_OK && one.status == 200 && one.bad == 0);
  CHECK(!pthread_equal(one.thread, pthread_self()));
  DO(pintle_async_result(operation, &reply, &error));
  CHECK(reply == NULL); /* the callback has taken it */
  pintle_async_destroy(operation);

  /* It destroys itself; so it does not matter when the connection is. */
  one = (ending)ENDING;
  one.destroys = true;
  DO(pintle_connection_probe_async(at.connection, &how, &operation, &error));
  close_scene(&at);
  wait_until_done(&one);
  CHECK(one.layer == PINTLE_OK && one.status == 200 && one.bad == 0);
  return "";
}

const char* hands_finished_operations_to_an_event_loop(const c_api_place* place) {
  BEGIN;
  const pintle_call call = sessions_call();
  pintle_async_queue* queue = pintle_async_queue_new(&error);
  CHECK(queue != NULL && pintle_async_queue_take(queue) == NULL);
  struct pollfd waiting = {.fd = pintle_async_queue_fd(queue), .events = POLLIN};
  CHECK(poll(&waiting, 1, 0) == 0);
  enum { kCalls = 5 };
  int numbers[kCalls] = {0};
  pintle_async* operations[kCalls];
  for (int i = 0; i < kCalls; ++i) {
    const pintle_async_options how = {
        .struct_size = sizeof(how), .user = &numbers[i], .queue = queue};
    DO(i == 0 ? pintle_connection_ws_url_async(at.connection, pintle_text(NULL), &how,
                                               &operations[i], &error)
              : pintle_connection_call_async(at.connection, &call, &how, &operations[i], &error));
  }
  for (int taken = 0; taken < kCalls;) {
    CHECK(poll(&waiting, 1, kWaitMs) == 1);
    pintle_async* finished = pintle_async_queue_take(queue);
    if (finished == NULL) continue;
    ++taken;
    int* number = pintle_async_user(finished);
    CHECK(*number == 0 && finished == operations[number - numbers]);
    *number = 1;
    pintle_reply* reply = NULL;
    DO(pintle_async_result(finished, &reply, &error));
    if (number == numbers) {
      CHECK(holds(pintle_reply_body(reply), "/api/ws?token="));
    } else {
      CHECK(pintle_reply_status(reply) == 200);
    }
    pintle_reply_destroy(reply);
    pintle_async_destroy(finished);
  }
  CHECK(poll(&waiting, 1, 0) == 0 && pintle_async_queue_take(queue) == NULL);

  /* One that is destroyed is not taken, and one that finishes later finds no queue. */
  const pintle_async_options how = {.struct_size = sizeof(how), .queue = queue};
  DO(pintle_connection_call_async(at.connection, &call, &how, &operations[0], &error));
  CHECK(pintle_async_wait(operations[0], -1) == 1);
  pintle_async_destroy(operations[0]);
  CHECK(poll(&waiting, 1, 0) == 0 && pintle_async_queue_take(queue) == NULL);
  DO(pintle_connection_call_async(at.connection, &call, &how, &operations[0], &error));
  pintle_async_queue_destroy(queue);
  CHECK(pintle_async_wait(operations[0], kWaitMs) == 1);
  DO(pintle_async_result(operations[0], NULL, &error));
  pintle_async_destroy(operations[0]);
  close_scene(&at);
  return "";
}

const char* tells_why_an_operation_failed(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_scene(&at, place, place->wrong_token_file, &error));
  const pintle_call call = sessions_call();
  pintle_async* operation = NULL;
  pintle_reply* reply = NULL;
  DO(pintle_connection_call_async(at.connection, &call, NULL, &operation, &error));
  CHECK(pintle_async_wait(operation, kWaitMs) == 1);
  const int32_t layer = pintle_async_result(operation, &reply, &error);
  CHECK(layer != PINTLE_OK && reply == NULL);
  CHECK((error.flags & PINTLE_ERROR_SIGN_IN) != 0 && error.message[0] != '\0');
  CHECK(strstr(error.message, "a-wrong-token") == NULL);
  CHECK(pintle_async_result(operation, &reply, NULL) == layer); /* each time */
  pintle_async_cancel(operation);                               /* too late */
  CHECK(pintle_async_result(operation, &reply, &error) == layer);
  CHECK((error.flags & PINTLE_ERROR_CANCELLED) == 0);
  pintle_async_destroy(operation);

  /* Nothing is begun with input that is none. */
  const pintle_call bad = {.struct_size = 0};
  CHECK(pintle_connection_call_async(at.connection, &bad, NULL, &operation, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(operation == NULL);
  CHECK(pintle_connection_call_async(at.connection, &call, NULL, NULL, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(pintle_connection_probe_async(NULL, NULL, &operation, &error) == PINTLE_LAYER_CONFIG);
  pintle_async_queue* queue = pintle_async_queue_new(&error);
  ending one = ENDING;
  pintle_async_options how = {
      .struct_size = sizeof(how), .user = &one, .done = on_done, .queue = queue};
  CHECK(pintle_connection_probe_async(at.connection, &how, &operation, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "both done and queue") != NULL);
  pintle_async_queue_destroy(queue);
  CHECK(pintle_async_result(NULL, &reply, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_async_wait(NULL, 0) == 0 && pintle_async_user(NULL) == NULL);
  CHECK(pintle_async_queue_take(NULL) == NULL && pintle_async_queue_fd(NULL) == -1);
  pintle_async_cancel(NULL);
  pintle_async_destroy(NULL);
  pintle_async_queue_destroy(NULL);
  close_scene(&at);
  return "";
}

/* A user who answers when the test lets them. */
typedef struct slow_user {
  const c_api_place* place;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int asked;
  int given_up;
  bool answers;
} slow_user;

#define SLOW_USER(place, answers) \
  { place, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, answers }

static void ask_slowly(void* user, const pintle_question* question, pintle_secret_sink* answer) {
  slow_user* one = user;
  pthread_mutex_lock(&one->mutex);
  ++one->asked;
  pthread_cond_broadcast(&one->changed);
  pthread_mutex_unlock(&one->mutex);
  if (one->answers) {
    const bool is_secret = (question->flags & PINTLE_QUESTION_SECRET) != 0;
    pintle_secret_give(answer, pintle_text(is_secret ? one->place->password : one->place->user));
    return;
  }
  struct pollfd waiting = {.fd = pintle_secret_cancel_fd(answer), .events = POLLIN};
  if (poll(&waiting, 1, kWaitMs) == 1) ++one->given_up;
}

static void wait_until_asked(slow_user* one) {
  pthread_mutex_lock(&one->mutex);
  while (one->asked == 0) pthread_cond_wait(&one->changed, &one->mutex);
  pthread_mutex_unlock(&one->mutex);
}

static int32_t begin_sign_in(pintle_connection* connection, slow_user* user,
                             const pintle_async_options* how, pintle_async** out,
                             pintle_error* error) {
  const pintle_sign_in_options options = {.struct_size = sizeof(options),
                                          .method = pintle_text("password"),
                                          .provider = pintle_text("basic")};
  const pintle_sign_in_ui ui = {.struct_size = sizeof(ui), .user = user, .ask = ask_slowly};
  return pintle_connection_sign_in_async(connection, &options, &ui, how, out, error);
}

static int32_t open_unsigned(scene* made, const c_api_place* place, pintle_error* error) {
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url)};
  made->host = pintle_host_new(&host, error);
  return pintle_connection_open(made->host, &options, &made->connection, error);
}

const char* signs_in_without_waiting(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_unsigned(&at, place, &error));
  slow_user user = SLOW_USER(place, true);
  pintle_async* operation = NULL;
  pintle_reply* reply = NULL;
  DO(begin_sign_in(at.connection, &user, NULL, &operation, &error));
  CHECK(pintle_async_wait(operation, kWaitMs) == 1);
  DO(pintle_async_result(operation, &reply, &error));
  CHECK(user.asked == 2 && holds(pintle_reply_body(reply), "\"user\":\"ada\""));
  pintle_reply_destroy(reply);
  pintle_async_destroy(operation);

  const pintle_call call = sessions_call();
  DO(pintle_connection_call(at.connection, &call, NULL, &reply, &error));
  pintle_reply_destroy(reply);
  close_scene(&at);
  return "";
}

const char* cancels_what_nobody_waits_for(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_unsigned(&at, place, &error));
  slow_user user = SLOW_USER(place, false);
  ending one = ENDING;
  const pintle_async_options how = {.struct_size = sizeof(how), .user = &one, .done = on_done};
  pintle_async* operation = NULL;
  pintle_reply* reply = NULL;
  DO(begin_sign_in(at.connection, &user, &how, &operation, &error));
  wait_until_asked(&user);
  CHECK(pintle_async_wait(operation, 0) == 0);
  CHECK(pintle_async_result(operation, &reply, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "has not finished") != NULL && one.done == 0);
  pintle_async_cancel(operation);
  wait_until_done(&one);
  CHECK(one.layer == PINTLE_LAYER_GATE && user.given_up == 1);
  CHECK(pintle_async_result(operation, &reply, &error) == PINTLE_LAYER_GATE);
  CHECK((error.flags & PINTLE_ERROR_CANCELLED) != 0);
  pintle_async_destroy(operation);

  /* Destroyed: it has ended, and no callback runs any more. */
  user = (slow_user)SLOW_USER(place, false);
  one = (ending)ENDING;
  DO(begin_sign_in(at.connection, &user, &how, &operation, &error));
  wait_until_asked(&user);
  pintle_async_destroy(operation);
  CHECK(user.given_up == 1 && one.done == 0);
  close_scene(&at);
  return "";
}

typedef struct destroyer {
  pintle_async* operation;
  ending* one;
  bool has_ended;
} destroyer;

static void* destroy_elsewhere(void* user) {
  destroyer* how = user;
  pintle_async_destroy(how->operation);
  pthread_mutex_lock(&how->one->mutex);
  how->has_ended = true;
  pthread_mutex_unlock(&how->one->mutex);
  return NULL;
}

const char* waits_for_a_callback_that_runs(const c_api_place* place) {
  BEGIN;
  const pintle_call call = sessions_call();
  ending one = ENDING;
  one.blocks = true;
  const pintle_async_options how = {.struct_size = sizeof(how), .user = &one, .done = on_done};
  destroyer other = {.one = &one};
  pthread_t thread;
  DO(pintle_connection_call_async(at.connection, &call, &how, &other.operation, &error));
  wait_until_done(&one);
  CHECK(pthread_create(&thread, NULL, destroy_elsewhere, &other) == 0);
  pthread_mutex_lock(&one.mutex);
  const bool was_ended = other.has_ended;
  one.may_go_on = true;
  pthread_cond_broadcast(&one.changed);
  pthread_mutex_unlock(&one.mutex);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(!was_ended && other.has_ended && one.done == 1);
  close_scene(&at);
  return "";
}
