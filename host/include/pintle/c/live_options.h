/* SPDX-License-Identifier: Apache-2.0 */
/* How a live connection is kept, and the callbacks that it calls. The rules are those of
 * pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c live_options */
#ifndef PINTLE_C_LIVE_OPTIONS_H
#define PINTLE_C_LIVE_OPTIONS_H

#include <pintle/c/base.h>
#include <pintle/c/live_event.h>
#include <pintle/c/live_request.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                               /* pintle_live_options.content */
       PINTLE_CONTENT_JSON_RPC = 0,  /* JSON-RPC 2.0, one text frame per message */
       PINTLE_CONTENT_MESSAGES = 1,  /* any content, whole messages */
       PINTLE_CONTENT_PIECES = 2,    /* any content, in pieces as received */
       PINTLE_CONTENT_BY_PROFILE = 3 /* what the gateway's profile says */
};

enum {                               /* pintle_live_options.flags */
       PINTLE_LIVE_NO_RECONNECT = 1, /* closes at the first failure or loss */
       PINTLE_LIVE_OFFER_DEFLATE = 2 /* RFC 7692; costs 0.3 MB per connection */
};

typedef struct pintle_live_options {
  uint32_t struct_size;
  uint32_t flags;
  uint32_t content;
  uint32_t reserved;
  pintle_view path; /* empty: that of the gateway's profile ("/api/ws") */
  const pintle_field* query;
  size_t query_count;
  pintle_view origin;               /* Origin header; empty: not sent */
  uint64_t max_message_bytes;       /* 0: 64 MiB; at most 512 MiB */
  uint64_t max_send_queue_bytes;    /* 0: 64 MiB */
  uint64_t max_receive_queue_bytes; /* reading from the socket pauses above it; 0: 8 MiB */
  int64_t ready_timeout_ms;         /* how long to wait for gateway.ready; 0: 1,000 */
  int64_t ping_after_idle_ms;     /* pings a silent peer, drops it after as long again; 0: 30,000 */
  int64_t heartbeat_ms;           /* gateway.ping, if the gateway has it; 0: 30,000; -1: never */
  int64_t initial_backoff_ms;     /* 0: 250 */
  int64_t max_backoff_ms;         /* 0: 30,000 */
  int64_t backoff_reset_after_ms; /* a connection that lived this long resets the backoff; 0:
                                     30,000 */

  void* user; /* passed to the callbacks below */
  /* Receives the events. If null, pull them with pintle_live_next. Callbacks run one at a time, on
   * the I/O thread, which all live connections of the host share: do not block. They may call any
   * function of their pintle_live that does not block, including destroy. `*out` of
   * pintle_live_start is set before the first callback, which may run before it returns. */
  void (*on_event)(void* user, const pintle_event* event);
  /* Runs the callbacks on a thread of your choice. If null, they run on the I/O thread. Called on
   * the I/O thread; must soon call run(task) once for each task, one after another in order. A task
   * run after pintle_live_destroy does nothing, but must still be run. Requires on_event. */
  void (*executor)(void* user, void (*run)(void* task), void* task);
  /* Always called on the I/O thread. May be null. */
  void (*on_resume)(void* user, const pintle_resumption* lost, pintle_resume* resume);
  pintle_view traceparent; /* W3C traceparent of each upgrade; empty: none, or a new one for each
                              dial with PINTLE_HOST_GENERATE_TRACEPARENT */
} pintle_live_options;

#ifdef __cplusplus
}
#endif

#endif
