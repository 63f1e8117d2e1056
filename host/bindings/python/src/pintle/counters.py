# SPDX-License-Identifier: Apache-2.0
"""What a connection has done so far."""

from __future__ import annotations

import ctypes
from typing import Dict, NamedTuple

from . import _constants as c
from . import _structs as s
from .errors import call

_LOSSES = ("closed", "broken", "silent", "protocol", "credential", "host-guard")


class Counters(NamedTuple):
    """Each grows only. `pintle/c/counters.h` says what they count."""

    dials: int
    dials_failed: int
    tickets_minted: int
    refreshes: int
    refreshes_failed: int
    connects: int
    bytes_sent: int
    bytes_received: int
    send_queue_peak_bytes: int
    receive_queue_peak_bytes: int
    responses_2xx: int
    responses_3xx: int
    responses_4xx: int
    responses_5xx: int
    request_errors: Dict[str, int]  # by layer
    losses: Dict[str, int]  # by cause


def counters_of(connection: int) -> Counters:
    raw = s.Counters()
    call("connection_counters", connection, ctypes.byref(raw))
    errors = {name: raw.request_errors[layer] for layer, name in enumerate(c.LAYERS) if layer}
    losses = {name: raw.losses[i] for i, name in enumerate(_LOSSES)}
    numbers = [getattr(raw, name) for name in Counters._fields[:-2]]
    return Counters._make([*numbers, errors, losses])
