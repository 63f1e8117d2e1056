/* SPDX-License-Identifier: Apache-2.0 */
/* The contract between a host and an auth scheme in a shared library: one C99 header.
 *
 * A scheme does no I/O. It is a state machine: an operation returns what it needs (an HTTP
 * exchange, a browser visit, input, a wait), the host provides it and resumes the operation with
 * the answer. A scheme never opens a socket or a file, reads a clock, starts a thread, or blocks.
 *
 * A library exports one symbol, `pintle_plugin`, a constant table. Rules for both sides:
 *
 * - Size. Every struct begins with `struct_size`, set by the side that creates it to the size it
 *   was compiled with. The other side reads and writes no member beyond it. Members are only added
 *   at the end; any other change requires a new major. "Since 1.1" marks what came later: an older
 *   side has set none of it, so zero always means "as before".
 * - Memory. Nothing is allocated on one side and freed on the other. Input is a view, valid during
 *   the call. `decorate` and `session` write their output to a sink, which copies it. What a step
 *   points to is owned by the operation and valid until its next resume or end.
 * - Text is UTF-8, a pointer and a length, not NUL-terminated. If the length is 0, the pointer may
 *   be null.
 * - Errors. A function that can fail returns PINTLE_OK or a PINTLE_LAYER_* and fills in the
 *   caller's pintle_error. No exception, signal, longjmp or errno crosses the ABI.
 * - Secrets appear only in decorations, needs, answers and session bytes; never in an error, a
 *   reason or a description.
 * - Time. Every call must return at once; anything slow is a need. begin, resume and end run on a
 *   thread of the host. If one does not return within the operation's timeout, the host abandons
 *   and reports it, and makes no other call on its auth until it has returned. Any other call
 *   blocks the app's own thread, with no timeout.
 * - Threads. [any]: from any thread, concurrently. [one]: one call at a time per auth, and no [any]
 *   call on that auth meanwhile. The host ensures this; a scheme needs no lock.
 */
/** @file
 * @snippet reference/plugin.c decorate */
#ifndef PINTLE_PLUGIN_H
#define PINTLE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PINTLE_PLUGIN_MAGIC UINT64_C(0x504c54454c544e50)
#define PINTLE_ABI_MAJOR 1u
#define PINTLE_ABI_MINOR 1u /* how far this header goes; never compared: sizes and flags are */

typedef struct pintle_view {
  const char* data;
  size_t size;
} pintle_view;

typedef struct pintle_field { /* A header, a setting, an input's answer. Never grows. */
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
       PINTLE_LAYER_ACCESS_PROXY = 6, /* an intermediary answered in place of the gateway */
       PINTLE_LAYER_HOST_GUARD = 7,   /* the gateway rejects the host name of the request */
       PINTLE_LAYER_GATE = 8,         /* the gateway requires a sign-in or refused the credential */
       PINTLE_LAYER_PROVIDER = 9,     /* the identity provider behind the gateway */
       PINTLE_LAYER_SESSION = 10,
       PINTLE_LAYER_TICKET = 11,
       PINTLE_LAYER_WEBSOCKET = 12,
       PINTLE_LAYER_PROTOCOL = 13, /* an answer that violates the gateway's contract */
       PINTLE_LAYER_PLUGIN = 14,
       PINTLE_LAYER_STORE = 15,
       PINTLE_LAYER_RATE_LIMIT = 16 /* too many requests (429): wait, then retry */
};

enum {                               /* pintle_error.flags */
       PINTLE_ERROR_RETRY = 1,       /* may succeed later without any change */
       PINTLE_ERROR_USER_ACTION = 2, /* the user must act first */
       PINTLE_ERROR_SIGN_IN = 4,     /* the user must sign in; never for 5xx, timeouts or resets */
       PINTLE_ERROR_CANCELLED = 8    /* cancelled by the user or the app */
};

