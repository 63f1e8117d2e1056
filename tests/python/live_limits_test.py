# SPDX-License-Identifier: Apache-2.0
"""Much at once: events that wait, large messages, many connections."""

import asyncio
import time

import pintle
import pytest
from live_test import wait_for_kind
from support import in_loop, threads


@in_loop
async def test_a_cancelled_taker_loses_no_event(home, token):
    async with pintle.connect(home.url, token) as live:
        await wait_for_kind(live, pintle.Ready)
        await live.rpc("emit", {"count": 200, "delay_ms": 1})
        got = 0
        while got < 200:
            taker = asyncio.ensure_future(live.__anext__())
            await asyncio.sleep(0.002)
            taker.cancel()
            try:
                got += isinstance(await taker, pintle.Event)
            except asyncio.CancelledError:
                while live._inbox._events:
                    got += isinstance(await live.__anext__(), pintle.Event)
        assert got == 200


@in_loop
async def test_a_slow_app_pauses_reading(home, token):
    options = pintle.LiveOptions(max_events=8, max_receive_queue_bytes=100_000)
    async with pintle.connect(home.url, token, live=options) as live:
        assert await live.rpc("emit", {"count": 300, "size": 10_000}) == {"count": 300}
        await asyncio.sleep(0.3)
        assert len(live._inbox._events) < 80 and not live._inbox._is_watched
        assert live.connection.counters().receive_queue_peak_bytes < 1_000_000
        got = 0
        async for event in live:
            got += isinstance(event, pintle.Event)
            if got == 300:
                break
        # Behind more events than may wait, an answer still comes, and none is lost.
        assert await live.rpc("emit", {"count": 40}) == {"count": 40}
        await asyncio.sleep(0.1)
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}
        for _ in range(40):
            assert isinstance(await live.__anext__(), pintle.Event)


@in_loop
async def test_who_only_asks_need_not_take_events(home, token):
    options = pintle.LiveOptions(receive_events=False, max_events=4)
    async with pintle.connect(home.url, token, live=options) as live:
        for _ in range(20):
            await live.rpc("emit", {"count": 100})
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}
        assert len(live._inbox._events) <= 4


@in_loop
async def test_huge_messages_go_both_ways(home, token):
    async with pintle.connect(home.url, token) as live:
        text = "ä" * 1_000_000
        assert (await live.rpc("echo", {"text": text}))["text"] == text
        await live.rpc("emit", {"size": 20_000_000})
        assert len((await wait_for_kind(live, pintle.Event)).payload["data"]) == 20_000_000
    small = pintle.LiveOptions(max_message_bytes=1000, max_send_queue_bytes=100_000)
    async with pintle.connect(home.url, token, live=small) as live:
        await live.ready()
        with pytest.raises(pintle.Error) as caught:
            await live.rpc("echo", {"text": "x" * 200_000})
        assert caught.value.layer == "websocket"
        with pytest.raises(pintle.Error):
            await live.rpc("echo", {"text": "x" * 2000})


@in_loop
async def test_many_connections_have_one_io_thread(home, token):
    async with pintle.open(home.url, token) as connection:
        before = time.process_time()
        lives = [connection.live() for _ in range(200)]
        await asyncio.gather(*(live.ready() for live in lives))
        answers = await asyncio.gather(*(live.rpc("echo", {"n": 1}) for live in lives))
        assert len(answers) == 200
        assert threads() < 40  # the dials have some for a while
        assert time.process_time() - before < 20
        await asyncio.gather(*(live.close() for live in lives))


@in_loop
async def test_an_answer_behind_events_that_nobody_takes_is_told(home, token):
    options = pintle.LiveOptions(max_events=5)
    async with pintle.connect(home.url, token, live=options) as live:
        live._inbox._hard_max_events = 50
        await live.rpc("emit", {"count": 200})
        for _ in range(2):
            with pytest.raises(pintle.Error, match="nobody takes") as caught:
                await live.rpc("echo", {"n": 1})
            assert caught.value.outcome_unknown and len(live._inbox._events) < 60
        while len([event async for event in _some(live, 40)]) == 40:
            if live._inbox._is_watched and not live._inbox._events:
                break
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}


async def _some(live, count):
    for _ in range(count):
        try:
            yield await asyncio.wait_for(live.__anext__(), 0.3)
        except asyncio.TimeoutError:
            return
