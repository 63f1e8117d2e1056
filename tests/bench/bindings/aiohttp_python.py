#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""aiohttp's WebSocket client: see measure.py. Its frames are coded in C."""

import asyncio
import json
from pathlib import Path

import aiohttp
import measure


def address(url, token_file, path):
    return measure.websocket_url(url, path, Path(token_file).read_text().strip())


async def echo(url, token_file, count):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address(url, token_file, "/echo")) as socket:
            laps = measure.Laps()
            for _ in range(count):
                await socket.send_str(measure.MESSAGE)
                assert len(await socket.receive_str()) == len(measure.MESSAGE)
                laps.lap()
            return laps.result()


class Rpc(measure.Rpc):
    def __init__(self, socket):
        self.socket, self.send = socket, socket.send_str
        super().__init__()

    async def read(self):
        async for received in self.socket:
            self.take(received.data)


async def rpc(url, token_file, count):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address(url, token_file, "/api/ws")) as socket:
            client = Rpc(socket)
            laps = measure.Laps()
            for _ in range(count):
                assert await client.call("echo", measure.PARAMS) == measure.PARAMS
                laps.lap()
            client.reader.cancel()
            return laps.result()


async def rpc_many(url, token_file, count):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address(url, token_file, "/api/ws")) as socket:
            client = Rpc(socket)
            result = await measure.many(count, client.call)
            client.reader.cancel()
            return result


async def events(url, token_file, count):
    arrivals = measure.Arrivals(count)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(
                address(url, token_file, f"/events?count={count}")) as socket:
            async for received in socket:
                message = json.loads(received.data)
                if message["params"]["type"] != "gateway.ready":
                    assert message["params"]["payload"]["text"]
                    count -= 1
    assert count == 0
    return arrivals.result()


async def hold(url, token_file, count):
    rest = measure.Rest()
    held = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        for begin in range(0, count, 100):
            held += await asyncio.gather(*(session.ws_connect(address(url, token_file, "/idle"))
                                           for _ in range(begin, min(begin + 100, count))))
        result = await rest.result(count, asyncio.sleep)
        await asyncio.gather(*(socket.close() for socket in held))
    return result


if __name__ == "__main__":
    measure.main({"echo": echo, "rpc": rpc, "rpc-many": rpc_many, "events": events, "hold": hold},
                 asyncio.run)
