/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of the C API in the API reference. Each asserts what it shows.
 *
 *     reference-c_api URL TOKEN_FILE
 */
#undef NDEBUG
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <pintle/pintle.h>

static int is(pintle_view view, const char* text) {
  return view.size == strlen(text) && memcmp(view.data, text, view.size) == 0;
}

static void versions(void) {
  //! [version]
  assert(pintle_api_version() >> 16 == PINTLE_API_MAJOR);      /* it is the SONAME's number */
  assert((pintle_api_version() & 0xffff) >= PINTLE_API_MINOR); /* it has all that the header has */
  //! [version]
}

static void base(void) {
  //! [base]
  const pintle_view view = pintle_text("home");
  assert(view.size == 4);

  pintle_error error = {.struct_size = sizeof(error)}; /* the same for every struct */
  assert(pintle_live_retry_now(NULL, &error) == PINTLE_LAYER_CONFIG);
  assert(error.message[0] != '\0'); /* what failed; and what to do: error.hint */
  assert(!(error.flags & PINTLE_ERROR_OUTCOME_UNKNOWN));
  //! [base]
}

static pintle_host* host(void) {
  pintle_error error = {.struct_size = sizeof(error)};
  //! [host]
  const pintle_view allowed[] = {pintle_text("token"), pintle_text("oauth")};
  const pintle_host_options options = {
      .struct_size = sizeof(options),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS,
      .allowed_schemes = allowed,
      .allowed_scheme_count = 2};
  pintle_host* host = pintle_host_new(&options, &error);
  assert(host != NULL); /* pintle_host_destroy(host) at the end */
  //! [host]
  return host;
}

//! [log]
static void on_log(void* log_user, const pintle_log_record* record) { /* on any thread */
  if (is(record->event, "exchange_finished")) pintle_cancel_request(log_user);
}

static pintle_host* host_with_log(pintle_cancel* seen) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_host_options options = {
      .struct_size = sizeof(options),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS,
      .log_level = PINTLE_LOG_DEBUG,
      .log_user = seen,
      .on_log = on_log};
  pintle_host* host = pintle_host_new(&options, &error);
  assert(host != NULL);
  return host;
}
//! [log]

static void counters(const pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  //! [counters]
  pintle_counters counters = {.struct_size = sizeof(counters)};
  assert(pintle_connection_counters(connection, &counters, &error) == PINTLE_OK);
  assert(counters.responses_2xx > 0 && counters.bytes_received > 0);
  assert(counters.request_errors[PINTLE_LAYER_TCP] == 0);
  //! [counters]
}

static pintle_connection* open_connection(pintle_host* host, const char* url, const char* file) {
  pintle_error error = {.struct_size = sizeof(error)};
  //! [connection]
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(file), .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {
      .struct_size = sizeof(options), .url = pintle_text(url), .inputs = &token, .input_count = 1};
  pintle_connection* connection = NULL;
  assert(pintle_connection_open(host, &options, &connection, &error) == PINTLE_OK);
  //! [connection]
  return connection;
}

static void fleet(void) {
  //! [fleet]
  const pintle_source inputs[] = {{.key = pintle_text("key"),
                                   .where = pintle_text("/run/secrets/session_keys"),
                                   .from = PINTLE_FROM_FILE},
                                  {.key = pintle_text("password"),
                                   .where = pintle_text("/run/secrets/redis_password"),
                                   .from = PINTLE_FROM_FILE}};
  pintle_connection_options options = {.struct_size = sizeof(options)};
  options.name = pintle_text("home");
  options.url = pintle_text("https://gateway.example");
  options.session_store = pintle_text("rediss://fleet@redis.example");
  options.store_inputs = inputs;
  options.store_input_count = 2;
  //! [fleet]
  assert(options.store_inputs[1].key.size == 8);
}

//! [secret]
static void read_vault(void* user, pintle_view key, pintle_secret_sink* sink) { /* at each use */
  if (is(key, "token")) {
    pintle_secret_give(sink, pintle_text(user));
  } else { /* or return without an answer */
    pintle_secret_refuse(sink, pintle_text("the vault has no such secret"));
  }
}

static pintle_connection* open_from_vault(pintle_host* host, const char* url, char* vault) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_secret_callback callback = {
      .struct_size = sizeof(callback), .user = vault, .read = read_vault};
  const pintle_source token = {.key = pintle_text("token"),
                               .where = pintle_from_callback(&callback),
                               .from = PINTLE_FROM_CALLBACK};
  const pintle_connection_options options = {
      .struct_size = sizeof(options), .url = pintle_text(url), .inputs = &token, .input_count = 1};
  pintle_connection* connection = NULL;
  assert(pintle_connection_open(host, &options, &connection, &error) == PINTLE_OK);
  return connection;
}
//! [secret]

