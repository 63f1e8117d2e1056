/* SPDX-License-Identifier: Apache-2.0 */
/* The log hook: what Pintle does, as records with a level, an area, an event and fields. No secret
 * is in a record. Set it in pintle_host_options. The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c log */
#ifndef PINTLE_C_LOG_H
#define PINTLE_C_LOG_H

#include <pintle/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                       /* pintle_log_record.level, pintle_host_options.log_level */
       PINTLE_LOG_OFF = 0,   /* no records; the default */
       PINTLE_LOG_ERROR = 1, /* something stays broken until the user or the app acts */
       PINTLE_LOG_WARN = 2,  /* an operation failed; it may be tried again */
       PINTLE_LOG_INFO = 3,  /* the course of a connection: dials, states, sign-ins, renewals */
       PINTLE_LOG_DEBUG = 4, /* each HTTP exchange and each TCP connection */
       PINTLE_LOG_TRACE = 5  /* each step, as it begins */
};

enum {                         /* pintle_log_field.kind */
       PINTLE_LOG_INTEGER = 1, /* integer */
       PINTLE_LOG_NUMBER = 2,  /* number */
       PINTLE_LOG_BOOLEAN = 3, /* integer: 0 or 1 */
       PINTLE_LOG_TEXT = 4     /* text */
};

typedef struct pintle_log_field { /* Never grows. */
  pintle_view name;               /* "status"; a duration in milliseconds ends in "_ms" */
  uint32_t kind;
  uint32_t reserved;
  int64_t integer;
  double number;
  pintle_view text;
} pintle_log_field;

typedef struct pintle_log_record { /* Valid until the hook returns, with all that it points to. */
  uint32_t struct_size;
  uint32_t level;
  pintle_view area;       /* "dns", "tcp", "tls", "http", "session", "live", ... */
  pintle_view event;      /* "exchange_finished"; docs/embed.md lists them */
  pintle_view connection; /* its name, or its URL if it has none */
  int64_t time_ms;        /* Unix time in milliseconds */
  const pintle_log_field* fields;
  size_t field_count;
} pintle_log_record;

#ifdef __cplusplus
}
#endif

#endif
