# SPDX-License-Identifier: Apache-2.0
"""The same names as in `pintle`, without `await`. Any thread may use them, several at the same time;
Ctrl-C ends a call that waits.

    with pintle.sync.connect("home") as live:
        print(live.rpc("session.list"))
        for event in live:
            print(event)
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Union

from .. import connection as _connection
from .. import doctor as _doctor
from .. import live as _live
from ..auth import Auth
from ..broker import Broker as _AsyncBroker
from ..broker import BrokerOptions
from ..counters import Counters
from ..doctor import Diagnosis, Step
from ..events import LiveEvent, Request
from ..host import Host
from ..live_options import LiveOptions
from ..options import ConnectionOptions
from ..response import Response
from ..secret import Secret, SecretText, WsUrl
from . import _loop, _sign_in
from ._sign_in import TerminalUi

__all__ = ["Broker", "Connection", "Live", "TerminalUi", "connect", "diagnose", "open"]

Json = Dict[str, Any]


class Connection:
    """See `pintle.Connection`."""

    def __init__(self, gateway: str, token: Optional[Secret] = None, *,
                 options: Optional[ConnectionOptions] = None, host: Optional[Host] = None) -> None:
        self._inner = _connection.Connection(gateway, token, options=options, host=host)

    def probe(self) -> Json:
        return _loop.run(self._inner.probe())

    def choose(self) -> Json:
        return _loop.run(self._inner.choose())

    def call(self, method: str, target: str, *,
             headers: Optional[_connection.HeaderItems] = None,
             body: Union[bytes, bytearray, memoryview, None] = None,
             json: Any = None) -> Response:
        return _loop.run(self._inner.call(method, target, headers=headers, body=body, json=json))

    def ws_url(self, path: str = "") -> WsUrl:
        return _loop.run(self._inner.ws_url(path))

    def sign_in(self, ui: Any = None, *, method: str = "", provider: str = "",
                given: Optional[Mapping[str, str]] = None, user_timeout: Optional[float] = None,
                front_only: bool = False) -> Json:
        """The methods of `ui` are plain ones and are called on this thread; they may block."""
        def begin(bridged: Any) -> Any:
            return self._inner.sign_in(bridged, method=method, provider=provider, given=given,
                                       user_timeout=user_timeout, front_only=front_only)
        if ui is None:
            return dict(_loop.run(begin(None)))
        return dict(_sign_in.run(begin, ui))

    def sign_out(self) -> Json:
        return _loop.run(self._inner.sign_out())

    def status(self) -> Json:
        return _loop.run(self._inner.status())

    def counters(self) -> Counters:
        return self._inner.counters()

    def live(self, options: Optional[LiveOptions] = None) -> "Live":
        return Live(_loop.call(lambda: self._inner.live(options)))

    def start_broker(self, options: Optional[BrokerOptions] = None) -> "Broker":
        return Broker(self._inner.start_broker(options))

    def auth(self) -> Auth:
        return _loop.run(self._inner.auth())

    def close(self) -> None:
        self._inner._handle.destroy()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._inner).replace("pintle.", "pintle.sync.")


class Live:
    """See `pintle.Live`. Any thread may use it; an event goes to one of those that wait."""

    def __init__(self, inner: _live.Live, connection: Optional[Connection] = None) -> None:
        self._inner = inner
        self._own_connection = connection

    @property
    def connection(self) -> Connection:
        """Of a live connection that `connect` made."""
        if self._own_connection is None:
            raise AttributeError("this live connection was made by Connection.live")
        return self._own_connection

    def rpc(self, method: str, params: Any = None, *, timeout: Optional[float] = None,
            idempotent: bool = False) -> Any:
        return _loop.run(self._inner.rpc(method, params, timeout=timeout, idempotent=idempotent))

    def rpc_json(self, method: str, params: Optional[str] = None, *,
                 timeout: Optional[float] = None, idempotent: bool = False) -> bytes:
        return _loop.run(self._inner.rpc_json(method, params, timeout=timeout,
                                              idempotent=idempotent))

    def send(self, message: Union[str, bytes, bytearray, memoryview]) -> None:
        _loop.run(self._inner.send(message))

    def answer(self, request: Request, result: Any) -> None:
        _loop.run(self._inner.answer(request, result))

    def answer_error(self, request: Request, code: int, message: str) -> None:
        _loop.run(self._inner.answer_error(request, code, message))

    def next(self, timeout: Optional[float] = None) -> Optional[LiveEvent]:
        """The next event; None after the last one. TimeoutError after `timeout` seconds."""
        try:
            return _loop.run(_next(self._inner, timeout))
        except asyncio.TimeoutError:
            raise TimeoutError("no event came in time") from None

    def __iter__(self) -> Iterator[LiveEvent]:
        while True:
            event = self.next()
            if event is None:
                return
            yield event

    def ready(self, timeout: Optional[float] = None) -> None:
        try:
            _loop.run(self._inner.ready(timeout))
        except asyncio.TimeoutError:
            raise TimeoutError("it is not ready in time") from None

    @property
    def state(self) -> str:
        return self._inner.state

    @property
    def unsent_bytes(self) -> int:
        return self._inner.unsent_bytes

    def retry_now(self) -> None:
        self._inner.retry_now()

    def close(self, code: int = 1000, reason: str = "") -> None:
        try:
            _loop.run(self._inner.close(code, reason))
        finally:
            if self._own_connection is not None:
                self._own_connection.close()

    def __enter__(self) -> "Live":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.close()
        finally:
            _loop.call(self._inner._destroy)

    def __repr__(self) -> str:
        return repr(self._inner).replace("pintle.", "pintle.sync.")


async def _next(live: _live.Live, timeout: Optional[float]) -> Optional[LiveEvent]:
    return await asyncio.wait_for(live._inbox.next(), timeout)


class Broker:
    """See `pintle.Broker`."""

    def __init__(self, inner: _AsyncBroker) -> None:
        self._inner = inner

    @property
    def url(self) -> str:
        return self._inner.url

    @property
    def socket_path(self) -> str:
        return self._inner.socket_path

    @property
    def token(self) -> SecretText:
        return self._inner.token

    def write_token(self, file: Any) -> None:
        self._inner.write_token(file)

    def metrics(self) -> str:
        return self._inner.metrics()

    def stop(self) -> None:
        _loop.run(self._inner.stop())

    def __enter__(self) -> "Broker":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return repr(self._inner).replace("pintle.", "pintle.sync.")


def open(gateway: str, token: Optional[Secret] = None, *,
         options: Optional[ConnectionOptions] = None, host: Optional[Host] = None) -> Connection:
    """See `pintle.open`."""
    return Connection(gateway, token, options=options, host=host)


def connect(gateway: str, token: Optional[Secret] = None, *,
            options: Optional[ConnectionOptions] = None, live: Optional[LiveOptions] = None,
            host: Optional[Host] = None) -> Live:
    """See `pintle.connect`: `with pintle.sync.connect("home") as live`."""
    connection = open(gateway, token, options=options, host=host)
    try:
        return Live(_loop.call(lambda: connection._inner.live(live)), connection)
    except BaseException:
        connection.close()
        raise


def diagnose(gateway: str, token: Optional[Secret] = None, *,
             options: Optional[ConnectionOptions] = None, host: Optional[Host] = None,
             on_step: Optional[Callable[[Step], object]] = None) -> Diagnosis:
    """See `pintle.diagnose`. `on_step` is called on a thread of `pintle.sync`."""
    return _loop.run(_doctor.diagnose(gateway, token, options=options, host=host,
                                      on_step=on_step))
