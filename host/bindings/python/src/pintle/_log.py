# SPDX-License-Identifier: Apache-2.0
"""The library's log records, in `logging`: loggers "pintle.http", "pintle.live", ...

The hook runs on the library's threads, the I/O thread among them. It copies the record and returns;
the handlers of `logging` run on a thread of this module.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import Any, Dict, Optional, Tuple, Union

from . import _constants as c
from . import _registry
from . import _structs as s
from ._handles import after_exit
from ._values import text_at

#: Below logging.DEBUG: each step, as it begins.
TRACE = 5

_TO_PYTHON = {c.LOG_ERROR: logging.ERROR, c.LOG_WARN: logging.WARNING, c.LOG_INFO: logging.INFO,
              c.LOG_DEBUG: logging.DEBUG, c.LOG_TRACE: TRACE}
_NAMES = {"off": c.LOG_OFF, "error": c.LOG_ERROR, "warning": c.LOG_WARN, "warn": c.LOG_WARN,
          "info": c.LOG_INFO, "debug": c.LOG_DEBUG, "trace": c.LOG_TRACE}
_MAX_WAITING = 10_000  # records; what comes beyond them is dropped

_Item = Optional[Tuple[int, str, str, Dict[str, Any]]]
_records: "queue.SimpleQueue[_Item]" = queue.SimpleQueue()
_thread: Optional[threading.Thread] = None


def level_of(level: Union[str, int, None]) -> int:
    """PINTLE_LOG_* of a name, or of a level of `logging`."""
    if level is None:
        return c.LOG_OFF
    if isinstance(level, str):
        if level.lower() not in _NAMES:
            raise ValueError(f"the log level must be one of {', '.join(_NAMES)}")
        return _NAMES[level.lower()]
    if not isinstance(level, int):
        raise TypeError(f"the log level must be a str or an int, not {type(level).__name__}")
    return max((ours for ours, theirs in _TO_PYTHON.items() if theirs >= level),
               default=c.LOG_OFF)


def set_in(options: s.HostOptions, level: int) -> None:
    global _thread
    if level == c.LOG_OFF:
        return
    if _thread is None or not _thread.is_alive():
        _thread = threading.Thread(target=_emit, name="pintle-log", daemon=True)
        _thread.start()
    options.log_level = level
    options.log_user = _registry.add("log")
    options.on_log = _on_log
    options.on_log_release = _registry.release


@s.callback(s.LogHook)
def _on_log(_user: Optional[int], address: int) -> None:
    try:
        raw = s.LogRecord.from_address(address)
        if _records.qsize() >= _MAX_WAITING:
            return
        fields: Dict[str, Any] = {"connection": text_at(raw.connection)}
        for index in range(raw.field_count):
            field = raw.fields[index]
            if field.kind == c.LOG_TEXT:
                value: Any = text_at(field.text)
            elif field.kind == c.LOG_NUMBER:
                value = field.number
            else:
                value = bool(field.integer) if field.kind == c.LOG_BOOLEAN else field.integer
            fields[text_at(field.name)] = value
        _records.put((raw.level, text_at(raw.area), text_at(raw.event), fields))
    except BaseException:
        pass  # a log must not end what it tells of


def _emit() -> None:
    while True:
        item = _records.get()
        if item is None:
            return
        level, area, event, fields = item
        logger = logging.getLogger("pintle." + area)
        number = _TO_PYTHON.get(level, logging.DEBUG)
        if logger.isEnabledFor(number):
            text = " ".join(f"{name}={value}" for name, value in fields.items() if value != "")
            try:
                logger.log(number, "%s %s", event, text, extra={"pintle": fields})
            except BaseException:  # of a handler; SystemExit must not end the log for good
                pass


def _end() -> None:
    if _thread is not None and _thread.is_alive():
        _records.put(None)
        _thread.join(2)


after_exit(_end)
