/* SPDX-License-Identifier: Apache-2.0 */
/* The requests on a live connection, and those that resume its sessions after a loss. The rules are
 * those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c live_request */
#ifndef PINTLE_C_LIVE_REQUEST_H
#define PINTLE_C_LIVE_REQUEST_H

#include <pintle/c/base.h>
#include <pintle/c/cancel.h>
#include <pintle/c/live_event.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PINTLE_REQUEST_IDEMPOTENT = 1 }; /* pintle_live_request.flags: safe to send again */

typedef struct pintle_live_request {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view method;
  pintle_view params_json; /* an object, an array, or empty */
  int64_t timeout_ms;      /* call to response, including the wait for ready; 0: 60,000 */
  pintle_cancel* cancel;   /* ends the wait; may be null */

  /* Always called exactly once, with RESULT, ERROR or UNANSWERED; the event's id is 0, so use
   * `user` to identify the request. Runs on the thread of the other callbacks; in pull mode on the
   * I/O thread. If null, the response is delivered as an event. */
  void (*done)(void* user, const pintle_event* answer);
  void* user;
} pintle_live_request;

/* Passed to on_resume when the connection is ready again after a loss. */
typedef struct pintle_resumption {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t away_ms; /* since the loss; the gateway keeps a session for 20 s */
  uint64_t generation;
  pintle_view greeting;
  const pintle_view* sessions; /* with events on the lost connection; at most 256 */
  const int64_t* last_seqs;    /* the last seq of each */
  size_t session_count;
} pintle_resumption;

typedef struct pintle_resume pintle_resume;

/* Sends a request before all queued ones. Call only within on_resume. `cancel` and `timeout_ms` are
 * ignored. */
PINTLE_API int32_t pintle_resume_add(pintle_resume* resume, const pintle_live_request* request,
                                     pintle_error* error);

#ifdef __cplusplus
}
#endif

#endif
