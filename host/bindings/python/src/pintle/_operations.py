# SPDX-License-Identifier: Apache-2.0
"""Asynchronous operations of the library, awaited: one queue of finished ones for each event loop."""

from __future__ import annotations

import asyncio
import ctypes
import threading
import weakref
from typing import Any, Callable, Dict, Tuple

from . import _constants as c
from . import _structs as s
from ._handles import Handle, before_exit, begin_use, refuse_after_fork
from ._library import lib
from .errors import check, made
from .response import Response, taken

#: begin(options, out, error), of which each is a ctypes reference.
Begin = Callable[[Any, Any, Any], int]

_lock = threading.Lock()


class _Completions:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        begin_use()
        raw = s.Error()
        queue = lib.async_queue_new(ctypes.byref(raw))
        if not queue:
            raise made(c.LAYER_CONFIG, raw)
        self._queue = Handle("async_queue", queue)
        self._options = s.AsyncOptions(queue=queue)
        self._futures: Dict[int, Tuple[Handle, "asyncio.Future[Response]"]] = {}
        loop.add_reader(lib.async_queue_fd(queue), self._take)

    async def run(self, begin: Begin) -> Response:
        raw, out = s.Error(), ctypes.c_void_p()
        check(begin(ctypes.byref(self._options), ctypes.byref(out), ctypes.byref(raw)), raw)
        assert out.value is not None
        pointer = out.value
        future: "asyncio.Future[Response]" = asyncio.get_running_loop().create_future()
        self._futures[pointer] = Handle("async", pointer), future
        try:
            return await future
        except asyncio.CancelledError:
            # It comes into the queue as usual, soon, and is destroyed then.
            if pointer in self._futures:
                lib.async_cancel(pointer)
            raise

    def _take(self) -> None:
        while not self._queue.is_closed:
            pointer = lib.async_queue_take(self._queue.pointer)
            if not pointer:
                return
            operation, future = self._futures.pop(pointer)
            raw, out = s.Error(), ctypes.c_void_p()
            layer = lib.async_result(pointer, ctypes.byref(out), ctypes.byref(raw))
            response = taken(out.value)
            operation.destroy()
            if future.done():
                continue
            if layer != c.OK:
                future.set_exception(made(layer, raw))
            else:
                future.set_result(response)

    def end(self) -> None:
        """When its loop is closed: nobody waits for what is in progress any more."""
        self._queue.destroy()
        operations = [operation for operation, _ in self._futures.values()]
        self._futures.clear()
        for operation in operations:
            if not operation.is_closed:
                lib.async_cancel(operation.pointer)
        for operation in operations:
            operation.destroy()


_of_loops: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Completions]" = (
    weakref.WeakKeyDictionary())


def _completions() -> _Completions:
    refuse_after_fork()
    loop = asyncio.get_running_loop()
    found = _of_loops.get(loop)
    if found is not None:
        return found
    with _lock:
        closed = [known for known in _of_loops if known.is_closed()]
        ended = [_of_loops.pop(known) for known in closed]
        made_now = _of_loops[loop] = _Completions(loop)
    for one in ended:
        one.end()
    return made_now


async def run(begin: Begin) -> Response:
    """Begins an operation and returns its response. A task that is cancelled cancels it."""
    return await _completions().run(begin)


def _end() -> None:
    with _lock:
        left = list(_of_loops.values())
        _of_loops.clear()
    for one in left:
        one.end()


before_exit(_end)
