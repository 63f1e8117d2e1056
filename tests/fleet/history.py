# SPDX-License-Identifier: Apache-2.0
"""What happened to each refresh token, and whether docs/decisions/0020 allows it."""

import dataclasses
import re

SLACK = 0.06  # Seconds: Redis looks for what has lapsed now and then, and clocks are rounded.


@dataclasses.dataclass
class Send:
    """A refresh token that a holder has sent."""
    token: str
    holder: object
    life: int
    at: float
    asked: float = 0.0  # when Redis was asked, and
    intent: float = 0.0  # when it had allowed it
    forwarded: float = 0.0  # 0: the gateway has not seen it
    delivered: float = 0.0  # 0: its holder has not seen the answer
    status: int = 0
    saved: float = 0.0
    had_died: float = 0.0

    def __str__(self):
        return f"{self.token} by {self.holder.name}.{self.life}"


class History:
    def __init__(self, lease_ms):
        self.lease = lease_ms / 1000
        self.sends = []
        self.asked = {}  # (holder, life): when its last command went on to Redis
        self.intents = {}  # (holder, life): when the last one was asked for and allowed
        self.open_intents = 0  # since the last save: those with no known outcome
        self.leases = {}  # (holder, life): when Redis was asked to extend its lease, and did
        self.lost_writes = []  # when Redis lost some
        self.lines = []
        self.broken = []

    def note(self, when, text):
        self.lines.append((when, text))

    def redis_said(self, when, holder, step, reply):
        who = (holder.name, holder.life)
        word = re.sub(rb"\$\d+\r\n|\*\d+\r\n", b"", reply).split(b"\r\n")[0].decode(errors="replace")
        if step in ("acquire", "renew") and word in ("LEASE", "KEPT"):
            self.leases.setdefault(who, []).append(self.asked[who])
        if step == "intent" and word == "SEND":
            self.intents[who] = (self.asked[who], when)
            self.open_intents += 1
        if word in ("SAVED", "CLEARED", "ENDED") and step in ("save", "end", "sign-in", "clear"):
            self.open_intents = max(self.open_intents - 1, 0) if step == "clear" else 0
        if step == "save" and word == "SAVED":
            last = self.last_of(holder)
            if last and last.delivered and not last.saved:
                last.saved = when
        if step not in ("renew", "load"):
            self.note(when, f"{holder.name}.{holder.life} {step}: {word[:60]}")

    def last_of(self, holder):
        return next((one for one in reversed(self.sends)
                     if one.holder is holder and one.life == holder.life), None)

    def sent(self, when, token, holder):
        intent = self.intents.pop((holder.name, holder.life), None)
        send = Send(token, holder, holder.life, when, *(intent or (when, when)))
        if not intent:
            self.broken.append(f"{send}: sent without an intent of its own")
        self.sends.append(send)
        self.note(when, f"{send}: sent")
        return send

    def died(self, when, holder):
        for one in self.sends:
            if one.holder is holder and one.life == holder.life and not one.had_died:
                one.had_died = when

    def lost_between(self, begin, end):
        return any(begin - SLACK <= when <= end for when in self.lost_writes)

    def cause(self, first, second):
        """Why the second time was allowed; "" if nothing allows it."""
        if self.lost_between(first.intent, second.at):
            return "failover"
        if first.saved and first.saved < second.asked:
            return ""
        if first.holder is second.holder and first.life == second.life:
            lost = not first.delivered or first.delivered - first.at > 3
            return "response lost" if lost or first.status >= 500 else ""
        if first.had_died and first.had_died < second.at:
            return "death"
        kept = [when for when in self.leases.get((first.holder.name, first.life), [])
                if when < second.intent]
        if kept and second.intent - kept[-1] >= self.lease - SLACK:
            return "lease lapsed" if first.delivered else "response lost"
        return ""

    def causes(self):
        """Returns why tokens were sent again; notes what nothing allows."""
        found = []
        by_token = {}
        for send in sorted(self.sends, key=lambda one: one.at):  # some arrive late
            by_token.setdefault(send.token, []).append(send)
        for token, sends in by_token.items():
            for first, second in zip(sends, sends[1:]):
                cause = self.cause(first, second)
                found.append(cause or "nothing")
                if not cause:
                    self.broken.append(f"{token} was sent again by {second.holder.name} for no reason")
            if len(sends) > 2 and not self.lost_between(sends[0].intent, sends[-1].at):
                self.broken.append(f"{token} was sent {len(sends)} times")
        return found
