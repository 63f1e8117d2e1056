# SPDX-License-Identifier: Apache-2.0
"""Python objects that the library calls back, by the number that it passes as `user`.

The library says with `release` when it calls an object no more; at exit that is waited for.
"""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any, Dict, Optional

from . import _structs as s
from ._handles import after_exit

_objects: Dict[int, Any] = {}
_numbers = itertools.count(1)
_EXIT_WAIT = 3.0  # seconds, for a dial or a renewal that is in progress still


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


def _wait() -> None:
    until = time.monotonic() + _EXIT_WAIT
    while _objects and time.monotonic() < until:
        threading.Event().wait(0.01)


after_exit(_wait)
