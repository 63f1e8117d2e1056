/* SPDX-License-Identifier: Apache-2.0 */
/* A live connection: a WebSocket that reconnects by itself. The rules are those of
 * pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c live */
#ifndef PINTLE_C_LIVE_H
#define PINTLE_C_LIVE_H

#include <pintle/c/base.h>
#include <pintle/c/cancel.h>
#include <pintle/c/connection.h>
#include <pintle/c/live_event.h>
#include <pintle/c/live_options.h>
#include <pintle/c/live_request.h>
#include <pintle/c/reply.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pintle_live pintle_live;

/* [any] Starts to connect in the background. The outcome is reported as states. `options` may be
 * null. Fails with config. */
PINTLE_API int32_t pintle_live_start(pintle_connection* connection,
                                     const pintle_live_options* options, pintle_live** out,
                                     pintle_error* error);
/* [one] Ends at once. Pending requests complete as UNANSWERED first. After it returns, no callback
 * runs. In a callback it does not wait, and must be the last call on that handle. */
PINTLE_API void pintle_live_destroy(pintle_live* live);

/* [any] Sends a request as soon as the connection is ready. `id` may be null. Fails with config if
 * the params are not JSON, with websocket if the send queue is full, and with the stored error if
 * the connection needs a sign-in, has failed or is closed. On failure `done` is not called. */
PINTLE_API int32_t pintle_live_send_request(pintle_live* live, const pintle_live_request* request,
                                            int64_t* id, pintle_error* error);
/* [any] [blocks] Sends a request and waits for the response; `done` is not called. Returns
 * PINTLE_OK for any response: the status is 0 and the body the result, or the status is the error
 * code and the body {"message","data"}. Fails with PINTLE_ERROR_OUTCOME_UNKNOWN if the request may
 * have been executed. */
PINTLE_API int32_t pintle_live_rpc(pintle_live* live, const pintle_live_request* request,
                                   pintle_reply** out, pintle_error* error);
/* [any] Stops waiting for a response: `done` is called with what is known. */
PINTLE_API int32_t pintle_live_cancel(pintle_live* live, int64_t id, pintle_error* error);

/* [any] Answers a PINTLE_EVENT_REQUEST. Fails with websocket if the connection of that generation
 * is gone. `code` and `message`: JSON-RPC 2.0 5.1. */
PINTLE_API int32_t pintle_live_answer(pintle_live* live, uint64_t generation, pintle_view id_json,
                                      pintle_view result_json, pintle_error* error);
PINTLE_API int32_t pintle_live_answer_error(pintle_live* live, uint64_t generation,
                                            pintle_view id_json, int64_t code, pintle_view message,
                                            pintle_error* error);

/* [any] Sends one message unchanged. Fails with websocket if the connection is not ready or the
 * send queue is full. */
PINTLE_API int32_t pintle_live_send(pintle_live* live, pintle_view bytes, int32_t is_text,
                                    pintle_error* error);
/* [any] Returns the size of the send queue in bytes. */
PINTLE_API size_t pintle_live_unsent_bytes(const pintle_live* live);

/* [one] Waits for the next event. PINTLE_EVENT_NONE after `timeout_ms` (0: does not wait; -1: no
 * limit), on `cancel`, and after PINTLE_LIVE_CLOSED. What the event points to is valid until the
 * next call. Fails with config if on_event is set. */
PINTLE_API int32_t pintle_live_next(pintle_live* live, int64_t timeout_ms, pintle_cancel* cancel,
                                    pintle_event* event, pintle_error* error);
/* [any] Returns a descriptor for your event loop, readable while events are queued: then call
 * pintle_live_next with timeout 0 until PINTLE_EVENT_NONE. Do not read from it or close it. Returns
 * -1 if on_event is set. */
PINTLE_API int pintle_live_fd(const pintle_live* live);

/* [any] [blocks] Blocks until the connection is ready. Fails with the stored error if it needs a
 * sign-in, has failed or is closed, and with tcp after `timeout_ms` or on `cancel`. */
PINTLE_API int32_t pintle_live_wait_until_ready(pintle_live* live, int64_t timeout_ms,
                                                pintle_cancel* cancel, pintle_error* error);

/* [any] Returns the current state, PINTLE_LIVE_*; PINTLE_LIVE_CLOSED for null. Fills in `why` with
 * the error that caused the state; empty if there is none. `why` may be null. */
PINTLE_API uint32_t pintle_live_state(const pintle_live* live, pintle_error* why);
/* [any] Returns "ready", "waiting", ...; "unknown" for an invalid state. */
PINTLE_API const char* pintle_live_state_name(uint32_t state);

/* [any] Dials now if the connection is waiting, needs a sign-in, or has failed. */
PINTLE_API int32_t pintle_live_retry_now(pintle_live* live, pintle_error* error);
/* [any] Starts the closing handshake. PINTLE_LIVE_CLOSED follows the peer's close frame, or comes
 * after 3 s. `code`: 0 means 1000. Fails with config for a code that must not be sent (RFC 6455
 * 7.4). */
PINTLE_API int32_t pintle_live_close(pintle_live* live, uint32_t code, pintle_view reason,
                                     pintle_error* error);

#ifdef __cplusplus
}
#endif

#endif
