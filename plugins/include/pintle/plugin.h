/* SPDX-License-Identifier: Apache-2.0 */
/* The contract between a host and an auth scheme in a shared library: one C99 header.
 *
 * A scheme does no I/O. It is a state machine: an operation says what it needs (an HTTP exchange, a
 * visit of the user's browser, input, a wait), the host does it and resumes with the answer. So
 * a scheme never opens a socket or a file, reads a clock, starts a thread, or blocks.
 *
 * A library exports one symbol, `pintle_plugin`, a constant table. Rules for both sides:
 *
 * - Size. Every struct that crosses begins with `struct_size`, set by the side that made it to
 *   the size it was compiled with. The other side reads no member that lies beyond it. Members are
 *   only ever added at the end; anything else is a new major.
 * - Memory. Nothing is allocated on one side and freed on the other. What goes in is a view, valid
 *   during the call. What comes out of `decorate` and `session` goes into a sink, which copies.
 *   What a step points to belongs to the operation and holds until its next resume or end.
 * - Text is UTF-8, a pointer and a length, not NUL-terminated; a length of 0 may have a null
 *   pointer.
 * - Errors. A function that can fail returns PINTLE_OK or one PINTLE_LAYER_* and fills in the
 *   caller's pintle_error. No exception, signal, longjmp or errno crosses.
 * - Secrets appear in decorations, needs, answers and session bytes only; never in an error, a
 *   reason or a description.
 * - Time. Every call returns at once; what takes long is a need. begin, resume and end have a
 *   thread of the host's own: one that does not return within the operation's time limit is left
 *   there and reported, and its auth gets no other call until it has returned. Any other call
 *   holds up the app's own thread, with no limit.
 * - Threads. [any]: from any thread, many at once. [one]: one call at a time for an auth, and no
 *   [any] call on that auth meanwhile. The host sees to it; a scheme needs no lock.
 */
#ifndef PINTLE_PLUGIN_H
#define PINTLE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PINTLE_PLUGIN_MAGIC UINT64_C(0x504c54454c544e50)
#define PINTLE_ABI_MAJOR 1u

typedef struct pintle_view {
  const char* data;
  size_t size;
} pintle_view;

typedef struct pintle_field { /* A header, a setting, an input's answer. This pair never grows. */
  pintle_view name;
  pintle_view value;
} pintle_field;

/* ---- Errors ---------------------------------------------------------------------------------- */

enum { /* The layer that failed. The numbers never change. */
       PINTLE_OK = 0,
       PINTLE_LAYER_CONFIG = 1,
       PINTLE_LAYER_DNS = 2,
       PINTLE_LAYER_TCP = 3,
       PINTLE_LAYER_PROXY = 4,
       PINTLE_LAYER_TLS = 5,
       PINTLE_LAYER_ACCESS_PROXY = 6, /* something in front of the gateway answered in its place */
       PINTLE_LAYER_HOST_GUARD = 7,   /* the gateway does not accept the name it is reached under */
       PINTLE_LAYER_GATE = 8,         /* the gateway wants a sign-in or refused the credential */
       PINTLE_LAYER_PROVIDER = 9,     /* the identity provider behind the gateway */
       PINTLE_LAYER_SESSION = 10,
       PINTLE_LAYER_TICKET = 11,
       PINTLE_LAYER_WEBSOCKET = 12,
       PINTLE_LAYER_PROTOCOL = 13, /* an answer that the gateway's contract does not know */
       PINTLE_LAYER_PLUGIN = 14,
       PINTLE_LAYER_STORE = 15,
       PINTLE_LAYER_RATE_LIMIT = 16 /* too many requests (429): wait, then try again */
};

enum {                               /* pintle_error.flags */
       PINTLE_ERROR_RETRY = 1,       /* the same may work later with nothing changed */
       PINTLE_ERROR_USER_ACTION = 2, /* a user must do something first */
       PINTLE_ERROR_SIGN_IN = 4,     /* ... namely sign in; never for 5xx, time-outs or resets */
       PINTLE_ERROR_CANCELLED = 8    /* the user or the app ended it */
};

