/* SPDX-License-Identifier: Apache-2.0 */
/* Ends calls that wait. The rules are those of pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c cancel */
#ifndef PINTLE_C_CANCEL_H
#define PINTLE_C_CANCEL_H

#include <pintle/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pintle_cancel pintle_cancel;

/* [any] Returns null if out of memory. May be shared by many calls. Cannot be reset. */
PINTLE_API pintle_cancel* pintle_cancel_new(void);
/* [any] Soon ends every call that uses `cancel`. Not async-signal-safe. */
PINTLE_API void pintle_cancel_request(pintle_cancel* cancel);
/* [any] May be called while a call uses it; that call can then no longer be cancelled. */
PINTLE_API void pintle_cancel_destroy(pintle_cancel* cancel);

#ifdef __cplusplus
}
#endif

#endif
