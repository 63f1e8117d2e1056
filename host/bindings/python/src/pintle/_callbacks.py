# SPDX-License-Identifier: Apache-2.0
"""Runs the app's code for a callback of the library.

Not on the library's own thread: code that blocks there could outlive the interpreter, and a thread of
the library that returns into a Python which has ended crashes the process. It runs on a daemon thread;
the library's waits for it, and returns without an answer when that is not wanted any more.
"""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import Any, Callable, List

from . import _handles
from ._library import lib

_SLICE = 0.05  # seconds until it is seen that an answer is not wanted
_EXIT_WAIT = 3.0  # for what is not asked if it is wanted, such as a session that is being stored


class Abandoned(Exception):
    """The answer is not wanted any more, or the interpreter ends."""


class _Task:
    __slots__ = ("function", "is_done", "result", "error")

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function
        self.is_done = threading.Event()
        self.result: Any = None
        self.error: Any = None


_idle: "List[SimpleQueue[_Task]]" = []
_MAX_IDLE = 4


def _serve(tasks: "SimpleQueue[_Task]") -> None:
    while True:
        task = tasks.get()
        try:
            task.result = task.function()
        except BaseException as error:  # for whoever waits
            task.error = error
        is_kept = len(_idle) < _MAX_IDLE
        if is_kept:
            _idle.append(tasks)
        task.is_done.set()
        del task
        if not is_kept:
            return


def _start(task: _Task) -> None:
    try:
        tasks = _idle.pop()
    except IndexError:
        tasks = SimpleQueue()
        threading.Thread(target=_serve, args=(tasks,), name="pintle-callback",
                         daemon=True).start()
    tasks.put(task)


def is_ending(grace: float = 0.0) -> bool:
    """The interpreter ends, since `grace` seconds or more."""
    since = _handles.ending_since
    return since is not None and time.monotonic() - since >= grace


def run(function: Callable[[], Any], sink: Any = None) -> Any:
    """[on a thread of the library] Returns or raises what `function` does. `sink`: what the answer is
    for; None: it is awaited in any case, a while also at exit."""
    grace = _EXIT_WAIT if sink is None else 0.0
    if is_ending(grace):
        raise Abandoned
    task = _Task(function)
    _start(task)
    while not task.is_done.wait(_SLICE):
        if is_ending(grace) or (sink is not None and lib.secret_is_cancelled(sink)):
            raise Abandoned
    if task.error is not None:
        raise task.error
    return task.result
