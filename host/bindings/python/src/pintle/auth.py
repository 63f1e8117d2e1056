# SPDX-License-Identifier: Apache-2.0
"""The gateway's sign-in for programs that keep their own HTTP client: httpx, requests.

A request to the gateway is sent to a broker on loopback, which gives it the credential, signs it if
the scheme signs, renews what has lapsed and repeats what was refused once. So the credential is never
in the client, and cannot be sent to another origin by a redirect, which these clients would do with
any header but Authorization. In that header they have the broker's local token, and drop it
themselves where a redirect leads elsewhere.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Optional, Tuple, TypeVar
from urllib.parse import SplitResult, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

from .broker import Broker
from .errors import ConfigError
from .secret import SecretText

if TYPE_CHECKING:
    from .connection import Connection

Request = TypeVar("Request")
_PORTS = {"http": 80, "https": 443}


class Auth:
    """`httpx.get(url, auth=auth)`, `requests.get(url, auth=auth)`; a client's own `auth`, too.

    `url` is the gateway's, for a connection that was opened by its name; `await connection.auth()`
    finds it out. A request to another origin is refused with `ConfigError`. Any thread may use it.
    Responses have the broker's address as their URL. Close it in the end.
    """

    def __init__(self, connection: "Connection", *, url: Optional[str] = None) -> None:
        # That of pintle.sync has the asynchronous one inside.
        self._connection: "Connection" = getattr(connection, "_inner", connection)
        found = url or self._connection._url
        if found is None:
            raise ConfigError("the connection was opened by its name, so its URL is not known",
                              hint="Use connection.auth(), or give Auth its url.")
        if not isinstance(found, str):
            raise TypeError(f"url must be a str, not {type(found).__name__}")
        self._gateway = urlsplit(found.rstrip("/"))
        self._broker: Optional[Broker] = None
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Request:
        """What these clients call with each request before it is sent."""
        target: Any = request
        url = urlsplit(str(target.url))
        if _origin(url) != _origin(self._gateway) or not self._is_below_prefix(url.path):
            raise ConfigError(f"the credential of {self._gateway.geturl()} is not for "
                              f"{url.scheme}://{url.hostname}",
                              hint="Send requests to other servers without this auth.")
        broker = self._running()
        address = urlsplit(broker.url)
        _refuse_proxy(address)
        path = url.path[len(self._gateway.path):] or "/"
        target.url = _as_type(target.url, urlunsplit((address.scheme, address.netloc, path,
                                                      url.query, "")))
        # httpx has it already, with the gateway's name.
        if "Host" in target.headers:
            target.headers["Host"] = address.netloc
        target.headers["Authorization"] = SecretText("Bearer " + broker.token)
        return request

    def close(self) -> None:
        """Ends the broker, and what is in progress through it within 2 s."""
        with self._lock:
            if self._broker is not None:
                self._broker._handle.destroy()
                self._broker = None

    def __repr__(self) -> str:
        return f"<pintle.Auth for {self._gateway.geturl()}>"

    def _is_below_prefix(self, path: str) -> bool:
        prefix = self._gateway.path
        parts = path.lower().replace("%2e", ".").split("/")
        return (path == prefix or path.startswith(prefix + "/")) and ".." not in parts

    def _running(self) -> Broker:
        with self._lock:
            if self._broker is None or self._broker._handle.is_closed:
                self._broker = Broker(self._connection)
            return self._broker


def _origin(url: SplitResult) -> Tuple[str, str, int]:
    port = _PORTS.get(url.scheme, 0) if url.port is None else url.port
    return url.scheme, (url.hostname or "").lower(), port


def _as_type(example: Any, text: str) -> Any:
    return text if isinstance(example, str) else type(example)(text)


def _refuse_proxy(address: SplitResult) -> None:
    """A proxy would be sent what is for this machine alone, the local token included."""
    if not proxy_bypass(address.hostname or "") and {"http", "all"} & set(getproxies()):
        raise ConfigError("the environment names a proxy also for this machine",
                          hint="Set NO_PROXY=127.0.0.1, also for the connection's own proxy.")
