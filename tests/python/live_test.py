# SPDX-License-Identifier: Apache-2.0
import asyncio
import gc
import json
import warnings
from http import HTTPStatus

import pintle
import pytest
from support import descriptors, in_loop


async def wait_for_kind(live, kind):
    async for event in live:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"it ended without {kind.__name__}")


@in_loop
async def test_answers_and_events_come(home, token):
    async with pintle.connect(home.url, token) as live:
        assert await live.rpc("echo", {"text": "ä", "list": [1, None]}) == {"text": "ä",
                                                                           "list": [1, None]}
        assert await live.rpc("session.list") == {"sessions": []}
        session = (await live.rpc("session.create"))["session_id"]
        await live.rpc("emit", {"count": 3, "size": 10, "session_id": session, "type": "a.b"})
        ready = await wait_for_kind(live, pintle.Ready)
        assert ready.generation == 1 and "skin" in ready.greeting and live.state == "ready"
        events = [await wait_for_kind(live, pintle.Event) for _ in range(3)]
        assert [event.seq for event in events] == [1, 2, 3]
        assert events[0].type == "a.b" and events[0].session_id == session
        assert events[0].payload == {"data": "x" * 10}
        assert (await live.connection.call("GET", "/api/sessions")).ok
    assert live.state == "closed" and "closed" in repr(live)
    with pytest.raises(pintle.Closed):
        await live.rpc("echo")


@in_loop
async def test_many_requests_at_once_get_their_own_answers(home, token):
    async with pintle.connect(home.url, token) as live:
        answers = await asyncio.gather(*(live.rpc("echo", {"n": n}) for n in range(500)))
        assert [answer["n"] for answer in answers] == list(range(500))


@in_loop
async def test_an_error_of_the_gateway_is_an_rpc_error(home, token):
    async with pintle.connect(home.url, token) as live:
        with pytest.raises(pintle.RpcError, match="unknown method") as caught:
            await live.rpc("no.such")
        assert caught.value.code == -32601 and not caught.value.outcome_unknown
        with pytest.raises(pintle.ConfigError):
            await live.rpc_json("echo", "{broken")
        for arguments in ((7,), ("echo", {1, 2}), ("echo", object())):
            with pytest.raises(TypeError):
                await live.rpc(*arguments)
        with pytest.raises(TypeError):
            await live.rpc("echo", timeout="1")
        with pytest.raises(ValueError):
            await live.rpc("echo", timeout=-1)
        for message in (7, None, ["a"]):
            with pytest.raises(TypeError):
                await live.send(message)
        with pytest.raises(TypeError):
            await live.answer("no request", 1)
        with pytest.raises(TypeError):
            await live.close("1000")
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}


@in_loop
async def test_a_gateway_that_goes_in_mid_rpc_leaves_the_outcome_unknown(home, token):
    async with pintle.connect(home.url, token) as live:
        await live.ready()
        waiting = [asyncio.ensure_future(live.rpc("echo", {"delay_ms": 60_000}))
                   for _ in range(3)]
        await asyncio.sleep(0.1)
        await asyncio.to_thread(home.post, "drop-connections")
        for error in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(error, pintle.Error) and error.outcome_unknown
        lost = await wait_for_kind(live, pintle.Waiting)
        assert lost.error.layer in ("tcp", "websocket") and lost.delay >= 0
        assert (await wait_for_kind(live, pintle.Ready)).generation == 2
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}
        assert live.connection.counters().losses["broken"] == 1


@in_loop
async def test_a_timeout_and_a_cancel_end_an_rpc(home, token):
    async with pintle.connect(home.url, token) as live:
        await live.ready()
        with pytest.raises(pintle.Error) as caught:
            await live.rpc("echo", {"delay_ms": 60_000}, timeout=0.1)
        assert caught.value.outcome_unknown
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(live.rpc("echo", {"delay_ms": 60_000}), 0.1)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(wait_for_kind(live, pintle.Ended), 0.1)
        assert not live._inbox._answers and not live._inbox._takers
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}


@in_loop
async def test_raw_messages_and_pieces(home, token):
    for content, kind in (("messages", pintle.Message), ("pieces", pintle.Piece)):
        options = pintle.LiveOptions(content=content)
        async with pintle.connect(home.url, token, live=options) as live:
            greeting = await wait_for_kind(live, kind)
            assert greeting.is_text and b"gateway.ready" in greeting.data
            await live.send('{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":1}}')
            assert b'"a":1' in (await wait_for_kind(live, kind)).data
            await live.send(memoryview(b"\x00\xff"))
            assert live.unsent_bytes >= 0


@in_loop
async def test_a_wrong_token_needs_a_sign_in_and_stays(home):
    wrong = pintle.Secret.of("a-wrong-token-that-is-secret-0123456789")
    async with pintle.connect(home.url, wrong) as live:
        event = await wait_for_kind(live, pintle.NeedsSignIn)
        assert event.error.needs_sign_in and "a-wrong-token" not in repr(event)
        with pytest.raises(pintle.SignInRequired):
            await live.ready()
        with pytest.raises(pintle.SignInRequired):
            await live.rpc("echo")
        assert live.state == "needs-sign-in"
        live.retry_now()


@in_loop
async def test_without_reconnect_it_ends(home, token):
    options = pintle.LiveOptions(reconnect=False)
    async with pintle.connect(home.url, token, live=options) as live:
        await live.ready()
        with pytest.raises(pintle.Error):
            await live.rpc("close", {"code": 4000})
        ended = await wait_for_kind(live, pintle.Ended)
        assert ended.close_code == 4000
        with pytest.raises(StopAsyncIteration):
            await live.__anext__()
        with pytest.raises(pintle.Error):
            await live.ready()