//! [session_store]
typedef struct shelf { /* of one session; the app locks it if threads share it */
  char session[16384];
  size_t size;
} shelf;

static int32_t load_session(void* user, const pintle_session_key* key, pintle_secret_sink* session,
                            pintle_error* error) {
  const shelf* from = user;
  const pintle_view view = {from->session, from->size};
  (void)key; /* finds the one of key->connection, key->url and key->scheme */
  (void)error;
  if (from->size > 0) pintle_secret_give(session, view);
  return PINTLE_OK;
}

static int32_t save_session(void* user, const pintle_session_key* key, pintle_view session,
                            pintle_error* error) {
  shelf* to = user;
  (void)key;
  if (session.size > sizeof(to->session)) {
    snprintf(error->message, sizeof(error->message), "the session is too large");
    return PINTLE_LAYER_STORE;
  }
  memcpy(to->session, session.data, session.size);
  to->size = session.size;
  return PINTLE_OK;
}

static int32_t erase_session(void* user, const pintle_session_key* key, pintle_error* error) {
  (void)key;
  (void)error;
  memset(user, 0, sizeof(shelf));
  return PINTLE_OK;
}

static pintle_host* host_with_store(shelf* sessions) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_session_store store = {.struct_size = sizeof(store),
                                      .user = sessions,
                                      .load = load_session,
                                      .save = save_session,
                                      .erase = erase_session};
  const pintle_host_options options = {
      .struct_size = sizeof(options), .flags = PINTLE_HOST_BUNDLED_ONLY, .session_store = &store};
  pintle_host* host = pintle_host_new(&options, &error);
  assert(host != NULL);
  return host;
}
//! [session_store]

//! [sign_in]
static void on_message(void* user, pintle_view message) { /* on any thread, one at a time */
  (void)user;
  assert(message.size > 0); /* show it */
}

static void on_question(void* user, const pintle_question* question, pintle_secret_sink* answer) {
  /* Show question->label. To decline, return without an answer. */
  assert(question->flags & PINTLE_QUESTION_SECRET);
  pintle_secret_give(answer, pintle_text(user)); /* a copy: wipe yours */
}

static void sign_in(pintle_connection* connection, char* typed) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_sign_in_ui ui = {.struct_size = sizeof(ui),
                                .user = typed,
                                .show_message = on_message,
                                .ask = on_question}; /* the system's browser */
  pintle_reply* reply = NULL;
  assert(pintle_connection_sign_in(connection, NULL, &ui, NULL, &reply, &error) == PINTLE_OK);
  assert(strstr(pintle_reply_body(reply).data, "\"signed_in\":true") != NULL);
  pintle_reply_destroy(reply);

  assert(pintle_connection_status(connection, NULL, &reply, &error) == PINTLE_OK);
  assert(strstr(pintle_reply_body(reply).data, "\"credential\":true") != NULL);
  pintle_reply_destroy(reply);
  assert(pintle_connection_sign_out(connection, NULL, NULL, &error) == PINTLE_OK);
}
//! [sign_in]

/* Signs in with the token of the file, as a user types it. */
static void sign_in_with_token(pintle_host* host, const char* url, const char* file) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(url)};
  pintle_connection* connection = NULL;
  char token[256] = "";
  FILE* from = fopen(file, "r");
  assert(from != NULL && fgets(token, sizeof(token), from) != NULL);
  fclose(from);
  token[strcspn(token, "\n")] = '\0';
  assert(pintle_connection_open(host, &options, &connection, &error) == PINTLE_OK);
  sign_in(connection, token);
  pintle_connection_destroy(connection);

  connection = open_from_vault(host, url, token);
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  assert(pintle_connection_call(connection, &call, NULL, &reply, &error) == PINTLE_OK);
  assert(pintle_reply_status(reply) == 200);
  pintle_reply_destroy(reply);
  pintle_connection_destroy(connection);
}

static void reply(pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  //! [reply]
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  assert(pintle_connection_call(connection, &call, NULL, &reply, &error) == PINTLE_OK);
  assert(pintle_reply_status(reply) == 200);
  assert(strstr(pintle_reply_body(reply).data, "\"sessions\"") != NULL); /* NUL-terminated */
  assert(is(pintle_reply_header(reply, pintle_text("content-type")), "application/json"));
  pintle_reply_destroy(reply);
  //! [reply]
}

static void cancel(pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  //! [cancel]
  pintle_cancel* cancel = pintle_cancel_new();
  pintle_cancel_request(cancel); /* from any thread; ends the calls that use it */
  pintle_reply* reply = NULL;
  assert(pintle_connection_probe(connection, cancel, &reply, &error) != PINTLE_OK);
  assert(reply == NULL);
  pintle_cancel_destroy(cancel);
  //! [cancel]
}

