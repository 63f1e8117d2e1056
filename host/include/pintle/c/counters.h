/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection has done so far. The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c counters */
#ifndef PINTLE_C_COUNTERS_H
#define PINTLE_C_COUNTERS_H

#include <pintle/c/base.h>
#include <pintle/c/connection.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                             /* the places in pintle_counters.losses */
       PINTLE_LOSS_CLOSED = 0,     /* the gateway closed the WebSocket, with a close frame */
       PINTLE_LOSS_BROKEN = 1,     /* it ended without a close frame */
       PINTLE_LOSS_SILENT = 2,     /* the peer answered no ping in time */
       PINTLE_LOSS_PROTOCOL = 3,   /* the peer broke the protocol, or a message was above a limit */
       PINTLE_LOSS_CREDENTIAL = 4, /* the gateway closed it because the credential ended */
       PINTLE_LOSS_HOST_GUARD = 5  /* the gateway closed it because of its host or origin */
};

/* Each grows only, from 0 when the connection is opened, and includes its live connections. They
 * are read one by one: while requests are in progress, one may be ahead of another. */
typedef struct pintle_counters {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t dials; /* WebSockets that were opened */
  uint64_t dials_failed;
  uint64_t tickets_minted; /* single-use WebSocket URLs */
  uint64_t refreshes;      /* renewals of the session that succeeded */
  uint64_t refreshes_failed;
  uint64_t connects;   /* TCP connections, each for one HTTP exchange or several */
  uint64_t bytes_sent; /* of HTTP and WebSockets, without TLS */
  uint64_t bytes_received;
  uint64_t send_queue_peak_bytes; /* the largest size so far of a live connection's queue */
  uint64_t receive_queue_peak_bytes;
  uint64_t responses_2xx; /* HTTP responses by status; a 101 counts as 2xx */
  uint64_t responses_3xx;
  uint64_t responses_4xx;
  uint64_t responses_5xx;
  uint64_t request_errors[32]; /* HTTP requests without a response, by PINTLE_LAYER_* */
  uint64_t losses[16];         /* WebSockets that live connections lost, by PINTLE_LOSS_* */
} pintle_counters;

/* [any] Fills in `counters`. Fails with config for null. */
PINTLE_API int32_t pintle_connection_counters(const pintle_connection* connection,
                                              pintle_counters* counters, pintle_error* error);

#ifdef __cplusplus
}
#endif

#endif
