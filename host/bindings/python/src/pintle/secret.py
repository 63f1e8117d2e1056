# SPDX-License-Identifier: Apache-2.0
"""Secrets: where they are read from, and texts that are not shown by accident."""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import Any, Callable, List, Mapping, Optional, Tuple, Union

from . import _callbacks
from . import _constants as c
from . import _registry
from . import _structs as s
from ._library import lib
from ._values import PathLike, array, path_view, text_at, view


class SecretText(str):
    """A text that is secret: `repr` hides it, `str` and formatting do not."""

    def __repr__(self) -> str:
        return "<secret>"


class WsUrl(SecretText):
    """A WebSocket URL with a credential in it, for another library to dial."""

    #: It works once and for a short time: never store it.
    single_use: bool = True


class Secret:
    """Where a secret is read, at each use. `repr` shows none of it."""

    __slots__ = ("_from", "_where", "_read")
    _from: int
    _where: str
    _read: Optional[Callable[[str], str]]

    def __init__(self) -> None:
        raise TypeError("use Secret.from_file, from_command, from_env, from_callback or of")

    @classmethod
    def _made(cls, source: int, where: str = "",
              read: Optional[Callable[[str], str]] = None) -> "Secret":
        self = object.__new__(cls)
        self._from, self._where, self._read = source, where, read
        return self

    @classmethod
    def from_file(cls, path: PathLike) -> "Secret":
        """The whole file without its last line break."""
        path_view(path, "path")
        return cls._made(c.FROM_FILE, os.fspath(path))

    @classmethod
    def from_command(cls, command: str) -> "Secret":
        """The first line of the output of a command for /bin/sh."""
        view(command, "command")
        return cls._made(c.FROM_COMMAND, command)

    @classmethod
    def from_env(cls, name: str) -> "Secret":
        view(name, "name")
        return cls._made(c.FROM_ENVIRONMENT, name)

    @classmethod
    def from_callback(cls, read: Callable[[str], str]) -> "Secret":
        """`read("token")` returns the secret, at each use; an exception refuses it.

        It runs on any thread, also several at the same time, may block for as long as a request
        may, and must not use the connection that the secret is for.
        """
        if not callable(read):
            raise TypeError("read must be a function")
        return cls._made(c.FROM_CALLBACK, read=read)

    @classmethod
    def of(cls, text: str) -> "Secret":
        """The secret itself, as it is."""
        if not isinstance(text, str):  # its repr is in no message
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        return cls._made(c.FROM_MEMORY, text)

    def __repr__(self) -> str:
        kind = {c.FROM_FILE: "file", c.FROM_COMMAND: "command", c.FROM_ENVIRONMENT: "environment",
                c.FROM_CALLBACK: "callback", c.FROM_MEMORY: "memory"}[self._from]
        return f"<Secret from {kind}>"

    # It does not change, so that options that hold it can be copied.
    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, _memo: Any) -> "Secret":
        return self

    def __reduce__(self) -> Any:
        raise TypeError("a Secret is not pickled")


Inputs = Optional[Mapping[str, Secret]]


class Sources:
    """The sources of an options struct, and what they keep until the library has read them."""

    def __init__(self) -> None:
        self._kept: List[Any] = []
        self._numbers: List[int] = []

    def one(self, key: str, secret: Secret) -> s.Source:
        if not isinstance(secret, Secret):
            raise TypeError(f"the input {key!r} must be a pintle.Secret, not "
                            f"{type(secret).__name__}: pintle.Secret.of(text) makes one")
        if secret._from != c.FROM_CALLBACK:
            return s.Source(view(key, "key"), _secret_view(key, secret._where), secret._from)
        number = _registry.add(secret._read)
        self._numbers.append(number)
        callback = s.SecretCallback(user=number, read=_read, release=_registry.release)
        self._kept.append(callback)
        where = s.View(ctypes.cast(ctypes.pointer(callback), ctypes.c_char_p),
                       ctypes.sizeof(callback))
        return s.Source(view(key, "key"), where, secret._from)

    def many(self, inputs: Inputs, name: str) -> Tuple[Any, int]:
        if inputs is None:
            return None, 0
        if not isinstance(inputs, Mapping):
            raise TypeError(f"{name} must be a dict of pintle.Secret, not {type(inputs).__name__}")
        return array(s.Source, [self.one(key, secret) for key, secret in inputs.items()])

    def drop(self) -> None:
        """After the function that was given them has failed: it does not call release."""
        for number in self._numbers:
            _registry.remove(number)


def _secret_view(key: str, text: str) -> s.View:
    with contextlib.suppress(UnicodeEncodeError):  # which has the text in its repr
        return view(text)
    raise ValueError(f"the input {key!r} is no text that can be encoded") from None


def give(sink: Optional[int], text: Union[str, bytes]) -> None:
    """The answer of a callback. The copy that is made here lives no longer than this call."""
    data = text.encode() if isinstance(text, str) else text
    lib.secret_give(sink, s.View(data, len(data)))


def refuse(sink: Optional[int], why: str) -> None:
    lib.secret_refuse(sink, view(why))


@s.callback(s.ReadSecret)
def _read(user: Optional[int], key: Any, sink: Optional[int]) -> None:
    try:
        read = _registry.get(user)
        if read is None:
            return
        name = text_at(key)
        text = _callbacks.run(lambda: read(name), sink)
        if isinstance(text, str):
            give(sink, text)
        else:
            refuse(sink, f"the callback returned {type(text).__name__}, not str")
    except _callbacks.Abandoned:
        pass
    except BaseException as error:  # its text may hold the secret
        refuse(sink, f"the callback raised {type(error).__name__}")
