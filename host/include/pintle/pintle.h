/* SPDX-License-Identifier: Apache-2.0 */
/* Pintle for C, and for whatever can call C: one C99 header and one library, libpintle.
 *
 *     pintle_host* host = pintle_host_new(NULL, &error);
 *     pintle_connection_open(host, &options, &connection, &error);
 *     pintle_connection_call(connection, &call, NULL, &reply, &error);   // one REST request
 *     pintle_live_start(connection, NULL, &live, &error);                // the WebSocket, for good
 *     while (pintle_live_next(live, -1, NULL, &event, &error) == PINTLE_OK && event.kind) ...
 *
 * The rules are those of plugin.h, from which views, fields, errors and layers come:
 *
 * - Size. Every struct that crosses begins with `struct_size`, set by you to its sizeof before each
 *   call, for what is given and for what is filled in. No member beyond it is read or written.
 *   Members are only ever added at the end. A member of an options struct that is 0 means the
 *   default; an options struct may be null where the function says so.
 * - Errors. A function that can fail returns PINTLE_OK or a PINTLE_LAYER_*, and fills in `error`,
 *   which may be null. A null handle, a missing `struct_size` and a null pointer with a count are
 *   PINTLE_LAYER_CONFIG. No exception and no errno crosses; no error holds a secret.
 * - Handles come from a function that makes them and go to the `destroy` of their kind, once; a
 *   null there does nothing. The order is free: each keeps what it needs of the others.
 * - Text is UTF-8, a pointer and a length. What goes in is copied before the call returns. What
 *   comes out belongs to its handle, or holds during the callback.
 * - Threads. [any]: any thread, many at once, on the same handle. [one]: one call at a time for a
 *   handle. [blocks]: waits for the network; not from a callback. All end with their `cancel`.
 */
#ifndef PINTLE_PINTLE_H
#define PINTLE_PINTLE_H

#include <string.h>

#include <pintle/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major changes with what breaks a program that was built before, and is the library's SONAME;
 * the minor with what is added. */
#define PINTLE_API_MAJOR 0u
#define PINTLE_API_MINOR 1u

#if defined(__GNUC__)
#define PINTLE_API __attribute__((visibility("default")))
#else
#define PINTLE_API
#endif

/* [any] Of the library that is loaded: major in the upper 16 bits, minor in the lower. */
PINTLE_API uint32_t pintle_api_version(void);
/* [any] Of the package: "0.1.0". */
PINTLE_API const char* pintle_version(void);

/* The view of a text that ends with a NUL; null is empty. */
static inline pintle_view pintle_text(const char* text) {
  pintle_view view;
  view.data = text;
  view.size = text != NULL ? strlen(text) : 0;
  return view;
}

/* pintle_error.flags, beside those of plugin.h: the request left and no answer came, so it may have
 * been carried out. Without it, what failed was not done. */
enum { PINTLE_ERROR_OUTCOME_UNKNOWN = 0x10000 };

/* ---- Cancel ---------------------------------------------------------------------------------- */

typedef struct pintle_cancel pintle_cancel;

/* [any] Null where there is no memory. One may serve many calls; it stays requested. */
PINTLE_API pintle_cancel* pintle_cancel_new(void);
/* [any] Ends every call that was given it, soon; not for a signal handler. */
PINTLE_API void pintle_cancel_request(pintle_cancel* cancel);
/* [any] At any time, also while a call uses it, which then can't be cancelled any more. */
PINTLE_API void pintle_cancel_destroy(pintle_cancel* cancel);

/* ---- Host ------------------------------------------------------------------------------------ */

typedef struct pintle_host pintle_host;

enum {                                      /* pintle_host_options.flags */
       PINTLE_HOST_BUNDLED_ONLY = 1,        /* the schemes in libpintle; no plugin folder is read */
       PINTLE_HOST_FORGETS_SESSIONS = 2,    /* sessions end with the process */
       PINTLE_HOST_NO_PROXY_ENVIRONMENT = 4 /* http_proxy and its like are not read */
};

typedef struct pintle_host_options {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view session_folder;        /* empty: $XDG_STATE_HOME/pintle/sessions */
  const pintle_view* plugin_folders; /* in place of this machine's; a later one has less say */
  size_t plugin_folder_count;
  pintle_view load_check_program; /* the program pintle-load-check, for these folders; empty: the
                                     installed one */
} pintle_host_options;

