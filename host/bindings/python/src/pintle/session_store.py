# SPDX-License-Identifier: Apache-2.0
"""A store of the app's own for sessions, in place of files."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple, Optional, Protocol

from . import _callbacks
from . import _constants as c
from . import _registry
from . import _structs as s
from ._values import data_at, text_at
from .errors import Error
from .secret import give


class SessionKey(NamedTuple):
    """A session is given back only for the same three texts."""

    connection: str  # its name; empty for one without
    url: str
    scheme: str


class SessionStore(Protocol):
    """Its methods run on any thread, also several at the same time, and may block. They must not use
    a connection. A session is as secret as a password. What they raise is the failure; only a
    `pintle.Error`'s message is shown, as another's may hold a secret.

    Optional as well: `where(key) -> str`, a text for display; `lock(key, timeout) -> object`, which
    waits up to so many seconds for other processes, and `unlock(lock)`.
    """

    def load(self, key: SessionKey) -> Optional[bytes]:
        """None if there is none."""

    def save(self, key: SessionKey, session: bytes) -> None:
        """It is durable when this returns."""

    def erase(self, key: SessionKey) -> None:
        """That there is none is no failure."""


def struct_of(store: Any) -> s.SessionStore:
    for name in ("load", "save", "erase"):
        if not callable(getattr(store, name, None)):
            raise TypeError(f"a session store needs a method {name}: {type(store).__name__} has none")
    made = s.SessionStore(user=_registry.add(store), load=_load, save=_save, erase=_erase,
                          release=_registry.release)
    if hasattr(store, "where"):
        made.where = _where
    if hasattr(store, "lock"):
        made.lock, made.unlock = _lock, _unlock
    return made


def _key(address: int) -> SessionKey:
    raw = s.SessionKey.from_address(address)
    return SessionKey(text_at(raw.connection), text_at(raw.url), text_at(raw.scheme))


def _cut(text: object, size: int) -> bytes:
    """Never raises: without the error's text a store that failed would count as one that did not."""
    return str(text).encode("utf-8", "replace")[:size].decode("utf-8", "ignore").encode()


def _failed(address: Optional[int], error: BaseException) -> int:
    if address:
        raw = s.Error.from_address(address)
        what = error.message if isinstance(error, Error) else f"it raised {type(error).__name__}"
        raw.message = _cut(what, 511)
        if isinstance(error, Error):
            raw.hint = _cut(error.hint, 255)
            raw.flags = error._flags & (c.ERROR_RETRY | c.ERROR_USER_ACTION)
        elif isinstance(error, TimeoutError):
            raw.flags = c.ERROR_RETRY
    return c.LAYER_STORE


@s.callback(s.StoreLoad)
def _load(user: int, key: int, sink: int, error: int) -> int:
    try:
        store, of = _registry.get(user), _key(key)
        session = _callbacks.run(lambda: store.load(of))
        if session is not None:
            if not isinstance(session, bytes):
                raise TypeError("load must return bytes or None")
            give(sink, session)
        return c.OK
    except BaseException as caught:
        return _failed(error, caught)


@s.callback(s.StoreSave)
def _save(user: int, key: int, session: Any, error: int) -> int:
    try:
        store, of, data = _registry.get(user), _key(key), data_at(session)
        _callbacks.run(lambda: store.save(of, data))
        return c.OK
    except BaseException as caught:
        return _failed(error, caught)


@s.callback(s.StoreErase)
def _erase(user: int, key: int, error: int) -> int:
    try:
        store, of = _registry.get(user), _key(key)
        _callbacks.run(lambda: store.erase(of))
        return c.OK
    except BaseException as caught:
        return _failed(error, caught)


@s.callback(s.StoreWhere)
def _where(user: int, key: int, sink: int) -> None:
    try:
        store, of = _registry.get(user), _key(key)
        give(sink, str(_callbacks.run(lambda: store.where(of))))
    except BaseException:
        give(sink, "the store of this program")


@s.callback(s.StoreLock)
def _lock(user: int, key: int, timeout_ms: int, lock: int, error: int) -> int:
    try:
        store, of = _registry.get(user), _key(key)
        held = _callbacks.run(lambda: store.lock(of, timeout_ms / 1000))
        ctypes.c_void_p.from_address(lock).value = _registry.add((held,))
        return c.OK
    except BaseException as caught:
        return _failed(error, caught)


@s.callback(s.StoreUnlock)
def _unlock(user: int, lock: int) -> None:
    held = _registry.get(lock)
    _registry.remove(lock)
    try:
        store = _registry.get(user)
        _callbacks.run(lambda: store.unlock(held[0]))
    except BaseException:
        pass  # nobody can be told; a lock that stays is the store's own matter
