# SPDX-License-Identifier: Apache-2.0
"""What a connection is made of, beside its gateway and its token."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Mapping, Optional, Sequence, Tuple

from . import _constants as c
from . import _structs as s
from ._values import PathLike, fields, milliseconds, path_view, view, views
from .secret import Inputs, Secret, Sources

Texts = Optional[Mapping[str, str]]


@dataclass
class ConnectionOptions:
    """None means the library's default, or what a saved connection has. Times are in seconds."""

    #: Under which sessions are stored, for a connection that is opened by a URL.
    name: Optional[str] = None
    #: The id of the scheme; None: the best match.
    scheme: Optional[str] = None
    #: The scheme's secrets: {"token": Secret.from_file(...)}.
    inputs: Inputs = None
    #: Of the scheme; never secret.
    settings: Texts = None
    #: Lines "Name: value" for an access proxy, sent with every request.
    headers_file: Optional[PathLike] = None
    #: PEM; in place of the system's trust store.
    ca_file: Optional[PathLike] = None
    #: "http://host:port" or "socks5://host:port".
    proxy: Optional[str] = None
    #: Contains "user:password".
    proxy_auth_file: Optional[PathLike] = None
    #: Uses no proxy, whatever the environment says.
    no_proxy: bool = False
    #: Allows secrets over plain http to another machine.
    allow_plain_http: bool = False
    #: Beside the gateway's own, for the scheme's requests.
    allowed_origins: Sequence[str] = ()
    #: "file", "secret-service", or the URL of a Redis.
    session_store: Optional[str] = None
    #: "password" and "key" of a Redis, and its settings.
    store_inputs: Inputs = None
    store_settings: Texts = None
    request_timeout: Optional[float] = None
    connect_timeout: Optional[float] = None
    #: Names and command lines of programs that the scheme may run.
    helpers: Texts = None
    #: A file with the certificate for the gateway, or a "pkcs11:" URI; its key, if elsewhere.
    client_certificate: Optional[str] = None
    client_key: Optional[str] = None
    client_passphrase: Optional[Secret] = None
    #: What stands in front of the gateway: the id of its scheme, or "none".
    front: Optional[str] = None
    front_inputs: Inputs = None
    front_settings: Texts = None


def is_url(target: str) -> bool:
    return "://" in target


def struct_of(target: str, token: Optional[Secret], options: Optional[ConnectionOptions],
              ) -> Tuple[s.ConnectionOptions, Sources]:
    """`sources.drop()` if the function that is given them fails."""
    if not isinstance(target, str):
        raise TypeError("the gateway must be a str, a URL or the name of a saved connection, not "
                        + type(target).__name__)
    given = options or ConnectionOptions()
    if not isinstance(given, ConnectionOptions):
        raise TypeError(f"options must be ConnectionOptions, not {type(given).__name__}")
    sources = Sources()
    try:
        return _filled(target, token, given, sources), sources
    except BaseException:
        sources.drop()
        raise


def _filled(target: str, token: Optional[Secret], given: ConnectionOptions,
            sources: Sources) -> s.ConnectionOptions:
    raw = s.ConnectionOptions(flags=(c.ALLOW_PLAIN_HTTP if given.allow_plain_http else 0)
                              | (c.NO_PROXY if given.no_proxy else 0))
    if is_url(target):
        raw.url, raw.name = view(target), view(given.name, "name")
    else:
        raw.name = view(target)
    inputs = given.inputs
    if token is not None:
        inputs = {**(inputs or {}), "token": token}
    raw.inputs, raw.input_count = sources.many(inputs, "inputs")
    raw.scheme = view(given.scheme, "scheme")
    raw.scheme_settings, raw.scheme_setting_count = fields(given.settings, "settings")
    raw.headers_file = path_view(given.headers_file, "headers_file")
    raw.ca_file = path_view(given.ca_file, "ca_file")
    raw.proxy = view(given.proxy, "proxy")
    raw.proxy_auth_file = path_view(given.proxy_auth_file, "proxy_auth_file")
    raw.allowed_origins, raw.allowed_origin_count = views(given.allowed_origins,
                                                          "allowed_origins")
    raw.session_store = view(given.session_store, "session_store")
    raw.store_inputs, raw.store_input_count = sources.many(given.store_inputs, "store_inputs")
    raw.store_settings, raw.store_setting_count = fields(given.store_settings, "store_settings")
    raw.request_ms = milliseconds(given.request_timeout, "request_timeout")
    raw.connect_ms = milliseconds(given.connect_timeout, "connect_timeout")
    raw.helpers, raw.helper_count = fields(given.helpers, "helpers")
    raw.client_certificate = view(given.client_certificate, "client_certificate")
    raw.client_key = view(given.client_key, "client_key")
    if given.client_passphrase is not None:
        raw.client_passphrase = ctypes.pointer(sources.one("passphrase", given.client_passphrase))
    raw.front = view(given.front, "front")
    raw.front_inputs, raw.front_input_count = sources.many(given.front_inputs, "front_inputs")
    raw.front_settings, raw.front_setting_count = fields(given.front_settings, "front_settings")
    return raw
