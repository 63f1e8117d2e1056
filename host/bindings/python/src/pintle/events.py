# SPDX-License-Identifier: Apache-2.0
"""What a live connection receives: its states, and what the gateway sends."""

from __future__ import annotations

import json as json_module
from typing import Any, NamedTuple, Optional, Union

from .errors import Error


class Connecting(NamedTuple):
    """Probing or dialling the gateway."""

    generation: int  # counts the dials
    is_dialling: bool


class Ready(NamedTuple):
    """Open: requests are sent at once."""

    generation: int
    json: bytes  # the payload of gateway.ready
    reused: bool  # the TCP connection of the last exchange

    @property
    def greeting(self) -> Any:
        return json_module.loads(self.json) if self.json else None


class Waiting(NamedTuple):
    """The connection was lost, or could not be made; it dials again after `delay` seconds."""

    generation: int
    delay: float
    error: Error
    close_code: int  # the peer's; 1006: no close frame; 0: it was not open
    close_reason: str


class NeedsSignIn(NamedTuple):
    """The credential is invalid. It stays so until one changes: sign in."""

    generation: int
    error: Error
    close_code: int
    close_reason: str


class Failed(NamedTuple):
    """It cannot be retried: it stays so until `retry_now`."""

    generation: int
    error: Error
    close_code: int
    close_reason: str


class Ended(NamedTuple):
    """Closed: no more events."""

    generation: int
    error: Optional[Error]
    close_code: int
    close_reason: str


class Event(NamedTuple):
    """An event of the gateway."""

    type: str
    session_id: str
    seq: Optional[int]
    json: bytes
    generation: int

    @property
    def payload(self) -> Any:
        return json_module.loads(self.json) if self.json else None


class Request(NamedTuple):
    """A request of the gateway: `live.answer(request, result)` or `live.answer_error`."""

    method: str
    json: bytes
    id_json: str
    generation: int

    @property
    def params(self) -> Any:
        return json_module.loads(self.json) if self.json else None


class Notification(NamedTuple):
    """A JSON-RPC notification that is no event."""

    method: str
    json: bytes

    @property
    def params(self) -> Any:
        return json_module.loads(self.json) if self.json else None


class Malformed(NamedTuple):
    """A message that is no JSON-RPC."""

    text: str


class Message(NamedTuple):
    """A whole message, unchanged (`content="messages"`)."""

    data: bytes
    is_text: bool

    @property
    def text(self) -> str:
        return self.data.decode()


class Piece(NamedTuple):
    """A part of a message (`content="pieces"`)."""

    data: bytes
    is_text: bool
    is_first: bool
    is_last: bool


StateEvent = Union[Connecting, Ready, Waiting, NeedsSignIn, Failed, Ended]
LiveEvent = Union[StateEvent, Event, Request, Notification, Malformed, Message, Piece]
