# SPDX-License-Identifier: Apache-2.0
"""Python values to those of the C API, and back. What a caller gave wrongly is a TypeError here."""

from __future__ import annotations

import ctypes
import os
from typing import Any, Iterable, Mapping, Optional, Sequence, Tuple, Type, Union

from . import _structs as s

PathLike = Union[str, "os.PathLike[str]"]

_EMPTY = s.View()


def view(text: Optional[str], name: str = "text") -> s.View:
    if text is None:
        return _EMPTY
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    data = text.encode()
    return s.View(data, len(data))


def path_view(path: Optional[PathLike], name: str) -> s.View:
    if path is None:
        return _EMPTY
    text: object = path.__fspath__() if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str or a path, not {type(path).__name__}")
    return view(text, name)


def bytes_view(data: Union[bytes, bytearray, memoryview], name: str = "data") -> s.View:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} must be bytes, not {type(data).__name__}")
    copied = bytes(data)
    return s.View(copied, len(copied))


def _given(text: str, name: str) -> s.View:
    if text is None:
        raise TypeError(f"{name} must be a str, not None")
    return view(text, name)


def views(texts: Iterable[str], name: str) -> Tuple[Any, int]:
    """An array and its length, as the members of a struct take them."""
    if isinstance(texts, str):
        raise TypeError(f"{name} must be a list of str, not a str")
    return array(s.View, [_given(text, name) for text in texts])


def fields(pairs: Union[Mapping[str, str], Iterable[Tuple[str, str]], None],
           name: str) -> Tuple[Any, int]:
    items: Iterable[Tuple[str, str]] = (
        pairs.items() if isinstance(pairs, Mapping) else pairs or ())
    return array(s.Field, [s.Field(_given(key, name), _given(value, f"{name}[{key!r}]"))
                           for key, value in items])


def array(kind: Type[ctypes.Structure], items: Sequence[Any]) -> Tuple[Any, int]:
    if not items:
        return None, 0
    return ctypes.cast((kind * len(items))(*items), ctypes.POINTER(kind)), len(items)


def milliseconds(seconds: Optional[float], name: str) -> int:
    """0, the C API's default, for None. What rounds to it is a millisecond."""
    if seconds is None:
        return 0
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
    if not 0 <= seconds < 1e12:
        raise ValueError(f"{name} must be a number of seconds above 0")
    return max(1, round(seconds * 1000))


def size(count: Optional[int], name: str) -> int:
    if count is None:
        return 0
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{name} must be an int, not {type(count).__name__}")
    if not 0 < count < 1 << 63:
        raise ValueError(f"{name} must be above 0")
    return count


def data_at(out: Any) -> bytes:
    """Of an OutView."""
    return ctypes.string_at(out.data, out.size) if out.size else b""


def text_at(out: Any) -> str:
    return data_at(out).decode("utf-8", "replace")
