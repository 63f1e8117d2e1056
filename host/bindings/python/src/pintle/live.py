# SPDX-License-Identifier: Apache-2.0
"""A live connection: a WebSocket that reconnects by itself."""

from __future__ import annotations

import asyncio
import ctypes
import json as json_module
import warnings
from typing import TYPE_CHECKING, Any, AsyncIterator, Optional, Union

from . import _constants as c
from . import _structs as s
from ._handles import Handle
from ._inbox import Inbox
from ._library import lib
from ._values import bytes_view, milliseconds, view
from .errors import Closed, Error, call, call_for, check, made
from .events import LiveEvent, Request
from .live_options import LiveOptions, struct_of

if TYPE_CHECKING:
    from .connection import Connection

_encode = json_module.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_decode = json_module.JSONDecoder().decode


class Live:
    """Made by `pintle.connect` or `Connection.live`, and used in the event loop that made it.

    `async for event in live` gives the events, the last of them `Ended`. Closed by `close` or
    `async with`.
    """

    def __init__(self, connection: "Connection", options: Optional[LiveOptions] = None) -> None:
        loop = asyncio.get_running_loop()
        given = options or LiveOptions()
        raw = struct_of(given)
        with connection._handle as pointer:
            self._handle = Handle("live", call_for("live_start", pointer, ctypes.byref(raw)))
        self._inbox = Inbox(self._handle, loop, given.max_events, given.receive_events)
        # One request for all: the library copies it before the call returns. Its views are set in
        # place, as a request is all that some programs do.
        self._request = s.LiveRequest()
        self._method = self._request.method
        self._params = self._request.params_json
        self._id = ctypes.c_int64()
        self._error = s.Error()
        self._send_arguments = (ctypes.byref(self._request), ctypes.byref(self._id),
                                ctypes.byref(self._error))

    async def rpc(self, method: str, params: Any = None, *, timeout: Optional[float] = None,
                  idempotent: bool = False) -> Any:
        """Sends a JSON-RPC request, as soon as the connection is ready, and returns the result.

        Raises `RpcError` for an error of the gateway's; an `Error` with `outcome_unknown` if the
        request was sent and no response was received. `timeout`: 60 s, the wait for ready included.
        `idempotent`: it may be sent again after a loss.
        """
        text = await self._inbox.answer(self._send(
            method, None if params is None else _encode(params), timeout, idempotent))
        try:
            return _decode(str(text, "utf-8")) if text else None
        except (ValueError, RecursionError) as failure:
            raise Error(f"the result is no JSON that Python reads: {type(failure).__name__}",
                        layer="protocol", hint="rpc_json returns it unread.") from None

    async def rpc_json(self, method: str, params: Optional[str] = None, *,
                       timeout: Optional[float] = None, idempotent: bool = False) -> bytes:
        """The same, with JSON texts."""
        return await self._inbox.answer(self._send(method, params, timeout, idempotent))

    def _send(self, method: str, params: Optional[str], timeout: Optional[float],
              idempotent: bool) -> int:
        """Returns the number of the request."""
        if not isinstance(method, str):
            raise TypeError(f"method must be a str, not {type(method).__name__}")
        if params is not None and not isinstance(params, str):
            raise TypeError(f"params must be a str, not {type(params).__name__}")
        self._inbox.check_loop()
        request, view_of, params_of = self._request, self._method, self._params
        name = method.encode()
        view_of.data, view_of.size = name, len(name)
        text = params.encode() if params is not None else b""
        params_of.data, params_of.size = text, len(text)
        request.timeout_ms = 0 if timeout is None else milliseconds(timeout, "timeout")
        request.flags = c.REQUEST_IDEMPOTENT if idempotent else 0
        layer = lib.live_send_request(self._handle.pointer, *self._send_arguments)
        params_of.data, params_of.size = None, 0  # the text may be large, or secret
        if layer:
            raise made(layer, self._error)
        number: int = self._id.value
        return number

    async def send(self, message: Union[str, bytes, bytearray, memoryview]) -> None:
        """Sends one message unchanged: a str as text. Raises if the connection is not ready, or if
        `max_send_queue_bytes` wait: see `unsent_bytes`."""
        is_text = isinstance(message, str)
        data = view(message) if isinstance(message, str) else bytes_view(message, "message")
        layer = lib.live_send(self._handle.pointer, data, is_text, self._send_arguments[2])
        if layer:
            raise made(layer, self._error)

    async def answer(self, request: Request, result: Any) -> None:
        """Answers a request of the gateway's. Raises if its connection is gone."""
        _check_request(request)
        call("live_answer", self._handle.pointer, request.generation, view(request.id_json),
             view(_encode(result)))

    async def answer_error(self, request: Request, code: int, message: str) -> None:
        """The same with an error (JSON-RPC 2.0 5.1)."""
        _check_request(request)
        if not isinstance(code, int):
            raise TypeError(f"code must be an int, not {type(code).__name__}")
        if not -1 << 63 <= code < 1 << 63:  # ctypes would cut it
            raise ValueError("code must have 64 bits at the most")
        call("live_answer_error", self._handle.pointer, request.generation,
             view(request.id_json), code, view(message, "message"))

    def __aiter__(self) -> AsyncIterator[LiveEvent]:
        return self

    async def __anext__(self) -> LiveEvent:
        event = await self._inbox.next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def ready(self, timeout: Optional[float] = None) -> None:
        """Waits until it is ready. Raises the error that keeps it from that, if it needs a sign-in,
        has failed or is closed. `asyncio.TimeoutError` after `timeout` seconds."""
        if timeout is not None:
            milliseconds(timeout, "timeout")
            await asyncio.wait_for(self.ready(), timeout)
            return
        while True:
            raw = s.Error()
            state = lib.live_state(self._handle.pointer, ctypes.byref(raw))
            if state == c.LIVE_READY:
                return
            if state in (c.LIVE_NEEDS_SIGN_IN, c.LIVE_FAILED, c.LIVE_CLOSED):
                raise made(_layer_of(state), raw) if raw.message else Error(
                    "the live connection is closed", layer="websocket")
            await self._inbox.state_change()

    @property
    def state(self) -> str:
        """"ready", "waiting", "needs-sign-in", ..."""
        if self._handle.is_closed:
            return "closed"
        try:
            with self._handle as pointer:  # that of pintle.sync is asked on any thread
                name: bytes = lib.live_state_name(lib.live_state(pointer, None))
        except Closed:
            return "closed"
        return name.decode()

    @property
    def unsent_bytes(self) -> int:
        """The size of the send queue."""
        with self._handle as pointer:
            return int(lib.live_unsent_bytes(pointer))

    def retry_now(self) -> None:
        """Dials now if it is waiting, needs a sign-in, or has failed."""
        with self._handle as pointer:
            call("live_retry_now", pointer)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes the WebSocket, waits for the gateway's close frame, 3 s at most, and ends. Requests
        in progress end with an error; events that were not taken are dropped."""
        if self._handle.is_closed:
            return
        if isinstance(code, bool) or not isinstance(code, int) or not 0 <= code < 1 << 16:
            raise TypeError("code must be a close code")
        self._inbox.check_loop(or_closed=True)
        raw = s.Error()
        check(lib.live_close(self._handle.pointer, code, view(reason, "reason"),
                             ctypes.byref(raw)), raw)
        try:
            await self._inbox.end()
        finally:
            self._destroy()

    def _destroy(self) -> None:
        self._inbox.detach()
        self._handle.destroy()
        self._inbox.fail_all()

    async def __aenter__(self) -> "Live":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._inbox.check_loop(or_closed=True)
        try:
            await self.close()
        finally:
            self._destroy()

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None and not handle.is_closed:
            warnings.warn("a live connection was not closed", ResourceWarning)

    def __repr__(self) -> str:
        return f"<pintle.Live {self.state}>"


def _layer_of(state: int) -> int:
    return c.LAYER_GATE if state == c.LIVE_NEEDS_SIGN_IN else c.LAYER_WEBSOCKET


def _check_request(request: Request) -> None:
    if not isinstance(request, Request):
        raise TypeError(f"request must be a pintle.Request, not {type(request).__name__}")
    if not isinstance(request.generation, int):
        raise TypeError("the request's generation must be an int")
    if not 0 <= request.generation < 1 << 64:
        raise ValueError("the request's generation is none")