/* [any] Null where it fails. `options` may be null: the schemes in libpintle, this machine's plugin
 * folders, and sessions in files. Fails with config, store. */
PINTLE_API pintle_host* pintle_host_new(const pintle_host_options* options, pintle_error* error);
PINTLE_API void pintle_host_destroy(pintle_host* host);

/* ---- Reply ----------------------------------------------------------------------------------- */

/* What came back from a call. [any]: it never changes. */
typedef struct pintle_reply pintle_reply;

/* The HTTP status; see the function that made it for what else. */
PINTLE_API int32_t pintle_reply_status(const pintle_reply* reply);
/* Good until destroy; a NUL follows that is not counted. Empty for null. */
PINTLE_API pintle_view pintle_reply_body(const pintle_reply* reply);
PINTLE_API size_t pintle_reply_header_count(const pintle_reply* reply);
/* Empty where there is no such header. */
PINTLE_API pintle_field pintle_reply_header_at(const pintle_reply* reply, size_t index);
/* The first of that name, in any case; empty where there is none. */
PINTLE_API pintle_view pintle_reply_header(const pintle_reply* reply, pintle_view name);
PINTLE_API void pintle_reply_destroy(pintle_reply* reply);

/* ---- Connection ------------------------------------------------------------------------------ */

typedef struct pintle_connection pintle_connection;

enum {                             /* pintle_source.from */
       PINTLE_FROM_FILE = 1,       /* a path; the whole file without its last line break */
       PINTLE_FROM_COMMAND = 2,    /* a line for /bin/sh; the first line that it prints */
       PINTLE_FROM_ENVIRONMENT = 3 /* a variable's name */
};

typedef struct pintle_source { /* Where a secret lies; it is read at each use. Never grows. */
  pintle_view key;             /* what the scheme calls it: "token" */
  pintle_view where;
  uint32_t from;
  uint32_t reserved;
} pintle_source;

enum {                              /* pintle_connection_options.flags */
       PINTLE_ALLOW_PLAIN_HTTP = 1, /* a secret may travel so to another machine */
       PINTLE_NO_PROXY = 2          /* no proxy, whatever `proxy` and the environment say */
};

typedef struct pintle_connection_options {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view url;    /* "https://gateway.example"; empty: of the connection that was kept as `name`
                         (pintle add), and what is given here takes the place of what was kept */
  pintle_view name;   /* sessions are kept by it */
  pintle_view scheme; /* empty: the best that fits */
  const pintle_source* inputs;
  size_t input_count;
  const pintle_field* scheme_settings; /* the scheme's own; never secret */
  size_t scheme_setting_count;
  pintle_view headers_file;    /* lines "Name: value" for an access proxy, sent on every leg */
  pintle_view ca_file;         /* PEM, in place of the system's store */
  pintle_view proxy;           /* "http://host:port", "socks5://host:port"; empty: what the
                                  environment names */
  pintle_view proxy_auth_file; /* holds "user:password" */
  const pintle_view* allowed_origins;
  size_t allowed_origin_count;
  pintle_view session_store; /* "file" (and empty) or "secret-service" */
  int64_t request_ms;        /* how long a request may take; 0: 60,000 */
  int64_t connect_ms;        /* ... and a connection to be made; 0: 10,000 */
} pintle_connection_options;

/* [any] Sends nothing. Fails with config, store. */
PINTLE_API int32_t pintle_connection_open(const pintle_host* host,
                                          const pintle_connection_options* options,
                                          pintle_connection** out, pintle_error* error);
/* [any] Once no call on it is under way. Live connections made from it go on. */
PINTLE_API void pintle_connection_destroy(pintle_connection* connection);

/* [any] [blocks] Asks the gateway what it is, without a credential. The body is a JSON object: url,
 * version, release_date, install_id, auth_required, auth_flows, providers (name, display_name,
 * supports_password). */
PINTLE_API int32_t pintle_connection_probe(pintle_connection* connection, pintle_cancel* cancel,
                                           pintle_reply** out, pintle_error* error);

/* [any] [blocks] Which scheme is used and why. The body is a JSON object: scheme, library, schemes
 * (scheme, score, verdict, why, library of each). */
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

