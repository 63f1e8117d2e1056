/* SPDX-License-Identifier: Apache-2.0 */
/* The ABI between a host and an auth scheme in a shared library: one C99 header.
 *
 * A scheme does no I/O. It is a state machine: an operation requests what it needs (an HTTP
 * exchange, a visit of the user's browser, input, a wait), the host does it and resumes the
 * operation with the answer. A scheme never opens a socket or a file, reads a clock, starts a
 * thread, or blocks.
 *
 * A library exports one symbol, `pintle_plugin`, a constant table. Rules for both sides:
 *
 * - Size. Every struct passed across the ABI begins with `struct_size`. The side that creates the
 *   struct sets it to the size it was compiled with; the other side reads no member beyond it.
 *   Members are only added at the end; any other change requires a new major version.
 * - Memory. Memory allocated on one side is never freed on the other. Inputs are views, valid
 *   during the call. `decorate` and `session` write their output to a sink, which copies it.
 *   Memory that a step points to belongs to the operation and is valid until its next resume or
 *   end.
 * - Text is UTF-8, a pointer and a length, not NUL-terminated; the pointer may be null if the
 *   length is 0.
 * - Errors. A function that can fail returns PINTLE_OK or one PINTLE_LAYER_* and fills in the
 *   caller's pintle_error. No exception, signal, longjmp or errno crosses the ABI.
 * - Secrets appear only in decorations, needs, answers and session bytes; never in an error, a
 *   reason or a description.
 * - Time. Every call returns at once; anything slow is a need. begin, resume and end run on a
 *   thread of the host: if a call does not return within the operation's time limit, the host
 *   abandons and reports it, and makes no other call on that auth until it has returned. Any other
 *   call blocks the app's own thread, with no limit.
 * - Threads. [any]: from any thread, concurrently. [one]: one call at a time for an auth, and no
 *   [any] call on that auth meanwhile. The host ensures this; a scheme needs no lock.
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

typedef struct pintle_field { /* A header, a setting or the answer to an input. Never grows. */
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
       PINTLE_LAYER_ACCESS_PROXY = 6, /* an intermediary answered instead of the gateway */
       PINTLE_LAYER_HOST_GUARD = 7,   /* the gateway does not accept the host name used */
       PINTLE_LAYER_GATE = 8,         /* the gateway requires sign-in or refused the credential */
       PINTLE_LAYER_PROVIDER = 9,     /* the identity provider behind the gateway */
       PINTLE_LAYER_SESSION = 10,
       PINTLE_LAYER_TICKET = 11,
       PINTLE_LAYER_WEBSOCKET = 12,
       PINTLE_LAYER_PROTOCOL = 13, /* an answer that violates the gateway's contract */
       PINTLE_LAYER_PLUGIN = 14,
       PINTLE_LAYER_STORE = 15,
       PINTLE_LAYER_RATE_LIMIT = 16 /* too many requests (429): wait, then try again */
};

enum {                               /* pintle_error.flags */
       PINTLE_ERROR_RETRY = 1,       /* the same call may succeed later, unchanged */
       PINTLE_ERROR_USER_ACTION = 2, /* the user must do something first */
       PINTLE_ERROR_SIGN_IN = 4,  /* the action is to sign in; never for 5xx, timeouts or resets */
       PINTLE_ERROR_CANCELLED = 8 /* cancelled by the user or the app */
};

typedef struct pintle_error { /* Owned by the caller. Texts are NUL-terminated, truncated to
                                 fit, never secret. */
  uint32_t struct_size;
  uint32_t flags;
  int32_t http_status; /* of the response that reported the error; 0: no response */
  int32_t reserved;
  int64_t retry_after_ms; /* 0: unspecified */
  char message[512];      /* what was expected, what was seen */
  char hint[256];         /* what to do about it, one imperative sentence */
} pintle_error;

/* ---- Data from the host ---------------------------------------------------------------------- */

enum { PINTLE_GATEWAY_SECURE = 1, PINTLE_GATEWAY_LOOPBACK = 2 }; /* pintle_probe.flags */

typedef struct pintle_probe { /* The gateway's status, requested without credentials. */
  uint32_t struct_size;
  uint32_t flags;
  int32_t auth_required; /* 0 or 1 */
  int32_t http_status;
  pintle_view base_url; /* "https://host/prefix", without a trailing slash */
  pintle_view version;
  const pintle_view* providers; /* names */
  size_t provider_count;
  const pintle_view* password_providers; /* the subset that accepts a password */
  size_t password_provider_count;
  const pintle_view* auth_flows;
  size_t auth_flow_count;
  pintle_view status_json; /* the whole status, for fields not listed above */
} pintle_probe;

