/* SPDX-License-Identifier: Apache-2.0 */
/* A session store that a C program implements. */

#include <pthread.h>
#include <stdlib.h>

#include "c_api_scene.h"

/* A store of one session, in memory. */
typedef struct shelf {
  pthread_mutex_t mutex;
  char key[512];
  char session[16384];
  size_t size;
  int loads;
  int saves;
  int erases;
  int locks;
  int unlocks;
  int released;
  int bad;
  bool is_broken; /* fails to save */
  bool is_unreadable;
} shelf;

static void write_key(char* to, size_t room, const pintle_session_key* key) {
  snprintf(to, room, "%.*s %.*s %.*s", (int)key->connection.size, key->connection.data,
           (int)key->url.size, key->url.data, (int)key->scheme.size, key->scheme.data);
}

static shelf* enter(void* user, const pintle_session_key* key) {
  shelf* one = user;
  pthread_mutex_lock(&one->mutex);
  if (key->struct_size != sizeof(*key) || key->url.size == 0 || key->scheme.size == 0) ++one->bad;
  return one;
}

static int32_t leave(shelf* one, int32_t result) {
  pthread_mutex_unlock(&one->mutex);
  return result;
}

static int32_t load(void* user, const pintle_session_key* key, pintle_secret_sink* session,
                    pintle_error* error) {
  shelf* one = enter(user, key);
  char text[512];
  write_key(text, sizeof(text), key);
  ++one->loads;
  if (one->is_unreadable) {
    snprintf(error->message, sizeof(error->message), "the shelf is\nlocked");
    snprintf(error->hint, sizeof(error->hint), "Unlock the shelf.");
    error->flags = PINTLE_ERROR_USER_ACTION;
    return leave(one, PINTLE_LAYER_STORE);
  }
  if (one->size > 0 && strcmp(text, one->key) == 0) {
    const pintle_view view = {one->session, one->size};
    pintle_secret_give(session, view);
  }
  return leave(one, PINTLE_OK);
}

static int32_t save(void* user, const pintle_session_key* key, pintle_view session,
                    pintle_error* error) {
  shelf* one = enter(user, key);
  ++one->saves;
  if (error->struct_size != sizeof(*error)) ++one->bad;
  if (one->is_broken) return leave(one, 99);
  if (session.size == 0 || session.size > sizeof(one->session)) {
    ++one->bad;
    return leave(one, PINTLE_OK);
  }
  write_key(one->key, sizeof(one->key), key);
  memcpy(one->session, session.data, session.size);
  one->size = session.size;
  return leave(one, PINTLE_OK);
}

static int32_t erase(void* user, const pintle_session_key* key, pintle_error* error) {
  shelf* one = enter(user, key);
  char text[512];
  (void)error;
  write_key(text, sizeof(text), key);
  if (one->size > 0 && strcmp(text, one->key) == 0) {
    ++one->erases;
    one->size = 0;
  }
  return leave(one, PINTLE_OK);
}

static void where(void* user, const pintle_session_key* key, pintle_secret_sink* text) {
  (void)user;
  if (key->connection.size > 0) pintle_secret_give(text, pintle_text("the shelf"));
}

static int32_t lock(void* user, const pintle_session_key* key, int32_t timeout_ms, void** held,
                    pintle_error* error) {
  shelf* one = enter(user, key);
  (void)error;
  if (timeout_ms < 0) ++one->bad;
  ++one->locks;
  *held = &one->locks;
  return leave(one, PINTLE_OK);
}

static void unlock(void* user, void* held) {
  shelf* one = user;
  pthread_mutex_lock(&one->mutex);
  if (held != &one->locks) ++one->bad;
  ++one->unlocks;
  pthread_mutex_unlock(&one->mutex);
}

static void release(void* user) {
  shelf* one = user;
  pthread_mutex_lock(&one->mutex);
  ++one->released;
  pthread_mutex_unlock(&one->mutex);
}

static pintle_session_store store_of(shelf* one) {
  const pintle_session_store store = {.struct_size = sizeof(store),
                                      .user = one,
                                      .load = load,
                                      .save = save,
                                      .erase = erase,
                                      .where = where,
                                      .lock = lock,
                                      .unlock = unlock,
                                      .release = release};
  return store;
}

static int32_t open_with(scene* made, const c_api_place* place, const pintle_session_store* store,
                         pintle_error* error) {
  const pintle_host_options host = {
      .struct_size = sizeof(host), .flags = PINTLE_HOST_BUNDLED_ONLY, .session_store = store};
  const pintle_source password = {.key = pintle_text("password"),
                                  .where = pintle_text(place->password),
                                  .from = PINTLE_FROM_MEMORY};
  const pintle_connection_options options = {.struct_size = sizeof(options),
                                             .url = pintle_text(place->url),
                                             .name = pintle_text("home"),
                                             .inputs = &password,
                                             .input_count = 1};
  made->connection = NULL;
  made->host = pintle_host_new(&host, error);
  if (made->host == NULL) return PINTLE_LAYER_CONFIG;
  return pintle_connection_open(made->host, &options, &made->connection, error);
}

