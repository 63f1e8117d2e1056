# SPDX-License-Identifier: Apache-2.0
"""Pintle: connections to remote gateways, whatever way they want to be signed in to.

    async with pintle.connect("home") as live:
        print(await live.rpc("session.list"))
        async for event in live:
            print(event)

`pintle.sync` has the same without `await`.
"""

from . import sync
from ._library import lib as _lib
from ._log import TRACE
from .auth import Auth
from .broker import Broker, BrokerOptions
from .connecting import LiveWithConnection, connect
from .connection import Connection, open
from .counters import Counters
from .doctor import Diagnosis, Step, diagnose
from .errors import (Cancelled, Closed, ConfigError, ConnectError, Error, RateLimited, RpcError,
                     SignInRequired, StoreError)
from .events import (Connecting, Ended, Event, Failed, LiveEvent, Malformed, Message, NeedsSignIn,
                     Notification, Piece, Ready, Request, StateEvent, Waiting)
from .host import Host, HostOptions, default_host
from .live import Live
from .live_options import LiveOptions
from .options import ConnectionOptions
from .response import Headers, Response
from .secret import Secret, SecretText, WsUrl
from .session_store import SessionKey, SessionStore
from .sign_in import Question, SignInUi
from .terminal import TerminalUi

#: Of the library.
__version__: str = _lib.version().decode()

__all__ = [
    "Auth", "Broker", "BrokerOptions", "Cancelled", "Closed", "ConfigError", "ConnectError",
    "Connecting", "Connection", "ConnectionOptions", "Counters", "Diagnosis", "Ended", "Error",
    "Event", "Failed", "Headers", "Host", "HostOptions", "Live", "LiveEvent", "LiveOptions",
    "LiveWithConnection", "Malformed", "Message", "NeedsSignIn", "Notification", "Piece",
    "Question", "RateLimited", "Ready", "Request", "Response", "RpcError", "Secret", "SecretText",
    "SessionKey", "SessionStore", "SignInRequired", "SignInUi", "StateEvent", "Step", "StoreError",
    "TRACE", "TerminalUi", "Waiting", "WsUrl", "connect", "default_host", "diagnose", "open",
    "sync",
]
