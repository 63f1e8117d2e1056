/* SPDX-License-Identifier: Apache-2.0 */
/* The host: the schemes that can be used, and where sessions are stored. The rules are those of
 * pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c host */
#ifndef PINTLE_C_HOST_H
#define PINTLE_C_HOST_H

#include <pintle/c/base.h>
#include <pintle/c/log.h>
#include <pintle/c/session_store.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pintle_host pintle_host;

enum {                                   /* pintle_host_options.flags */
       PINTLE_HOST_BUNDLED_ONLY = 1,     /* only the schemes in libpintle; reads no plugin folder */
       PINTLE_HOST_FORGETS_SESSIONS = 2, /* keeps sessions in memory only */
       PINTLE_HOST_NO_PROXY_ENVIRONMENT = 4, /* ignores http_proxy and the related variables */
       PINTLE_HOST_GENERATE_TRACEPARENT =
           8 /* a call or a dial without a W3C traceparent gets one */
};

enum {                              /* pintle_host_options.cage: which libraries of schemes run in a
                                       process of their own that may do nothing */
       PINTLE_CAGE_THIRD_PARTY = 1, /* all but those that were installed with Pintle, and the
                                       trusted ones; the default */
       PINTLE_CAGE_ALWAYS = 2,      /* all */
       PINTLE_CAGE_NEVER = 3        /* none: each is opened in this process */
};

typedef struct pintle_host_options {
  uint32_t struct_size;
  uint32_t flags;
  pintle_view session_folder;        /* empty: $XDG_STATE_HOME/pintle/sessions */
  const pintle_view* plugin_folders; /* replace the default ones; earlier folders take precedence */
  size_t plugin_folder_count;
  pintle_view load_check_program; /* path of pintle-load-check for these folders; empty: the
                                     installed one */

  uint32_t log_level; /* PINTLE_LOG_*: records up to this level are passed to on_log; 0: none */
  uint32_t reserved;
  void* log_user; /* passed to on_log and on_log_release */
  /* The log hook. Called on any thread, by several at the same time: do not block, as the I/O
   * thread may be one of them. It may call functions of this API that are not [blocks] and take a
   * const handle; what these log is dropped. Required if log_level is set. */
  void (*on_log)(void* log_user, const pintle_log_record* record);
  /* Called once, on any thread, after the last call of on_log: when all handles of the host are
   * destroyed and what they had in progress has ended. Not called if pintle_host_new fails. May be
   * null. */
  void (*on_log_release)(void* log_user);

  /* Which schemes may be used and where they run. A member that is set is used in place of that of
   * the user's plugins.json (docs/command-line.md), which is read unless
   * PINTLE_HOST_BUNDLED_ONLY is set with sessions in memory, in session_folder or in
   * session_store. */
  const pintle_view* allowed_schemes; /* ids, those of bundled schemes too; none: any */
  size_t allowed_scheme_count;
  /* The required digest of a scheme's library or program: name: the scheme's id; value: "sha256:"
   * and 64 hex digits in lower case. A scheme that is linked in has no file, and cannot be pinned.
   */
  const pintle_field* pins;
  size_t pin_count;
  const pintle_view* trusted_libraries; /* absolute paths of libraries that
                                           PINTLE_CAGE_THIRD_PARTY does not cage */
  size_t trusted_library_count;
  uint32_t cage; /* PINTLE_CAGE_*; 0: as plugins.json has it */
  uint32_t reserved_2;

  /* Where sessions are stored for connections whose `session_store` is "file"; in place of
   * session_folder. Copied. NULL: in files. */
  const pintle_session_store* session_store;
} pintle_host_options;

/* [any] Creates a host. Returns null on failure: config, store. `options` may be null: the schemes
 * in libpintle, the default plugin folders, and sessions in files. */
PINTLE_API pintle_host* pintle_host_new(const pintle_host_options* options, pintle_error* error);
PINTLE_API void pintle_host_destroy(pintle_host* host);

#ifdef __cplusplus
}
#endif

#endif