typedef struct pintle_error { /* Owned by the caller. Texts: truncated, NUL-terminated, no secret */
  uint32_t struct_size;
  uint32_t flags;
  int32_t http_status; /* of the response that reported it; 0: no response */
  int32_t reserved;
  int64_t retry_after_ms; /* 0: unknown */
  char message[512];      /* what failed and why */
  char hint[256];         /* what to do about it */
} pintle_error;

/* ---- Input from the host --------------------------------------------------------------------- */

enum { PINTLE_GATEWAY_SECURE = 1, PINTLE_GATEWAY_LOOPBACK = 2 }; /* pintle_probe.flags */

typedef struct pintle_probe { /* The gateway's answers to a probe, without credentials. */
  uint32_t struct_size;
  uint32_t flags;
  int32_t auth_required; /* 0 or 1 */
  int32_t http_status;
  pintle_view base_url; /* "https://host/prefix", no trailing slash */
  pintle_view version;
  const pintle_view* providers; /* names */
  size_t provider_count;
  const pintle_view* password_providers; /* the providers that accept a password */
  size_t password_provider_count;
  const pintle_view* auth_flows;
  size_t auth_flow_count;
  pintle_view status_json; /* the whole status, for fields without a member here */
  pintle_view profile;     /* Since 1.1. The id of the gateway's profile: "hermes" */
} pintle_probe;

typedef struct pintle_match { /* Owned by the caller. */
  uint32_t struct_size;
  int32_t score;    /* 0: does not fit; 1 to 100: how well it fits. Bundled schemes: 50 to 80. */
  char reason[256]; /* for display, NUL-terminated: "the gate is off" */
} pintle_match;

typedef struct pintle_opening { /* Input of open. */
  uint32_t struct_size;
  uint32_t reserved;
  const pintle_probe* probe; /* null if the gateway was not probed yet */
  pintle_view base_url;
  pintle_view session;          /* the last output of session(); empty at first */
  const pintle_field* settings; /* scheme-specific settings of this connection; never secret */
  size_t setting_count;
} pintle_opening;

/* Receives output and copies it. For decorate: a header's name and value. For session: an empty
 * name and the bytes. For describe: a key and a text. Valid only during the call. */
typedef struct pintle_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  void (*put)(void* context, pintle_view name, pintle_view value);
} pintle_sink;

enum { PINTLE_REQUEST_REST = 1, PINTLE_REQUEST_UPGRADE = 2 };

typedef struct pintle_request {
  uint32_t struct_size;
  uint32_t kind;
  pintle_view method;
  pintle_view target; /* path and query below the gateway's prefix */
  int64_t now_ms;     /* Unix time in milliseconds; the only clock a scheme has */

  /* Since 1.1. Set for a scheme with PINTLE_SCHEME_SIGNS, which is asked anew for every request. */
  const pintle_field* headers; /* all that are sent, Host among them, but for decorate's own */
  size_t header_count;
  pintle_view body_sha256; /* 32 bytes; empty: the body is streamed and has no digest yet */

  /* Since 1.1. Receives query parameters that authenticate a REST request, unencoded; null for an
   * upgrade, whose URL is resolved, and in an older host. */
  const pintle_sink* query;
} pintle_request;

typedef struct pintle_decoration { /* Owned by the caller. */
  uint32_t struct_size;
  uint32_t reserved;
  /* Unix time in milliseconds; 0: until rejected. The host refreshes before it, once for all
   * threads and processes. An operation whose credential is refused need not refresh: if it fails
   * with PINTLE_ERROR_RETRY after this time, the host refreshes and begins it once more. */
  int64_t valid_until_ms;
  uint64_t credential; /* the scheme's number of the current credential; passed to observe */
} pintle_decoration;

typedef struct pintle_response {
  uint32_t struct_size;
  uint32_t kind; /* of the request it answers */
  int32_t status;
  int32_t reserved;
  uint64_t credential; /* as set by decorate for that request */
  const pintle_field* headers;
  size_t header_count;
  pintle_view body; /* at most the first 64 KiB */
  int64_t now_ms;
} pintle_response;

