# SPDX-License-Identifier: Apache-2.0
"""How a live connection is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Optional, Tuple, Union

from . import _constants as c
from . import _structs as s
from ._values import fields, milliseconds, size, view

_CONTENTS = {"json-rpc": c.CONTENT_JSON_RPC, "messages": c.CONTENT_MESSAGES,
             "pieces": c.CONTENT_PIECES, "profile": c.CONTENT_BY_PROFILE}


@dataclass
class LiveOptions:
    """None means the library's default. Times are in seconds."""

    #: "json-rpc", "messages" (whole ones, of any content), "pieces", or "profile": what the
    #: gateway's profile says.
    content: str = "json-rpc"
    #: None: that of the gateway's profile ("/api/ws").
    path: Optional[str] = None
    query: Union[Mapping[str, str], Iterable[Tuple[str, str]], None] = None
    #: The Origin header; None: not sent.
    origin: Optional[str] = None
    #: False: closes at the first failure or loss.
    reconnect: bool = True
    #: Compression (RFC 7692); costs 0.3 MB per connection.
    offer_deflate: bool = False
    #: False: what the gateway sends on its own is dropped; answers and states are not. For a program
    #: that only asks: else it must take its events, or answers come to a halt behind them.
    receive_events: bool = True
    #: How many events wait here for the app; above it, reading pauses.
    max_events: int = 1024
    max_message_bytes: Optional[int] = None
    max_send_queue_bytes: Optional[int] = None
    max_receive_queue_bytes: Optional[int] = None
    ready_timeout: Optional[float] = None
    ping_after_idle: Optional[float] = None
    #: 0: never.
    heartbeat: Optional[float] = None
    initial_backoff: Optional[float] = None
    max_backoff: Optional[float] = None
    backoff_reset_after: Optional[float] = None
    #: W3C traceparent of each upgrade.
    traceparent: Optional[str] = None


def struct_of(given: LiveOptions) -> s.LiveOptions:
    if not isinstance(given, LiveOptions):
        raise TypeError(f"options must be LiveOptions, not {type(given).__name__}")
    if given.content not in _CONTENTS:
        raise ValueError(f"content must be one of {', '.join(_CONTENTS)}")
    size(given.max_events, "max_events")
    raw = s.LiveOptions(content=_CONTENTS[given.content],
                        flags=(0 if given.reconnect else c.LIVE_NO_RECONNECT)
                        | (c.LIVE_OFFER_DEFLATE if given.offer_deflate else 0))
    raw.path, raw.origin = view(given.path, "path"), view(given.origin, "origin")
    raw.query, raw.query_count = fields(given.query, "query")
    raw.traceparent = view(given.traceparent, "traceparent")
    for name in ("max_message_bytes", "max_send_queue_bytes", "max_receive_queue_bytes"):
        setattr(raw, name, size(getattr(given, name), name))
    for name in ("ready_timeout", "ping_after_idle", "heartbeat", "initial_backoff",
                 "max_backoff", "backoff_reset_after"):
        setattr(raw, name + "_ms", milliseconds(getattr(given, name), name))
    if given.heartbeat == 0:
        raw.heartbeat_ms = -1
    return raw