typedef struct pintle_error { /* Owned by the caller. Texts are cut, NUL-terminated, never secret.
                               */
  uint32_t struct_size;
  uint32_t flags;
  int32_t http_status; /* of the answer that told of it; 0 for none */
  int32_t reserved;
  int64_t retry_after_ms; /* 0: not said */
  char message[512];      /* what was expected, what was seen */
  char hint[256];         /* what to do about it */
} pintle_error;

/* ---- What the host tells --------------------------------------------------------------------- */

enum { PINTLE_GATEWAY_SECURE = 1, PINTLE_GATEWAY_LOOPBACK = 2 }; /* pintle_probe.flags */

typedef struct pintle_probe { /* What the gateway said of itself, without credentials. */
  uint32_t struct_size;
  uint32_t flags;
  int32_t auth_required; /* 0 or 1 */
  int32_t http_status;
  pintle_view base_url; /* "https://host/prefix", no slash at the end */
  pintle_view version;
  const pintle_view* providers; /* names */
  size_t provider_count;
  const pintle_view* password_providers; /* those of them that take a password */
  size_t password_provider_count;
  const pintle_view* auth_flows;
  size_t auth_flow_count;
  pintle_view status_json; /* the whole status, for what is not named above */
} pintle_probe;

typedef struct pintle_match { /* Owned by the caller. */
  uint32_t struct_size;
  int32_t score;    /* 0: does not fit. 1 to 100: how well. Bundled schemes use 50 to 80. */
  char reason[256]; /* for display, NUL-terminated: "the gate is off" */
} pintle_match;

typedef struct pintle_opening { /* What an auth is made from. */
  uint32_t struct_size;
  uint32_t reserved;
  const pintle_probe* probe; /* null where the gateway was not probed yet */
  pintle_view base_url;
  pintle_view session;          /* what session() gave last time; empty at first */
  const pintle_field* settings; /* the scheme's own settings of this connection; never secret */
  size_t setting_count;
} pintle_opening;

enum { PINTLE_REQUEST_REST = 1, PINTLE_REQUEST_UPGRADE = 2 };

typedef struct pintle_request {
  uint32_t struct_size;
  uint32_t kind;
  pintle_view method;
  pintle_view target; /* path and query below the gateway's prefix */
  int64_t now_ms;     /* Unix time, milliseconds; the only clock a scheme has */
} pintle_request;

typedef struct pintle_decoration { /* Owned by the caller. */
  uint32_t struct_size;
  uint32_t reserved;
  /* The host runs a refresh before it, once for all threads and processes; 0: until rejected. An
   * operation that finds its credential refused need not renew it: where it fails with
   * PINTLE_ERROR_RETRY and this has passed by then, the host refreshes and begins it once more. */
  int64_t valid_until_ms;
  uint64_t credential; /* a number of the scheme's own for the credential in use; comes back */
} pintle_decoration;

typedef struct pintle_response {
  uint32_t struct_size;
  uint32_t kind; /* of the request it answers */
  int32_t status;
  int32_t reserved;
  uint64_t credential; /* what decorate gave for that request */
  const pintle_field* headers;
  size_t header_count;
  pintle_view body; /* the first 64 KiB at most */
  int64_t now_ms;
} pintle_response;

enum { /* what observe answers: any of these together */
       PINTLE_OBSERVATION_NONE = 0,
       PINTLE_OBSERVATION_SESSION_CHANGED =
           1,                                /* the host stores session() before its next request */
       PINTLE_OBSERVATION_NEEDS_SIGN_IN = 2, /* the credential is dead; the error says why */
       PINTLE_OBSERVATION_RETRY_ONCE = 4     /* decorate anew and send the same request once more */
};

/* A sink copies what it is given. For decorate: a header's name and value. For session: an empty
 * name and bytes. For describe: a key and a text. Never keep it beyond the call. */
typedef struct pintle_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  void (*put)(void* context, pintle_view name, pintle_view value);
} pintle_sink;

/* ---- Operations ------------------------------------------------------------------------------ */

enum {
  PINTLE_SIGN_IN = 1,
  PINTLE_RESOLVE_WS_URL = 2,
  PINTLE_REFRESH = 3, /* ends with PINTLE_NEED_DONE at once where there is nothing to renew */
  PINTLE_SIGN_OUT = 4
};

