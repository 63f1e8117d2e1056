/* SPDX-License-Identifier: Apache-2.0 */
/* A store of the app's own for sessions, in place of files. The rules are those of
 * pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c session_store */
#ifndef PINTLE_C_SESSION_STORE_H
#define PINTLE_C_SESSION_STORE_H

#include <pintle/c/base.h>
#include <pintle/c/secret.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Identifies a session. One that was saved is given back only for the same three texts: a session
 * must never be sent to another gateway. */
typedef struct pintle_session_key {
  uint32_t struct_size;
  uint32_t reserved;
  pintle_view connection; /* the name of the connection; empty for one without */
  pintle_view url;        /* of the gateway, in its one normal form */
  pintle_view scheme;     /* the scheme's id, or a text that is made of it */
} pintle_session_key;

/* The functions of a store. A session is a few KB of any bytes, and as secret as a password: keep
 * it encrypted, or where only this user can read it.
 *
 * The functions are called on any thread, by several at the same time, and may block; connections
 * wait for them. They must not use a connection or a host. What they are given is valid during the
 * call. A function that fails fills in `error` (its struct_size is set): `message` says why,
 * without a secret; `hint` and the flags PINTLE_ERROR_RETRY and PINTLE_ERROR_USER_ACTION may be
 * set. It returns PINTLE_LAYER_STORE then, else PINTLE_OK; any other number is PINTLE_LAYER_STORE.
 */
typedef struct pintle_session_store {
  uint32_t struct_size;
  uint32_t reserved;
  void* user; /* passed to each function */
  /* Gives the session to `session` (pintle_secret_give), at most 1 MiB; nothing if there is none.
   * Required. */
  int32_t (*load)(void* user, const pintle_session_key* key, pintle_secret_sink* session,
                  pintle_error* error);
  /* Replaces the session; it is durable when this returns. If it fails, the old session is
   * unchanged; the new one is used from memory, and saved again later. Required. */
  int32_t (*save)(void* user, const pintle_session_key* key, pintle_view session,
                  pintle_error* error);
  /* Deletes the session; that there is none is no failure. Required. */
  int32_t (*erase)(void* user, const pintle_session_key* key, pintle_error* error);
  /* Gives a text for display, which says where the session is: "the keychain". Null: "the store of
   * this program". */
  void (*where)(void* user, const pintle_session_key* key, pintle_secret_sink* text);
  /* Waits up to `timeout_ms` for other processes that use the store, and puts what `unlock` needs
   * into `lock`. Held while a session is renewed, or it would be renewed by two processes at once,
   * which some gateways answer by ending it. A process that is killed must leave no lock behind.
   * With PINTLE_ERROR_RETRY the failure is passed on; without it the store cannot lock, and is used
   * without. Null: no other process uses the store. */
  int32_t (*lock)(void* user, const pintle_session_key* key, int32_t timeout_ms, void** lock,
                  pintle_error* error);
  /* Once for each successful lock, on any thread. Required if there is a `lock`. */
  void (*unlock)(void* user, void* lock);
  /* Called once, on any thread, after the last call of the others: when all handles of the host are
   * destroyed and what they had in progress has ended. Not called if pintle_host_new fails. May be
   * null. */
  void (*release)(void* user);
} pintle_session_store;

#ifdef __cplusplus
}
#endif

#endif
