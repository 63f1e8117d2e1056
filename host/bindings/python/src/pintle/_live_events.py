# SPDX-License-Identifier: Apache-2.0
"""Makes the events of a live connection of what the library returns.

What happens for every message is here, so it is short: one call of struct.unpack reads the event,
and texts are copied once.
"""

from __future__ import annotations

import struct
from ctypes import string_at
from typing import Any, Callable, Dict, Optional, Tuple

from . import _constants as c
from . import _structs as s
from .errors import Error, made_at
from .events import (Connecting, Ended, Event, Failed, LiveEvent, Malformed, Message, NeedsSignIn,
                     Notification, Piece, Ready, Request, StateEvent, Waiting)

Raw = Tuple[Any, ...]
unpack_event: Callable[[Any], Raw] = struct.Struct(s.EVENT_FORMAT).unpack_from

# Places in what unpack_event returns.
(KIND, FLAGS, STATE, GENERATION, ID, CODE, SEQ, WAIT_MS, CLOSE_CODE, LAYER, ID_JSON, ID_JSON_SIZE,
 TYPE, TYPE_SIZE, SESSION, SESSION_SIZE, JSON, JSON_SIZE, TEXT, TEXT_SIZE, FAILURE) = range(1, 22)


def _text(raw: Raw, place: int) -> str:
    size = raw[place + 1]
    return str(string_at(raw[place], size), "utf-8", "replace") if size else ""


def json_of(raw: Raw) -> bytes:
    size = raw[JSON_SIZE]
    return string_at(raw[JSON], size) if size else b""


def text_of(raw: Raw) -> str:
    return _text(raw, TEXT)


def failure_of(raw: Raw, flags: int = 0) -> Error:
    return made_at(raw[LAYER], raw[FAILURE], flags)


def _state(raw: Raw) -> StateEvent:
    state, generation = raw[STATE], raw[GENERATION]
    if state in (c.LIVE_PROBING, c.LIVE_DIALLING):
        return Connecting(generation, state == c.LIVE_DIALLING)
    if state == c.LIVE_READY:
        return Ready(generation, json_of(raw), bool(raw[FLAGS] & c.EVENT_REUSED))
    code, reason = raw[CLOSE_CODE], text_of(raw)
    if state == c.LIVE_WAITING:
        return Waiting(generation, raw[WAIT_MS] / 1000, failure_of(raw), code, reason)
    if state == c.LIVE_NEEDS_SIGN_IN:
        return NeedsSignIn(generation, failure_of(raw), code, reason)
    if state == c.LIVE_FAILED:
        return Failed(generation, failure_of(raw), code, reason)
    return Ended(generation, failure_of(raw) if raw[FAILURE] else None, code, reason)


def _event(raw: Raw) -> LiveEvent:
    return Event(_text(raw, TYPE), _text(raw, SESSION),
                 raw[SEQ] if raw[FLAGS] & c.EVENT_HAS_SEQ else None, json_of(raw),
                 raw[GENERATION])


def _message(raw: Raw) -> LiveEvent:
    return Message(json_of(raw), bool(raw[FLAGS] & c.EVENT_IS_TEXT))


def _piece(raw: Raw) -> LiveEvent:
    flags = raw[FLAGS]
    return Piece(json_of(raw), bool(flags & c.EVENT_IS_TEXT), bool(flags & c.EVENT_IS_FIRST),
                 bool(flags & c.EVENT_IS_LAST))


_MAKERS: Dict[int, Callable[[Raw], LiveEvent]] = {
    c.EVENT_STATE: _state,
    c.EVENT_EVENT: _event,
    c.EVENT_REQUEST: lambda raw: Request(_text(raw, TYPE), json_of(raw), _text(raw, ID_JSON),
                                         raw[GENERATION]),
    c.EVENT_NOTIFICATION: lambda raw: Notification(_text(raw, TYPE), json_of(raw)),
    c.EVENT_MALFORMED: lambda raw: Malformed(text_of(raw)),
    c.EVENT_MESSAGE: _message,
    c.EVENT_PIECE: _piece,
}


def event_of(raw: Raw) -> Optional[LiveEvent]:
    """None for a kind that this package does not know."""
    maker = _MAKERS.get(raw[KIND])
    return maker(raw) if maker is not None else None
