# SPDX-License-Identifier: Apache-2.0
"""A connection to one gateway."""

from __future__ import annotations

import asyncio
import ctypes
import json as json_module
from typing import TYPE_CHECKING, Any, Dict, Iterable, Mapping, Optional, Tuple, Union

from . import _constants as c
from . import _operations
from . import _structs as s
from . import sign_in as sign_in_module
from ._handles import Handle
from ._library import lib
from ._threads import in_thread
from ._values import bytes_view, fields, milliseconds, view
from .counters import Counters, counters_of
from .errors import call_for
from .host import Host, default_host
from .options import ConnectionOptions, is_url, struct_of
from .response import Response, taken
from .secret import Secret, WsUrl

if TYPE_CHECKING:
    from .auth import Auth
    from .broker import Broker, BrokerOptions
    from .live import Live
    from .live_options import LiveOptions

Json = Dict[str, Any]
HeaderItems = Union[Mapping[str, str], Iterable[Tuple[str, str]]]


class Connection:
    """Made by `pintle.open`. Sends nothing before it is asked to. Closed by `close` or `async with`;
    live connections that were made from it stay open."""

    def __init__(self, gateway: str, token: Optional[Secret] = None, *,
                 options: Optional[ConnectionOptions] = None, host: Optional[Host] = None) -> None:
        raw, sources = struct_of(gateway, token, options)
        try:
            with (host or default_host())._handle as pointer:
                opened = call_for("connection_open", pointer, ctypes.byref(raw))
        except BaseException:
            sources.drop()
            raise
        self._handle = Handle("connection", opened)
        self._url = gateway if is_url(gateway) else None

    async def probe(self) -> Json:
        """Asks the gateway what it is, without a credential."""
        return _object(await self._run("probe_async"))

    async def choose(self) -> Json:
        """Chooses the scheme, and says why."""
        return _object(await self._in_thread("choose"))

    async def call(self, method: str, target: str, *, headers: Optional[HeaderItems] = None,
                   body: Union[bytes, bytearray, memoryview, None] = None,
                   json: Any = None) -> Response:
        """Sends one authenticated request and returns the response, whatever its status.

        `target` is path and query below the gateway's prefix. Raises `SignInRequired` if the
        credential is missing or no longer valid.
        """
        items = list(headers.items() if isinstance(headers, Mapping) else headers or ())
        if json is not None:
            if body is not None:
                raise TypeError("give body or json, not both")
            body = json_module.dumps(json, separators=(",", ":"), allow_nan=False).encode()
            if not any(str(name).lower() == "content-type" for name, _ in items):
                items.append(("Content-Type", "application/json"))
        raw = s.Call(method=view(method, "method"), target=view(target, "target"))
        raw.headers, raw.header_count = fields(items, "headers")
        if body is not None:
            raw.body = bytes_view(body, "body")
        return await self._run("call_async", ctypes.byref(raw))

    async def ws_url(self, path: str = "") -> WsUrl:
        """Mints a WebSocket URL for another library to dial. It is secret; see `single_use`."""
        reply = await self._run("ws_url_async", view(path, "path"))
        url = WsUrl(reply.text)
        url.single_use = reply.status == 1
        return url

    async def sign_in(self, ui: Optional[sign_in_module.SignInUi] = None, *, method: str = "",
                      provider: str = "", given: Optional[Mapping[str, str]] = None,
                      user_timeout: Optional[float] = None, front_only: bool = False) -> Json:
        """Signs in, and asks the user through `ui` (None: asks nobody). The session is stored before
        it returns. `given`: answers that are not secret, such as "username"."""
        raw = s.SignInOptions(flags=c.SIGN_IN_FRONT_ONLY if front_only else 0,
                              method=view(method, "method"), provider=view(provider, "provider"),
                              user_timeout_ms=milliseconds(user_timeout, "user_timeout"))
        raw.given, raw.given_count = fields(given, "given")
        if ui is None:
            return _object(await self._run("sign_in_async", ctypes.byref(raw), None))
        bridge = sign_in_module.Bridge(ui, asyncio.get_running_loop())
        try:
            reply = await self._run("sign_in_async", ctypes.byref(raw),
                                    ctypes.byref(bridge.struct))
        except Exception:
            if bridge.error is not None:
                raise bridge.error from None
            raise
        finally:
            bridge.end()
            bridge.forget()
        return _object(reply)

    async def sign_out(self) -> Json:
        """Deletes the stored session, and then tells the gateway."""
        return _object(await self._in_thread("sign_out"))

    async def status(self) -> Json:
        """Says who is signed in. Sends no credential, renews nothing and asks nobody."""
        return _object(await self._in_thread("status"))

    def counters(self) -> Counters:
        """What this connection and its live connections have done so far."""
        with self._handle as pointer:
            return counters_of(pointer)

    def live(self, options: Optional["LiveOptions"] = None) -> "Live":
        """Starts a live connection, which connects in the background and reconnects by itself. To be
        called in the event loop that is to use it."""
        from .live import Live
        return Live(self, options)

    def start_broker(self, options: Optional["BrokerOptions"] = None) -> "Broker":
        """Gives other programs the gateway at a local address, without its credential."""
        from .broker import Broker
        return Broker(self, options)

    async def auth(self) -> "Auth":
        """An `auth=` for httpx and requests: see `pintle.Auth`."""
        from .auth import Auth
        return Auth(self, url=str((await self.status())["url"]))

    async def close(self) -> None:
        self._handle.destroy()

    async def __aenter__(self) -> "Connection":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return "<pintle.Connection closed>" if self._handle.is_closed else "<pintle.Connection>"

    async def _run(self, name: str, *arguments: Any) -> Response:
        function = getattr(lib, "connection_" + name)

        def begin(options: Any, out: Any, error: Any) -> int:
            with self._handle as pointer:  # another thread may close it
                return int(function(pointer, *arguments, options, out, error))
        return await _operations.run(begin)

    async def _in_thread(self, name: str) -> Response:
        def work(cancel: Any) -> Response:
            with self._handle as pointer:
                return taken(call_for("connection_" + name, pointer, cancel))
        return await in_thread(work)


def _object(reply: Response) -> Json:
    made = reply.json()
    assert isinstance(made, dict)
    return made


def open(gateway: str, token: Optional[Secret] = None, *,
         options: Optional[ConnectionOptions] = None, host: Optional[Host] = None) -> Connection:
    """A connection to a gateway: its URL, or the name of a saved connection (`pintle add`)."""
    return Connection(gateway, token, options=options, host=host)
