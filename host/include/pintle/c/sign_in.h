/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out of a gateway, and who is signed in. The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c sign_in */
#ifndef PINTLE_C_SIGN_IN_H
#define PINTLE_C_SIGN_IN_H

#include <pintle/c/base.h>
#include <pintle/c/cancel.h>
#include <pintle/c/connection.h>
#include <pintle/c/reply.h>
#include <pintle/c/secret.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                             /* pintle_question.flags */
       PINTLE_QUESTION_SECRET = 1, /* do not show what is typed */
       PINTLE_QUESTION_FRONT = 2   /* it is for what stands in front of the gateway */
};

typedef struct pintle_question { /* An input to ask the user for. */
  uint32_t struct_size;
  uint32_t flags;
  pintle_view key;   /* the scheme's name for it: "username", "password", "provider" */
  pintle_view label; /* for display: "Password" */
} pintle_question;

/* The app's side of a sign-in. Its functions are called by one thread at a time, and not after
 * pintle_connection_sign_in has returned: on the thread that called it, or, while a browser is
 * waited for, on one of the sign-in's own. They may block for the user; they may call
 * pintle_cancel_request and what is not [blocks], and must not destroy the connection. Each may be
 * null. */
typedef struct pintle_sign_in_ui {
  uint32_t struct_size;
  uint32_t reserved;
  void* user; /* passed to each function */
  /* Shows a text of one or more lines to the user, such as the address to open in a browser. It has
   * no control characters but line breaks. Null: it is dropped. */
  void (*show_message)(void* user, pintle_view message);
  /* Asks for one line, and gives it to `answer` (pintle_secret_give) before it returns. Giving
   * nothing means that the user declines: the sign-in fails with PINTLE_LAYER_CONFIG and the flag
   * PINTLE_ERROR_USER_ACTION. Return soon after pintle_secret_is_cancelled. Null: every question
   * is declined. */
  void (*ask)(void* user, const pintle_question* question, pintle_secret_sink* answer);
  /* Shows `why` and takes a line that the user may paste: the address that a browser on another
   * machine could not open. Called again with another `why` if the line was of no use. Giving
   * nothing means that nothing will be pasted: a sign-in that has opened a browser goes on to wait
   * for it, with the method "paste" it fails. Return soon after pintle_secret_is_cancelled: the
   * browser may have finished. Null: nothing can be pasted. */
  void (*read_pasted)(void* user, pintle_view why, pintle_secret_sink* answer);
  /* Opens an http(s) URL in the user's browser on this machine and returns without waiting for the
   * visit: 1 if a browser was started, else 0, and the sign-in goes on to wait for the user to open
   * the address that `show_message` has shown. The URL is that of a page on loopback which leads to
   * the gateway: it may be in a command line. Null: the system's browser is opened. */
  int32_t (*open_browser)(void* user, pintle_view url);
} pintle_sign_in_ui;

enum {
  PINTLE_SIGN_IN_FRONT_ONLY = 1
}; /* pintle_sign_in_options.flags: signs in only to what stands
      in front of the gateway */

typedef struct pintle_sign_in_options {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view method;   /* "password", "browser", "paste" (a browser on any machine), "window" (a
                           separate browser window), or another one of the scheme; empty: the best one
                           available */
  pintle_view provider; /* the name of an identity provider; empty: the scheme chooses, or asks
                           ("provider") if there are several */
  /* Answers that are not secret: "username". Secrets come from the inputs of the connection, or
   * from the user. */
  const pintle_field* given;
  size_t given_count;
  int64_t user_timeout_ms; /* for the user, at each step; 0: 600,000 */
} pintle_sign_in_options;

/* [any] [blocks] Signs in: to what stands in front of the gateway first if that refuses the
 * connection. Asks the user for what neither the connection's inputs nor `given` provide; no other
 * function asks anybody. The session is stored before it returns. Other calls go on with the
 * previous credential meanwhile; a second sign-in waits for the first. `options` may be null. A
 * null `ui` asks nobody, shows nothing and opens no browser.
 *
 * The body is a JSON object: url, scheme, signed_in (true), checked (false: the credential is not
 * one that the gateway has issued or seen, as a token from a file), facts (if any: user, provider,
 * expires_ms (Unix time in milliseconds), credential, source, ...), kept_in (where the session is
 * stored; absent if there is none to store), store_trouble (why it could not be stored: it is in
 * memory only, and storing is tried again later), store_note (what was repaired in the store, or
 * where else the session is stored). Members may be added.
 *
 * Fails with gate if the sign-in was refused, cancelled (PINTLE_ERROR_CANCELLED) or its time is
 * over; with config for an unknown method and for a question that was declined; as
 * pintle_connection_call does if the gateway cannot be reached. What the user typed is in no
 * error. */
PINTLE_API int32_t pintle_connection_sign_in(pintle_connection* connection,
                                             const pintle_sign_in_options* options,
                                             const pintle_sign_in_ui* ui, pintle_cancel* cancel,
                                             pintle_reply** out, pintle_error* error);

/* [any] [blocks] Deletes the stored session, and then tells the gateway; that it cannot be reached
 * is not an error. The body is a JSON object: signed_out (the URL), stays_valid (what stays valid
 * at the gateway and until when, as a sentence for the user; absent: nothing). Fails with store if
 * something could not be deleted. `out` may be null. */
PINTLE_API int32_t pintle_connection_sign_out(pintle_connection* connection, pintle_cancel* cancel,
                                              pintle_reply** out, pintle_error* error);

/* [any] [blocks] Says who is signed in, from the stored session and the inputs; probes the gateway,
 * sends no credential, renews nothing and asks nobody. The body is a JSON object: name (if it has
 * one), url, gateway (its version, and whether its gate is on), scheme, credential (true or false),
 * checked, facts (with `why` if there is no credential), kept_in, front (the id of the scheme for
 * what stands in front of the gateway), store_trouble, store_note: as those of
 * pintle_connection_sign_in. Fails with tcp and the like if the gateway cannot be reached, with
 * plugin if no scheme fits. */
PINTLE_API int32_t pintle_connection_status(pintle_connection* connection, pintle_cancel* cancel,
                                            pintle_reply** out, pintle_error* error);

#ifdef __cplusplus
}
#endif

#endif
