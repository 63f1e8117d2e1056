# SPDX-License-Identifier: Apache-2.0
"""What is beside a connection: other WebSocket clients, the doctor, the broker, the log."""

import asyncio
import json

import pintle
import pytest
from support import TOKEN, in_loop, run_program


@in_loop
async def test_websockets_dials_a_ticketed_url(home, token):
    websockets = pytest.importorskip("websockets")
    async with pintle.open(home.url, token) as connection:
        async with websockets.connect(await connection.ws_url()) as socket:
            assert json.loads(await socket.recv())["params"]["type"] == "gateway.ready"
            await socket.send('{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":1}}')
            assert json.loads(await socket.recv())["result"] == {"a": 1}


@in_loop
async def test_aiohttp_dials_a_ticketed_url(home, token):
    aiohttp = pytest.importorskip("aiohttp")
    async with pintle.open(home.url, token) as connection, aiohttp.ClientSession() as session:
        async with session.ws_connect(await connection.ws_url()) as socket:
            assert (await socket.receive_json())["params"]["type"] == "gateway.ready"


@in_loop
async def test_the_doctor_tells_each_step(home, token):
    told = []
    diagnosis = await pintle.diagnose(home.url, token, on_step=told.append)
    await asyncio.sleep(0)
    assert diagnosis.first_failed is None
    assert [step.id for step in diagnosis.steps] == [step.id for step in told]
    assert "pintle-test" in diagnosis.report("pintle-test 1.0")
    broken = await pintle.diagnose("http://127.0.0.1:9", token)
    assert broken.first_failed.id == "tcp" and broken.first_failed.failure.layer == "tcp"


@in_loop
async def test_a_broker_gives_the_gateway_to_others(home, token, tmp_path):
    async with pintle.open(home.url, token) as connection:
        async with connection.start_broker() as broker:
            async with pintle.open(broker.url, pintle.Secret.of(broker.token)) as other:
                assert (await other.call("GET", "/api/sessions")).ok
            broker.write_token(tmp_path / "token")
            assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
            assert "pintle_" in broker.metrics() and broker.url in repr(broker)
        with pytest.raises(pintle.Closed):
            broker.url
        path = f"unix:{tmp_path}/socket"
        async with connection.start_broker(pintle.BrokerOptions(listen=path)) as broker:
            assert broker.socket_path.endswith("/socket")


def test_records_go_to_logging_without_a_secret(home):
    out, err = run_program("""
        import asyncio, logging, sys, pintle
        logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(name)s %(message)s")
        async def main():
            host = pintle.Host(pintle.HostOptions(log="debug", forget_sessions=True))
            async with pintle.open(sys.argv[1], pintle.Secret.from_file(sys.argv[2]),
                                   host=host) as connection:
                await connection.call("GET", "/api/sessions")
            async with pintle.connect(sys.argv[1], pintle.Secret.from_file(sys.argv[2]),
                                      host=host) as live:
                await live.rpc("time")
            host.close()
        asyncio.run(main())
        """, home.url, home.token_file)
    assert "pintle.http exchange_finished" in out and "pintle.live state_changed" in out
    assert TOKEN not in out + err and "Warning" not in err


@in_loop
async def test_a_diagnosis_that_is_cancelled_leaves_nothing(home, token):
    home.fault(kind="delay", value=2000, count=-1)
    for _ in range(5):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(pintle.diagnose(home.url, token), 0.05)
    from pintle import _threads
    for _ in range(200):
        if not _threads._running:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("a thread goes on")
