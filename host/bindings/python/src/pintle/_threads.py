# SPDX-License-Identifier: Apache-2.0
"""What blocks in the library and has no asynchronous form, on a thread of its own.

Not on those of concurrent.futures: Python waits for them at exit, a request's whole timeout.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any, Callable, Optional, Set, TypeVar

from ._handles import before_exit, refuse_after_fork
from ._library import lib

T = TypeVar("T")
_running: Set["_Call"] = set()
_lock = threading.Lock()
_EXIT_WAIT = 5.0  # seconds


class _Call:
    def __init__(self) -> None:
        self.cancel = lib.cancel_new()
        self.ended = threading.Event()

    def end(self) -> None:
        self.ended.set()
        with _lock:
            _running.discard(self)
            cancel, self.cancel = self.cancel, None
            lib.cancel_destroy(cancel)

    def request_cancel(self) -> None:
        with _lock:
            if self.cancel:
                lib.cancel_request(self.cancel)


async def in_thread(function: Callable[[Any], T], *, uses_library: bool = True) -> T:
    """Runs `function(cancel)` and returns what it returned. If the task is cancelled, so is it: it
    ends soon, and nobody waits for it, but at exit if it uses the library."""
    refuse_after_fork()
    loop = asyncio.get_running_loop()
    future: "asyncio.Future[T]" = loop.create_future()
    call = _Call()

    def finish(result: Optional[T], error: Optional[BaseException]) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: Optional[T] = None
        error: Optional[BaseException] = None
        try:
            result = function(call.cancel)
        except BaseException as caught:  # for whoever awaits it
            error = caught
        call.end()
        try:
            loop.call_soon_threadsafe(finish, result, error)
        except RuntimeError:
            pass  # the loop is closed

    if uses_library:
        with _lock:
            _running.add(call)
    try:
        threading.Thread(target=run, name="pintle-call", daemon=True).start()
    except BaseException:  # no thread left, or the interpreter ends
        call.end()
        raise
    try:
        return await future
    except asyncio.CancelledError:
        call.request_cancel()
        raise


def _cancel_all() -> None:
    with _lock:
        calls = list(_running)
    for call in calls:
        call.request_cancel()


def _wait_for_all() -> None:
    with _lock:
        calls = list(_running)
    until = time.monotonic() + _EXIT_WAIT
    for call in calls:
        call.ended.wait(max(0.0, until - time.monotonic()))


def _end() -> None:
    _cancel_all()
    _wait_for_all()


before_exit(_end)
