# SPDX-License-Identifier: Apache-2.0
"""`pintle.connect`: a connection and a live connection over it, in one."""

from __future__ import annotations

from typing import Any, Generator, Optional

from .connection import Connection
from .host import Host
from .live import Live
from .live_options import LiveOptions
from .options import ConnectionOptions
from .secret import Secret


class LiveWithConnection(Live):
    """A live connection that closes its connection too."""

    def __init__(self, connection: Connection, options: Optional[LiveOptions]) -> None:
        super().__init__(connection, options)
        #: For REST requests, and to sign in.
        self.connection = connection

    async def close(self, code: int = 1000, reason: str = "") -> None:
        try:
            await super().close(code, reason)
        finally:
            await self.connection.close()


class connect:
    """`async with pintle.connect("home") as live: ...`, or `live = await pintle.connect("home")`.

    The gateway is a URL, or the name of a saved connection. Does not wait until it is ready: what is
    sent waits for that.
    """

    def __init__(self, gateway: str, token: Optional[Secret] = None, *,
                 options: Optional[ConnectionOptions] = None, live: Optional[LiveOptions] = None,
                 host: Optional[Host] = None) -> None:
        self._arguments = (gateway, token, options, live, host)
        self._live: Optional[LiveWithConnection] = None

    async def _open(self) -> LiveWithConnection:
        gateway, token, options, live, host = self._arguments
        connection = Connection(gateway, token, options=options, host=host)
        try:
            return LiveWithConnection(connection, live)
        except BaseException:
            await connection.close()
            raise

    def __await__(self) -> Generator[Any, None, LiveWithConnection]:
        return self._open().__await__()

    async def __aenter__(self) -> LiveWithConnection:
        self._live = await self._open()
        return self._live

    async def __aexit__(self, *error: object) -> None:
        if self._live is not None:
            await self._live.__aexit__(*error)