/* [any] [blocks] One authenticated request. OK with whatever status the gateway answered; fails
 * where there is no answer, and with PINTLE_ERROR_SIGN_IN where the credential is missing or dead.
 */
PINTLE_API int32_t pintle_connection_call(pintle_connection* connection, const pintle_call* call,
                                          pintle_cancel* cancel, pintle_reply** out,
                                          pintle_error* error);

/* [any] [blocks] A fresh WebSocket URL for another library to dial: the body, a secret. `path`:
 * empty is "/api/ws". The status is 1 where the URL works once and for a short time, else 0. */
PINTLE_API int32_t pintle_connection_ws_url(pintle_connection* connection, pintle_view path,
                                            pintle_cancel* cancel, pintle_reply** out,
                                            pintle_error* error);

/* ---- Live connection: what comes --------------------------------------------------------------*/

typedef struct pintle_live pintle_live;

enum {                                /* pintle_event.state */
       PINTLE_LIVE_IDLE = 0,          /* not begun */
       PINTLE_LIVE_PROBING = 1,       /* the gateway is asked what it is */
       PINTLE_LIVE_DIALLING = 2,      /* a credential is made and the WebSocket opened */
       PINTLE_LIVE_READY = 3,         /* requests are sent as they are made */
       PINTLE_LIVE_WAITING = 4,       /* lost; dialled again after wait_ms */
       PINTLE_LIVE_NEEDS_SIGN_IN = 5, /* until a credential changes */
       PINTLE_LIVE_FAILED = 6,        /* until pintle_live_retry_now: trying again would not help */
       PINTLE_LIVE_CLOSED = 7         /* the end: nothing comes any more */
};

enum {                              /* pintle_event.kind */
       PINTLE_EVENT_NONE = 0,       /* of pintle_live_next: nothing came in time */
       PINTLE_EVENT_STATE = 1,      /* state, generation, failure, wait_ms, close_code, json (ready:
                                       what the gateway said first), text (the close reason) */
       PINTLE_EVENT_EVENT = 2,      /* type, session_id, seq, json (the payload) */
       PINTLE_EVENT_RESULT = 3,     /* the answer to request `id`: json */
       PINTLE_EVENT_ERROR = 4,      /* ... is an error: code, text, json (the data) */
       PINTLE_EVENT_UNANSWERED = 5, /* ... did not come: failure; PINTLE_EVENT_WAS_SENT */
       PINTLE_EVENT_REQUEST = 6,    /* the gateway asks: id_json, type (the method), json; answer it
                                       with pintle_live_answer and its generation */
       PINTLE_EVENT_NOTIFICATION = 7, /* the gateway tells: type, json */
       PINTLE_EVENT_MALFORMED = 8,    /* a message that is none: text */
       PINTLE_EVENT_MESSAGE = 9,      /* PINTLE_CONTENT_MESSAGES: json holds its bytes */
       PINTLE_EVENT_PIECE = 10        /* PINTLE_CONTENT_PIECES: the same for a part of one */
};

enum {                            /* pintle_event.flags */
       PINTLE_EVENT_HAS_SEQ = 1,  /* EVENT: seq was there */
       PINTLE_EVENT_WAS_SENT = 2, /* UNANSWERED: it left, so it may have been carried out */
       PINTLE_EVENT_IS_TEXT = 4,  /* MESSAGE, PIECE: text, else binary */
       PINTLE_EVENT_IS_FIRST = 8, /* PIECE: the message begins here */
       PINTLE_EVENT_IS_LAST = 16, /* PIECE: the message ends here */
       PINTLE_EVENT_REUSED = 32   /* STATE, ready: over the TCP connection of the exchange before */
};

typedef struct pintle_event {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t flags;
  uint32_t state;
  uint64_t generation; /* counts the dials; 0 with MESSAGE and PIECE in a callback */
  int64_t id;
  int64_t code; /* as JSON-RPC 2.0 5.1 numbers them */
  int64_t seq;
  int64_t wait_ms;    /* STATE, waiting: until the next dial */
  int32_t close_code; /* STATE: of the peer's close frame; 1006: none came; 0: nothing was open */
  int32_t layer;      /* of `failure`; PINTLE_OK without */
  pintle_view id_json;
  pintle_view type;
  pintle_view session_id;
  pintle_view json;
  pintle_view text;
  const pintle_error* failure; /* may be null */
} pintle_event;

/* ---- Live connection: requests ----------------------------------------------------------------*/

