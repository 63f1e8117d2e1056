# SPDX-License-Identifier: Apache-2.0
"""What fails. No error holds a secret."""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Tuple, Type

from . import _constants as c
from . import _structs as s
from ._library import lib


class Error(Exception):
    """What failed and why, with the layer that failed and what to do about it.

    `str(error)` is the message and the hint.
    """

    def __init__(self, message: str, *, layer: str = "config", hint: str = "", flags: int = 0,
                 http_status: Optional[int] = None, retry_after: Optional[float] = None) -> None:
        super().__init__(message)
        self.message = message
        #: "config", "dns", "tcp", "proxy", "tls", "access-proxy", "host-guard", "gate", "provider",
        #: "session", "ticket", "websocket", "protocol", "plugin", "store", "rate-limit".
        self.layer = layer
        self.hint = hint
        #: Of the response that reported it; None if there was none.
        self.http_status = http_status
        #: Seconds, if the gateway said so.
        self.retry_after = retry_after
        self._flags = flags

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, layer={self.layer!r})"

    def __reduce__(self) -> Tuple[Any, ...]:  # an exception crosses processes by its arguments
        return _rebuilt, (type(self), self.message, self.__dict__)

    @property
    def can_retry(self) -> bool:
        """It may succeed later without any change."""
        return bool(self._flags & c.ERROR_RETRY)

    @property
    def needs_user_action(self) -> bool:
        """The user must act first."""
        return bool(self._flags & c.ERROR_USER_ACTION)

    @property
    def needs_sign_in(self) -> bool:
        """The user must sign in. Never for a 5xx, a timeout or a reset."""
        return bool(self._flags & c.ERROR_SIGN_IN)

    @property
    def is_cancelled(self) -> bool:
        return bool(self._flags & c.ERROR_CANCELLED)

    @property
    def outcome_unknown(self) -> bool:
        """The request was sent and no response was received: it may have been executed."""
        return bool(self._flags & c.ERROR_OUTCOME_UNKNOWN)


class SignInRequired(Error):
    """The credential is missing or no longer valid: sign in."""


class Cancelled(Error):
    """The user, or another part of the app, has cancelled it."""


class ConfigError(Error):
    """A setting or an argument that cannot be used."""


class ConnectError(Error):
    """The gateway cannot be reached: dns, tcp, proxy, tls."""


class RateLimited(Error):
    """Too many requests: wait `retry_after`."""


class StoreError(Error):
    """A session could not be read or stored."""


class Closed(Error):
    """The object was closed by this program."""

    def __init__(self, message: str, **more: Any) -> None:
        more.setdefault("layer", "websocket")
        super().__init__(message, **more)


class RpcError(Error):
    """The gateway answered a JSON-RPC request with an error."""

    def __init__(self, message: str, *, code: int = 0, data: Any = None) -> None:
        super().__init__(message, layer="protocol")
        self.code = code
        self.data = data

    def __repr__(self) -> str:
        return f"RpcError({self.message!r}, code={self.code})"


def _rebuilt(kind: Type[Error], message: str, members: Any) -> Error:
    error = kind(message)
    error.__dict__.update(members)
    return error


_KINDS = {"config": ConfigError, "dns": ConnectError, "tcp": ConnectError, "proxy": ConnectError,
          "tls": ConnectError, "rate-limit": RateLimited, "store": StoreError}


def made(layer: int, raw: s.Error, extra_flags: int = 0) -> Error:
    """The exception for what a function of the library returned."""
    name = c.LAYERS[layer] if 0 < layer < len(c.LAYERS) else f"layer-{layer}"
    flags = raw.flags | extra_flags
    kind = _KINDS.get(name, Error)
    if flags & c.ERROR_CANCELLED:
        kind = Cancelled
    elif flags & c.ERROR_SIGN_IN:
        kind = SignInRequired
    error = kind(raw.message.decode("utf-8", "replace"), layer=name,
                 hint=raw.hint.decode("utf-8", "replace"), flags=flags,
                 http_status=raw.http_status or None,
                 retry_after=raw.retry_after_ms / 1000 if raw.retry_after_ms else None)
    return error


def made_at(layer: int, address: Optional[int], extra_flags: int = 0) -> Error:
    """The same for an error that the library points to."""
    if not address:
        return Error("no reason is known", layer=c.LAYERS[layer] if layer < 17 else "protocol",
                     flags=extra_flags)
    return made(layer, s.Error.from_address(address), extra_flags)


def check(layer: int, raw: s.Error) -> None:
    if layer != c.OK:
        raise made(layer, raw)


def call(name: str, *arguments: Any) -> None:
    """Calls a function whose last argument is the error."""
    raw = s.Error()
    check(getattr(lib, name)(*arguments, ctypes.byref(raw)), raw)


def call_for(name: str, *arguments: Any) -> int:
    """Calls a function whose last arguments are `out` and the error; returns the handle."""
    raw, out = s.Error(), ctypes.c_void_p()
    check(getattr(lib, name)(*arguments, ctypes.byref(out), ctypes.byref(raw)), raw)
    assert out.value is not None
    return out.value
