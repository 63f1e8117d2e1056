# SPDX-License-Identifier: Apache-2.0
"""A lab whose holders are in network namespaces of their own, on one bridge. Needs root and ip."""

import contextlib
import os
import shutil
import subprocess

from lab import Lab, exchange_unix


def can_make():
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    with contextlib.suppress(subprocess.CalledProcessError):
        ip("netns", "add", "pintle-probe")
        ip("netns", "del", "pintle-probe")
        return True
    return False


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class NamespaceLab(Lab):
    """The holders' addresses tell whose a connection is; `plug` takes one's cable out or in."""

    def __init__(self):
        super().__init__()
        self.number = os.getpid() % 250
        self.name = f"pt{os.getpid() % 100000}"
        self.made = 0

    async def open(self, host=None):
        ip("link", "add", self.name, "type", "bridge")
        self.address = f"10.98.{self.number}.1"
        ip("addr", "add", self.address + "/24", "dev", self.name)
        ip("link", "set", self.name, "up")
        await super().open(self.address)

    def make(self, number):
        space, cable = self.space(number), f"{self.name}v{number}"
        ip("netns", "add", space)
        self.made += 1
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
        ip("link", "set", cable, "master", self.name, "up")
        for words in (["addr", "add", f"10.98.{self.number}.{10 + number}/24", "dev", "eth0"],
                      ["link", "set", "eth0", "up"], ["link", "set", "lo", "up"]):
            ip("-n", space, *words)

    def space(self, number):
        return f"{self.name}n{number}"

    def plug(self, holder, is_in):
        ip("link", "set", f"{self.name}v{holder.number}", "up" if is_in else "down")

    async def begin(self, holders, clocks_ms=(0,) * 9):
        for number in range(self.made, holders):
            self.make(number)
        await super().begin(holders, clocks_ms)

    def command_of(self, holder):
        socket = self.socket(holder)
        socket.unlink(missing_ok=True)
        return ["ip", "netns", "exec", self.space(holder.number),
                *self.serve(holder), "--listen", f"unix:{socket}"]

    def socket(self, holder):
        return self.folder / f"{holder.name}.sock"

    async def exchange_with(self, holder, data):
        return await exchange_unix(self.socket(holder), data)

    def who(self, peer):
        number = int(peer[0].rsplit(".", 1)[1]) - 10
        return next((one for one in self.holders if one.number == number and one.lives), None)

    async def close(self):
        await super().close()
        for number in range(self.made):
            with contextlib.suppress(subprocess.CalledProcessError):
                ip("netns", "del", self.space(number))
        with contextlib.suppress(subprocess.CalledProcessError):
            ip("link", "del", self.name)