//! [async]
static void print_status(void* user, pintle_async* finished) { /* on a thread of the library */
  pintle_error why = {.struct_size = sizeof(why)};
  pintle_reply* reply = NULL;
  if (pintle_async_result(finished, &reply, &why) == PINTLE_OK) {
    *(int32_t*)user = pintle_reply_status(reply);
  }
  pintle_reply_destroy(reply);
}

static void call_without_waiting(pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  int32_t status = 0;
  const pintle_async_options told = {
      .struct_size = sizeof(told), .user = &status, .done = print_status};
  pintle_async* operation = NULL;
  assert(pintle_connection_call_async(connection, &call, &told, &operation, &error) == PINTLE_OK);
  /* ... */
  pintle_async_wait(operation, -1);
  pintle_async_destroy(operation);      /* waits for a callback that runs; after it none does */
  assert(status == 200 || status == 0); /* 0: it was destroyed before the callback */

  /* For an event loop. */
  pintle_async_queue* queue = pintle_async_queue_new(&error);
  const pintle_async_options queued = {.struct_size = sizeof(queued), .queue = queue};
  assert(pintle_connection_probe_async(connection, &queued, &operation, &error) == PINTLE_OK);
  struct pollfd waiting = {.fd = pintle_async_queue_fd(queue), .events = POLLIN};
  assert(poll(&waiting, 1, 10000) == 1);
  pintle_async* finished = pintle_async_queue_take(queue); /* until it is null */
  assert(finished == operation);
  assert(pintle_async_result(finished, NULL, &error) == PINTLE_OK);
  pintle_async_destroy(finished);
  pintle_async_queue_destroy(queue);
}
//! [async]

static void live(pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  //! [live]
  pintle_live* live = NULL;
  assert(pintle_live_start(connection, NULL, &live, &error) == PINTLE_OK);
  assert(pintle_live_wait_until_ready(live, 10000, NULL, &error) == PINTLE_OK);

  const pintle_live_request request = {.struct_size = sizeof(request),
                                       .method = pintle_text("echo"),
                                       .params_json = pintle_text("{\"a\":1}")};
  pintle_reply* reply = NULL;
  assert(pintle_live_rpc(live, &request, &reply, &error) == PINTLE_OK); /* waits */
  assert(is(pintle_reply_body(reply), "{\"a\":1}"));
  pintle_reply_destroy(reply);
  pintle_live_destroy(live);
  //! [live]
}

static void live_event(pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  pintle_live* live = NULL;
  assert(pintle_live_start(connection, NULL, &live, &error) == PINTLE_OK);
  //! [live_event]
  int was_ready = 0;
  pintle_event event = {.struct_size = sizeof(event)};
  while (!was_ready && pintle_live_next(live, 10000, NULL, &event, &error) == PINTLE_OK) {
    assert(event.kind != PINTLE_EVENT_NONE); /* 10 seconds without an event */
    if (event.kind == PINTLE_EVENT_STATE) {
      assert(event.failure == NULL); /* else event.failure->message says why */
      was_ready = event.state == PINTLE_LIVE_READY;
    }
  }
  assert(was_ready);
  //! [live_event]
  pintle_live_destroy(live);
}

//! [live_request]
static void done(void* user, const pintle_event* answer) { /* on the I/O thread */
  if (answer->kind == PINTLE_EVENT_RESULT) pintle_cancel_request(user);
}

static void ask(pintle_live* live, pintle_cancel* answered) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_live_request request = {.struct_size = sizeof(request),
                                       .flags = PINTLE_REQUEST_IDEMPOTENT,
                                       .method = pintle_text("session.list"),
                                       .timeout_ms = 5000,
                                       .done = done,
                                       .user = answered};
  assert(pintle_live_send_request(live, &request, NULL, &error) == PINTLE_OK);
}
//! [live_request]

static void live_request(pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  pintle_event event = {.struct_size = sizeof(event)};
  pintle_cancel* answered = pintle_cancel_new();
  pintle_live* live = NULL;
  assert(pintle_live_start(connection, NULL, &live, &error) == PINTLE_OK);
  ask(live, answered);
  do { /* until it is answered */
    assert(pintle_live_next(live, 10000, answered, &event, &error) == PINTLE_OK);
  } while (event.kind != PINTLE_EVENT_NONE);
  assert(pintle_live_state(live, NULL) == PINTLE_LIVE_READY);
  pintle_live_destroy(live);
  pintle_cancel_destroy(answered);
}

//! [live_options]
static void on_event(void* user, const pintle_event* event) { /* on the I/O thread */
  if (event->kind == PINTLE_EVENT_STATE && event->state == PINTLE_LIVE_READY) ++*(int*)user;
}

