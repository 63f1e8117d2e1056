# SPDX-License-Identifier: Apache-2.0
"""Pulls the events of a live connection in its event loop, and hands them to whoever waits.

No Python runs on the library's I/O thread: the loop watches the connection's descriptor, and takes
from the library what is queued there. When enough waits here for the app, the descriptor is not
watched any more; the library's own queue fills up, and reading from the socket pauses.
"""

from __future__ import annotations

import asyncio
import copy
import ctypes
import json
import weakref
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional

from . import _constants as c
from . import _structs as s
from ._handles import Handle
from ._library import lib
from ._live_events import (CODE, FLAGS, ID, KIND, STATE, Raw, event_of, failure_of, json_of,
                           text_of, unpack_event)
from .errors import Closed, Error, RpcError, made
from .events import Ended, LiveEvent

_BATCH = 64  # events before the loop may run others


class Inbox:
    def __init__(self, handle: Handle, loop: asyncio.AbstractEventLoop, max_events: int,
                 receive_events: bool) -> None:
        self._handle = handle
        self._loop = loop
        self._max_events = max_events
        # Answers are behind events in the library's queue: while one is awaited, more are taken.
        self._hard_max_events = max(64 * max_events, 65_536)
        self._receive_events = receive_events
        self._answers: Dict[int, "asyncio.Future[bytes]"] = {}
        self._events: Deque[LiveEvent] = deque()
        self._takers: Deque["asyncio.Future[None]"] = deque()
        self._state_waiters: Deque["asyncio.Future[None]"] = deque()
        self._is_over = False
        self._is_ending = False
        self._buffer = bytearray(ctypes.sizeof(s.Event))
        event = s.Event.from_buffer(self._buffer)
        event.struct_size = ctypes.sizeof(event)
        self._error = s.Error()
        self._arguments = (handle.pointer, 0, None, ctypes.byref(event),
                           ctypes.byref(self._error))
        self._fd: int = lib.live_fd(handle.pointer)
        self._is_watched = False
        handle.before_collect = _unwatching(loop, self._fd)
        # The loop must not keep a live connection that the app has forgotten.
        self._callback = _weak_reader(self)
        self._watch()

    # ---- What the app waits for -----------------------------------------------------------------

    async def answer(self, number: int) -> bytes:
        future: "asyncio.Future[bytes]" = self._loop.create_future()
        self._answers[number] = future
        if not self._is_watched:
            self._watch()
        try:
            return await future
        except asyncio.CancelledError:
            if self._answers.pop(number, None) is not None and not self._handle.is_closed:
                lib.live_cancel(self._handle.pointer, number, None)
            raise

    async def next(self) -> Optional[LiveEvent]:
        """None after the last one."""
        self.check_loop(or_closed=True)
        while not self._events:
            if self._is_over:
                return None
            await self._wait_in(self._takers)
        event = self._events.popleft()
        if not self._is_watched and 2 * len(self._events) <= self._max_events:
            self._watch()
        if self._events and self._takers:
            _wake_one(self._takers)
        return event

    async def state_change(self) -> None:
        await self._wait_in(self._state_waiters)

    async def end(self) -> None:
        """Until the library has said that it is closed; what comes before is dropped."""
        self._is_ending = True
        self._events.clear()
        while not self._is_over:
            await self.state_change()

    async def _wait_in(self, waiters: Deque["asyncio.Future[None]"]) -> None:
        if self._is_over:
            raise Closed("the live connection is closed")
        self.check_loop()
        future = self._loop.create_future()
        waiters.append(future)
        if not self._is_watched:
            self._watch()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                _wake_one(waiters)  # what this one was woken for is another one's now
            elif future in waiters:
                waiters.remove(future)
            raise

    def check_loop(self, *, or_closed: bool = False) -> None:
        if asyncio.get_running_loop() is not self._loop and not (
                or_closed and self._loop.is_closed()):
            raise RuntimeError("a live connection is used in the event loop that made it")

    # ---- The descriptor -------------------------------------------------------------------------

    def _watch(self) -> None:
        if not self._is_watched and not self._is_over and not self._loop.is_closed():
            self._loop.add_reader(self._fd, self._callback)
            self._is_watched = True

    def _unwatch(self) -> None:
        if self._is_watched:
            self._is_watched = False
            if not self._loop.is_closed():
                self._loop.remove_reader(self._fd)

    def detach(self) -> None:
        """Before the connection is destroyed, and its descriptor with it."""
        self._unwatch()

    def take(self) -> None:
        """Called by the loop when something is queued in the library."""
        if self._handle.is_closed:
            self._unwatch()
            return
        take, arguments, buffer = lib.live_next, self._arguments, self._buffer
        answers = self._answers
        for _ in range(_BATCH):
            layer = take(*arguments)
            if layer:
                self._fail(made(layer, self._error))
                return
            raw = unpack_event(buffer)
            kind = raw[KIND]
            if kind == c.EVENT_RESULT:
                future = answers.pop(raw[ID], None)
                if future is not None and not future.done():
                    future.set_result(json_of(raw))
                if not answers:
                    return  # most often there is no more; if there is, the loop comes back
            elif kind == c.EVENT_NONE:
                return
            elif kind == c.EVENT_ERROR or kind == c.EVENT_UNANSWERED:
                self._refuse(raw, kind)
            else:
                self._put(raw, kind)
                if len(self._events) >= self._max_events and self._pause():
                    return

    def _pause(self) -> bool:
        is_full = len(self._events) >= self._hard_max_events
        if (self._answers or self._state_waiters) and not is_full:
            return False
        self._unwatch()
        if is_full:  # an answer, a timeout too, would not be seen before events are taken
            self._fail_answers(Error(
                f"the answer is behind more than {len(self._events)} events that nobody takes",
                layer="websocket", flags=c.ERROR_OUTCOME_UNKNOWN,
                hint="Take the events, or set LiveOptions(receive_events=False)."))
        return True

    def _put(self, raw: Raw, kind: int) -> None:
        if kind == c.EVENT_STATE:
            if raw[STATE] == c.LIVE_CLOSED:
                self._is_over = True
                self._unwatch()
                _wake_all(self._takers)
            _wake_all(self._state_waiters)
        elif not self._receive_events:
            return
        if self._is_ending:
            return
        event = event_of(raw)
        if event is not None:
            self._events.append(event)
            if self._takers:
                _wake_one(self._takers)

    def _refuse(self, raw: Raw, kind: int) -> None:
        future = self._answers.pop(raw[ID], None)
        if future is None or future.done():
            return
        if kind == c.EVENT_ERROR:
            future.set_exception(RpcError(text_of(raw), code=raw[CODE], data=_loaded(json_of(raw))))
            return
        sent = raw[FLAGS] & c.EVENT_WAS_SENT
        future.set_exception(failure_of(raw, c.ERROR_OUTCOME_UNKNOWN if sent else 0))

    def _fail(self, error: Error) -> None:
        self._is_over = True
        self._unwatch()
        self._events.append(Ended(0, error, 0, ""))
        self.fail_all()

    def fail_all(self) -> None:
        """Nothing comes any more. The library has ended the requests as it was destroyed; whether
        they were executed is not known."""
        self._is_over = True
        self._fail_answers(Closed("the live connection was closed before the answer",
                                  flags=c.ERROR_OUTCOME_UNKNOWN))
        if not self._loop.is_closed():
            _wake_all(self._takers)
            _wake_all(self._state_waiters)

    def _fail_answers(self, error: Error) -> None:
        answers = list(self._answers.values())
        self._answers.clear()
        for future in answers:
            if not future.done() and not self._loop.is_closed():
                future.set_exception(copy.copy(error))  # a traceback of its own for each


def _unwatching(loop: asyncio.AbstractEventLoop, fd: int) -> Callable[[Callable[[], None]], None]:
    """The descriptor must not be watched any more when it is closed, as its number is used again."""
    def unwatch_and(destroy: Callable[[], None]) -> None:
        def end() -> None:
            loop.remove_reader(fd)
            destroy()
        try:
            loop.call_soon_threadsafe(end)
        except RuntimeError:  # the loop is closed, and its watches with it
            destroy()
    return unwatch_and


def _weak_reader(inbox: Inbox) -> Any:
    reference = weakref.ref(inbox)

    def read() -> None:
        found = reference()
        if found is not None:
            found.take()
    return read


def _wake_one(waiters: Deque["asyncio.Future[None]"]) -> None:
    while waiters:
        future = waiters.popleft()
        if not future.done():
            future.set_result(None)
            return


def _wake_all(waiters: Deque["asyncio.Future[None]"]) -> None:
    while waiters:
        _wake_one(waiters)


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
