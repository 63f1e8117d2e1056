# SPDX-License-Identifier: Apache-2.0
"""Finds out why a gateway cannot be reached: every step of a connection, one after the other."""

from __future__ import annotations

import asyncio
import ctypes
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from . import _constants as c
from . import _registry
from . import _structs as s
from ._handles import Handle
from ._library import lib
from ._threads import in_thread
from ._values import text_at, view
from .errors import Error, call, call_for, made_at
from .host import Host, default_host
from .options import ConnectionOptions, struct_of
from .response import taken
from .secret import Secret


class Step(NamedTuple):
    """Its texts may name hosts, users and files: see `Diagnosis.report`."""

    id: str
    title: str
    verdict: str  # "ok", "warning", "failed" or "skipped"
    finding: str
    blocked_by: str  # the id of the failed step because of which this one is skipped
    duration: float  # seconds
    facts: Dict[str, str]
    failure: Optional[Error]


class Diagnosis:
    """The steps, in their order."""

    def __init__(self, pointer: int) -> None:
        self._handle = Handle("doctor", pointer)
        self.steps: List[Step] = []
        raw = s.DoctorStep()
        for index in range(lib.doctor_step_count(pointer)):
            call("doctor_step_at", pointer, index, ctypes.byref(raw))
            self.steps.append(_step(raw))

    @property
    def first_failed(self) -> Optional[Step]:
        return next((step for step in self.steps if step.verdict == "failed"), None)

    def report(self, program: str = "", *, with_hosts: bool = False) -> str:
        """A text in Markdown that can be pasted into a public issue, without names and secrets."""
        flags = c.DOCTOR_WITH_HOSTS if with_hosts else 0
        with self._handle as pointer:
            return taken(call_for("doctor_report", pointer, view(program, "program"), flags)).text


def _step(raw: s.DoctorStep) -> Step:
    facts = {text_at(raw.facts[i].name): text_at(raw.facts[i].value)
             for i in range(raw.fact_count)}
    return Step(text_at(raw.id), text_at(raw.title),
                lib.doctor_verdict_name(raw.verdict).decode(), text_at(raw.finding),
                text_at(raw.blocked_by), raw.duration_ms / 1000, facts,
                made_at(raw.layer, raw.failure) if raw.failure else None)


@s.callback(s.DoctorStepHook)
def _on_finish(user: Optional[int], step: int) -> None:
    try:
        tell = _registry.get(user)
        if tell is not None:
            tell(_step(s.DoctorStep.from_address(step)))
    except BaseException:
        pass  # the loop is closed: nobody waits for it


async def diagnose(gateway: str, token: Optional[Secret] = None, *,
                   options: Optional[ConnectionOptions] = None, host: Optional[Host] = None,
                   on_step: Optional[Callable[[Step], object]] = None) -> Diagnosis:
    """Diagnoses a connection to a gateway; what it finds is no exception. It may sign in without the
    user, renew the session and mint a ticket. `on_step` is called in the event loop after each."""
    loop = asyncio.get_running_loop()
    raw, sources = struct_of(gateway, token, options)
    number = 0
    doctor_options = None
    if on_step is not None:
        listener = on_step

        def tell(step: Step) -> None:
            loop.call_soon_threadsafe(listener, step)
        number = _registry.add(tell)
        doctor_options = ctypes.byref(s.DoctorOptions(user=number, on_finish=_on_finish))
    owner = (host or default_host())._handle

    def work(cancel: Any) -> Diagnosis:
        try:
            with owner as pointer:
                return Diagnosis(call_for("doctor_run", pointer, ctypes.byref(raw), doctor_options,
                                          cancel))
        except BaseException:
            sources.drop()
            raise
        finally:
            _registry.remove(number)
    return await in_thread(work)
