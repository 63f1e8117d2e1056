#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pintle's Python package: see measure.py."""

import asyncio

import measure
import pintle


def connect(url, token_file, path, content="messages", query=None):
    options = pintle.LiveOptions(path=path, content=content, reconnect=False, query=query)
    return pintle.connect(url, pintle.Secret.from_file(token_file), live=options,
                          options=pintle.ConnectionOptions(scheme="token"))


async def echo(url, token_file, count):
    async with connect(url, token_file, "/echo") as live:
        await live.ready()
        while not isinstance(await live.__anext__(), pintle.Ready):
            pass
        laps = measure.Laps()
        for _ in range(count):
            await live.send(measure.MESSAGE)
            answer = await live.__anext__()
            assert len(answer.data) == len(measure.MESSAGE)
            laps.lap()
        return laps.result()


async def rpc(url, token_file, count):
    async with connect(url, token_file, "/api/ws", "json-rpc") as live:
        await live.ready()
        laps = measure.Laps()
        for _ in range(count):
            assert await live.rpc("echo", measure.PARAMS) == measure.PARAMS
            laps.lap()
        return laps.result()


async def rpc_many(url, token_file, count):
    async with connect(url, token_file, "/api/ws", "json-rpc") as live:
        await live.ready()
        return await measure.many(count, live.rpc)


async def events(url, token_file, count):
    arrivals = measure.Arrivals(count)
    async with connect(url, token_file, "/events", "json-rpc", {"count": str(count)}) as live:
        async for event in live:
            if isinstance(event, pintle.Event):
                assert event.payload["text"]
                count -= 1
        assert count == 0
    return arrivals.result()


async def hold(url, token_file, count):
    connection = pintle.open(url, pintle.Secret.from_file(token_file),
                             options=pintle.ConnectionOptions(scheme="token"))
    options = pintle.LiveOptions(path="/idle", content="messages")
    rest = measure.Rest()
    held = [connection.live(options) for _ in range(count)]
    await asyncio.gather(*(live.ready() for live in held))
    result = await rest.result(count, asyncio.sleep)
    await asyncio.gather(*(live.close() for live in held))
    await connection.close()
    return result


if __name__ == "__main__":
    measure.main({"echo": echo, "rpc": rpc, "rpc-many": rpc_many, "events": events, "hold": hold},
                 asyncio.run)
