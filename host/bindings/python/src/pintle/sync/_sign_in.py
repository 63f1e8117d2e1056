# SPDX-License-Identifier: Apache-2.0
"""A sign-in whose questions are asked on the thread that called it, so that Ctrl-C ends them too."""

from __future__ import annotations

import asyncio
import queue
import sys
from typing import Any, Callable, Coroutine, Optional, Tuple

from ..secret import SecretText
from ..sign_in import Question
from ..terminal import ask, read_pasted, safe
from . import _loop

_Task = Optional[Tuple[Callable[[], Any], "asyncio.Future[Any]"]]


class TerminalUi:
    """Asks the user of a terminal."""

    def show_message(self, message: str) -> None:
        print(safe(message), file=sys.stderr, flush=True)

    def ask(self, question: Question) -> Optional[str]:
        return ask(question)

    def read_pasted(self, why: str) -> Optional[str]:
        return read_pasted(why)


class _Caller:
    """Stands for the app's ui in the event loop, and has its methods called by the waiting thread."""

    def __init__(self, ui: Any) -> None:
        self._tasks: "queue.SimpleQueue[_Task]" = queue.SimpleQueue()
        for name in ("show_message", "ask", "read_pasted", "open_browser"):
            if hasattr(ui, name):
                setattr(self, name, self._passing_on(getattr(ui, name)))

    def _passing_on(self, method: Callable[[Any], Any]) -> Callable[[Any], Any]:
        async def run(argument: Any) -> Any:
            future: "asyncio.Future[Any]" = asyncio.get_running_loop().create_future()
            self._tasks.put((lambda: method(argument), future))
            return await future
        return run

    def wake(self) -> None:
        self._tasks.put(None)

    def serve(self) -> None:
        """Until `wake`."""
        while True:
            task = self._tasks.get()
            if task is None:
                return
            work, future = task
            try:
                _settle(future, _hidden(work()), None)
            except StopIteration as error:  # which no future takes: the sign-in would wait for ever
                stopped = RuntimeError("a method of the ui raised StopIteration")
                stopped.__cause__ = error
                _settle(future, None, stopped)
            except Exception as error:
                _settle(future, None, error)


def _hidden(answer: Any) -> Any:
    """The repr of a future shows its result, and asyncio logs reprs in its debug mode."""
    return SecretText(answer) if isinstance(answer, str) else answer


def _settle(future: "asyncio.Future[Any]", result: Any, error: Optional[Exception]) -> None:
    def settle() -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
    try:
        future.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:
        pass  # the loop has ended


def run(begin: Callable[[Any], Coroutine[Any, Any, Any]], ui: Any) -> Any:
    caller = _Caller(ui)
    future = _loop.begin(begin(caller))
    future.add_done_callback(lambda _: caller.wake())
    try:
        caller.serve()
        return future.result()
    except BaseException:
        future.cancel()
        raise
