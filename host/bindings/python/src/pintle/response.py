# SPDX-License-Identifier: Apache-2.0
"""The response to a request."""

from __future__ import annotations

import json
from typing import Any, List, Optional, Tuple

from ._library import lib
from ._values import data_at, text_at


class Headers(List[Tuple[str, str]]):
    """Names and values in their order; `get` ignores case and returns the first."""

    def get(self, name: str, default: Optional[str] = None) -> Optional[str]:
        wanted = name.lower()
        return next((value for key, value in self if key.lower() == wanted), default)


class Response:
    """The status, the headers and the body of a response, whatever its status."""

    __slots__ = ("status", "headers", "body")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:  # a body may hold anything
        return f"<Response {self.status}, {len(self.body)} bytes>"


def taken(reply: Optional[int]) -> Response:
    """Copies a reply of the library and destroys it."""
    if not reply:
        return Response(0, Headers(), b"")
    try:
        headers = Headers()
        for index in range(lib.reply_header_count(reply)):
            field = lib.reply_header_at(reply, index)
            headers.append((text_at(field.name), text_at(field.value)))
        return Response(lib.reply_status(reply), headers, data_at(lib.reply_body(reply)))
    finally:
        lib.reply_destroy(reply)
