# SPDX-License-Identifier: Apache-2.0
"""Python objects that the library calls back, by the number that it passes as `user`.

The library says with `release` when it calls an object no more; at exit that is waited for.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from typing import Any, Dict, Optional

from . import _structs as s
from ._handles import after_exit

_objects: Dict[int, Any] = {}
_numbers = itertools.count(1)
# Seconds, for a dial or a renewal that is in progress still. More than a callback may take at exit
# (_callbacks), on a machine that is busy.
_EXIT_WAIT = 8.0


def add(item: Any) -> int:
    number = next(_numbers)
    _objects[number] = item
    return number


def get(number: Optional[int]) -> Any:
    """None if it was removed."""
    return _objects.get(number or 0)


def remove(number: Optional[int]) -> None:
    _objects.pop(number or 0, None)


@s.callback(s.Release)
def release(user: Optional[int]) -> None:
    remove(user)


def _is_called_back() -> bool:
    """A thread of the library runs Python, if only the last lines of `release`."""
    own = {thread.ident for thread in threading.enumerate()
           if not isinstance(thread, threading._DummyThread)}
    return bool(set(sys._current_frames()) - own)


def _wait() -> None:
    until = time.monotonic() + _EXIT_WAIT
    while (_objects or _is_called_back()) and time.monotonic() < until:
        time.sleep(0.005)


after_exit(_wait)
