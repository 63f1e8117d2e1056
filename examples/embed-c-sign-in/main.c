/* SPDX-License-Identifier: Apache-2.0 */
/* A C program that signs its user in: with a password, or with the browser of this machine or of
 * another one. The session is kept for the next run, and for the program pintle.
 *
 *     embed-c-sign-in URL [password|browser|paste]     answers are lines of standard input
 *     embed-c-sign-in URL out                          signs out
 */
#define _POSIX_C_SOURCE 200809L /* termios, poll */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <pintle/pintle.h>

static int failed(const char* what, const pintle_error* error) {
  fprintf(stderr, "%s: %s\n%s\n", what, error->message, error->hint);
  return 1;
}

static void wipe(char* text, size_t size) {
  volatile char* bytes = text;
  while (size > 0) bytes[--size] = 0;
}

/* Reads a line until the answer is not wanted any more; byte by byte, as nothing of it may stay in
 * a buffer of stdio. */
static void read_line(pintle_secret_sink* answer) {
  struct pollfd waiting[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = pintle_secret_cancel_fd(answer), .events = POLLIN}};
  char line[4096];
  size_t size = 0;
  int is_ended = 0;
  while (!is_ended && size < sizeof(line)) {
    if (poll(waiting, 2, -1) < 0 || pintle_secret_is_cancelled(answer)) break;
    if (read(STDIN_FILENO, line + size, 1) != 1) break;
    is_ended = line[size] == '\n';
    if (!is_ended) ++size;
  }
  if (is_ended) {
    const pintle_view text = {line, size};
    pintle_secret_give(answer, text);
  } else {
    pintle_secret_refuse(answer, pintle_text("the input has ended"));
  }
  wipe(line, sizeof(line));
}

static void show_message(void* user, pintle_view message) {
  (void)user;
  printf("%.*s\n", (int)message.size, message.data);
  fflush(stdout);
}

static void ask(void* user, const pintle_question* question, pintle_secret_sink* answer) {
  (void)user;
  struct termios before;
  const int is_hidden =
      (question->flags & PINTLE_QUESTION_SECRET) != 0 && tcgetattr(STDIN_FILENO, &before) == 0;
  printf("%.*s: ", (int)question->label.size, question->label.data);
  fflush(stdout);
  if (is_hidden) {
    struct termios quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  read_line(answer);
  if (is_hidden) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  printf("\n");
}

static void read_pasted(void* user, pintle_view why, pintle_secret_sink* answer) {
  show_message(user, why);
  read_line(answer);
}

static int print_reply(int32_t layer, const char* what, pintle_reply* reply,
                       const pintle_error* error) {
  if (layer != PINTLE_OK) return failed(what, error);
  printf("%s\n", pintle_reply_body(reply).data);
  pintle_reply_destroy(reply);
  return 0;
}

static int sign_in(pintle_connection* connection, const char* method) {
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_sign_in_options options = {.struct_size = sizeof(options),
                                          .method = pintle_text(method)};
  const pintle_sign_in_ui ui = {.struct_size = sizeof(ui),
                                .show_message = show_message,
                                .ask = ask,
                                .read_pasted = read_pasted};
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  int32_t layer = pintle_connection_sign_in(connection, &options, &ui, NULL, &reply, &error);
  if (print_reply(layer, "sign-in", reply, &error) != 0) return 1;
  layer = pintle_connection_call(connection, &call, NULL, &reply, &error);
  return print_reply(layer, "call", reply, &error);
}

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: embed-c-sign-in URL [password|browser|paste|out]\n");
    return 2;
  }
  pintle_error error = {.struct_size = sizeof(error)};
  const char* method = argc == 3 ? argv[2] : NULL;
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(argv[1])};
  pintle_connection* connection = NULL;
  pintle_reply* reply = NULL;
  int code = 0;
  pintle_host* host = pintle_host_new(NULL, &error);
  if (host == NULL || pintle_connection_open(host, &options, &connection, &error) != PINTLE_OK) {
    code = failed("open", &error);
  } else if (method != NULL && strcmp(method, "out") == 0) {
    const int32_t layer = pintle_connection_sign_out(connection, NULL, &reply, &error);
    code = print_reply(layer, "sign-out", reply, &error);
  } else {
    code = sign_in(connection, method);
  }
  pintle_connection_destroy(connection);
  pintle_host_destroy(host);
  return code;
}
