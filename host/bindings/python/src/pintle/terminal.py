# SPDX-License-Identifier: Apache-2.0
"""Asks the user of a terminal."""

from __future__ import annotations

import getpass
import sys
from typing import Optional

from ._threads import in_thread
from .sign_in import Question


def ask(question: Question) -> Optional[str]:
    """Blocks. None at the end of the input."""
    try:
        if question.is_secret:
            return getpass.getpass(question.label + ": ")
        print(question.label + ": ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
    except EOFError:
        return None


def read_pasted(why: str) -> Optional[str]:
    return ask(Question("", why, False, False))


class TerminalUi:
    """For `Connection.sign_in`. The event loop goes on while the user types."""

    def show_message(self, message: str) -> None:
        print(message, file=sys.stderr, flush=True)

    async def ask(self, question: Question) -> Optional[str]:
        return await in_thread(lambda _cancel: ask(question))

    async def read_pasted(self, why: str) -> Optional[str]:
        return await in_thread(lambda _cancel: read_pasted(why))
