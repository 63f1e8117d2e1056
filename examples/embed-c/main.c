/* SPDX-License-Identifier: Apache-2.0 */
/* Pintle in a C program: one REST request, then the live connection until a request is answered.
 *
 *     embed-c URL TOKEN_FILE
 */
#include <stdio.h>

#include <pintle/pintle.h>

static int failed(const char* what, const pintle_error* error) {
  fprintf(stderr, "%s: %s\n%s\n", what, error->message, error->hint);
  return 1;
}

static int print_live(pintle_live* live, pintle_error* error) {
  pintle_event event = {.struct_size = sizeof(event)};
  while (pintle_live_next(live, 10000, NULL, &event, error) == PINTLE_OK) {
    const int size = (int)event.json.size;
    switch (event.kind) {
      case PINTLE_EVENT_STATE:
        printf("%s %.*s\n", pintle_live_state_name(event.state), size, event.json.data);
        if (event.state == PINTLE_LIVE_NEEDS_SIGN_IN || event.state == PINTLE_LIVE_FAILED) {
          return failed("live", event.failure);
        }
        break;
      case PINTLE_EVENT_EVENT:
        printf("%.*s %.*s\n", (int)event.type.size, event.type.data, size, event.json.data);
        break;
      case PINTLE_EVENT_RESULT:
        printf("answer %.*s\n", size, event.json.data);
        return 0;
      default:
        return failed("request", event.failure != NULL ? event.failure : error);
    }
  }
  return failed("live", error);
}

int main(int argc, char** argv) {
  if (argc != 3) return fprintf(stderr, "usage: embed-c URL TOKEN_FILE\n"), 2;
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(argv[2]), .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(argv[1]),
                                             .inputs = &token,
                                             .input_count = 1};
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  const pintle_live_request request = {.struct_size = sizeof(request),
                                       .method = pintle_text("session.list")};
  pintle_connection* connection = NULL;
  pintle_reply* reply = NULL;
  pintle_live* live = NULL;
  int code = 0;

  pintle_host* host = pintle_host_new(NULL, &error);
  if (host == NULL || pintle_connection_open(host, &options, &connection, &error) != PINTLE_OK) {
    code = failed("open", &error);
  } else if (pintle_connection_call(connection, &call, NULL, &reply, &error) != PINTLE_OK) {
    code = failed("call", &error);
  } else {
    printf("%d %s\n", (int)pintle_reply_status(reply), pintle_reply_body(reply).data);
    if (pintle_live_start(connection, NULL, &live, &error) != PINTLE_OK ||
        pintle_live_send_request(live, &request, NULL, &error) != PINTLE_OK) {
      code = failed("live", &error);
    } else {
      code = print_live(live, &error);
    }
  }
  pintle_live_destroy(live);
  pintle_reply_destroy(reply);
  pintle_connection_destroy(connection);
  pintle_host_destroy(host);
  return code;
}
