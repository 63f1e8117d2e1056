# SPDX-License-Identifier: Apache-2.0
"""Handles of the library: each is destroyed once, in the process that made it, before Python ends.

A thread of the library that calls back into a Python which has ended would end the process with a
crash. So what is still open at exit is destroyed then, before the interpreter is torn down.

The garbage collector may run anywhere: in a callback of the library, on its I/O thread. So what it finds
is destroyed by a thread of this module.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
import weakref
from typing import Any, Callable, List, Optional, Set, Tuple

from ._library import lib
from .errors import Closed

_FORKED = ("pintle was in use before this process was forked, and a child has none of its threads. "
           "Start the process with the method \"spawn\" or \"forkserver\", or fork before the "
           "first use of pintle")

_open: "weakref.WeakSet[Handle]" = weakref.WeakSet()
_lock = threading.RLock()
#: When the interpreter began to end.
ending_since: Optional[float] = None
_is_used = False
_is_forked = False
_at_exit: List[Callable[[], None]] = []
_garbage: "queue.SimpleQueue[Optional[Tuple[str, int]]]" = queue.SimpleQueue()
_found: Set[Tuple[str, int]] = set()  # what the garbage collector found and is not destroyed yet
_collector: Optional[threading.Thread] = None


_NAMES = {"live": "live connection"}


class Handle:
    """Owns a pointer. `with handle.use() as pointer` keeps it from being destroyed meanwhile."""

    __slots__ = ("_pointer", "_kind", "_uses", "_is_closed", "before_collect", "__weakref__")

    def __init__(self, kind: str, pointer: int) -> None:
        self._pointer = pointer
        self._kind = kind
        self._uses = 0
        self._is_closed = False
        #: Is given what destroys it, and calls that, if the garbage collector finds the handle. Must
        #: refer to nothing that is collected with it.
        self.before_collect: Optional[Callable[[Callable[[], None]], None]] = None
        with _lock:
            _open.add(self)

    @property
    def pointer(self) -> int:
        if self._is_closed:
            refuse_after_fork()
            raise Closed(f"this {_NAMES.get(self._kind, self._kind)} is closed")
        return self._pointer

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def __enter__(self) -> int:
        with _lock:
            pointer = self.pointer
            self._uses += 1
        return pointer

    def __exit__(self, *_: object) -> None:
        with _lock:
            self._uses -= 1
            last = self._is_closed and self._uses == 0
        if last:
            self._destroy()

    def destroy(self) -> None:
        """Does nothing a second time. While it is in use, its last user destroys it."""
        with _lock:
            if self._is_closed:
                return
            self._is_closed = True
            last = self._uses == 0
        if last:
            self._destroy()

    def _destroy(self) -> None:
        pointer, self._pointer = self._pointer, 0
        if pointer:
            getattr(lib, self._kind + "_destroy")(pointer)

    def forget(self) -> None:
        """In the child of a fork."""
        self._is_closed = True
        self._pointer = 0

    def __reduce_ex__(self, _protocol: object) -> Any:
        """No copy, by copy.deepcopy or pickle: both would destroy what they point to."""
        raise TypeError(f"a {self._kind.replace('_', ' ')} of pintle is not copied and not pickled")

    def __del__(self) -> None:
        pointer = getattr(self, "_pointer", 0)  # __init__ may not have come that far
        if not pointer or self._is_closed:
            return
        # What else is in the same garbage may still call it.
        self._is_closed = True
        self._pointer = 0
        item = (self._kind, pointer)
        _found.add(item)
        if self.before_collect is not None:
            self.before_collect(lambda: _garbage.put(item))
        else:
            _garbage.put(item)


def refuse_after_fork() -> None:
    if _is_forked:
        raise RuntimeError(_FORKED)


def begin_use() -> None:
    """Called before the first threads of the library are made."""
    global _is_used, _collector
    refuse_after_fork()
    _is_used = True
    with _lock:
        if _collector is None:
            _collector = threading.Thread(target=_collect, name="pintle-collector", daemon=True)
            _collector.start()


def _collect() -> None:
    while True:
        item = _garbage.get()
        if item is None:
            return
        if item in _found:
            _found.discard(item)  # before another handle can have the same address
            getattr(lib, item[0] + "_destroy")(item[1])


def before_exit(function: Callable[[], None]) -> None:
    """Runs `function` at exit, before what is open is destroyed; the last one first."""
    _at_exit.append(function)


def _end() -> None:
    global ending_since
    if _is_forked:
        return
    ending_since = time.monotonic()
    for function in reversed(_at_exit):
        function()
    order = ["live", "async", "async_queue", "doctor", "broker", "connection", "host"]
    with _lock:
        left = sorted(_open, key=lambda handle: order.index(handle._kind)
                      if handle._kind in order else len(order))
    for handle in left:
        handle.destroy()
    if _collector is not None:
        for item in list(_found):  # some may wait for an event loop that does not run any more
            _garbage.put(item)
        _garbage.put(None)
        _collector.join(5)
    for function in _last:
        function()


_last: List[Callable[[], None]] = []


def after_exit(function: Callable[[], None]) -> None:
    """Runs `function` at exit, after what was open has been destroyed."""
    _last.append(function)


def _in_child() -> None:
    global _is_forked, _lock, _garbage
    _lock = threading.RLock()
    _garbage = queue.SimpleQueue()
    _found.clear()
    if _is_used:
        _is_forked = True
        for handle in list(_open):
            handle.forget()




atexit.register(_end)
os.register_at_fork(after_in_child=_in_child)
