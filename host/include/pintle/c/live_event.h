/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a live connection: its states, and what the gateway sends. The rules are those of
 * pintle/pintle.h. */
/** @file
 * @snippet reference/c_api.c live_event */
#ifndef PINTLE_C_LIVE_EVENT_H
#define PINTLE_C_LIVE_EVENT_H

#include <pintle/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                                /* pintle_event.state */
       PINTLE_LIVE_IDLE = 0,          /* not started */
       PINTLE_LIVE_PROBING = 1,       /* probing the gateway */
       PINTLE_LIVE_DIALLING = 2,      /* minting a credential and opening the WebSocket */
       PINTLE_LIVE_READY = 3,         /* open; requests are sent at once */
       PINTLE_LIVE_WAITING = 4,       /* connection lost; dials again after wait_ms */
       PINTLE_LIVE_NEEDS_SIGN_IN = 5, /* until a credential changes */
       PINTLE_LIVE_FAILED = 6,        /* not retryable; until pintle_live_retry_now */
       PINTLE_LIVE_CLOSED = 7         /* final: no more events */
};

enum {                          /* pintle_event.kind */
       PINTLE_EVENT_NONE = 0,   /* from pintle_live_next only: no event */
       PINTLE_EVENT_STATE = 1,  /* state, generation, failure, wait_ms, close_code, json (ready:
                                   the payload of gateway.ready), text (the close reason) */
       PINTLE_EVENT_EVENT = 2,  /* type, session_id, seq, json (the payload) */
       PINTLE_EVENT_RESULT = 3, /* result of request `id`: json */
       PINTLE_EVENT_ERROR = 4,  /* error response to request `id`: code, text, json (the data) */
       PINTLE_EVENT_UNANSWERED = 5, /* no response to `id`: failure; PINTLE_EVENT_WAS_SENT */
       PINTLE_EVENT_REQUEST = 6, /* request from the gateway: id_json, type (the method), json; pass
                                    its generation to pintle_live_answer */
       PINTLE_EVENT_NOTIFICATION = 7, /* notification from the gateway: type, json */
       PINTLE_EVENT_MALFORMED = 8,    /* invalid message: text */
       PINTLE_EVENT_MESSAGE = 9,      /* PINTLE_CONTENT_MESSAGES: json holds its bytes */
       PINTLE_EVENT_PIECE = 10        /* PINTLE_CONTENT_PIECES: part of a message, in json */
};

enum {                            /* pintle_event.flags */
       PINTLE_EVENT_HAS_SEQ = 1,  /* EVENT: seq is present */
       PINTLE_EVENT_WAS_SENT = 2, /* UNANSWERED: it was sent, so it may have been executed */
       PINTLE_EVENT_IS_TEXT = 4,  /* MESSAGE, PIECE: text, else binary */
       PINTLE_EVENT_IS_FIRST = 8, /* PIECE: first of its message */
       PINTLE_EVENT_IS_LAST = 16, /* PIECE: last of its message */
       PINTLE_EVENT_REUSED = 32   /* STATE, ready: reuses the TCP connection of the last exchange */
};

typedef struct pintle_event {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t flags;
  uint32_t state;
  uint64_t generation; /* counts the dials; 0 for MESSAGE and PIECE in a callback */
  int64_t id;
  int64_t code; /* JSON-RPC 2.0 5.1 */
  int64_t seq;
  int64_t wait_ms;    /* STATE, waiting: delay before the next dial */
  int32_t close_code; /* STATE: the peer's close code; 1006: no close frame; 0: was not open */
  int32_t layer;      /* of `failure`; PINTLE_OK if null */
  pintle_view id_json;
  pintle_view type;
  pintle_view session_id;
  pintle_view json;
  pintle_view text;
  const pintle_error* failure; /* may be null */
} pintle_event;

#ifdef __cplusplus
}
#endif

#endif