typedef struct pintle_match { /* Owned by the caller. */
  uint32_t struct_size;
  int32_t score;    /* 0: no match. 1 to 100: how good a match. Bundled schemes use 50 to 80. */
  char reason[256]; /* for display, NUL-terminated: "the gate is off" */
} pintle_match;

typedef struct pintle_opening { /* The inputs for opening an auth. */
  uint32_t struct_size;
  uint32_t reserved;
  const pintle_probe* probe; /* null if the gateway has not been probed yet */
  pintle_view base_url;
  pintle_view session;          /* the last output of session(); empty at first */
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
  /* The host refreshes before this time, once for all threads and processes; 0: valid until
   * rejected. An operation whose credential is refused need not renew it: if it fails with
   * PINTLE_ERROR_RETRY and this time has passed, the host refreshes and begins it once more. */
  int64_t valid_until_ms;
  uint64_t credential; /* the scheme's own id of the credential; returned in the response */
} pintle_decoration;

typedef struct pintle_response {
  uint32_t struct_size;
  uint32_t kind; /* of the request */
  int32_t status;
  int32_t reserved;
  uint64_t credential; /* as set by decorate for that request */
  const pintle_field* headers;
  size_t header_count;
  pintle_view body; /* at most the first 64 KiB */
  int64_t now_ms;
} pintle_response;

enum { /* the result of observe: any combination */
       PINTLE_OBSERVATION_NONE = 0,
       PINTLE_OBSERVATION_SESSION_CHANGED =
           1,                                /* the host stores session() before its next request */
       PINTLE_OBSERVATION_NEEDS_SIGN_IN = 2, /* the credential is no longer valid; see the error */
       PINTLE_OBSERVATION_RETRY_ONCE = 4     /* decorate again and resend the same request once */
};

/* Copies its arguments. For decorate: a header's name and value. For session: an empty name and
 * bytes. For describe: a key and a text. Valid only during the call. */
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
  PINTLE_REFRESH = 3, /* returns PINTLE_NEED_DONE at once if there is nothing to renew */
  PINTLE_SIGN_OUT = 4
};

enum { PINTLE_MAY_ASK = 1 }; /* pintle_begin.flags: a user is present; if unset, never ask */

typedef struct pintle_begin {
  uint32_t struct_size;
  uint32_t operation;
  uint32_t flags;
  uint32_t reserved;
  int64_t now_ms;
  uint8_t random[32];       /* fresh, from a cryptographic generator */
  pintle_view ws_url;       /* resolve: the URL without a credential: "wss://host/prefix/api/ws" */
  pintle_view method;       /* sign-in: "password", "browser", ...; empty: the best available */
  pintle_view provider;     /* sign-in: a provider's name; may be empty */
  const pintle_view* given; /* sign-in: keys of inputs that are answered without asking the user */
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
       PINTLE_STEP_SESSION_CHANGED = 1, /* the host stores session() before it serves the need */
       PINTLE_STEP_MAY_REPEAT = 2       /* an HTTP exchange that is safe to repeat */
};

enum {                              /* pintle_step.browser_ends_with */
       PINTLE_BROWSER_CALLBACK = 1, /* a request to a loopback address (RFC 8252 7.3) */
       PINTLE_BROWSER_COOKIES = 2   /* cookies of the gateway's own origin */
};

enum {                        /* pintle_step.life: how long the WebSocket URL may be kept */
       PINTLE_KEEP_NEVER = 1, /* single use, by the caller; every dial resolves a new one */
       PINTLE_KEEP_UNTIL = 2, /* until keep_until_ms */
       PINTLE_KEEP_UNTIL_REJECTED = 3
};

enum { PINTLE_INPUT_SECRET = 1 };

typedef struct pintle_input { /* One requested input. Never grows. */
  pintle_view key;            /* "token": the connection's settings may name its source */
  pintle_view label;          /* for display: "Session token" */
  uint32_t flags;
  uint32_t reserved;
} pintle_input;

typedef struct pintle_step { /* Owned by the caller; the memory it points to by the operation. */
  uint32_t struct_size;
  uint32_t need;
  uint32_t flags;
  uint32_t browser_ends_with;

  pintle_view http_method;          /* HTTP */
  pintle_view http_url;             /* "/path" below the gateway, or a URL on an allowed origin */
  const pintle_field* http_headers; /* complete: the host adds no credential here */
  size_t http_header_count;
  pintle_view http_body;

  pintle_view browser_url;   /* BROWSER; "{redirect_uri}" in it is replaced, percent-encoded */
  pintle_view browser_state; /* CALLBACK: only a request with this state ends the wait */
  const pintle_view* browser_cookies; /* COOKIES: names; any one of them ends the wait */
  size_t browser_cookie_count;

  const pintle_input* inputs; /* INPUT */
  size_t input_count;
  pintle_view message; /* INPUT, WAIT: the reason; DONE of sign-out: what remains valid */

  int64_t wait_ms; /* WAIT */

  pintle_view ws_url; /* DONE of resolve: on the gateway's own origin, else refused */
  uint32_t life;
  uint32_t reserved;
  int64_t keep_until_ms;
} pintle_step;

