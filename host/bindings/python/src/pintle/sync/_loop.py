# SPDX-License-Identifier: Apache-2.0
"""One event loop on a thread of its own, on which everything of `pintle.sync` runs.

The caller waits for a future, which Ctrl-C interrupts; what was waited for is cancelled then.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from typing import Any, Callable, Coroutine, Optional, TypeVar

from .._handles import before_exit, refuse_after_fork

T = TypeVar("T")
_lock = threading.Lock()
_loop: Optional[asyncio.AbstractEventLoop] = None
_thread: Optional[threading.Thread] = None


def _running() -> asyncio.AbstractEventLoop:
    global _loop, _thread
    refuse_after_fork()
    if threading.current_thread() is _thread:
        raise RuntimeError("pintle.sync would wait for itself: call it on another thread")
    with _lock:
        if _loop is None:
            loop = _loop = asyncio.new_event_loop()
            _thread = threading.Thread(target=_serve, args=(loop,), name="pintle-sync",
                                       daemon=True)
            _thread.start()
        return _loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=2))
    loop.close()


def begin(work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
    try:
        return asyncio.run_coroutine_threadsafe(work, _running())
    except BaseException:
        work.close()
        raise


def run(work: Coroutine[Any, Any, T]) -> T:
    """Blocks until `work` is done. An exception of the caller's own, such as KeyboardInterrupt,
    cancels it."""
    future = begin(work)
    try:
        return future.result()
    except concurrent.futures.CancelledError:
        raise
    except BaseException:
        future.cancel()
        raise


def call(function: Callable[[], T]) -> T:
    """Runs what must run in the loop."""
    async def work() -> T:
        return function()
    return run(work())


def _end() -> None:
    if _loop is not None and _thread is not None:
        try:
            _loop.call_soon_threadsafe(_loop.stop)
        except RuntimeError:
            return
        _thread.join(5)


def _in_child() -> None:
    global _loop, _thread, _lock
    _loop = _thread = None
    _lock = threading.Lock()


before_exit(_end)
os.register_at_fork(after_in_child=_in_child)