enum { PINTLE_MAY_ASK = 1 }; /* pintle_begin.flags: a user is there. Without it never ask. */

typedef struct pintle_begin {
  uint32_t struct_size;
  uint32_t operation;
  uint32_t flags;
  uint32_t reserved;
  int64_t now_ms;
  uint8_t random[32];   /* fresh, from a cryptographic generator */
  pintle_view ws_url;   /* resolve: where to, without a credential: "wss://host/prefix/api/ws" */
  pintle_view method;   /* sign-in: "password", "browser", ...; empty: the best that is open */
  pintle_view provider; /* sign-in: a provider's name; may be empty */
  const pintle_view* given; /* sign-in: keys of inputs that are answered without asking anybody */
  size_t given_count;
} pintle_begin;

enum {
  PINTLE_NEED_DONE = 0,
  PINTLE_NEED_HTTP = 1,
  PINTLE_NEED_BROWSER = 2,
  PINTLE_NEED_INPUT = 3,
  PINTLE_NEED_WAIT = 4
};

enum {                                  /* pintle_step.flags */
       PINTLE_STEP_SESSION_CHANGED = 1, /* stored by the host before it does what the step needs */
       PINTLE_STEP_MAY_REPEAT = 2       /* an HTTP exchange that does no harm when done twice */
};

enum {                              /* pintle_step.browser_ends_with */
       PINTLE_BROWSER_CALLBACK = 1, /* a request to a loopback address (RFC 8252 7.3) */
       PINTLE_BROWSER_COOKIES = 2   /* cookies of the gateway's own origin */
};

enum {                        /* pintle_step.life: how long what came out may be kept */
       PINTLE_KEEP_NEVER = 1, /* used once, by whoever asked; asked for anew at every dial */
       PINTLE_KEEP_UNTIL = 2, /* until keep_until_ms */
       PINTLE_KEEP_UNTIL_REJECTED = 3
};

enum { PINTLE_INPUT_SECRET = 1 };

typedef struct pintle_input { /* One thing to ask for. Never grows. */
  pintle_view key;            /* "token": the connection's settings may name where it comes from */
  pintle_view label;          /* for display: "Session token" */
  uint32_t flags;
  uint32_t reserved;
} pintle_input;

typedef struct pintle_step { /* Owned by the caller; what it points to by the operation. */
  uint32_t struct_size;
  uint32_t need;
  uint32_t flags;
  uint32_t browser_ends_with;

  pintle_view http_method;          /* HTTP */
  pintle_view http_url;             /* "/path" below the gateway, or a URL on an allowed origin */
  const pintle_field* http_headers; /* all of them: the host adds no credential here */
  size_t http_header_count;
  pintle_view http_body;

  pintle_view browser_url;   /* BROWSER; "{redirect_uri}" in it is replaced, percent-encoded */
  pintle_view browser_state; /* CALLBACK: only a request that carries this state ends the wait */
  const pintle_view* browser_cookies; /* COOKIES: the names, any one of which ends the wait */
  size_t browser_cookie_count;

  const pintle_input* inputs; /* INPUT */
  size_t input_count;
  pintle_view message; /* INPUT: why; WAIT: for what; DONE of sign-out: what stays valid */

  int64_t wait_ms; /* WAIT */

  pintle_view ws_url; /* DONE of resolve: on the gateway's own origin, or the host refuses it */
  uint32_t life;
  uint32_t reserved;
  int64_t keep_until_ms;
} pintle_step;

typedef struct pintle_answer {
  uint32_t struct_size;
  int32_t failure;           /* PINTLE_OK, or the layer at which the host failed to do it */
  const pintle_error* error; /* its text; null without failure */
  int64_t now_ms;
  uint8_t random[32];

  int32_t http_status; /* HTTP: redirects are never followed; they are the answer */
  int32_t reserved;
  const pintle_field* http_headers;
  size_t http_header_count;
  pintle_view http_body;

  pintle_view callback_url; /* BROWSER, callback: the whole URL that was called */
  pintle_view redirect_uri; /* BROWSER, callback: what was put in for "{redirect_uri}" */

  const pintle_field* fields; /* INPUT: key and value; BROWSER, cookies: name and value */
  size_t field_count;
  /* INPUT: where each came from, for display: "file /run/token"; "typed": by the user, now */
  const pintle_view* sources;
  /* BROWSER, cookies: when each field's lapses, Unix time in milliseconds; 0: with the browser's
   * session */
  const int64_t* cookie_expires_ms;
} pintle_answer;

