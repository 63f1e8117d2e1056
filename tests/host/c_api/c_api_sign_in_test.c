/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out as a C program does it. */

#include <poll.h>
#include <stdlib.h>

#include "c_api_scene.h"

/* The user, as the callbacks have them. */
typedef struct visitor {
  const c_api_place* place;
  const char* password;
  pintle_cancel* cancel; /* requested when something is asked */
  bool declines;
  int asked;
  int secrets;
  int opened;
  int pasted;
  bool heard; /* that the answer is not wanted any more */
  char told[4096];
} visitor;

static void copy(char* to, size_t room, pintle_view from) {
  const size_t size = from.size < room - 1 ? from.size : room - 1;
  memcpy(to, from.data, size);
  to[size] = '\0';
}

static void show_message(void* user, pintle_view message) {
  visitor* one = user;
  const size_t used = strlen(one->told);
  snprintf(one->told + used, sizeof(one->told) - used, "%.*s\n", (int)message.size, message.data);
}

static void wait_for_cancel(visitor* one, pintle_secret_sink* answer) {
  struct pollfd waiting = {.fd = pintle_secret_cancel_fd(answer), .events = POLLIN};
  if (one->cancel != NULL) pintle_cancel_request(one->cancel);
  one->heard = poll(&waiting, 1, 20000) == 1 && pintle_secret_is_cancelled(answer) == 1;
}

static void ask(void* user, const pintle_question* question, pintle_secret_sink* answer) {
  visitor* one = user;
  const bool is_secret = (question->flags & PINTLE_QUESTION_SECRET) != 0;
  ++one->asked;
  if (is_secret) ++one->secrets;
  if (question->struct_size != sizeof(*question) || question->label.size == 0) return;
  if (pintle_secret_is_cancelled(answer) != 0) return;
  if (one->cancel != NULL) {
    wait_for_cancel(one, answer);
    return;
  }
  if (one->declines) {
    pintle_secret_refuse(answer, pintle_text("not today"));
    return;
  }
  char typed[64];
  copy(typed, sizeof(typed), pintle_text(is_secret ? one->password : one->place->user));
  pintle_secret_give(answer, pintle_text("taken back"));
  pintle_secret_give(answer, pintle_text(typed));
  memset(typed, 'x', sizeof(typed)); /* it was copied */
}

static int32_t open_browser(void* user, pintle_view url) {
  visitor* one = user;
  char address[1024];
  ++one->opened;
  copy(address, sizeof(address), url);
  one->place->browse(address, NULL, 0);
  return 1;
}

static int32_t open_no_browser(void* user, pintle_view url) {
  visitor* one = user;
  ++one->opened;
  return url.size == 0;
}

static void paste(void* user, pintle_view why, pintle_secret_sink* answer) {
  visitor* one = user;
  char back[1024];
  if (why.size == 0 || one->declines) return;
  if (one->cancel != NULL) {
    wait_for_cancel(one, answer);
    return;
  }
  if (++one->pasted == 1) {
    pintle_secret_give(answer, pintle_text("what is this?"));
    return;
  }
  /* The address is on a line of its own. */
  char* address = strstr(one->told, "http");
  address[strcspn(address, "\n")] = '\0';
  one->place->browse(address, back, sizeof(back));
  pintle_secret_give(answer, pintle_text(back));
}

static pintle_sign_in_ui ui_of(visitor* one) {
  const pintle_sign_in_ui ui = {.struct_size = sizeof(ui),
                                .user = one,
                                .show_message = show_message,
                                .ask = ask,
                                .read_pasted = paste,
                                .open_browser = open_browser};
  return ui;
}

/* With a session folder, which a second host finds again; null: sessions in memory. */
static int32_t open_gate(scene* made, const c_api_place* place, const char* folder,
                         pintle_error* error) {
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | (folder == NULL ? PINTLE_HOST_FORGETS_SESSIONS : 0),
      .session_folder = pintle_text(folder)};
  const pintle_connection_options options = {
      .struct_size = sizeof(options), .url = pintle_text(place->url), .name = pintle_text("home")};
  made->host = pintle_host_new(&host, error);
  if (made->host == NULL) return PINTLE_LAYER_CONFIG;
  return pintle_connection_open(made->host, &options, &made->connection, error);
}

static int32_t sessions_status(pintle_connection* connection, pintle_error* error) {
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  const int32_t layer = pintle_connection_call(connection, &call, NULL, &reply, error);
  pintle_reply_destroy(reply);
  return layer;
}

static pintle_sign_in_options password_of(const char* method, const char* provider) {
  const pintle_sign_in_options options = {.struct_size = sizeof(options),
                                          .method = pintle_text(method),
                                          .provider = pintle_text(provider)};
  return options;
}

