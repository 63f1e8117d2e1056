/* SPDX-License-Identifier: Apache-2.0 */
/* How a callback of the app gives a secret, or another answer of the user. The rules are those of
 * pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c secret */
#ifndef PINTLE_C_SECRET_H
#define PINTLE_C_SECRET_H

#include <pintle/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a callback puts its answer; valid until the callback returns. A callback that returns
 * without giving anything has refused to answer. Null is ignored by each function. */
typedef struct pintle_secret_sink pintle_secret_sink;

/* [one] Gives the answer, which may be empty; at most 64 KiB, taken as it is. It is copied
 * and the copy is wiped after use, so wipe your own when this returns. A second call replaces the
 * first. */
PINTLE_API void pintle_secret_give(pintle_secret_sink* sink, pintle_view text);
/* [one] Refuses to answer and says why: one line for the message of the error, without a secret in
 * it. Takes back what was given. */
PINTLE_API void pintle_secret_refuse(pintle_secret_sink* sink, pintle_view why);
/* [any] Returns 1 if the answer is not wanted any more: the call was cancelled, its time is over,
 * or it has ended in another way (the browser has finished). Return from the callback then. Else 0.
 */
PINTLE_API int32_t pintle_secret_is_cancelled(const pintle_secret_sink* sink);
/* [one] Returns a descriptor that becomes readable at that moment, for poll or an event loop;
 * closed when the callback returns: do not close or read it. -1 if the system has none left. */
PINTLE_API int pintle_secret_cancel_fd(pintle_secret_sink* sink);

/* A secret that the app has: PINTLE_FROM_CALLBACK of pintle_source. */
typedef struct pintle_secret_callback {
  uint32_t struct_size;
  uint32_t reserved;
  void* user; /* passed to read and release */
  /* Gives the secret `key` ("token"). Required. Called at each use, on the thread that needs the
   * secret (one of the app's in a [blocks] call, else one of the library's), by several at the same
   * time. It may block for as long as a request may. It must not use the connection that the secret
   * is for, nor call what [blocks]. */
  void (*read)(void* user, pintle_view key, pintle_secret_sink* sink);
  /* Called once for each pintle_source, on any thread, after the last call of read: when the
   * connection and all that was made from it are destroyed and what they had in progress has ended.
   * Not called if the function that was given the source fails. May be null. */
  void (*release)(void* user);
} pintle_secret_callback;

#ifdef __cplusplus
}
#endif

#endif
