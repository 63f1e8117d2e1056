/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of the C API uses: the views, fields, errors and layers of plugin.h, and how to
 * make a view of a string. The rules of the whole API are in pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c base */
#ifndef PINTLE_C_BASE_H
#define PINTLE_C_BASE_H

#include <string.h>

#include <pintle/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PINTLE_API __attribute__((visibility("default")))
#else
#define PINTLE_API
#endif

/* Returns the view of a NUL-terminated string; empty for null. */
static inline pintle_view pintle_text(const char* text) {
  pintle_view view;
  view.data = text;
  view.size = text != NULL ? strlen(text) : 0;
  return view;
}

/* pintle_error.flags, in addition to those of plugin.h: the request was sent and no response was
 * received, so it may have been executed. Without this flag it was not executed. */
enum { PINTLE_ERROR_OUTCOME_UNKNOWN = 0x10000 };

#ifdef __cplusplus
}
#endif

#endif