typedef struct pintle_answer {
  uint32_t struct_size;
  int32_t failure;           /* PINTLE_OK, or the layer at which the host failed */
  const pintle_error* error; /* null if there is no failure */
  int64_t now_ms;
  uint8_t random[32];

  int32_t http_status; /* HTTP: redirects are never followed but returned as they are */
  int32_t reserved;
  const pintle_field* http_headers;
  size_t http_header_count;
  pintle_view http_body;

  pintle_view callback_url; /* BROWSER, callback: the whole requested URL */
  pintle_view redirect_uri; /* BROWSER, callback: the value that replaced "{redirect_uri}" */

  const pintle_field* fields; /* INPUT: key and value; BROWSER, cookies: name and value */
  size_t field_count;
  /* INPUT: the source of each, for display: "file /run/token"; "typed": by the user, now */
  const pintle_view* sources;
  /* BROWSER, cookies: when each cookie expires, Unix time in milliseconds; 0: with the browser's
   * session */
  const int64_t* cookie_expires_ms;
} pintle_answer;

/* ---- The tables ------------------------------------------------------------------------------ */

typedef struct pintle_auth pintle_auth;           /* one connection's state in a scheme */
typedef struct pintle_operation pintle_operation; /* one operation in progress */

enum {
  PINTLE_SCHEME_SENDS_SECRET = 1
}; /* pintle_scheme.flags: refused over plain http off loopback */

/* One rule: the status's top-level field `field` is `value` or a list that contains it (JSON text:
 * `true`, `"cookie"`). A scheme matches by its rules if all of them hold. */
typedef struct pintle_rule {
  pintle_view field;
  pintle_view value;
} pintle_rule;

typedef struct pintle_scheme {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view id;           /* "token": a-z, 0-9 and "-", at most 32 characters */
  pintle_view name;         /* for display: "Session token" */
  int32_t strength;         /* 0 to 100; a connection is never downgraded silently */
  int32_t rules_score;      /* the maximum score of match if the rules hold, 1 to 100 */
  const pintle_rule* rules; /* copied into the manifest, so that choosing loads no library */
  size_t rule_count;
  pintle_view rules_reason; /* for display, if the rules hold */

  /* [any] Scores a gateway for which the rules hold. If null, the rules alone decide. */
  int32_t (*match)(const pintle_probe* probe, pintle_match* out, pintle_error* error);

  /* [one] Creates the state of one connection. The host releases `*out` with close, once. */
  int32_t (*open)(const pintle_opening* opening, pintle_auth** out, pintle_error* error);
  void (*close)(pintle_auth* auth);

  /* [any] Adds the headers that authenticate a request. Must take less than a microsecond: it runs
   * before every request. Fails with PINTLE_ERROR_SIGN_IN if there is no credential. */
  int32_t (*decorate)(const pintle_auth* auth, const pintle_request* request,
                      const pintle_sink* headers, pintle_decoration* out, pintle_error* error);

  /* [one] Inspects every response to a decorated request, including a 101. Sets `*seen` to
   * PINTLE_OBSERVATION_*; the host reads it after a failure as well. */
  int32_t (*observe)(pintle_auth* auth, const pintle_response* response, uint32_t* seen,
                     pintle_error* error);

  /* [one] Begins an operation; an auth has one at a time. After a failure there is no operation to
   * end. */
  int32_t (*begin)(pintle_auth* auth, const pintle_begin* begin, pintle_operation** out,
                   pintle_step* step, pintle_error* error);
  /* [one] Continues an operation. After a failure or PINTLE_NEED_DONE, only end may follow. */
  int32_t (*resume)(pintle_operation* operation, const pintle_answer* answer, pintle_step* step,
                    pintle_error* error);
  /* [one] Releases the operation in any state: this is also how the host cancels. */
  void (*end)(pintle_operation* operation);

  /* [one] Writes the bytes to pass to the next open; secret. No bytes: nothing is stored. */
  int32_t (*session)(const pintle_auth* auth, const pintle_sink* bytes, pintle_error* error);

  /* [one] Writes what the user may see of the credential: "user", "provider", "expires_ms",
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
