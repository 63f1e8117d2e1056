# SPDX-License-Identifier: Apache-2.0
"""The host: which schemes can be used, and where sessions are stored."""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from typing import Mapping, Optional, Sequence, Union

from . import _constants as c
from . import _log
from . import _registry
from . import _structs as s
from . import session_store
from ._handles import Handle, begin_use, refuse_after_fork
from ._library import lib
from ._values import PathLike, fields, path_view, views
from .errors import made

_CAGES = {None: 0, "third-party": c.CAGE_THIRD_PARTY, "always": c.CAGE_ALWAYS,
          "never": c.CAGE_NEVER}


@dataclass
class HostOptions:
    """None means the library's default."""

    #: Only the schemes in libpintle; reads no plugin folder.
    bundled_only: bool = False
    #: Keeps sessions in memory only.
    forget_sessions: bool = False
    #: False: ignores http_proxy and the related variables.
    proxy_from_environment: bool = True
    #: A call or a dial without a W3C traceparent gets one.
    generate_traceparent: bool = False
    #: In place of $XDG_STATE_HOME/pintle/sessions.
    session_folder: Optional[PathLike] = None
    #: In place of files.
    session_store: Optional[session_store.SessionStore] = None
    #: Replace the default ones; earlier folders take precedence.
    plugin_folders: Sequence[str] = ()
    #: The path of pintle-load-check for these folders.
    load_check_program: Optional[PathLike] = None
    #: The ids of the schemes that may be used; none: any.
    allowed_schemes: Sequence[str] = ()
    #: "sha256:..." of the library of a scheme, by the scheme's id.
    pins: Optional[Mapping[str, str]] = None
    trusted_libraries: Sequence[str] = ()
    #: "third-party", "always" or "never".
    cage: Optional[str] = None
    #: "error", "warning", "info", "debug", "trace", or a level of `logging`: records up to it go to
    #: the loggers "pintle.*".
    log: Union[str, int, None] = None


class Host:
    """Shared by connections; all their live connections have one I/O thread. Any thread may use it."""

    def __init__(self, options: Optional[HostOptions] = None) -> None:
        begin_use()
        options = options or HostOptions()
        if not isinstance(options, HostOptions):
            raise TypeError(f"options must be HostOptions, not {type(options).__name__}")
        raw_options = _struct_of(options)
        raw = s.Error()
        pointer = lib.host_new(ctypes.byref(raw_options), ctypes.byref(raw))
        if not pointer:
            _registry.remove(raw_options.log_user)
            if raw_options.session_store:
                _registry.remove(raw_options.session_store.contents.user)
            raise made(c.LAYER_CONFIG, raw)
        self._handle = Handle("host", pointer)

    def close(self) -> None:
        """Connections that were opened with it stay open."""
        self._handle.destroy()

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _struct_of(options: HostOptions) -> s.HostOptions:
    if options.cage not in _CAGES:
        raise ValueError('cage must be "third-party", "always" or "never"')
    level = _log.level_of(options.log)
    flags = ((c.HOST_BUNDLED_ONLY if options.bundled_only else 0)
             | (c.HOST_FORGETS_SESSIONS if options.forget_sessions else 0)
             | (0 if options.proxy_from_environment else c.HOST_NO_PROXY_ENVIRONMENT)
             | (c.HOST_GENERATE_TRACEPARENT if options.generate_traceparent else 0))
    raw = s.HostOptions(flags=flags, cage=_CAGES[options.cage])
    raw.session_folder = path_view(options.session_folder, "session_folder")
    raw.plugin_folders, raw.plugin_folder_count = views(options.plugin_folders, "plugin_folders")
    raw.load_check_program = path_view(options.load_check_program, "load_check_program")
    raw.allowed_schemes, raw.allowed_scheme_count = views(options.allowed_schemes,
                                                          "allowed_schemes")
    raw.pins, raw.pin_count = fields(options.pins, "pins")
    raw.trusted_libraries, raw.trusted_library_count = views(options.trusted_libraries,
                                                             "trusted_libraries")
    if options.session_store is not None:
        raw.session_store = ctypes.pointer(session_store.struct_of(options.session_store))
    _log.set_in(raw, level)
    return raw


_default: Optional[Host] = None
_lock = threading.Lock()


def default_host() -> Host:
    """The one that is used where none is given: made at its first use, shared by all threads."""
    global _default
    refuse_after_fork()
    with _lock:
        if _default is None or _default._handle.is_closed:
            _default = Host()
        return _default
