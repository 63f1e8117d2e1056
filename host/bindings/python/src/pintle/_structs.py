# SPDX-License-Identifier: Apache-2.0
"""The structs of pintle.h, with its member names. tests/python compares sizes and offsets."""

from __future__ import annotations

import ctypes
from ctypes import (POINTER, Structure, c_char, c_char_p, c_double, c_int32, c_int64, c_size_t,
                    c_uint32, c_uint64, c_void_p)
from typing import Any, Callable, TypeVar


class View(Structure):
    """A text that is given to the library; it keeps the bytes that it is made of."""

    _fields_ = [("data", c_char_p), ("size", c_size_t)]


class OutView(Structure):
    """A text of the library: read it with `text_at`, before what owns it is destroyed."""

    _fields_ = [("data", c_void_p), ("size", c_size_t)]


class Field(Structure):
    _fields_ = [("name", View), ("value", View)]


class OutField(Structure):
    _fields_ = [("name", OutView), ("value", OutView)]


class Sized(Structure):
    """A struct whose first member is its own size."""

    def __init__(self, **members: object) -> None:
        super().__init__(struct_size=ctypes.sizeof(self), **members)


class Error(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("http_status", c_int32),
                ("reserved", c_int32), ("retry_after_ms", c_int64), ("message", c_char * 512),
                ("hint", c_char * 256)]


# Callbacks. Each is made once, as a function of a module, and told apart by its `user`: a thunk
# that were freed with its object could be freed while the library runs it.
LogHook = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
Release = ctypes.CFUNCTYPE(None, c_void_p)
ReadSecret = ctypes.CFUNCTYPE(None, c_void_p, OutView, c_void_p)
ShowMessage = ctypes.CFUNCTYPE(None, c_void_p, OutView)
Ask = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)
ReadPasted = ctypes.CFUNCTYPE(None, c_void_p, OutView, c_void_p)
OpenBrowser = ctypes.CFUNCTYPE(c_int32, c_void_p, OutView)
StoreLoad = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_void_p, c_void_p)
StoreSave = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, OutView, c_void_p)
StoreErase = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_void_p)
StoreWhere = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)
StoreLock = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_int32, c_void_p, c_void_p)
StoreUnlock = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
DoctorStepHook = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)


Function = TypeVar("Function", bound=Callable[..., Any])


def callback(kind: Any) -> Callable[[Function], Function]:
    """A decorator: a function of a module that the library calls."""
    return lambda function: kind(function)  # type: ignore[no-any-return]


class LogField(Structure):
    _fields_ = [("name", OutView), ("kind", c_uint32), ("reserved", c_uint32),
                ("integer", c_int64), ("number", c_double), ("text", OutView)]


class LogRecord(Sized):
    _fields_ = [("struct_size", c_uint32), ("level", c_uint32), ("area", OutView),
                ("event", OutView), ("connection", OutView), ("time_ms", c_int64),
                ("fields", POINTER(LogField)), ("field_count", c_size_t)]


class SecretCallback(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("user", c_void_p),
                ("read", ReadSecret), ("release", Release)]


class Source(Structure):
    _fields_ = [("key", View), ("where", View), ("from", c_uint32), ("reserved", c_uint32)]


class SessionKey(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("connection", OutView),
                ("url", OutView), ("scheme", OutView)]


class SessionStore(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("user", c_void_p),
                ("load", StoreLoad), ("save", StoreSave), ("erase", StoreErase),
                ("where", StoreWhere), ("lock", StoreLock), ("unlock", StoreUnlock),
                ("release", Release)]


class HostOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("session_folder", View),
                ("plugin_folders", POINTER(View)), ("plugin_folder_count", c_size_t),
                ("load_check_program", View), ("log_level", c_uint32), ("reserved", c_uint32),
                ("log_user", c_void_p), ("on_log", LogHook), ("on_log_release", Release),
                ("allowed_schemes", POINTER(View)), ("allowed_scheme_count", c_size_t),
                ("pins", POINTER(Field)), ("pin_count", c_size_t),
                ("trusted_libraries", POINTER(View)), ("trusted_library_count", c_size_t),
                ("cage", c_uint32), ("reserved_2", c_uint32),
                ("session_store", POINTER(SessionStore))]


class ConnectionOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("url", View), ("name", View),
                ("scheme", View), ("inputs", POINTER(Source)), ("input_count", c_size_t),
                ("scheme_settings", POINTER(Field)), ("scheme_setting_count", c_size_t),
                ("headers_file", View), ("ca_file", View), ("proxy", View),
                ("proxy_auth_file", View), ("allowed_origins", POINTER(View)),
                ("allowed_origin_count", c_size_t), ("session_store", View),
                ("request_ms", c_int64), ("connect_ms", c_int64), ("helpers", POINTER(Field)),
                ("helper_count", c_size_t), ("client_certificate", View), ("client_key", View),
                ("client_passphrase", POINTER(Source)), ("front", View),
                ("front_inputs", POINTER(Source)), ("front_input_count", c_size_t),
                ("front_settings", POINTER(Field)), ("front_setting_count", c_size_t),
                ("store_inputs", POINTER(Source)), ("store_input_count", c_size_t),
                ("store_settings", POINTER(Field)), ("store_setting_count", c_size_t)]


class Call(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("method", View),
                ("target", View), ("headers", POINTER(Field)), ("header_count", c_size_t),
                ("body", View)]


class AsyncOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("user", c_void_p),
                ("done", c_void_p), ("queue", c_void_p)]


class Counters(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("dials", c_uint64),
                ("dials_failed", c_uint64), ("tickets_minted", c_uint64), ("refreshes", c_uint64),
                ("refreshes_failed", c_uint64), ("connects", c_uint64), ("bytes_sent", c_uint64),
                ("bytes_received", c_uint64), ("send_queue_peak_bytes", c_uint64),
                ("receive_queue_peak_bytes", c_uint64), ("responses_2xx", c_uint64),
                ("responses_3xx", c_uint64), ("responses_4xx", c_uint64),
                ("responses_5xx", c_uint64), ("request_errors", c_uint64 * 32),
                ("losses", c_uint64 * 16)]


class Question(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("key", OutView),
                ("label", OutView)]


class SignInUi(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("user", c_void_p),
                ("show_message", ShowMessage), ("ask", Ask), ("read_pasted", ReadPasted),
                ("open_browser", OpenBrowser)]


class SignInOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("method", View),
                ("provider", View), ("given", POINTER(Field)), ("given_count", c_size_t),
                ("user_timeout_ms", c_int64)]


class LiveOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("content", c_uint32),
                ("reserved", c_uint32), ("path", View), ("query", POINTER(Field)),
                ("query_count", c_size_t), ("origin", View), ("max_message_bytes", c_uint64),
                ("max_send_queue_bytes", c_uint64), ("max_receive_queue_bytes", c_uint64),
                ("ready_timeout_ms", c_int64), ("ping_after_idle_ms", c_int64),
                ("heartbeat_ms", c_int64), ("initial_backoff_ms", c_int64),
                ("max_backoff_ms", c_int64), ("backoff_reset_after_ms", c_int64),
                ("user", c_void_p), ("on_event", c_void_p), ("executor", c_void_p),
                ("on_resume", c_void_p), ("traceparent", View)]


class LiveRequest(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("method", View),
                ("params_json", View), ("timeout_ms", c_int64), ("cancel", c_void_p),
                ("done", c_void_p), ("user", c_void_p)]


class Event(Sized):
    _fields_ = [("struct_size", c_uint32), ("kind", c_uint32), ("flags", c_uint32),
                ("state", c_uint32), ("generation", c_uint64), ("id", c_int64),
                ("code", c_int64), ("seq", c_int64), ("wait_ms", c_int64),
                ("close_code", c_int32), ("layer", c_int32), ("id_json", OutView),
                ("type", OutView), ("session_id", OutView), ("json", OutView),
                ("text", OutView), ("failure", c_void_p)]


EVENT_FORMAT = "@IIIIQqqqqiiPNPNPNPNPNP"  # Event, for struct: one call reads all its members


class DoctorStep(Sized):
    _fields_ = [("struct_size", c_uint32), ("verdict", c_uint32), ("id", OutView),
                ("title", OutView), ("finding", OutView), ("blocked_by", OutView),
                ("duration_ms", c_double), ("facts", POINTER(OutField)),
                ("fact_count", c_size_t), ("failure", c_void_p), ("layer", c_int32),
                ("reserved", c_uint32)]


class DoctorOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("user", c_void_p),
                ("on_start", DoctorStepHook), ("on_finish", DoctorStepHook)]


class BrokerOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("listen", View),
                ("max_connections", c_uint64), ("max_requests", c_uint64),
                ("idle_timeout_ms", c_int64), ("head_timeout_ms", c_int64), ("grace_ms", c_int64)]