enum { /* flags that observe returns */
       PINTLE_OBSERVATION_NONE = 0,
       PINTLE_OBSERVATION_SESSION_CHANGED =
           1,                                /* the host stores session() before its next request */
       PINTLE_OBSERVATION_NEEDS_SIGN_IN = 2, /* the credential is invalid; the error says why */
       PINTLE_OBSERVATION_RETRY_ONCE = 4     /* decorate again and resend the request once */
};

/* ---- Operations ------------------------------------------------------------------------------ */

enum {
  PINTLE_SIGN_IN = 1,
  PINTLE_RESOLVE_WS_URL = 2,
  PINTLE_REFRESH = 3, /* returns PINTLE_NEED_DONE at once if there is nothing to refresh */
  PINTLE_SIGN_OUT = 4,
  /* Since 1.1, with PINTLE_SCHEME_GREETS: what the gateway wants to hear on the WebSocket after
   * the 101, before the app may use it. Begun at each dial; done: the connection is ready. */
  PINTLE_GREET = 5
};

enum { PINTLE_MAY_ASK = 1 }; /* pintle_begin.flags: the user can be asked. Never ask without it. */

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
  const pintle_view* given; /* sign-in: keys of inputs available without asking the user */
  size_t given_count;
  pintle_view ws_subprotocol; /* Since 1.1. greet: the one that the gateway chose; may be empty */
} pintle_begin;

enum {
  PINTLE_NEED_DONE = 0,
  PINTLE_NEED_HTTP = 1,
  PINTLE_NEED_BROWSER = 2,
  PINTLE_NEED_INPUT = 3,
  PINTLE_NEED_WAIT = 4,
  PINTLE_NEED_SEND = 5,    /* Since 1.1. greet: a message to the gateway */
  PINTLE_NEED_RECEIVE = 6, /* Since 1.1. greet: the gateway's next message */
  PINTLE_NEED_EXEC = 7     /* Since 1.1. A helper program that the connection's settings name */
};

enum {                                  /* pintle_step.flags */
       PINTLE_STEP_SESSION_CHANGED = 1, /* the host stores session() before it handles the need */
       PINTLE_STEP_MAY_REPEAT = 2,      /* the HTTP exchange is idempotent */
       PINTLE_STEP_BINARY = 4           /* Since 1.1. SEND: a binary message; else text */
};

enum {                              /* pintle_step.browser_ends_with */
       PINTLE_BROWSER_CALLBACK = 1, /* a request to a loopback address (RFC 8252 7.3) */
       PINTLE_BROWSER_COOKIES = 2,  /* cookies of the gateway's origin */
       /* Since 1.1, for a front. With the window's cookies the gateway itself answers, and no
        * longer what stands before it. The answer has all cookies that the window sends to the
        * gateway. */
       PINTLE_BROWSER_GATEWAY = 3
};

enum {                        /* pintle_step.life: how long the result may be kept */
       PINTLE_KEEP_NEVER = 1, /* single use, by the caller; resolved again for each dial */
       PINTLE_KEEP_UNTIL = 2, /* until keep_until_ms */
       PINTLE_KEEP_UNTIL_REJECTED = 3
};

enum { PINTLE_INPUT_SECRET = 1 };

typedef struct pintle_input { /* One input to ask for. Never grows. */
  pintle_view key;            /* "token": the connection's settings may name its source */
  pintle_view label;          /* for display: "Session token" */
  uint32_t flags;
  uint32_t reserved;
} pintle_input;

