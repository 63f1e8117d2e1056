/* SPDX-License-Identifier: Apache-2.0 */
/* The C API of Pintle: one C99 header and one library, libpintle.
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
#ifndef PINTLE_PINTLE_H
#define PINTLE_PINTLE_H

#include <string.h>

#include <pintle/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major changes when existing programs would break, and is the library's SONAME. The minor
 * changes when something is added. */
#define PINTLE_API_MAJOR 0u
#define PINTLE_API_MINOR 1u

#if defined(__GNUC__)
#define PINTLE_API __attribute__((visibility("default")))
#else
#define PINTLE_API
#endif

/* [any] Returns the API version of the loaded library: major in the upper 16 bits, minor in the
 * lower. */
PINTLE_API uint32_t pintle_api_version(void);
/* [any] Returns the package version: "0.1.0". */
PINTLE_API const char* pintle_version(void);

/* Returns the view of a NUL-terminated string; empty for null. */
static inline pintle_view pintle_text(const char* text) {
  pintle_view view;
  view.data = text;
  view.size = text != NULL ? strlen(text) : 0;
  return view;
}

/* pintle_error.flags, in addition to those of plugin.h: the request was sent and no response was
 * received, so it may have been executed. Without this flag it was not executed. */
enum { PINTLE_ERROR_OUTCOME_UNKNOWN = 0x10000 };

/* ---- Cancel ---------------------------------------------------------------------------------- */

typedef struct pintle_cancel pintle_cancel;

/* [any] Returns null if out of memory. May be shared by many calls. Cannot be reset. */
PINTLE_API pintle_cancel* pintle_cancel_new(void);
/* [any] Soon ends every call that uses `cancel`. Not async-signal-safe. */
PINTLE_API void pintle_cancel_request(pintle_cancel* cancel);
/* [any] May be called while a call uses it; that call can then no longer be cancelled. */
PINTLE_API void pintle_cancel_destroy(pintle_cancel* cancel);

/* ---- Host ------------------------------------------------------------------------------------ */

typedef struct pintle_host pintle_host;

enum {                                   /* pintle_host_options.flags */
       PINTLE_HOST_BUNDLED_ONLY = 1,     /* only the schemes in libpintle; reads no plugin folder */
       PINTLE_HOST_FORGETS_SESSIONS = 2, /* keeps sessions in memory only */
       PINTLE_HOST_NO_PROXY_ENVIRONMENT = 4 /* ignores http_proxy and the related variables */
};

typedef struct pintle_host_options {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view session_folder;        /* empty: $XDG_STATE_HOME/pintle/sessions */
  const pintle_view* plugin_folders; /* replace the default ones; earlier folders take precedence */
  size_t plugin_folder_count;
  pintle_view load_check_program; /* path of pintle-load-check for these folders; empty: the
                                     installed one */
} pintle_host_options;

/* [any] Creates a host. Returns null on failure: config, store. `options` may be null: the schemes
 * in libpintle, the default plugin folders, and sessions in files. */
PINTLE_API pintle_host* pintle_host_new(const pintle_host_options* options, pintle_error* error);
PINTLE_API void pintle_host_destroy(pintle_host* host);

/* ---- Reply ----------------------------------------------------------------------------------- */

/* The result of a call. Immutable. Threads: [any]. */
typedef struct pintle_reply pintle_reply;

/* Returns the HTTP status, or what the function that created the reply documents. */
PINTLE_API int32_t pintle_reply_status(const pintle_reply* reply);
/* Returns the body, valid until destroy and followed by a NUL that is not counted. Empty for null.
 */
PINTLE_API pintle_view pintle_reply_body(const pintle_reply* reply);
PINTLE_API size_t pintle_reply_header_count(const pintle_reply* reply);
/* Returns the header at `index`; empty if out of range. */
PINTLE_API pintle_field pintle_reply_header_at(const pintle_reply* reply, size_t index);
/* Returns the value of the first header with that name, ignoring case; empty if there is none. */
PINTLE_API pintle_view pintle_reply_header(const pintle_reply* reply, pintle_view name);
PINTLE_API void pintle_reply_destroy(pintle_reply* reply);

/* ---- Connection ------------------------------------------------------------------------------ */

