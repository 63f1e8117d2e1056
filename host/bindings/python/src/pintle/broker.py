# SPDX-License-Identifier: Apache-2.0
"""A broker: a local address at which other programs reach the gateway of a connection, with its
credential and without knowing it."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from . import _constants as c
from . import _structs as s
from ._handles import Handle
from ._library import lib
from ._threads import in_thread
from ._values import PathLike, milliseconds, path_view, size, text_at, view
from .errors import call, call_for
from .response import taken
from .secret import SecretText

if TYPE_CHECKING:
    from .connection import Connection


@dataclass
class BrokerOptions:
    """None means the library's default. Times are in seconds."""

    #: "127.0.0.1:PORT", "[::1]:PORT" (port 0: a free one), or "unix:PATH".
    listen: Optional[str] = None
    #: No token: every program of this user may use it.
    open: bool = False
    #: `listen` may be an address that other machines can reach, in plain text.
    allow_other_machines: bool = False
    max_connections: Optional[int] = None
    max_requests: Optional[int] = None
    idle_timeout: Optional[float] = None
    head_timeout: Optional[float] = None
    #: How long `stop` lets requests end by themselves; 0: not at all.
    grace: Optional[float] = None


class Broker:
    """Made by `Connection.start_broker`; it listens until `stop`, or the end of `async with`."""

    def __init__(self, connection: "Connection", options: Optional[BrokerOptions] = None) -> None:
        given = options or BrokerOptions()
        if not isinstance(given, BrokerOptions):
            raise TypeError(f"options must be BrokerOptions, not {type(given).__name__}")
        raw = s.BrokerOptions(
            flags=(c.BROKER_OPEN if given.open else 0)
            | (c.BROKER_ALLOW_OTHER_MACHINES if given.allow_other_machines else 0),
            listen=view(given.listen, "listen"),
            max_connections=size(given.max_connections, "max_connections"),
            max_requests=size(given.max_requests, "max_requests"),
            idle_timeout_ms=milliseconds(given.idle_timeout, "idle_timeout"),
            head_timeout_ms=milliseconds(given.head_timeout, "head_timeout"),
            grace_ms=-1 if given.grace == 0 else milliseconds(given.grace, "grace"))
        with connection._handle as pointer:
            self._handle = Handle("broker", call_for("broker_start", pointer, ctypes.byref(raw)))

    @property
    def url(self) -> str:
        """The address for clients; "http://localhost" for a Unix socket."""
        with self._handle as pointer:
            return text_at(lib.broker_url(pointer))

    @property
    def socket_path(self) -> str:
        """Of the Unix socket; empty for a port."""
        with self._handle as pointer:
            return text_at(lib.broker_socket_path(pointer))

    @property
    def token(self) -> SecretText:
        """The local token, which is secret; empty with `open`."""
        with self._handle as pointer:
            return SecretText(text_at(lib.broker_token(pointer)))

    def write_token(self, file: PathLike) -> None:
        """Writes the local token to a file that only this user can read."""
        with self._handle as pointer:
            call("broker_write_token", pointer, path_view(file, "file"))

    def metrics(self) -> str:
        """The counters, in the text format of Prometheus."""
        with self._handle as pointer:
            return taken(call_for("broker_metrics", pointer)).text

    async def stop(self) -> None:
        """Stops listening, and lets what is in progress end within `grace`. A task that is cancelled
        does not wait; the broker stops all the same."""
        if self._handle.is_closed:
            return

        def work(_cancel: Any) -> None:
            with self._handle as pointer:
                call("broker_stop", pointer)
            self._handle.destroy()
        await in_thread(work)

    async def __aenter__(self) -> "Broker":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __repr__(self) -> str:
        return "<pintle.Broker stopped>" if self._handle.is_closed else f"<pintle.Broker {self.url}>"
