# SPDX-License-Identifier: Apache-2.0
"""Finds libpintle and declares every function of pintle.h."""

from __future__ import annotations

import ctypes
import os
from ctypes import (POINTER, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64,
                    c_void_p)
from pathlib import Path
from typing import Any, Dict, Tuple

from . import _constants as c
from . import _structs as s

# What the wheel has beside the package. The library finds its helper programs from there.
_BUNDLED = Path(__file__).resolve().parent / "_native" / "lib" / "libpintle.so.0"

_ERROR = POINTER(s.Error)
_OUT = POINTER(c_void_p)

# Each function's result and arguments. What is not here cannot be called.
PROTOTYPES: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "api_version": (c_uint32, ()),
    "version": (c_char_p, ()),
    "async_queue_new": (c_void_p, (_ERROR,)),
    "async_queue_fd": (c_int, (c_void_p,)),
    "async_queue_take": (c_void_p, (c_void_p,)),
    "async_queue_destroy": (None, (c_void_p,)),
    "async_result": (c_int32, (c_void_p, _OUT, _ERROR)),
    "async_wait": (c_int32, (c_void_p, c_int64)),
    "async_user": (c_void_p, (c_void_p,)),
    "async_cancel": (None, (c_void_p,)),
    "async_destroy": (None, (c_void_p,)),
    "broker_start": (c_int32, (c_void_p, POINTER(s.BrokerOptions), _OUT, _ERROR)),
    "broker_stop": (c_int32, (c_void_p, _ERROR)),
    "broker_destroy": (None, (c_void_p,)),
    "broker_url": (s.OutView, (c_void_p,)),
    "broker_socket_path": (s.OutView, (c_void_p,)),
    "broker_token": (s.OutView, (c_void_p,)),
    "broker_write_token": (c_int32, (c_void_p, s.View, _ERROR)),
    "broker_metrics": (c_int32, (c_void_p, _OUT, _ERROR)),
    "cancel_new": (c_void_p, ()),
    "cancel_request": (None, (c_void_p,)),
    "cancel_destroy": (None, (c_void_p,)),
    "connection_open": (c_int32, (c_void_p, POINTER(s.ConnectionOptions), _OUT, _ERROR)),
    "connection_destroy": (None, (c_void_p,)),
    "connection_probe": (c_int32, (c_void_p, c_void_p, _OUT, _ERROR)),
    "connection_choose": (c_int32, (c_void_p, c_void_p, _OUT, _ERROR)),
    "connection_call": (c_int32, (c_void_p, POINTER(s.Call), c_void_p, _OUT, _ERROR)),
    "connection_ws_url": (c_int32, (c_void_p, s.View, c_void_p, _OUT, _ERROR)),
    "connection_sign_in": (c_int32, (c_void_p, POINTER(s.SignInOptions), POINTER(s.SignInUi),
                                     c_void_p, _OUT, _ERROR)),
    "connection_sign_out": (c_int32, (c_void_p, c_void_p, _OUT, _ERROR)),
    "connection_status": (c_int32, (c_void_p, c_void_p, _OUT, _ERROR)),
    "connection_counters": (c_int32, (c_void_p, POINTER(s.Counters), _ERROR)),
    "connection_call_async": (c_int32, (c_void_p, POINTER(s.Call), POINTER(s.AsyncOptions), _OUT,
                                        _ERROR)),
    "connection_ws_url_async": (c_int32, (c_void_p, s.View, POINTER(s.AsyncOptions), _OUT,
                                          _ERROR)),
    "connection_probe_async": (c_int32, (c_void_p, POINTER(s.AsyncOptions), _OUT, _ERROR)),
    "connection_sign_in_async": (c_int32, (c_void_p, POINTER(s.SignInOptions),
                                           POINTER(s.SignInUi), POINTER(s.AsyncOptions), _OUT,
                                           _ERROR)),
    "doctor_run": (c_int32, (c_void_p, POINTER(s.ConnectionOptions), POINTER(s.DoctorOptions),
                             c_void_p, _OUT, _ERROR)),
    "doctor_destroy": (None, (c_void_p,)),
    "doctor_step_count": (c_size_t, (c_void_p,)),
    "doctor_step_at": (c_int32, (c_void_p, c_size_t, POINTER(s.DoctorStep), _ERROR)),
    "doctor_first_failed": (c_size_t, (c_void_p,)),
    "doctor_verdict_name": (c_char_p, (c_uint32,)),
    "doctor_report": (c_int32, (c_void_p, s.View, c_uint32, _OUT, _ERROR)),
    "host_new": (c_void_p, (POINTER(s.HostOptions), _ERROR)),
    "host_destroy": (None, (c_void_p,)),
    "live_start": (c_int32, (c_void_p, POINTER(s.LiveOptions), _OUT, _ERROR)),
    "live_destroy": (None, (c_void_p,)),
    "live_send_request": (c_int32, (c_void_p, POINTER(s.LiveRequest), POINTER(c_int64), _ERROR)),
    "live_rpc": (c_int32, (c_void_p, POINTER(s.LiveRequest), _OUT, _ERROR)),
    "live_cancel": (c_int32, (c_void_p, c_int64, _ERROR)),
    "live_answer": (c_int32, (c_void_p, c_uint64, s.View, s.View, _ERROR)),
    "live_answer_error": (c_int32, (c_void_p, c_uint64, s.View, c_int64, s.View, _ERROR)),
    "live_send": (c_int32, (c_void_p, s.View, c_int32, _ERROR)),
    "live_unsent_bytes": (c_size_t, (c_void_p,)),
    "live_next": (c_int32, (c_void_p, c_int64, c_void_p, POINTER(s.Event), _ERROR)),
    "live_fd": (c_int, (c_void_p,)),
    "live_wait_until_ready": (c_int32, (c_void_p, c_int64, c_void_p, _ERROR)),
    "live_state": (c_uint32, (c_void_p, _ERROR)),
    "live_state_name": (c_char_p, (c_uint32,)),
    "live_retry_now": (c_int32, (c_void_p, _ERROR)),
    "live_close": (c_int32, (c_void_p, c_uint32, s.View, _ERROR)),
    "reply_status": (c_int32, (c_void_p,)),
    "reply_body": (s.OutView, (c_void_p,)),
    "reply_header_count": (c_size_t, (c_void_p,)),
    "reply_header_at": (s.OutField, (c_void_p, c_size_t)),
    "reply_header": (s.OutView, (c_void_p, s.View)),
    "reply_destroy": (None, (c_void_p,)),
    "resume_add": (c_int32, (c_void_p, POINTER(s.LiveRequest), _ERROR)),
    "secret_give": (None, (c_void_p, s.View)),
    "secret_refuse": (None, (c_void_p, s.View)),
    "secret_is_cancelled": (c_int32, (c_void_p,)),
    "secret_cancel_fd": (c_int, (c_void_p,)),
}