typedef struct pintle_connection pintle_connection;

enum {                             /* pintle_source.from */
       PINTLE_FROM_FILE = 1,       /* a path; the whole file without its last line break */
       PINTLE_FROM_COMMAND = 2,    /* a command for /bin/sh; the first line of its output */
       PINTLE_FROM_ENVIRONMENT = 3 /* the name of an environment variable */
};

typedef struct pintle_source { /* Where to read a secret, at each use. Never grows. */
  pintle_view key;             /* the scheme's name for it: "token" */
  pintle_view where;
  uint32_t from;
  uint32_t reserved;
} pintle_source;

enum {                              /* pintle_connection_options.flags */
       PINTLE_ALLOW_PLAIN_HTTP = 1, /* allows secrets over plain http to another machine */
       PINTLE_NO_PROXY = 2          /* uses no proxy; ignores `proxy` and the environment */
};

typedef struct pintle_connection_options {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view url;    /* "https://gateway.example"; empty: the saved connection `name` (pintle add),
                         whose settings the members set here override */
  pintle_view name;   /* sessions are stored under it */
  pintle_view scheme; /* empty: the best match */
  const pintle_source* inputs;
  size_t input_count;
  const pintle_field* scheme_settings; /* specific to the scheme; never secret */
  size_t scheme_setting_count;
  pintle_view headers_file; /* lines "Name: value" for an access proxy, sent with every request */
  pintle_view ca_file;      /* PEM; replaces the system's trust store */
  pintle_view proxy;        /* "http://host:port", "socks5://host:port"; empty: from the
                               environment */
  pintle_view proxy_auth_file; /* contains "user:password" */
  const pintle_view* allowed_origins;
  size_t allowed_origin_count;
  pintle_view session_store; /* "file" (the default) or "secret-service" */
  int64_t request_ms;        /* request timeout; 0: 60,000 */
  int64_t connect_ms;        /* connect timeout; 0: 10,000 */
} pintle_connection_options;

/* [any] Creates a connection. Sends nothing. Fails with config, store. */
PINTLE_API int32_t pintle_connection_open(const pintle_host* host,
                                          const pintle_connection_options* options,
                                          pintle_connection** out, pintle_error* error);
/* [any] No call on it may be in progress. Live connections created from it stay open. */
PINTLE_API void pintle_connection_destroy(pintle_connection* connection);

/* [any] [blocks] Probes the gateway without a credential. The body is a JSON object: url, version,
 * release_date, install_id, auth_required, auth_flows, providers (name, display_name,
 * supports_password). */
PINTLE_API int32_t pintle_connection_probe(pintle_connection* connection, pintle_cancel* cancel,
                                           pintle_reply** out, pintle_error* error);

/* [any] [blocks] Chooses the scheme. The body is a JSON object: scheme, library, schemes (scheme,
 * score, verdict, why, library of each). */
PINTLE_API int32_t pintle_connection_choose(pintle_connection* connection, pintle_cancel* cancel,
                                            pintle_reply** out, pintle_error* error);

typedef struct pintle_call {
  uint32_t struct_size;
  uint32_t reserved;
  pintle_view method; /* empty: GET */
  pintle_view target; /* path and query below the gateway's prefix: "/api/sessions?limit=3" */
  const pintle_field* headers;
  size_t header_count;
  pintle_view body;
} pintle_call;

/* [any] [blocks] Sends one authenticated request. Returns PINTLE_OK for any status of the response.
 * Fails if there is no response, and with PINTLE_ERROR_SIGN_IN if the credential is missing or no
 * longer valid. */
PINTLE_API int32_t pintle_connection_call(pintle_connection* connection, const pintle_call* call,
                                          pintle_cancel* cancel, pintle_reply** out,
                                          pintle_error* error);

/* [any] [blocks] Mints a WebSocket URL for another library to dial. The body is the URL, which is
 * secret. The status is 1 if the URL is single-use and short-lived, else 0. `path`: empty means
 * "/api/ws". */
PINTLE_API int32_t pintle_connection_ws_url(pintle_connection* connection, pintle_view path,
                                            pintle_cancel* cancel, pintle_reply** out,
                                            pintle_error* error);

