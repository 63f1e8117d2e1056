#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The library websockets, as its documentation shows it, without compression: see measure.py."""

import asyncio
import json
from pathlib import Path

import measure
import websockets


def connect(url, token_file, path):
    token = Path(token_file).read_text().strip()
    return websockets.connect(measure.websocket_url(url, path, token), compression=None)


async def echo(url, token_file, count):
    async with connect(url, token_file, "/echo") as socket:
        laps = measure.Laps()
        for _ in range(count):
            await socket.send(measure.MESSAGE)
            assert len(await socket.recv()) == len(measure.MESSAGE)
            laps.lap()
        return laps.result()


class Rpc(measure.Rpc):
    def __init__(self, socket):
        self.socket, self.send = socket, socket.send
        super().__init__()

    async def read(self):
        async for text in self.socket:
            self.take(text)


async def rpc(url, token_file, count):
    async with connect(url, token_file, "/api/ws") as socket:
        client = Rpc(socket)
        laps = measure.Laps()
        for _ in range(count):
            assert await client.call("echo", measure.PARAMS) == measure.PARAMS
            laps.lap()
        return laps.result()


async def rpc_many(url, token_file, count):
    async with connect(url, token_file, "/api/ws") as socket:
        return await measure.many(count, Rpc(socket).call)


async def events(url, token_file, count):
    arrivals = measure.Arrivals(count)
    async with connect(url, token_file, f"/events?count={count}") as socket:
        async for text in socket:
            message = json.loads(text)
            if message["params"]["type"] != "gateway.ready":
                assert message["params"]["payload"]["text"]
                count -= 1
    assert count == 0
    return arrivals.result()


async def hold(url, token_file, count):
    rest = measure.Rest()
    held = []
    for begin in range(0, count, 100):  # more at a time are refused by the server's backlog
        held += await asyncio.gather(*(connect(url, token_file, "/idle")
                                       for _ in range(begin, min(begin + 100, count))))
    result = await rest.result(count, asyncio.sleep)
    await asyncio.gather(*(socket.close() for socket in held))
    return result


if __name__ == "__main__":
    measure.main({"echo": echo, "rpc": rpc, "rpc-many": rpc_many, "events": events, "hold": hold},
                 asyncio.run)
