/* SPDX-License-Identifier: Apache-2.0 */
/* The five jobs of docs/embed-in-four-languages.md in C: open, call, sign in, live, errors.
 *
 *     four-languages-c URL TOKEN_FILE GATED_URL
 *
 * GATED_URL is a gateway with users. Their name and password are lines of standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pintle/pintle.h>

static pintle_error error = {.struct_size = sizeof(error)};

static void check(int32_t layer) {
  if (layer == PINTLE_OK) return;
  fprintf(stderr, "%s\n%s\n", error.message, error.hint);
  exit(1);
}

static pintle_connection* open_with_token(pintle_host* host, const char* url, const char* file) {
  //! [open]
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(file), .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {
      .struct_size = sizeof(options), .url = pintle_text(url), .inputs = &token, .input_count = 1};
  pintle_connection* connection;
  check(pintle_connection_open(host, &options, &connection, &error)); /* sends nothing yet */
  //! [open]
  return connection;
}

static void call(pintle_connection* connection) {
  //! [call]
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply;
  check(pintle_connection_call(connection, &call, NULL, &reply, &error));
  printf("%d %s\n", (int)pintle_reply_status(reply), pintle_reply_body(reply).data);
  pintle_reply_destroy(reply);
  //! [call]
}

//! [sign-in]
static void show_message(void* user, pintle_view text) {
  (void)user;
  printf("%.*s\n", (int)text.size, text.data);
}

static void ask(void* user, const pintle_question* question, pintle_secret_sink* answer) {
  char line[256]; /* hide what is typed if PINTLE_QUESTION_SECRET is set */
  (void)user;
  printf("%.*s: ", (int)question->label.size, question->label.data);
  if (fgets(line, sizeof(line), stdin) == NULL) return; /* declined */
  line[strcspn(line, "\n")] = '\0';
  pintle_secret_give(answer, pintle_text(line)); /* a copy: wipe yours */
}

static void sign_in(pintle_connection* connection) {
  const pintle_sign_in_options how = {.struct_size = sizeof(how),
                                      .method = pintle_text("password")};
  const pintle_sign_in_ui ui = {
      .struct_size = sizeof(ui), .show_message = show_message, .ask = ask};
  pintle_reply* reply;
  check(pintle_connection_sign_in(connection, &how, &ui, NULL, &reply, &error));
  printf("%s\n", pintle_reply_body(reply).data); /* the JSON of pintle sign-in --json */
  pintle_reply_destroy(reply);
}
//! [sign-in]

static void live(pintle_connection* connection) {
  //! [live]
  const pintle_live_request list = {.struct_size = sizeof(list),
                                    .method = pintle_text("session.list")};
  const pintle_live_request emit = {.struct_size = sizeof(emit),
                                    .method = pintle_text("emit"),
                                    .params_json = pintle_text("{\"type\":\"tick\"}")};
  pintle_live* live; /* connects in the background, and again after a loss */
  check(pintle_live_start(connection, NULL, &live, &error));
  pintle_reply* reply;
  check(pintle_live_rpc(live, &list, &reply, &error));
  printf("%s\n", pintle_reply_body(reply).data);
  pintle_reply_destroy(reply);

  check(pintle_live_send_request(live, &emit, NULL, &error)); /* the event comes back */
  pintle_event event = {.struct_size = sizeof(event)};
  while (pintle_live_next(live, 10000, NULL, &event, &error) == PINTLE_OK) {
    if (event.kind == PINTLE_EVENT_NONE) break; /* ten seconds without an event */
    if (event.kind != PINTLE_EVENT_EVENT) continue;
    printf("event %.*s %.*s\n", (int)event.type.size, event.type.data, (int)event.json.size,
           event.json.data);
    if (strncmp(event.type.data, "tick", event.type.size) == 0) break;
  }
  pintle_live_destroy(live);
  //! [live]
}

static void errors(pintle_connection* connection) {
  //! [errors]
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply;
  const int32_t layer = pintle_connection_call(connection, &call, NULL, &reply, &error);
  if (layer == PINTLE_OK) {
    pintle_reply_destroy(reply);
  } else { /* a PINTLE_LAYER_* */
    printf("%s\n%s\n", error.message, error.hint);
    if (error.flags & PINTLE_ERROR_SIGN_IN) puts("sign in, then call again");
    if (error.flags & PINTLE_ERROR_RETRY) printf("wait %lld ms\n", (long long)error.retry_after_ms);
  }
  //! [errors]
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  //! [host]
  pintle_host* host = pintle_host_new(NULL, &error);
  if (host == NULL) return fprintf(stderr, "%s\n", error.message), 1;
  //! [host]
  pintle_connection* connection = open_with_token(host, argv[1], argv[2]);
  call(connection);
  live(connection);
  pintle_connection_destroy(connection);

  const pintle_connection_options gated = {.struct_size = sizeof(gated),
                                           .url = pintle_text(argv[3])};
  check(pintle_connection_open(host, &gated, &connection, &error));
  errors(connection);
  sign_in(connection);
  call(connection);
  pintle_connection_destroy(connection);
  pintle_host_destroy(host);
  return 0;
}