typedef struct pintle_step { /* Owned by the caller; the operation owns what it points to. */
  uint32_t struct_size;
  uint32_t need;
  uint32_t flags;
  uint32_t browser_ends_with;

  pintle_view http_method;          /* HTTP */
  pintle_view http_url;             /* "/path" below the gateway, or a URL on an allowed origin */
  const pintle_field* http_headers; /* all headers: the host adds no credential */
  size_t http_header_count;
  pintle_view http_body;

  pintle_view browser_url;   /* BROWSER; the host replaces "{redirect_uri}", percent-encoded */
  pintle_view browser_state; /* CALLBACK: only a request with this state ends the wait */
  const pintle_view* browser_cookies; /* COOKIES: names; any one of them ends the wait */
  size_t browser_cookie_count;

  const pintle_input* inputs; /* INPUT */
  size_t input_count;
  pintle_view message; /* INPUT, WAIT: the reason; DONE of sign-out: what stays valid */

  int64_t wait_ms; /* WAIT */

  pintle_view ws_url; /* DONE of resolve: on the gateway's origin, or on an allowed one */
  uint32_t life;
  uint32_t reserved;
  int64_t keep_until_ms;

  /* Since 1.1. */
  const pintle_view* ws_subprotocols; /* DONE of resolve: to offer, the preferred one first */
  size_t ws_subprotocol_count;

  pintle_view ws_message; /* SEND; secret */

  pintle_view exec_helper; /* EXEC: a name; which command it is, the connection's settings say */
  const pintle_view* exec_arguments; /* EXEC: after those of the settings; never secret */
  size_t exec_argument_count;
  pintle_view exec_input; /* EXEC: its standard input; may be secret */
} pintle_step;

typedef struct pintle_answer {
  uint32_t struct_size;
  int32_t failure;           /* PINTLE_OK, or the layer at which the host failed */
  const pintle_error* error; /* details of the failure; null if there is none */
  int64_t now_ms;
  uint8_t random[32];

  int32_t http_status; /* HTTP: redirects are not followed but returned */
  int32_t reserved;
  const pintle_field* http_headers;
  size_t http_header_count;
  pintle_view http_body;

  pintle_view callback_url; /* BROWSER, callback: the whole requested URL */
  pintle_view redirect_uri; /* BROWSER, callback: what replaced "{redirect_uri}" */

  const pintle_field* fields; /* INPUT: key and value; BROWSER, cookies: name and value */
  size_t field_count;
  /* INPUT: the source of each field, for display: "file /run/token"; "typed" by the user */
  const pintle_view* sources;
  /* BROWSER, cookies: expiry of each field, Unix time in milliseconds; 0: session cookie */
  const int64_t* cookie_expires_ms;

  /* Since 1.1. */
  pintle_view ws_message;    /* RECEIVE */
  uint32_t ws_message_flags; /* RECEIVE: PINTLE_STEP_BINARY if it is a binary one */
  int32_t exec_status;       /* EXEC: its exit code; above 0 it failed by its own account */
  pintle_view exec_output;   /* EXEC: its standard output, at most 64 KiB */
} pintle_answer;

/* ---- The tables ------------------------------------------------------------------------------ */

typedef struct pintle_auth pintle_auth;           /* one connection's state in a scheme */
typedef struct pintle_operation pintle_operation; /* one operation in progress */

enum {                                 /* pintle_scheme.flags */
       PINTLE_SCHEME_SENDS_SECRET = 1, /* refused over plain http, except on loopback */
       PINTLE_SCHEME_GREETS = 2,       /* Since 1.1. begin takes PINTLE_GREET */
       PINTLE_SCHEME_SIGNS = 4, /* Since 1.1. decorate signs the request's headers and body */
       PINTLE_SCHEME_LISTS_STATUSES = 8 /* Since 1.1. observe is only for observed_statuses */
};

/* A rule holds if the top-level field `field` of the status equals `value`, or is a list that
 * contains it. `value` is JSON text: `true`, `"cookie"`. A scheme fits if all its rules hold. */
typedef struct pintle_rule {
  pintle_view field;
  pintle_view value;
} pintle_rule;

enum { PINTLE_SETTING_SECRET = 1 }; /* pintle_setting.flags: an input, from a secret source */

typedef struct pintle_setting { /* Since 1.1. What a connection may set for a scheme. Never grows.
                                 */
  pintle_view key;              /* "scope": as in pintle_opening.settings, or in pintle_input */
  pintle_view label;            /* for display: "Scope" */
  pintle_view default_value;    /* for display; the scheme applies it; empty for a secret */
  uint32_t flags;
  uint32_t reserved;
} pintle_setting;

