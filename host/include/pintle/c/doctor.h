/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out why a gateway cannot be reached: every step of a connection, one after the other, by
 * the code that connections use. The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c doctor */
#ifndef PINTLE_C_DOCTOR_H
#define PINTLE_C_DOCTOR_H

#include <pintle/c/base.h>
#include <pintle/c/cancel.h>
#include <pintle/c/connection.h>
#include <pintle/c/host.h>
#include <pintle/c/reply.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The steps of one diagnosis. Immutable. Threads: [any]. */
typedef struct pintle_doctor pintle_doctor;

enum {                            /* pintle_doctor_step.verdict */
       PINTLE_DOCTOR_OK = 0,      /* it works */
       PINTLE_DOCTOR_WARNING = 1, /* it works, but see `failure` */
       PINTLE_DOCTOR_FAILED = 2,  /* see `failure` */
       PINTLE_DOCTOR_SKIPPED = 3  /* not needed, or see `blocked_by` */
};

/* The texts have no secrets, but may name hosts, users and files: see pintle_doctor_report. Each is
 * followed by a NUL that is not counted. */
typedef struct pintle_doctor_step {
  uint32_t struct_size;
  uint32_t verdict;
  pintle_view id;         /* "settings", "name", "tcp", "proxy", "tls", "http", "intermediary",
                             "host-guard", "probe", "clock", "scheme", "store", "session", "ticket",
                             "upgrade", "ready", "ping"; never renamed */
  pintle_view title;      /* for display: "host name" */
  pintle_view finding;    /* one sentence for display, without a full stop */
  pintle_view blocked_by; /* the id of the failed step because of which this one is skipped */
  double duration_ms;
  const pintle_field* facts; /* details for display */
  size_t fact_count;
  /* Of a failure or a warning, with what to do as its hint; else null. */
  const pintle_error* failure;
  int32_t layer; /* of `failure`; PINTLE_OK if null */
  uint32_t reserved;
} pintle_doctor_step;

typedef struct pintle_doctor_options {
  uint32_t struct_size;
  uint32_t reserved;
  void* user; /* passed to the callbacks */
  /* Both are called on the thread that calls pintle_doctor_run, and may request its cancel. What
   * `step` points to is valid during the callback. May be null. At the start a step has an id and a
   * title alone; on_start is not called for one that is blocked. */
  void (*on_start)(void* user, const pintle_doctor_step* step);
  void (*on_finish)(void* user, const pintle_doctor_step* step);
} pintle_doctor_options;

/* [any] [blocks] Diagnoses a connection with these options, for up to request_ms and half a second
 * for each step. Returns PINTLE_OK whatever it finds; settings that are invalid are the failure of
 * the step "settings". Sends no credential before the gateway has answered the probe; then does
 * what a request and a live connection do: it may sign in without the user, renew the session and
 * mint a ticket. After `cancel` it returns PINTLE_OK too, and has the steps that had finished.
 * `doctor_options` may be null. Fails with config for null. */
PINTLE_API int32_t pintle_doctor_run(const pintle_host* host,
                                     const pintle_connection_options* options,
                                     const pintle_doctor_options* doctor_options,
                                     pintle_cancel* cancel, pintle_doctor** out,
                                     pintle_error* error);
PINTLE_API void pintle_doctor_destroy(pintle_doctor* doctor);

PINTLE_API size_t pintle_doctor_step_count(const pintle_doctor* doctor);
/* Fills in the step at `index`, in their order. What it points to is valid until destroy. Fails
 * with config if out of range. */
PINTLE_API int32_t pintle_doctor_step_at(const pintle_doctor* doctor, size_t index,
                                         pintle_doctor_step* step, pintle_error* error);
/* Returns the index of the first failed step; the number of steps if none failed. */
PINTLE_API size_t pintle_doctor_first_failed(const pintle_doctor* doctor);
/* Returns "ok", "warning", "failed" or "skipped"; "unknown" for an invalid verdict. */
PINTLE_API const char* pintle_doctor_verdict_name(uint32_t verdict);

enum { PINTLE_DOCTOR_WITH_HOSTS = 1 }; /* flags: does not replace host names and addresses */

/* Makes a text in Markdown that can be pasted into a public issue: versions, the operating system,
 * the settings and the steps. It has no user names, home folders, tokens or parts of them,
 * commands, header values or URL queries; host names and addresses other than loopback are replaced
 * by "host-1", "address-1", ... `program`: the name and version of the app, for its head; may be
 * empty. The body is the text; destroy the reply. Fails with config. */
PINTLE_API int32_t pintle_doctor_report(const pintle_doctor* doctor, pintle_view program,
                                        uint32_t flags, pintle_reply** out, pintle_error* error);

#ifdef __cplusplus
}
#endif

#endif
