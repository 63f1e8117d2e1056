# SPDX-License-Identifier: Apache-2.0
"""The faults of one run: what happens, at which point, to whom."""

import asyncio
import contextlib
import dataclasses
import signal

from lab import now, until
from routes import Cut

POINTS = [(step, when) for step in ("acquire", "intent", "refresh", "save")
          for when in ("request", "reply")]
# What a fault does, and how often it is drawn.
KINDS = {"cut": 4, "silence": 3, "delay": 3, "kill": 4, "stop": 3, "refuse": 2,
         "redis-stop": 2, "redis-restart": 2, "failover": 3}


@dataclasses.dataclass
class Fault:
    kind: str
    point: tuple
    skip: int  # how often the point is passed before
    seconds: float
    way: str  # that is silent
    happened: float = 0.0

    def __str__(self):
        return f"{self.kind} at {'/'.join(self.point)} for {self.seconds:.1f} s"


def draw(random, has_cables=False):
    """Returns the faults of a run, with a failover at most once."""
    faults = []
    kinds = KINDS | {"unplug": 12} if has_cables else KINDS
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        kind = random.choices(list(kinds), kinds.values())[0]
        point = random.choice(POINTS)
        if kind == "refuse":
            point = random.choice((("intent", "reply"), ("acquire", "reply")))
        if kind == "failover":
            point = (random.choice(("acquire", "intent", "save")), "request")
        if kind == "failover" and any(one.kind == "failover" for one in faults):
            continue
        faults.append(Fault(kind, point, random.choice((0, 0, 1, 2)),
                            random.choice((0.2, 0.5, 1.5, 2.5, 4)),
                            random.choice(("redis", "gateway"))))
    return faults


class Faults:
    """Called at each point of all ways of a run."""

    def __init__(self, lab, history, faults):
        self.lab, self.history, self.armed = lab, history, list(faults)
        self.delayed = 0
        self.tasks, self.is_healed, self.cut_from_replica = [], False, None

    async def __call__(self, holder, step, when, what):
        if holder is None:
            raise Cut  # of a process that has been killed meanwhile
        at, result = now(), None
        if (step, when) == ("refresh", "request"):
            result = self.history.sent(*what, holder)  # on a connection of its own
        elif when == "reply" and step != "refresh":
            self.history.redis_said(at, holder, step, what)
        life = holder.life
        if not self.is_healed:
            await self.make(holder, step, when)
        if holder.life != life or not holder.lives:
            raise Cut
        if when == "request" and step != "refresh":
            self.history.asked[holder.name, life] = now()
        return result

    async def make(self, holder, step, when):
        if self.cut_from_replica and when == "reply" and step == self.cut_from_replica:
            self.cut_from_replica = None
            self.later(self.promote())
            return
        for fault in self.armed:
            if fault.point != (step, when) or fault.happened:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.happened = now()
            self.history.note(fault.happened, f"FAULT {fault}: {holder.name}.{holder.life}")
            await getattr(self, fault.kind.replace("-", "_"))(holder, fault)
            return

    def later(self, work):
        self.tasks.append(asyncio.ensure_future(work))

    async def cut(self, _holder, _fault):
        raise Cut

    async def silence(self, holder, fault):
        holder.silent[fault.way] = now() + fault.seconds

    async def unplug(self, holder, fault):
        self.lab.plug(holder, False)

        async def plug_in():
            await asyncio.sleep(fault.seconds)
            self.lab.plug(holder, True)
        self.later(plug_in())

    async def delay(self, _holder, fault):
        self.delayed += 1
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            self.delayed -= 1

    async def kill(self, holder, fault):
        self.history.died(now(), holder)
        holder.kill()
        self.later(self.start_again(holder, fault.seconds / 2))
        raise Cut

    async def start_again(self, holder, pause):
        await asyncio.sleep(pause)
        if not holder.lives:
            await holder.start()

    async def stop(self, holder, fault):
        process = holder.process
        process.send_signal(signal.SIGSTOP)

        async def go_on():
            await asyncio.sleep(fault.seconds)
            process.send_signal(signal.SIGCONT)
        self.later(go_on())

    async def refuse(self, _holder, fault):
        route = self.lab.gateway_route
        if not route.server.is_serving():
            return
        route.refuse()

        async def listen():
            await asyncio.sleep(min(fault.seconds, 1.5))
            await route.listen(route.host)
        self.later(listen())

    async def redis_stop(self, _holder, fault):
        redis = self.lab.redis
        redis.send(signal.SIGSTOP)

        async def go_on():
            await asyncio.sleep(fault.seconds)
            redis.send(signal.SIGCONT)
        self.later(go_on())

    async def redis_restart(self, _holder, fault):
        redis = self.lab.redis
        redis.kill()

        async def start():
            await asyncio.sleep(fault.seconds / 4)
            await redis.start()
        self.later(start())

    async def failover(self, _holder, fault):
        """The step that is about to run is the write that is lost."""
        await self.lab.replica.call("REPLICAOF", "NO", "ONE")
        self.cut_from_replica = fault.point[0]

    async def promote(self):
        await asyncio.sleep(0.05)  # the reply arrives
        self.history.lost_writes.append(now())
        self.history.note(now(), "the replica takes over")
        self.lab.redis.kill()
        for holder in self.lab.holders:
            holder.redis_route.cut_all()
        self.lab.redis, self.lab.replica = self.lab.replica, None

    async def heal(self):
        """Ends all faults; what they were to end themselves has ended after it."""
        self.is_healed = True
        if self.cut_from_replica:
            self.cut_from_replica = None
            await self.lab.replica.call("REPLICAOF", "127.0.0.1", str(self.lab.redis.port))
        for task in self.tasks:
            with contextlib.suppress(ConnectionError):
                await task
        await until(lambda: self.delayed == 0, "what is delayed arrives")
        for holder in self.lab.holders:
            holder.silent.clear()
            if not holder.lives:
                assert await holder.start(), "a holder does not start again"