enum { PINTLE_REQUEST_IDEMPOTENT = 1 }; /* pintle_live_request.flags: may be sent again */

typedef struct pintle_live_request {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view method;
  pintle_view params_json; /* an object, an array, or empty */
  int64_t timeout_ms;      /* from the call to the answer, until ready included; 0: 60,000 */
  pintle_cancel* cancel;   /* ends the wait; may be null */

  /* Called once, in any case, with RESULT, ERROR or UNANSWERED (its id is 0: `user` tells which),
   * where all callbacks are called; in pull mode on the I/O thread. May be null: then the answer is
   * an event like others. */
  void (*done)(void* user, const pintle_event* answer);
  void* user;
} pintle_live_request;

/* When the connection is ready again after a loss. */
typedef struct pintle_resumption {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t away_ms; /* the gateway keeps a session for 20 s */
  uint64_t generation;
  pintle_view greeting;
  const pintle_view* sessions; /* whose events were seen on the lost connection, 256 at most */
  const int64_t* last_seqs;    /* the last of each */
  size_t session_count;
} pintle_resumption;

typedef struct pintle_resume pintle_resume;

/* Only within on_resume: sends this before all that waits. Its `cancel` and `timeout_ms` don't
 * count.
 */
PINTLE_API int32_t pintle_resume_add(pintle_resume* resume, const pintle_live_request* request,
                                     pintle_error* error);

/* ---- Live connection: options -----------------------------------------------------------------*/

enum {                              /* pintle_live_options.content */
       PINTLE_CONTENT_JSON_RPC = 0, /* JSON-RPC 2.0, one text frame a message */
       PINTLE_CONTENT_MESSAGES = 1, /* whatever comes, whole */
       PINTLE_CONTENT_PIECES = 2    /* whatever comes, as it comes */
};

enum {                               /* pintle_live_options.flags */
       PINTLE_LIVE_NO_RECONNECT = 1, /* the first failure or loss is the end */
       PINTLE_LIVE_OFFER_DEFLATE = 2 /* RFC 7692; costs 0.3 MB for a connection */
};

typedef struct pintle_live_options {
  uint32_t struct_size;
  uint32_t flags;
  uint32_t content;
  uint32_t reserved;
  pintle_view path; /* empty: "/api/ws" */
  const pintle_field* query;
  size_t query_count;
  pintle_view origin;               /* empty: none is sent */
  uint64_t max_message_bytes;       /* 0: 64 MiB; 512 MiB at most */
  uint64_t max_send_queue_bytes;    /* what may wait to be sent; 0: 64 MiB */
  uint64_t max_receive_queue_bytes; /* what may wait for you before reading stops; 0: 8 MiB */
  int64_t ready_timeout_ms;         /* how long the gateway's first word is waited for; 0: 1,000 */
  int64_t ping_after_idle_ms;       /* a silent peer is asked, then given up; 0: 30,000 */
  int64_t heartbeat_ms;           /* gateway.ping, where the gateway has it; 0: 30,000; -1: never */
  int64_t initial_backoff_ms;     /* before dialling again; 0: 250 */
  int64_t max_backoff_ms;         /* 0: 30,000 */
  int64_t backoff_reset_after_ms; /* waits begin anew after a connection that lived so long; 0:
                                     30,000 */

  void* user; /* is given to the callbacks that follow */
  /* What comes. Null: it is pulled with pintle_live_next. Callbacks come one at a time, on the I/O
   * thread, which all live connections of the host share: do not block. They may call anything of
   * their pintle_live that does not block, destroy too. `*out` of pintle_live_start is set before
   * the first; they may come before it returns. */
  void (*on_event)(void* user, const pintle_event* event);
  /* Null: the I/O thread. Else it is called there, and must soon call run(task), once, on a thread
   * of your choice, tasks one after another in their order: the callbacks run in there. A task that
   * is run after pintle_live_destroy does nothing, but must be run. Only with on_event. */
  void (*executor)(void* user, void (*run)(void* task), void* task);
  /* On the I/O thread always; may be null. */
  void (*on_resume)(void* user, const pintle_resumption* lost, pintle_resume* resume);
} pintle_live_options;

/* ---- Live connection: functions ---------------------------------------------------------------*/

/* [any] Connects in the background from now on; what comes of it is told as states. `options` may
 * be null. Fails with config. */