/* ---- Live connection: events ------------------------------------------------------------------*/

typedef struct pintle_live pintle_live;

enum {                                /* pintle_event.state */
       PINTLE_LIVE_IDLE = 0,          /* not started */
       PINTLE_LIVE_PROBING = 1,       /* probing the gateway */
       PINTLE_LIVE_DIALLING = 2,      /* minting a credential and opening the WebSocket */
       PINTLE_LIVE_READY = 3,         /* open; requests are sent at once */
       PINTLE_LIVE_WAITING = 4,       /* connection lost; dials again after wait_ms */
       PINTLE_LIVE_NEEDS_SIGN_IN = 5, /* until a credential changes */
       PINTLE_LIVE_FAILED = 6,        /* not retryable; until pintle_live_retry_now */
       PINTLE_LIVE_CLOSED = 7         /* final: no more events */
};

enum {                          /* pintle_event.kind */
       PINTLE_EVENT_NONE = 0,   /* from pintle_live_next only: no event */
       PINTLE_EVENT_STATE = 1,  /* state, generation, failure, wait_ms, close_code, json (ready:
                                   the payload of gateway.ready), text (the close reason) */
       PINTLE_EVENT_EVENT = 2,  /* type, session_id, seq, json (the payload) */
       PINTLE_EVENT_RESULT = 3, /* result of request `id`: json */
       PINTLE_EVENT_ERROR = 4,  /* error response to request `id`: code, text, json (the data) */
       PINTLE_EVENT_UNANSWERED = 5, /* no response to `id`: failure; PINTLE_EVENT_WAS_SENT */
       PINTLE_EVENT_REQUEST = 6, /* request from the gateway: id_json, type (the method), json; pass
                                    its generation to pintle_live_answer */
       PINTLE_EVENT_NOTIFICATION = 7, /* notification from the gateway: type, json */
       PINTLE_EVENT_MALFORMED = 8,    /* invalid message: text */
       PINTLE_EVENT_MESSAGE = 9,      /* PINTLE_CONTENT_MESSAGES: json holds its bytes */
       PINTLE_EVENT_PIECE = 10        /* PINTLE_CONTENT_PIECES: part of a message, in json */
};

enum {                            /* pintle_event.flags */
       PINTLE_EVENT_HAS_SEQ = 1,  /* EVENT: seq is present */
       PINTLE_EVENT_WAS_SENT = 2, /* UNANSWERED: it was sent, so it may have been executed */
       PINTLE_EVENT_IS_TEXT = 4,  /* MESSAGE, PIECE: text, else binary */
       PINTLE_EVENT_IS_FIRST = 8, /* PIECE: first of its message */
       PINTLE_EVENT_IS_LAST = 16, /* PIECE: last of its message */
       PINTLE_EVENT_REUSED = 32   /* STATE, ready: reuses the TCP connection of the last exchange */
};

typedef struct pintle_event {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t flags;
  uint32_t state;
  uint64_t generation; /* counts the dials; 0 for MESSAGE and PIECE in a callback */
  int64_t id;
  int64_t code; /* JSON-RPC 2.0 5.1 */
  int64_t seq;
  int64_t wait_ms;    /* STATE, waiting: delay before the next dial */
  int32_t close_code; /* STATE: the peer's close code; 1006: no close frame; 0: was not open */
  int32_t layer;      /* of `failure`; PINTLE_OK if null */
  pintle_view id_json;
  pintle_view type;
  pintle_view session_id;
  pintle_view json;
  pintle_view text;
  const pintle_error* failure; /* may be null */
} pintle_event;

/* ---- Live connection: requests ----------------------------------------------------------------*/

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

/* ---- Live connection: options -----------------------------------------------------------------*/

enum {                              /* pintle_live_options.content */
       PINTLE_CONTENT_JSON_RPC = 0, /* JSON-RPC 2.0, one text frame per message */
       PINTLE_CONTENT_MESSAGES = 1, /* any content, whole messages */
       PINTLE_CONTENT_PIECES = 2    /* any content, in pieces as received */
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
  pintle_view path; /* empty: "/api/ws" */
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
} pintle_live_options;

/* ---- Live connection: functions ---------------------------------------------------------------*/

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
