#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a live connection to a gateway and prints what comes: pintle_watch.py URL TOKEN_FILE"""

import ctypes
import ctypes.util
import os
import select
import signal
import sys
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int32, c_int64, c_size_t
from ctypes import c_uint32, c_uint64, c_void_p, sizeof

OK, BUNDLED_ONLY, FROM_FILE = 0, 1, 1
NONE, STATE, EVENT, RESULT, REFUSED, UNANSWERED = range(6)  # pintle_event.kind
NEEDS_SIGN_IN, FAILED, CLOSED = 5, 6, 7  # pintle_event.state


class View(Structure):
    _fields_ = [("data", c_void_p), ("size", c_size_t)]

    def __str__(self):
        return ctypes.string_at(self.data, self.size).decode("utf-8", "replace") if self.size else ""


def view(text):
    """The bytes live as long as the view, and that as long as the struct that it is put into."""
    data = text.encode()
    made = View(ctypes.cast(c_char_p(data), c_void_p), len(data))
    made.kept = data
    return made


class Kept(Structure):
    """A struct that keeps what it points to."""

    def __init__(self, **members):
        super().__init__(**members)
        self.kept = members


class Sized(Kept):
    """A struct whose first member is its own size."""

    def __init__(self, **members):
        super().__init__(struct_size=sizeof(self), **members)


class Error(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("http_status", c_int32),
                ("reserved", c_int32), ("retry_after_ms", c_int64),
                ("message", c_char * 512), ("hint", c_char * 256)]


class HostOptions(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("session_folder", View),
                ("plugin_folders", POINTER(View)), ("plugin_folder_count", c_size_t),
                ("load_check_program", View)]


class Source(Kept):
    _fields_ = [("key", View), ("where", View), ("from_", c_uint32), ("reserved", c_uint32)]


class ConnectionOptions(Sized):  # what follows in the header is left out: the size says so
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("url", View), ("name", View),
                ("scheme", View), ("inputs", POINTER(Source)), ("input_count", c_size_t)]


class Call(Sized):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("method", View),
                ("target", View)]


class Request(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("method", View), ("params", View)]


class Event(Sized):
    _fields_ = [("struct_size", c_uint32), ("kind", c_uint32), ("flags", c_uint32),
                ("state", c_uint32), ("generation", c_uint64), ("id", c_int64), ("code", c_int64),
                ("seq", c_int64), ("wait_ms", c_int64), ("close_code", c_int32),
                ("layer", c_int32), ("id_json", View), ("type", View), ("session_id", View),
                ("json", View), ("text", View), ("failure", POINTER(Error))]


class PintleError(Exception):
    pass


class Library:
    """Functions that raise PintleError in place of giving a layer back."""

    def __init__(self):
        path = os.environ.get("PINTLE_LIBRARY") or ctypes.util.find_library("pintle")
        self.lib = ctypes.CDLL(path or "libpintle.so.0")
        self.lib.pintle_host_new.restype = c_void_p
        self.lib.pintle_reply_body.restype = View
        self.lib.pintle_live_state_name.restype = c_char_p

    def __call__(self, name, *arguments):
        error = Error()
        if self.lib["pintle_" + name](*arguments, byref(error)) != OK:
            raise PintleError(error.message.decode() + "\n" + error.hint.decode())

    def made(self, name, *arguments):
        handle = c_void_p()
        self(name, *arguments, byref(handle))
        return handle

    def destroy(self, kind, handle):
        self.lib["pintle_" + kind + "_destroy"](handle)


def show(pintle, event):
    if event.kind == STATE:
        line = pintle.lib.pintle_live_state_name(event.state).decode()
        line += f" {event.generation} {event.json}"
    elif event.kind == EVENT:
        line = f"event {event.type} {event.json}"
    elif event.kind == RESULT:
        line = f"answer to {event.id}: {event.json}"
    else:
        line = f"kind {event.kind} {event.type}{event.text} {event.json}"
    if event.failure:
        line += " " + event.failure.contents.message.decode()
    print(line.strip(), flush=True)


def watch(pintle, live):
    """Until the connection is closed: by us at Ctrl-C, or because nothing can come any more."""
    closing = False
    event = Event()
    while True:
        try:
            pintle("live_next", live, c_int64(0), None, byref(event))
            if event.kind == NONE:  # nothing more is there
                select.select([pintle.lib.pintle_live_fd(live)], [], [])
                continue
            show(pintle, event)
            if event.kind == STATE and event.state == CLOSED:
                return 0 if closing else 1
            if event.kind == STATE and event.state in (NEEDS_SIGN_IN, FAILED):
                return 1
        except KeyboardInterrupt:
            closing = True
            pintle("live_close", live, c_uint32(1000), View())


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: pintle_watch.py URL TOKEN_FILE")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pintle = Library()
    error = Error()
    host = c_void_p(pintle.lib.pintle_host_new(byref(HostOptions(flags=BUNDLED_ONLY)), byref(error)))
    if not host:
        sys.exit(error.message.decode())
    connection = live = reply = c_void_p()
    try:
        token = Source(key=view("token"), where=view(sys.argv[2]), from_=FROM_FILE)
        options = ConnectionOptions(url=view(sys.argv[1]), inputs=ctypes.pointer(token),
                                    input_count=1)
        connection = pintle.made("connection_open", host, byref(options))
        reply = pintle.made("connection_call", connection, byref(Call(target=view("/api/sessions"))),
                            None)
        print(pintle.lib.pintle_reply_status(reply), pintle.lib.pintle_reply_body(reply), flush=True)
        live = pintle.made("live_start", connection, None)
        identity = c_int64()
        pintle("live_send_request", live, byref(Request(method=view("session.list"))),
               byref(identity))
        print("asked as", identity.value, flush=True)
        return watch(pintle, live)
    except PintleError as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        pintle.destroy("live", live)
        pintle.destroy("reply", reply)
        pintle.destroy("connection", connection)
        pintle.destroy("host", host)


if __name__ == "__main__":
    sys.exit(main())
