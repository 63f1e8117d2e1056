# SPDX-License-Identifier: Apache-2.0
"""Asks the user of a terminal."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
import termios
import unicodedata
from typing import Iterator, Optional

from ._threads import in_thread
from .secret import SecretText
from .sign_in import Question


_UNPRINTABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_KEPT = "\n\t\u200c\u200d"  # the two joiners, which many languages need


def safe(text: str) -> str:
    """What a terminal may have: a gateway names its providers as it likes, and control characters
    would move the cursor or change what the user sees."""
    return "".join("\ufffd" if unicodedata.category(char) in _UNPRINTABLE and char not in _KEPT else char
                   for char in text)


def ask(question: Question) -> Optional[str]:
    """Blocks. None at the end of the input."""
    try:
        prompt = safe(question.label) + ": "
        if question.is_secret:
            return getpass.getpass(prompt)
        print(prompt, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
    except EOFError:
        return None


def read_pasted(why: str) -> Optional[str]:
    return ask(Question("", why, False, False))


@contextlib.contextmanager
def _restored_terminal() -> Iterator[None]:
    """If the question is cancelled: what is typed is hidden until somebody types a line."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield
        return
    try:
        saved = termios.tcgetattr(terminal)
        try:
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, saved)
    finally:
        os.close(terminal)


def _hidden(answer: Optional[str]) -> Optional[str]:
    """It is passed through futures, whose repr shows their result."""
    return None if answer is None else SecretText(answer)


class TerminalUi:
    """For `Connection.sign_in`. The event loop goes on while the user types."""

    def show_message(self, message: str) -> None:
        print(safe(message), file=sys.stderr, flush=True)

    async def ask(self, question: Question) -> Optional[str]:
        with _restored_terminal():
            return await in_thread(lambda _cancel: _hidden(ask(question)), uses_library=False)

    async def read_pasted(self, why: str) -> Optional[str]:
        return await in_thread(lambda _cancel: _hidden(read_pasted(why)), uses_library=False)