PINTLE_API int32_t pintle_live_start(pintle_connection* connection,
                                     const pintle_live_options* options, pintle_live** out,
                                     pintle_error* error);
/* [one] Ends at once. What waits for an answer is told so first; when it returns no callback runs
 * or will run. Within a callback it waits for nothing, and is the last call on that handle. */
PINTLE_API void pintle_live_destroy(pintle_live* live);

/* [any] Sends a request as soon as the connection is ready; `id` may be null. Fails with config
 * where params are no JSON, with websocket where too much waits, and with what latched a connection
 * that needs a sign-in, has failed or is closed; then `done` is not called. */
PINTLE_API int32_t pintle_live_send_request(pintle_live* live, const pintle_live_request* request,
                                            int64_t* id, pintle_error* error);
/* [any] [blocks] The same, and waits; `done` is not called. OK where an answer came: status is 0
 * and the body the result, or status is the error's code, and the body {"message","data"}. Fails
 * with PINTLE_ERROR_OUTCOME_UNKNOWN where it may have been carried out. */
PINTLE_API int32_t pintle_live_rpc(pintle_live* live, const pintle_live_request* request,
                                   pintle_reply** out, pintle_error* error);
/* [any] Gives up on an answer: `done` is told what is known. */
PINTLE_API int32_t pintle_live_cancel(pintle_live* live, int64_t id, pintle_error* error);

/* [any] Answers a PINTLE_EVENT_REQUEST. Fails with websocket where the connection that it came on
 * is gone. `code` and `message`: JSON-RPC 2.0 5.1. */
PINTLE_API int32_t pintle_live_answer(pintle_live* live, uint64_t generation, pintle_view id_json,
                                      pintle_view result_json, pintle_error* error);
PINTLE_API int32_t pintle_live_answer_error(pintle_live* live, uint64_t generation,
                                            pintle_view id_json, int64_t code, pintle_view message,
                                            pintle_error* error);

/* [any] Sends one message as it is. Fails with websocket where it is not ready or too much waits.
 */
PINTLE_API int32_t pintle_live_send(pintle_live* live, pintle_view bytes, int32_t is_text,
                                    pintle_error* error);
/* [any] What waits to be sent, in bytes. */
PINTLE_API size_t pintle_live_unsent_bytes(const pintle_live* live);

/* [one] The next thing that came; PINTLE_EVENT_NONE where `timeout_ms` is over (0: what is there;
 * -1: no limit), at `cancel`, and after PINTLE_LIVE_CLOSED. What the event points to is good until
 * the next call. Fails with config where there is an on_event. */
PINTLE_API int32_t pintle_live_next(pintle_live* live, int64_t timeout_ms, pintle_cancel* cancel,
                                    pintle_event* event, pintle_error* error);
/* [any] Readable while pintle_live_next has something, for a loop of your own: then call it with 0
 * until it gives PINTLE_EVENT_NONE. Never read from it or close it. -1 with on_event. */
PINTLE_API int pintle_live_fd(const pintle_live* live);

/* [any] [blocks] Fails with what latched it, and with tcp after `timeout_ms` or at `cancel`. */
PINTLE_API int32_t pintle_live_wait_until_ready(pintle_live* live, int64_t timeout_ms,
                                                pintle_cancel* cancel, pintle_error* error);

/* [any] Its state now, PINTLE_LIVE_*, PINTLE_LIVE_CLOSED for null. `why` may be null: filled in
 * with what led there, empty where nothing did. */
PINTLE_API uint32_t pintle_live_state(const pintle_live* live, pintle_error* why);
/* [any] "ready", "waiting", ...; "unknown" for what is none. */
PINTLE_API const char* pintle_live_state_name(uint32_t state);

/* [any] Dials now where it waits, needs a sign-in, or has failed. */
PINTLE_API int32_t pintle_live_retry_now(pintle_live* live, pintle_error* error);
/* [any] Begins an orderly end: PINTLE_LIVE_CLOSED comes with the peer's answer, or after 3 s.
 * `code`: 0 is 1000. Fails with config for a code that may not be sent (RFC 6455 7.4). */
PINTLE_API int32_t pintle_live_close(pintle_live* live, uint32_t code, pintle_view reason,
                                     pintle_error* error);

#ifdef __cplusplus
}
#endif

#endif
