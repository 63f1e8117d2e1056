/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to a gateway: what it is made of, the probe, REST requests, and the URL of its
 * WebSocket. The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c connection */
#ifndef PINTLE_C_CONNECTION_H
#define PINTLE_C_CONNECTION_H

#include <pintle/c/base.h>
#include <pintle/c/cancel.h>
#include <pintle/c/host.h>
#include <pintle/c/reply.h>
#include <pintle/c/secret.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pintle_connection pintle_connection;

enum {                              /* pintle_source.from */
       PINTLE_FROM_FILE = 1,        /* a path; the whole file without its last line break */
       PINTLE_FROM_COMMAND = 2,     /* a command for /bin/sh; the first line of its output */
       PINTLE_FROM_ENVIRONMENT = 3, /* the name of an environment variable */
       /* A function of the app: `where` is that of a pintle_secret_callback, by
          pintle_from_callback. What it returns is read at each use and kept nowhere. */
       PINTLE_FROM_CALLBACK = 4,
       /* The secret itself, taken as it is, at most 64 KiB. Copied at open; the copy is wiped when
          the connection and all that was made from it are destroyed. */
       PINTLE_FROM_MEMORY = 5
};

typedef struct pintle_source { /* Where to read a secret, at each use. Never grows. */
  pintle_view key;             /* the scheme's name for it: "token" */
  pintle_view where;
  uint32_t from;
  uint32_t reserved;
} pintle_source;

/* Returns the `where` of a PINTLE_FROM_CALLBACK: its address and size. The struct is read before
 * the call returns that is given the source. */
static inline pintle_view pintle_from_callback(const pintle_secret_callback* callback) {
  pintle_view view;
  view.data = (const char*)callback;
  view.size = sizeof(*callback);
  return view;
}

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
  pintle_view session_store; /* "file" (the default), "secret-service", or the URL of a Redis
                                (docs/fleet.md) */
  int64_t request_ms;        /* request timeout; 0: 60,000 */
  int64_t connect_ms;        /* connect timeout; 0: 10,000 */
  /* Helper programs that the scheme may run: a name and a command line, which is split into words
     as a shell does with quotes and runs without a shell. */
  const pintle_field* helpers;
  size_t helper_count;
  /* The certificate to show to the gateway if it asks for one: a PEM file with its chain, a PKCS#12
     file, or a "pkcs11:" URI. Its key is a PEM file or a URI; empty: in the certificate's file. */
  pintle_view client_certificate;
  pintle_view client_key;
  const pintle_source* client_passphrase; /* of the key, or the token's PIN; `key` is ignored; NULL:
                                             none */
  /* What stands in front of the gateway: the id of its scheme, or "none"; empty: found out by what
     answers in the gateway's place. Its inputs and settings. */
  pintle_view front;
  const pintle_source* front_inputs;
  size_t front_input_count;
  const pintle_field* front_settings;
  size_t front_setting_count;
  /* For a session_store that is a Redis: where its "password" and the "key" that encrypts the
     sessions are read from; its settings. */
  const pintle_source* store_inputs;
  size_t store_input_count;
  const pintle_field* store_settings;
  size_t store_setting_count;
} pintle_connection_options;

/* [any] Creates a connection. Sends nothing. Fails with config, store. */
PINTLE_API int32_t pintle_connection_open(const pintle_host* host,
                                          const pintle_connection_options* options,
                                          pintle_connection** out, pintle_error* error);
/* [any] No call on it may be in progress. Live connections created from it stay open, and
 * operations that were begun by an `_async` function go on. */
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

#ifdef __cplusplus
}
#endif

#endif