class Library:
    """The functions of libpintle, by their names without pintle_."""

    def __init__(self, path: str) -> None:
        try:
            library = ctypes.CDLL(path)
        except OSError as failure:
            raise ImportError(
                f"cannot load {path}: {failure}. Install libpintle0, or set PINTLE_LIBRARY to the "
                "path of libpintle.so.0.") from failure
        self.path = path
        for name, (result, arguments) in PROTOTYPES.items():
            try:
                function = library["pintle_" + name]
            except AttributeError:
                raise ImportError(f"{path} has no pintle_{name}: it is older than this package, "
                                  f"or not libpintle") from None
            function.restype = result
            function.argtypes = arguments
            setattr(self, name, function)
            if name == "api_version":
                self._check(function())

    def _check(self, version: int) -> None:
        major, minor = version >> 16, version & 0xFFFF
        if major != c.API_MAJOR or minor < c.API_MINOR:
            raise ImportError(f"{self.path} has version {major}.{minor} of the C API; this package "
                              f"needs {c.API_MAJOR}.{c.API_MINOR} or a later {c.API_MAJOR}.x")

    def __getattr__(self, name: str) -> Any:  # for the type checker: all are set by __init__
        raise AttributeError(name)


def _path() -> str:
    given = os.environ.get("PINTLE_LIBRARY")
    if given:
        return given
    return str(_BUNDLED) if _BUNDLED.exists() else "libpintle.so.0"


lib = Library(_path())