const char* signs_in_with_a_password_and_out_again(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_gate(&at, place, place->session_folder, &error));
  visitor one = {.place = place, .password = place->password};
  const pintle_sign_in_ui ui = ui_of(&one);
  const pintle_sign_in_options how = password_of("password", "basic");
  pintle_reply* reply = NULL;

  DO(pintle_connection_status(at.connection, NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "\"credential\":false"));
  pintle_reply_destroy(reply);
  CHECK(sessions_status(at.connection, &error) != PINTLE_OK);
  CHECK((error.flags & PINTLE_ERROR_SIGN_IN) != 0);

  DO(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error));
  CHECK(one.asked == 2 && one.secrets == 1 && one.opened == 0);
  const pintle_view body = pintle_reply_body(reply);
  CHECK(holds(body, "\"scheme\":\"oauth\",\"signed_in\":true,\"checked\":true"));
  CHECK(holds(body, "\"user\":\"ada\"") && holds(body, "\"provider\":\"basic\""));
  CHECK(holds(body, "\"kept_in\":\"file ") && holds(body, place->session_folder));
  CHECK(holds(body, "\"expires_ms\":1")); /* a number */
  CHECK(!holds(body, place->password) && !holds(body, "store_trouble"));
  pintle_reply_destroy(reply);
  DO(sessions_status(at.connection, &error));
  close_scene(&at);

  /* It is stored: nobody is asked again. */
  DO(open_gate(&at, place, place->session_folder, &error));
  DO(sessions_status(at.connection, &error));
  DO(pintle_connection_status(at.connection, NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "{\"name\":\"home\",\"url\":\""));
  CHECK(holds(pintle_reply_body(reply), ", gate on\",\"scheme\":\"oauth\",\"credential\":true"));
  CHECK(holds(pintle_reply_body(reply), "\"user\":\"ada\""));
  pintle_reply_destroy(reply);

  DO(pintle_connection_sign_out(at.connection, NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "{\"signed_out\":\""));
  pintle_reply_destroy(reply);
  CHECK(sessions_status(at.connection, &error) != PINTLE_OK);
  CHECK((error.flags & PINTLE_ERROR_SIGN_IN) != 0);
  DO(pintle_connection_sign_out(at.connection, NULL, NULL, &error)); /* nothing is left */
  close_scene(&at);
  return "";
}

const char* signs_in_with_what_it_is_given(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_gate(&at, place, NULL, &error));
  visitor one = {.place = place, .password = place->password};
  const pintle_sign_in_ui ui = ui_of(&one);
  const pintle_field username = {pintle_text("username"), pintle_text(place->user)};
  pintle_sign_in_options how = password_of("password", "basic");
  how.given = &username;
  how.given_count = 1;
  pintle_reply* reply = NULL;
  DO(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error));
  CHECK(one.asked == 1 && one.secrets == 1);
  CHECK(holds(pintle_reply_body(reply), "\"kept_in\":\"the memory of this process\""));
  pintle_reply_destroy(reply);
  close_scene(&at);

  /* With the password among the inputs nobody is needed. */
  const pintle_host_options host = {
      .struct_size = sizeof(host),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS};
  const pintle_source password = {.key = pintle_text("password"),
                                  .where = pintle_text(place->password),
                                  .from = PINTLE_FROM_MEMORY};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url),
                                             .inputs = &password,
                                             .input_count = 1};
  at.host = pintle_host_new(&host, &error);
  DO(pintle_connection_open(at.host, &options, &at.connection, &error));
  DO(pintle_connection_sign_in(at.connection, &how, NULL, NULL, &reply, &error));
  pintle_reply_destroy(reply);
  DO(sessions_status(at.connection, &error));
  close_scene(&at);
  return "";
}

const char* signs_in_with_a_browser(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_gate(&at, place, NULL, &error));
  visitor one = {.place = place, .declines = true}; /* to paste */
  pintle_sign_in_ui ui = ui_of(&one);
  pintle_sign_in_options how = password_of("browser", "practice");
  pintle_reply* reply = NULL;
  DO(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error));
  CHECK(one.opened == 1 && one.asked == 0);
  CHECK(strstr(one.told, place->url) != NULL); /* for a user without a browser here */
  CHECK(holds(pintle_reply_body(reply), "\"provider\":\"practice\""));
  pintle_reply_destroy(reply);
  DO(sessions_status(at.connection, &error));
  close_scene(&at);

  /* No browser opens, so its last address is pasted, after something else. */
  DO(open_gate(&at, place, NULL, &error));
  one = (visitor){.place = place};
  ui.open_browser = open_no_browser;
  DO(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error));
  CHECK(one.opened == 1 && one.pasted == 2);
  pintle_reply_destroy(reply);
  DO(sessions_status(at.connection, &error));
  close_scene(&at);

  /* On another machine; nothing is pasted. */
  DO(open_gate(&at, place, NULL, &error));
  one = (visitor){.place = place, .declines = true};
  how = password_of("paste", "practice");
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(one.opened == 0 && reply == NULL);
  ui.read_pasted = NULL;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  close_scene(&at);
  return "";
}