/* ---- The tables ------------------------------------------------------------------------------ */

typedef struct pintle_auth pintle_auth;           /* one connection's state in a scheme */
typedef struct pintle_operation pintle_operation; /* one operation under way */

enum {
  PINTLE_SCHEME_SENDS_SECRET = 1
}; /* pintle_scheme.flags: refused over plain http off loopback */

/* One rule: the status's top-level field `field` is, or as a list holds, `value` (JSON text:
 * `true`, `"cookie"`). A scheme fits by its rules where all of them hold. */
typedef struct pintle_rule {
  pintle_view field;
  pintle_view value;
} pintle_rule;

typedef struct pintle_scheme {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view id;           /* "token": a-z, 0-9 and "-", 32 at most */
  pintle_view name;         /* for display: "Session token" */
  int32_t strength;         /* 0 to 100; a connection never steps down quietly to a lower one */
  int32_t rules_score;      /* the most that match can give where the rules hold, 1 to 100 */
  const pintle_rule* rules; /* copied into the manifest, so that choosing loads nothing */
  size_t rule_count;
  pintle_view rules_reason; /* for display, where they hold */

  /* [any] Scores a gateway that the rules let through. May be null: the rules decide. */
  int32_t (*match)(const pintle_probe* probe, pintle_match* out, pintle_error* error);

  /* [one] Makes the state of one connection. `*out` is released with close, once. */
  int32_t (*open)(const pintle_opening* opening, pintle_auth** out, pintle_error* error);
  void (*close)(pintle_auth* auth);

  /* [any] Puts the headers that authenticate a request. Under a microsecond: it stands before
   * every request. No credential is an error with PINTLE_ERROR_SIGN_IN. */
  int32_t (*decorate)(const pintle_auth* auth, const pintle_request* request,
                      const pintle_sink* headers, pintle_decoration* out, pintle_error* error);

  /* [one] Looks at every response to a decorated request, a 101 too; `*seen` takes
   * PINTLE_OBSERVATION_*, and is read after a failure as well. */
  int32_t (*observe)(pintle_auth* auth, const pintle_response* response, uint32_t* seen,
                     pintle_error* error);

  /* [one] Begins an operation; an auth has one at a time. A failure leaves nothing to end. */
  int32_t (*begin)(pintle_auth* auth, const pintle_begin* begin, pintle_operation** out,
                   pintle_step* step, pintle_error* error);
  /* [one] After a failure or PINTLE_NEED_DONE only end may follow. */
  int32_t (*resume)(pintle_operation* operation, const pintle_answer* answer, pintle_step* step,
                    pintle_error* error);
  /* [one] Releases the operation, wherever it is: this is also how the host cancels. */
  void (*end)(pintle_operation* operation);

  /* [one] The bytes to hand back at the next open; secret. None: nothing is kept. */
  int32_t (*session)(const pintle_auth* auth, const pintle_sink* bytes, pintle_error* error);

  /* [one] What a user may know of the credential: "user", "provider", "expires_ms",
   * "credential" (a preview such as "...klmnop"), "source". */
  int32_t (*describe)(const pintle_auth* auth, const pintle_sink* facts, pintle_error* error);
} pintle_scheme;

typedef struct pintle_plugin_table {
  uint64_t magic;       /* PINTLE_PLUGIN_MAGIC */
  uint32_t abi_major;   /* PINTLE_ABI_MAJOR */
  uint32_t struct_size; /* sizeof(pintle_plugin_table) */
  pintle_view name;     /* "pintle-token" */
  pintle_view version;  /* "1.2.0" */
  const pintle_scheme* const* schemes;
  size_t scheme_count;
} pintle_plugin_table;

#define PINTLE_PLUGIN_SYMBOL "pintle_plugin"

#if defined(_WIN32)
#define PINTLE_EXPORT __declspec(dllexport)
#else
#define PINTLE_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
}
#endif

#endif
