/* SPDX-License-Identifier: Apache-2.0 */
/* What blocks, without waiting for it: with a callback, or through a descriptor for an event loop.
 * The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c async */
#ifndef PINTLE_C_ASYNC_H
#define PINTLE_C_ASYNC_H

#include <pintle/c/base.h>
#include <pintle/c/connection.h>
#include <pintle/c/reply.h>
#include <pintle/c/sign_in.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An operation in progress or finished. The app destroys each once. It keeps what it needs of the
 * connection, so the connection and the host may be destroyed before it; that does not end it. */
typedef struct pintle_async pintle_async;
/* Receives finished operations, for an app that has an event loop of its own. */
typedef struct pintle_async_queue pintle_async_queue;

/* What happens when the operation has finished: `done` is called, or it is put into `queue`, or, if
 * neither is set, nothing (pintle_async_wait). Both set is refused. */
typedef struct pintle_async_options {
  uint32_t struct_size;
  uint32_t reserved;
  void* user; /* passed to done; pintle_async_user returns it */
  /* Called once, on a thread of the library, maybe before the function that began the operation has
   * returned. It may block, call whatever it likes and destroy `finished`. It is not called if
   * `finished` was destroyed before. */
  void (*done)(void* user, pintle_async* finished);
  pintle_async_queue* queue;
} pintle_async_options;

/* [any] Each begins the operation of the function without `_async`, on a thread of the library, and
 * returns at once. Input is copied, the functions of `ui` too: their `user` must stay valid until
 * the operation is finished or destroyed. At most 256 operations of a process run at once, others
 * wait in order. `options` may be null. Fails with config; then nothing was begun. */
PINTLE_API int32_t pintle_connection_call_async(pintle_connection* connection,
                                                const pintle_call* call,
                                                const pintle_async_options* options,
                                                pintle_async** out, pintle_error* error);
PINTLE_API int32_t pintle_connection_ws_url_async(pintle_connection* connection, pintle_view path,
                                                  const pintle_async_options* options,
                                                  pintle_async** out, pintle_error* error);
PINTLE_API int32_t pintle_connection_probe_async(pintle_connection* connection,
                                                 const pintle_async_options* options,
                                                 pintle_async** out, pintle_error* error);
PINTLE_API int32_t pintle_connection_sign_in_async(pintle_connection* connection,
                                                   const pintle_sign_in_options* sign_in_options,
                                                   const pintle_sign_in_ui* ui,
                                                   const pintle_async_options* options,
                                                   pintle_async** out, pintle_error* error);

/* [any] Returns what the operation returned, and fills in `error` if it failed. Its reply is put
 * into `out` by the first call, and is the app's to destroy; later it is null. Fails with config if
 * the operation has not finished. `out` may be null: the reply stays. */
PINTLE_API int32_t pintle_async_result(pintle_async* operation, pintle_reply** out,
                                       pintle_error* error);
/* [any] [blocks] Waits up to `timeout_ms`, -1 for ever, and returns 1 if it has finished, else 0.
 * Its `done` may be about to run then. */
PINTLE_API int32_t pintle_async_wait(pintle_async* operation, int64_t timeout_ms);
/* [any] Returns `user` of the options. */
PINTLE_API void* pintle_async_user(const pintle_async* operation);
/* [any] Soon ends the operation, which finishes as usual, with PINTLE_ERROR_CANCELLED. Does nothing
 * if it has finished. */
PINTLE_API void pintle_async_cancel(pintle_async* operation);
/* [blocks] Cancels the operation and waits until it has ended; its callbacks, those of its `ui`
 * too, are not called any more. In its own `done` it does not wait. Not in a callback of its `ui`.
 * No other call on it may be in progress. */
PINTLE_API void pintle_async_destroy(pintle_async* operation);

/* [any] Returns null on failure: config, if the system has no descriptor left. */
PINTLE_API pintle_async_queue* pintle_async_queue_new(pintle_error* error);
/* [any] Returns a descriptor that is readable while there is a finished operation, valid until
 * destroy: do not read or close it. */
PINTLE_API int pintle_async_queue_fd(const pintle_async_queue* queue);
/* [any] Takes the operation that finished first; null if there is none. It is the same handle as at
 * its begin, to be destroyed once. One that was destroyed is not returned. */
PINTLE_API pintle_async* pintle_async_queue_take(pintle_async_queue* queue);
/* [any] Ends no operation; what is in progress is not put into a queue any more. */
PINTLE_API void pintle_async_queue_destroy(pintle_async_queue* queue);

#ifdef __cplusplus
}
#endif

#endif