const char* tells_why_a_sign_in_fails(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_gate(&at, place, NULL, &error));
  const char* wrong = "a-wrong-password-abcdefgh";
  visitor one = {.place = place, .password = wrong};
  pintle_sign_in_ui ui = ui_of(&one);
  pintle_sign_in_options how = password_of("password", "basic");
  pintle_reply* reply = NULL;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) != PINTLE_OK);
  CHECK(reply == NULL && (error.flags & PINTLE_ERROR_SIGN_IN) != 0);
  CHECK(strstr(error.message, "refused the user name or the password") != NULL);
  CHECK(strstr(error.message, wrong) == NULL && strstr(error.hint, wrong) == NULL);
  CHECK(sessions_status(at.connection, &error) != PINTLE_OK);

  one.declines = true;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK((error.flags & PINTLE_ERROR_USER_ACTION) != 0);
  CHECK(strstr(error.message, "username was not given: not today") != NULL);
  ui.ask = NULL;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(pintle_connection_sign_in(at.connection, &how, NULL, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "username was not given") != NULL);
  how.method = pintle_text("telepathy");
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) != PINTLE_OK);
  close_scene(&at);
  return "";
}

const char* ends_a_sign_in_at_a_cancel_and_when_its_time_is_over(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  const char* const providers[] = {"basic", "practice"};
  for (int i = 0; i < 2; ++i) {
    scene at;
    DO(open_gate(&at, place, NULL, &error));
    visitor one = {.place = place, .cancel = pintle_cancel_new()};
    pintle_sign_in_ui ui = ui_of(&one);
    ui.open_browser = open_no_browser;
    pintle_sign_in_options how = password_of(i == 0 ? "password" : "browser", providers[i]);
    pintle_reply* reply = NULL;
    CHECK(pintle_connection_sign_in(at.connection, &how, &ui, one.cancel, &reply, &error) ==
          PINTLE_LAYER_GATE);
    CHECK((error.flags & PINTLE_ERROR_CANCELLED) != 0 && one.heard);
    /* What is cancelled there is another one: only the time ends it. */
    one.heard = false;
    how.user_timeout_ms = 30;
    CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
          PINTLE_LAYER_GATE);
    CHECK((error.flags & PINTLE_ERROR_CANCELLED) == 0 && one.heard);
    CHECK(strstr(error.message, "timed out") != NULL);
    pintle_cancel_destroy(one.cancel);
    close_scene(&at);
  }
  return "";
}

const char* refuses_sign_ins_that_cannot_be(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  scene at;
  DO(open_gate(&at, place, NULL, &error));
  visitor one = {.place = place, .password = place->password};
  pintle_sign_in_ui ui = ui_of(&one);
  pintle_sign_in_options how = password_of("password", "basic");
  pintle_reply* reply = NULL;
  how.user_timeout_ms = -1;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  how.user_timeout_ms = 0;
  how.given_count = 1;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  how.struct_size = 0;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  how = password_of("password", "basic");
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, NULL, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(pintle_connection_sign_in(NULL, &how, &ui, NULL, &reply, &error) == PINTLE_LAYER_CONFIG);
  CHECK(one.asked == 0);
  /* A struct of an older app ends before `read_pasted`. */
  ui.struct_size = offsetof(pintle_sign_in_ui, read_pasted);
  DO(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error));
  pintle_reply_destroy(reply);
  ui.struct_size = 0;
  CHECK(pintle_connection_sign_in(at.connection, &how, &ui, NULL, &reply, &error) ==
        PINTLE_LAYER_CONFIG);
  CHECK(pintle_connection_sign_out(NULL, NULL, &reply, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_connection_status(NULL, NULL, &reply, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_connection_status(at.connection, NULL, NULL, &error) == PINTLE_LAYER_CONFIG);
  pintle_secret_give(NULL, pintle_text("x"));
  pintle_secret_refuse(NULL, pintle_text("x"));
  CHECK(pintle_secret_is_cancelled(NULL) == 0 && pintle_secret_cancel_fd(NULL) == -1);
  close_scene(&at);
  return "";
}
