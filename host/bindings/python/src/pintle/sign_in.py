# SPDX-License-Identifier: Apache-2.0
"""The app's side of a sign-in."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
from typing import Any, Awaitable, NamedTuple, Optional, Protocol, Union

from . import _constants as c
from . import _registry
from . import _structs as s
from ._callbacks import is_ending
from ._library import lib
from ._values import text_at
from .secret import SecretText, give, refuse


class Question(NamedTuple):
    """An input to ask the user for."""

    key: str  # the scheme's name for it: "username", "password", "provider"
    label: str  # for display: "Password"
    is_secret: bool  # do not show what is typed
    is_for_front: bool  # it is for what stands in front of the gateway


class SignInUi(Protocol):
    """Its methods run on the event loop, one at a time; each may be `async`. A plain one must not
    block the loop. A method that is missing declines. Those that wait for the user are cancelled
    when the answer is not wanted any more. What one raises, `sign_in` raises.

    Optional as well: `open_browser(url) -> bool` opens a browser on this machine, in place of the
    system's.
    """

    def show_message(self, message: str) -> Union[None, Awaitable[None]]:
        """Shows a text of one or more lines, such as the address to open in a browser."""

    def ask(self, question: Question) -> Union[Optional[str], Awaitable[Optional[str]]]:
        """Returns one line; None declines, and the sign-in fails."""

    def read_pasted(self, why: str) -> Union[Optional[str], Awaitable[Optional[str]]]:
        """Shows `why` and returns the line that the user pasted; None: nothing will be pasted."""


_SLICE = 0.05  # seconds until a cancel is seen


class Bridge:
    """Takes the library's callbacks, which come on its threads, to the event loop."""

    def __init__(self, ui: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._ui = ui
        self._loop = loop
        self._is_over = False
        self.error: Optional[BaseException] = None
        self.number = _registry.add(self)
        self.struct = s.SignInUi(user=self.number)
        if hasattr(ui, "show_message"):
            self.struct.show_message = _show_message
        if hasattr(ui, "ask"):
            self.struct.ask = _ask
        if hasattr(ui, "read_pasted"):
            self.struct.read_pasted = _read_pasted
        if hasattr(ui, "open_browser"):
            self.struct.open_browser = _open_browser

    def end(self) -> None:
        self._is_over = True

    def forget(self) -> None:
        """When the library calls it no more."""
        _registry.remove(self.number)

    async def _run(self, name: str, argument: Any) -> Any:
        result = getattr(self._ui, name)(argument)
        if inspect.isawaitable(result):
            result = await result
        # The repr of a task shows its result, and asyncio logs reprs in its debug mode.
        return SecretText(result) if isinstance(result, str) else result

    def answer(self, name: str, argument: Any, sink: Optional[int] = None) -> Any:
        """[on a thread of the library] None if there is no answer."""
        if self._is_over or self.error is not None:
            return None
        work = self._run(name, argument)
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # the loop is closed
            work.close()
            return None
        while True:
            try:
                return future.result(_SLICE)
            except concurrent.futures.TimeoutError:
                if future.done():  # it is the user's own
                    self.error = future.exception()
                    return None
                is_late = sink is not None and lib.secret_is_cancelled(sink)
                if is_late or self._is_over or self._loop.is_closed() or is_ending():
                    future.cancel()
                    return None
            except concurrent.futures.CancelledError:
                return None
            except BaseException as error:
                self.error = error
                return None

    def give_answer(self, name: str, argument: Any, sink: Optional[int]) -> None:
        text = self.answer(name, argument, sink)
        if isinstance(text, str):
            try:
                data = text.encode()
            except UnicodeEncodeError:  # which has the text in its repr
                self.error = ValueError(f"{name} returned no text that can be encoded")
            else:
                give(sink, data)
        elif text is not None:
            self.error = TypeError(f"{name} must return a str or None, not {type(text).__name__}")
        if self.error is not None:
            refuse(sink, f"{name} raised {type(self.error).__name__}")


@s.callback(s.ShowMessage)
def _show_message(user: Optional[int], message: Any) -> None:
    bridge = _registry.get(user)
    if bridge is not None:
        bridge.answer("show_message", text_at(message))


@s.callback(s.Ask)
def _ask(user: Optional[int], question: int, sink: Optional[int]) -> None:
    bridge = _registry.get(user)
    if bridge is not None:
        raw = s.Question.from_address(question)
        asked = Question(text_at(raw.key), text_at(raw.label),
                         bool(raw.flags & c.QUESTION_SECRET), bool(raw.flags & c.QUESTION_FRONT))
        bridge.give_answer("ask", asked, sink)


@s.callback(s.ReadPasted)
def _read_pasted(user: Optional[int], why: Any, sink: Optional[int]) -> None:
    bridge = _registry.get(user)
    if bridge is not None:
        bridge.give_answer("read_pasted", text_at(why), sink)


@s.callback(s.OpenBrowser)
def _open_browser(user: Optional[int], url: Any) -> int:
    bridge = _registry.get(user)
    return 1 if bridge is not None and bridge.answer("open_browser", text_at(url)) else 0