typedef struct pintle_scheme {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view id;           /* "token": a-z, 0-9 and "-", at most 32 characters */
  pintle_view name;         /* for display: "Session token" */
  int32_t strength;         /* 0 to 100; a connection never falls back silently to a lower one */
  int32_t rules_score;      /* the maximum score of match if the rules hold, 1 to 100 */
  const pintle_rule* rules; /* copied into the manifest, so choosing loads no library */
  size_t rule_count;
  pintle_view rules_reason; /* for display, if the rules hold */

  /* [any] Scores a gateway for which the rules hold. May be null: the rules decide. */
  int32_t (*match)(const pintle_probe* probe, pintle_match* out, pintle_error* error);

  /* [one] Creates the state of one connection. The host releases `*out` with close, once. */
  int32_t (*open)(const pintle_opening* opening, pintle_auth** out, pintle_error* error);
  void (*close)(pintle_auth* auth);

  /* [any] Writes the headers that authenticate a request. Must take less than a microsecond: it
   * runs before every request. Fails with PINTLE_ERROR_SIGN_IN if there is no credential. */
  int32_t (*decorate)(const pintle_auth* auth, const pintle_request* request,
                      const pintle_sink* headers, pintle_decoration* out, pintle_error* error);

  /* [one] Inspects every response to a decorated request, including a 101, or those with
   * observed_statuses. Sets `*seen` to PINTLE_OBSERVATION_* flags, which the host reads even after
   * a failure. */
  int32_t (*observe)(pintle_auth* auth, const pintle_response* response, uint32_t* seen,
                     pintle_error* error);

  /* [one] Begins an operation; an auth has one at a time. On failure there is nothing to end. */
  int32_t (*begin)(pintle_auth* auth, const pintle_begin* begin, pintle_operation** out,
                   pintle_step* step, pintle_error* error);
  /* [one] Continues with the answer. After a failure or PINTLE_NEED_DONE only end may follow. */
  int32_t (*resume)(pintle_operation* operation, const pintle_answer* answer, pintle_step* step,
                    pintle_error* error);
  /* [one] Releases the operation in any state. The host also cancels with it. */
  void (*end)(pintle_operation* operation);

  /* [one] Writes the bytes to pass to the next open; secret. If none, nothing is stored. */
  int32_t (*session)(const pintle_auth* auth, const pintle_sink* bytes, pintle_error* error);

  /* [one] Writes displayable facts about the credential: "user", "provider", "expires_ms",
   * "credential" (a preview such as "...klmnop"), "source". */
  int32_t (*describe)(const pintle_auth* auth, const pintle_sink* facts, pintle_error* error);

  /* Since 1.1. Both are copied into the manifest. */
  const pintle_view* profiles; /* ids of the gateway profiles that it fits; none: "hermes" */
  size_t profile_count;
  const pintle_setting* settings; /* all that it reads; none: not declared, anything may be set */
  size_t setting_count;

  /* Since 1.1. Not empty: the scheme is a front, for what stands before the gateway (an access
   * proxy). The manifest's member "front" as JSON text, with the answers that show it: {"answers":
   * [{"status": 401, "header": {"name": "WWW-Authenticate", "prefix": "Basic"}}]}. A front's
   * credential is on every request; its resolve_ws_url is never called. */
  pintle_view front;

  /* Since 1.1. With PINTLE_SCHEME_LISTS_STATUSES: the statuses of the responses that observe
   * inspects, none if there are none. Else it inspects every response, which costs a scheme that
   * runs in a process of its own (decisions/0019) the time of a reply for each. */
  const int32_t* observed_statuses;
  size_t observed_status_count;
} pintle_scheme;

/* The size of pintle_scheme in 1.0: the smallest that is accepted. */
#define PINTLE_SCHEME_SIZE_1_0 offsetof(pintle_scheme, profiles)

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
