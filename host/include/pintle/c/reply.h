/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a call. The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c reply */
#ifndef PINTLE_C_REPLY_H
#define PINTLE_C_REPLY_H

#include <pintle/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Immutable. Threads: [any]. */
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

#ifdef __cplusplus
}
#endif

#endif
