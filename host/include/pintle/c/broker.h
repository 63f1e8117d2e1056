/* SPDX-License-Identifier: Apache-2.0 */
/* A broker: a local address at which other programs reach the gateway of a connection, with its
 * credential and without knowing it (docs/broker.md). The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c broker */
#ifndef PINTLE_C_BROKER_H
#define PINTLE_C_BROKER_H

#include <pintle/c/base.h>
#include <pintle/c/connection.h>
#include <pintle/c/reply.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pintle_broker pintle_broker;

enum {                         /* pintle_broker_options.flags */
       PINTLE_BROKER_OPEN = 1, /* no token: every program of this user may use it */
       PINTLE_BROKER_ALLOW_OTHER_MACHINES =
           2 /* `listen` may be an address that other machines can reach. Everything is sent to them
                in plain text, the token included; not with PINTLE_BROKER_OPEN */
};

typedef struct pintle_broker_options {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view listen; /* "127.0.0.1:PORT", "[::1]:PORT" (port 0: a free one), or "unix:PATH" in a
                         folder that only this user may write; empty: 127.0.0.1 and a free port */
  uint64_t max_connections; /* above it a 503; 0: 10,000 */
  uint64_t max_requests; /* in progress, each on a thread; as many again wait, above that a 503; 0:
                            512 */
  int64_t idle_timeout_ms; /* for the next request of a connection; 0: 75,000 */
  int64_t head_timeout_ms; /* for the rest of a request's head; 0: 10,000 */
  int64_t grace_ms; /* how long `stop` lets requests and WebSockets end by themselves; 0: 2,000; -1:
                       not at all */
} pintle_broker_options;

/* [any] Begins to listen. Sends nothing to the gateway before a client does. Keeps what it needs of
 * the connection. `options` may be null. Fails with config for an option that is refused, with tcp
 * if the address is in use or the system refuses it. */
PINTLE_API int32_t pintle_broker_start(const pintle_connection* connection,
                                       const pintle_broker_options* options, pintle_broker** out,
                                       pintle_error* error);
/* [any] [blocks] Stops listening, lets what is in progress end within grace_ms and then ends it.
 * Does nothing if it was stopped. */
PINTLE_API int32_t pintle_broker_stop(pintle_broker* broker, pintle_error* error);
/* [any] [blocks] Stops, as pintle_broker_stop does. No other call on it may be in progress. */
PINTLE_API void pintle_broker_destroy(pintle_broker* broker);

/* Each [any] returns a text that is valid until destroy and followed by a NUL that is not counted;
 * empty for null. */

/* Returns the address for clients: "http://127.0.0.1:40123"; "http://localhost" for a Unix socket.
 */
PINTLE_API pintle_view pintle_broker_url(const pintle_broker* broker);
/* Returns the path of the Unix socket, without symbolic links; empty for a port. */
PINTLE_API pintle_view pintle_broker_socket_path(const pintle_broker* broker);
/* Returns the local token, which is secret and is wiped by destroy; empty with PINTLE_BROKER_OPEN.
 * Clients send it as X-Hermes-Session-Token or ?token=. Never put it into a command line. */
PINTLE_API pintle_view pintle_broker_token(const pintle_broker* broker);
/* [any] Writes the local token to a file that only this user can read (mode 0600), and replaces one
 * that is there; a folder that is missing is created. The file is the app's to remove. Fails with
 * config if there is no token, with store if the file cannot be written. */
PINTLE_API int32_t pintle_broker_write_token(const pintle_broker* broker, pintle_view file,
                                             pintle_error* error);

/* [any] The body is a text in the format of Prometheus: the counters of the broker and of its
 * connection, as at its path /metrics. Destroy the reply. Fails with config. */
PINTLE_API int32_t pintle_broker_metrics(const pintle_broker* broker, pintle_reply** out,
                                         pintle_error* error);

#ifdef __cplusplus
}
#endif

#endif
