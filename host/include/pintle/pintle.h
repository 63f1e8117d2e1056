/* SPDX-License-Identifier: Apache-2.0 */
/* The C API of Pintle: one C99 header, which includes those of pintle/c/, and one library,
 * libpintle.
 *
 *     pintle_host* host = pintle_host_new(NULL, &error);
 *     pintle_connection_open(host, &options, &connection, &error);
 *     pintle_connection_call(connection, &call, NULL, &reply, &error);   // one REST request
 *     pintle_live_start(connection, NULL, &live, &error);                // reconnects by itself
 *     while (pintle_live_next(live, -1, NULL, &event, &error) == PINTLE_OK && event.kind) ...
 *
 * The rules are those of plugin.h, which defines views, fields, errors and layers:
 *
 * - Size. Every struct begins with `struct_size`. Set it to the sizeof of the struct before each
 *   call, for input and output structs. No member beyond it is read or written. New members are
 *   only added at the end. 0 in a member of an options struct means the default. An options struct
 *   may be null if the function says so.
 * - Errors. A function that can fail returns PINTLE_OK or a PINTLE_LAYER_* and fills in `error`,
 *   which may be null. A null handle, a missing `struct_size`, or a null pointer with a non-zero
 *   count is PINTLE_LAYER_CONFIG. No exception or errno crosses the API. No error holds a secret.
 * - Handles. Destroy each handle once, with the `destroy` function of its type. Destroying null
 *   does nothing. The order is free: a handle keeps what it needs of the others alive.
 * - Text is UTF-8, a pointer and a length. Input is copied before the call returns. Output is owned
 *   by its handle, or valid during the callback.
 * - Threads. [any]: any thread, concurrently on the same handle. [one]: one call at a time per
 *   handle. [blocks]: waits for the network; do not call from a callback. Ends when its `cancel`
 *   is requested.
 */
/** @file
 * @snippet reference/c_api.c version */
#ifndef PINTLE_PINTLE_H
#define PINTLE_PINTLE_H

#include <pintle/c/async.h>
#include <pintle/c/base.h>
#include <pintle/c/broker.h>
#include <pintle/c/cancel.h>
#include <pintle/c/connection.h>
#include <pintle/c/counters.h>
#include <pintle/c/doctor.h>
#include <pintle/c/host.h>
#include <pintle/c/live.h>
#include <pintle/c/live_event.h>
#include <pintle/c/live_options.h>
#include <pintle/c/live_request.h>
#include <pintle/c/log.h>
#include <pintle/c/reply.h>
#include <pintle/c/secret.h>
#include <pintle/c/session_store.h>
#include <pintle/c/sign_in.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major changes when existing programs would break, and is the library's SONAME. The minor
 * changes when something is added. */
#define PINTLE_API_MAJOR 0u
#define PINTLE_API_MINOR 1u

/* [any] Returns the API version of the loaded library: major in the upper 16 bits, minor in the
 * lower. */
PINTLE_API uint32_t pintle_api_version(void);
/* [any] Returns the package version: "0.1.0". */
PINTLE_API const char* pintle_version(void);

#ifdef __cplusplus
}
#endif

#endif