@in_loop
async def test_close_ends_who_waits(home, token):
    live = await pintle.connect(home.url, token)
    await wait_for_kind(live, pintle.Ready)
    taking = asyncio.ensure_future(wait_for_kind(live, pintle.Event))
    asking = asyncio.ensure_future(live.rpc("echo", {"delay_ms": 60_000}))
    await asyncio.sleep(0.05)
    await live.close()
    await live.close()
    taken, asked = await asyncio.gather(taking, asking, return_exceptions=True)
    assert isinstance(taken, AssertionError)
    assert isinstance(asked, pintle.Error) and asked.outcome_unknown


@in_loop
async def test_a_cancel_ends_each_wait_cleanly(home, token):
    before = descriptors()
    for attempt in range(20):
        async def use():
            async with pintle.connect(home.url, token) as live:
                await live.ready()
                await live.rpc("echo", {"n": 1})
                async for _ in live:
                    pass
        task = asyncio.ensure_future(use())
        await asyncio.sleep(attempt / 1000)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.sleep(0.1)
    assert descriptors() <= before + 4


@in_loop
async def test_one_that_is_forgotten_is_told_of_and_ended(home, token):
    before = descriptors()
    live = await pintle.connect(home.url, token)
    await live.ready()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del live
        gc.collect()
    assert any(warning.category is ResourceWarning for warning in caught)
    for _ in range(100):
        if descriptors() <= before + 2:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("its descriptors are still open")


@in_loop
async def test_options_are_checked(home, token):
    async with pintle.open(home.url, token) as connection:
        for options in ({"content": "text"}, {"max_events": 0}, {"ready_timeout": -1}):
            with pytest.raises(ValueError):
                connection.live(pintle.LiveOptions(**options))
        for options in ({"path": 7}, {"query": {"a": 1}}, {"max_events": "8"}, {"heartbeat": "1"}):
            with pytest.raises(TypeError):
                connection.live(pintle.LiveOptions(**options))
        with pytest.raises(TypeError):
            connection.live({"content": "messages"})


def test_a_loop_that_is_closed_before_a_live_connection(home, token):
    async def begin():
        live = await pintle.connect(home.url, token)
        await live.ready()
        return live

    async def use(live):
        while True:
            await live.__anext__()
    live = asyncio.run(begin())
    with pytest.raises(RuntimeError, match="the event loop that made it"):
        asyncio.run(use(live))
    with pytest.warns(ResourceWarning):
        del live
        gc.collect()


@in_loop
async def test_a_broken_message_is_an_event_and_a_broken_frame_a_loss(home, token):
    async with pintle.connect(home.url, token) as live:
        await wait_for_kind(live, pintle.Ready)
        await asyncio.to_thread(home.fault, kind="ws_malformed")
        await live.send('{"jsonrpc":"2.0","id":77,"method":"emit","params":{"count":1}}')
        assert (await wait_for_kind(live, pintle.Malformed)).text
        await asyncio.to_thread(home.fault, kind="ws_bad_frame")
        with pytest.raises(pintle.Error):
            await live.rpc("echo", {"n": 1})
        assert (await wait_for_kind(live, pintle.Waiting)).error.layer in ("websocket", "protocol")
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}


@in_loop
async def test_requests_of_the_gateway_are_answered(token):
    """The practice gateway sends none, so this is a gateway of its own."""
    websockets = pytest.importorskip("websockets")
    answers = asyncio.Queue()
    status = b'{"version":"0.16.0","gateway_running":true,"auth_required":false}'

    async def answer_http(path, headers):
        if "Upgrade" not in headers:
            code = HTTPStatus.OK if path.startswith("/api/status") else HTTPStatus.NOT_FOUND
            return code, [("Content-Type", "application/json")], status

    async def serve(socket, *_):
        await socket.send('{"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready",'
                          '"payload":{}}}')
        await socket.send('{"jsonrpc":"2.0","id":"q-1","method":"approve","params":{"what":"rm"}}')
        await socket.send('{"jsonrpc":"2.0","id":2,"method":"refuse"}')
        await socket.send('{"jsonrpc":"2.0","method":"note","params":[1]}')
        async for text in socket:
            await answers.put(json.loads(text))
    async with websockets.serve(serve, "127.0.0.1", 0, process_request=answer_http) as server:
        port = server.sockets[0].getsockname()[1]
        async with pintle.connect(f"http://127.0.0.1:{port}", token) as live:
            request = await wait_for_kind(live, pintle.Request)
            assert (request.method, request.params) == ("approve", {"what": "rm"})
            await live.answer(request, {"yes": "ä"})
            assert await answers.get() == {"jsonrpc": "2.0", "id": "q-1", "result": {"yes": "ä"}}
            request = await wait_for_kind(live, pintle.Request)
            await live.answer_error(request, -32601, "not here")
            refused = await answers.get()
            assert refused["id"] == 2 and refused["error"]["code"] == -32601
            note = await wait_for_kind(live, pintle.Notification)
            assert (note.method, note.params) == ("note", [1])
            with pytest.raises(TypeError):
                await live.answer(request, object())
            with pytest.raises(pintle.Error) as caught:
                await live.answer(request._replace(generation=99), 1)
            assert caught.value.layer == "websocket"