static int32_t sign_in(scene* at, const c_api_place* place, pintle_reply** reply,
                       pintle_error* error) {
  const pintle_field username = {pintle_text("username"), pintle_text(place->user)};
  const pintle_sign_in_options how = {.struct_size = sizeof(how),
                                      .method = pintle_text("password"),
                                      .provider = pintle_text("basic"),
                                      .given = &username,
                                      .given_count = 1};
  return pintle_connection_sign_in(at->connection, &how, NULL, NULL, reply, error);
}

static int32_t list_sessions(scene* at, pintle_error* error) {
  const pintle_call call = {.struct_size = sizeof(call), .target = pintle_text("/api/sessions")};
  pintle_reply* reply = NULL;
  const int32_t layer = pintle_connection_call(at->connection, &call, NULL, &reply, error);
  pintle_reply_destroy(reply);
  return layer;
}

const char* keeps_sessions_in_a_store_of_its_own(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  shelf one = {.mutex = PTHREAD_MUTEX_INITIALIZER};
  pintle_session_store store = store_of(&one);
  pintle_reply* reply = NULL;
  scene at;
  DO(open_with(&at, place, &store, &error));
  memset(&store, 0, sizeof(store)); /* it was copied */
  DO(sign_in(&at, place, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "\"checked\":true"));
  CHECK(holds(pintle_reply_body(reply), "\"kept_in\":\"the shelf\""));
  pintle_reply_destroy(reply);
  CHECK(one.saves >= 1 && one.size > 0);
  CHECK(strncmp(one.key, "home http://", 12) == 0 && strstr(one.key, " oauth") != NULL);
  CHECK(one.locks >= 1);
  pintle_host_destroy(at.host);
  CHECK(one.released == 0); /* the connection may still use it */
  pintle_connection_destroy(at.connection);
  CHECK(one.released == 1 && one.locks == one.unlocks);

  /* Another process would find it there. */
  store = store_of(&one);
  DO(open_with(&at, place, &store, &error));
  DO(list_sessions(&at, &error));
  DO(pintle_connection_sign_out(at.connection, NULL, NULL, &error));
  CHECK(one.size == 0 && one.erases == 1);
  close_scene(&at);
  CHECK(one.released == 2 && one.bad == 0 && one.locks == one.unlocks);
  return "";
}

const char* tells_what_its_store_cannot_do(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  shelf one = {.mutex = PTHREAD_MUTEX_INITIALIZER, .is_broken = true};
  const pintle_session_store store = store_of(&one);
  pintle_reply* reply = NULL;
  scene at;
  /* The session is used all the same. */
  DO(open_with(&at, place, &store, &error));
  DO(sign_in(&at, place, &reply, &error));
  CHECK(
      holds(pintle_reply_body(reply),
            "\"store_trouble\":\"cannot store the new session, so it is only in memory: the store "
            "of this program cannot save the session\""));
  pintle_reply_destroy(reply);
  DO(list_sessions(&at, &error));
  /* Storing it is tried again, in the end at least. */
  one.is_broken = false;
  close_scene(&at);
  CHECK(one.size > 0);

  one.is_unreadable = true;
  DO(open_with(&at, place, &store, &error));
  DO(pintle_connection_status(at.connection, NULL, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "cannot load the session: the shelf is"));
  pintle_reply_destroy(reply);
  close_scene(&at);
  CHECK(one.bad == 0);
  return "";
}

const char* refuses_stores_that_cannot_be(const c_api_place* place) {
  pintle_error error = {.struct_size = sizeof(error)};
  shelf one = {.mutex = PTHREAD_MUTEX_INITIALIZER};
  pintle_session_store store = store_of(&one);
  const pintle_host_options both = {
      .struct_size = sizeof(both),
      .flags = PINTLE_HOST_BUNDLED_ONLY | PINTLE_HOST_FORGETS_SESSIONS,
      .session_store = &store};
  scene at;
  CHECK(pintle_host_new(&both, &error) == NULL);
  CHECK(strstr(error.message, "session_store excludes") != NULL);
  store.load = NULL;
  CHECK(open_with(&at, place, &store, &error) == PINTLE_LAYER_CONFIG);
  CHECK(strstr(error.message, "needs load, save and erase") != NULL);
  store = store_of(&one);
  store.unlock = NULL;
  CHECK(open_with(&at, place, &store, &error) == PINTLE_LAYER_CONFIG);
  store = store_of(&one);
  store.struct_size = 0;
  CHECK(open_with(&at, place, &store, &error) == PINTLE_LAYER_CONFIG);
  CHECK(one.released == 0);
  /* One of an older app ends before `where`: it has no lock either, and nothing to release. */
  store.struct_size = offsetof(pintle_session_store, where);
  pintle_reply* reply = NULL;
  DO(open_with(&at, place, &store, &error));
  DO(sign_in(&at, place, &reply, &error));
  CHECK(holds(pintle_reply_body(reply), "\"kept_in\":\"the store of this program\""));
  pintle_reply_destroy(reply);
  close_scene(&at);
  CHECK(one.locks == 0 && one.released == 0 && one.size > 0);
  return "";
}
