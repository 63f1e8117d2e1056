/* SPDX-License-Identifier: Apache-2.0 */
/* Pintle in a GLib (GTK) program: its callbacks run in the main loop.
 *
 *     embed-glib URL TOKEN_FILE
 *
 * The other way is as short: g_unix_fd_add(pintle_live_fd(live), G_IO_IN, ...) and
 * pintle_live_next(live, 0, ...) until it gives PINTLE_EVENT_NONE.
 */
#include <glib.h>

#include <pintle/pintle.h>

typedef struct app {
  GMainLoop* loop;
  int code;
} app;

typedef struct task {
  void (*run)(void* task);
  void* task;
} task;

static gboolean run_task(gpointer data) {
  const task* given = data;
  given->run(given->task);
  return G_SOURCE_REMOVE;
}

/* On Pintle's thread. Not g_main_context_invoke: that may run the task right here, where nobody
 * runs the loop yet. Sources of one priority run in their order. */
static void run_in_main_loop(void* user, void (*run)(void* task), void* given) {
  task* kept = g_new(task, 1);
  kept->run = run;
  kept->task = given;
  GSource* source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  g_source_set_callback(source, run_task, kept, g_free);
  g_source_attach(source, g_main_loop_get_context(((app*)user)->loop));
  g_source_unref(source);
}

static void on_event(void* user, const pintle_event* event) {
  app* me = user;
  if (event->kind != PINTLE_EVENT_STATE) return;
  g_print("%s\n", pintle_live_state_name(event->state));
  if (event->state == PINTLE_LIVE_NEEDS_SIGN_IN || event->state == PINTLE_LIVE_FAILED) {
    g_printerr("%s\n%s\n", event->failure->message, event->failure->hint);
    me->code = 1;
    g_main_loop_quit(me->loop);
  }
}

static void on_answer(void* user, const pintle_event* answer) {
  app* me = user;
  if (answer->kind == PINTLE_EVENT_RESULT) {
    g_print("answer %.*s\n", (int)answer->json.size, answer->json.data);
  } else {
    me->code = 1;
  }
  g_main_loop_quit(me->loop);
}

int main(int argc, char** argv) {
  if (argc != 3) return g_printerr("usage: embed-glib URL TOKEN_FILE\n"), 2;
  app me = {g_main_loop_new(NULL, FALSE), 0};
  pintle_error error = {.struct_size = sizeof(error)};
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(argv[2]), .from = PINTLE_FROM_FILE};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(argv[1]),
                                             .inputs = &token,
                                             .input_count = 1};
  const pintle_live_options live_options = {.struct_size = sizeof(live_options),
                                            .user = &me,
                                            .on_event = on_event,
                                            .executor = run_in_main_loop};
  const pintle_live_request request = {.struct_size = sizeof(request),
                                       .method = pintle_text("session.list"),
                                       .done = on_answer,
                                       .user = &me};
  pintle_connection* connection = NULL;
  pintle_live* live = NULL;
  pintle_host* host = pintle_host_new(NULL, &error);
  if (host == NULL || pintle_connection_open(host, &options, &connection, &error) != PINTLE_OK ||
      pintle_live_start(connection, &live_options, &live, &error) != PINTLE_OK ||
      pintle_live_send_request(live, &request, NULL, &error) != PINTLE_OK) {
    g_printerr("%s\n%s\n", error.message, error.hint);
    me.code = 1;
  } else {
    g_main_loop_run(me.loop);
  }
  pintle_live_destroy(live);
  pintle_connection_destroy(connection);
  pintle_host_destroy(host);
  /* What was posted and not run must be: it does nothing any more, and lets go of its memory. */
  while (g_main_context_iteration(NULL, FALSE)) {
  }
  g_main_loop_unref(me.loop);
  return me.code;
}