static pintle_live* start(pintle_connection* connection, int* times_ready) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_live_options options = {.struct_size = sizeof(options),
                                       .flags = PINTLE_LIVE_NO_RECONNECT,
                                       .ping_after_idle_ms = 10000, /* 0 would be the default */
                                       .user = times_ready,
                                       .on_event = on_event};
  pintle_live* live = NULL;
  assert(pintle_live_start(connection, &options, &live, &error) == PINTLE_OK);
  return live;
}
//! [live_options]

static void live_options(pintle_connection* connection) {
  int times_ready = 0;
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_live_request request = {.struct_size = sizeof(request),
                                       .method = pintle_text("session.list")};
  pintle_reply* reply = NULL;
  pintle_live* live = start(connection, &times_ready);
  assert(pintle_live_rpc(live, &request, &reply, &error) == PINTLE_OK);
  pintle_reply_destroy(reply);
  pintle_live_destroy(live); /* after it no callback runs */
  assert(times_ready == 1);
}

//! [doctor]
static void print_step(void* user, const pintle_doctor_step* step) { /* on the caller's thread */
  fprintf(user, "%-8s %s: %s\n", pintle_doctor_verdict_name(step->verdict), step->title.data,
          step->finding.data);
}

static void diagnose(const pintle_host* host, const pintle_connection_options* options) {
  pintle_error error = {.struct_size = sizeof(error)};
  FILE* transcript = tmpfile();
  assert(transcript != NULL);
  const pintle_doctor_options how = {
      .struct_size = sizeof(how), .user = transcript, .on_finish = print_step};
  pintle_doctor* doctor = NULL;
  assert(pintle_doctor_run(host, options, &how, NULL, &doctor, &error) == PINTLE_OK);

  pintle_doctor_step step = {.struct_size = sizeof(step)};
  const size_t failed = pintle_doctor_first_failed(doctor);
  if (failed < pintle_doctor_step_count(doctor)) {
    assert(pintle_doctor_step_at(doctor, failed, &step, &error) == PINTLE_OK);
    fprintf(transcript, "%s\n%s\n", step.failure->message, step.failure->hint);
  }
  pintle_reply* report = NULL; /* for a public issue */
  assert(pintle_doctor_report(doctor, pintle_text("app 1.2"), 0, &report, &error) == PINTLE_OK);
  assert(strstr(pintle_reply_body(report).data, "app 1.2") != NULL);
  pintle_reply_destroy(report);
  pintle_doctor_destroy(doctor);
  assert(ftell(transcript) > 0);
  fclose(transcript);
}
//! [doctor]

static void doctor(const pintle_host* host, const char* url, const char* file) {
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(file), .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {
      .struct_size = sizeof(options), .url = pintle_text(url), .inputs = &token, .input_count = 1};
  diagnose(host, &options);
}

static void broker(const pintle_connection* connection) {
  pintle_error error = {.struct_size = sizeof(error)};
  //! [broker]
  const pintle_broker_options options = {.struct_size = sizeof(options), .max_connections = 100};
  pintle_broker* broker = NULL;
  assert(pintle_broker_start(connection, &options, &broker, &error) == PINTLE_OK);
  /* Clients need both; the token is secret: pintle_broker_write_token(broker, file, &error). */
  assert(strncmp(pintle_broker_url(broker).data, "http://127.0.0.1:", 17) == 0);
  assert(pintle_broker_token(broker).size > 0);
  assert(pintle_broker_stop(broker, &error) == PINTLE_OK); /* waits for what is in progress */
  pintle_broker_destroy(broker);
  //! [broker]
}

int main(int argc, char** argv) {
  pintle_host* opened_host;
  pintle_connection* connection;
  pintle_cancel* seen;
  static shelf sessions;
  if (argc != 3) return 2;
  versions();
  base();
  fleet();
  opened_host = host();
  connection = open_connection(opened_host, argv[1], argv[2]);
  reply(connection);
  cancel(connection);
  call_without_waiting(connection);
  live(connection);
  live_event(connection);
  live_request(connection);
  live_options(connection);
  counters(connection);
  doctor(opened_host, argv[1], argv[2]);
  broker(connection);
  pintle_connection_destroy(connection);
  sign_in_with_token(opened_host, argv[1], argv[2]);
  pintle_host_destroy(opened_host);

  opened_host = host_with_store(&sessions);
  connection = open_connection(opened_host, argv[1], argv[2]);
  reply(connection); /* a token is no session, so nothing is saved */
  assert(sessions.size == 0);
  pintle_connection_destroy(connection);
  pintle_host_destroy(opened_host);

  seen = pintle_cancel_new();
  opened_host = host_with_log(seen);
  connection = open_connection(opened_host, argv[1], argv[2]);
  reply(connection);
  pintle_connection_destroy(connection);
  pintle_host_destroy(opened_host); /* the hook is not called any more */
  pintle_cancel_destroy(seen);
  return 0;
}
