# SPDX-License-Identifier: Apache-2.0
import asyncio
import gc
import pickle
import time
import traceback

import pintle
import pytest
from support import TOKEN, descriptors, in_loop, threads


@in_loop
async def test_a_connection_asks_what_the_gateway_is_and_calls_it(home, token):
    async with pintle.open(home.url, token) as connection:
        assert (await connection.probe())["auth_required"] is False
        assert (await connection.choose())["scheme"] == "token"
        assert (await connection.status())["credential"] is True
        response = await connection.call("GET", "/api/sessions", headers={"X-Extra": "1"})
        assert response.ok and "sessions" in response.json()
        assert response.headers.get("content-type").startswith("application/json")
        assert connection.counters().responses_2xx > 0
        missing = await connection.call("POST", "/api/none", json={"a": 1})
        assert missing.status == 404


@in_loop
async def test_a_wrong_token_needs_a_sign_in_and_is_shown_nowhere(home):
    wrong = "a-wrong-token-that-is-secret-0123456789"
    async with pintle.open(home.url, pintle.Secret.of(wrong)) as connection:
        with pytest.raises(pintle.SignInRequired) as caught:
            await connection.call("GET", "/api/sessions")
    error = caught.value
    assert error.needs_sign_in and error.http_status == 401 and not error.outcome_unknown
    assert error.layer == "gate" and error.hint
    shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert wrong not in shown + repr(error) + str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.needs_sign_in) == (pintle.SignInRequired, str(error), True)


def test_no_secret_is_in_a_repr(home):
    for secret in (pintle.Secret.of(TOKEN), pintle.Secret.from_env(TOKEN),
                   pintle.Secret.from_command("echo " + TOKEN),
                   pintle.Secret.from_callback(lambda key: TOKEN)):
        assert TOKEN not in repr(secret) + str(secret)
        with pytest.raises(TypeError):
            pickle.dumps(secret)
    with pintle.sync.open(home.url, pintle.Secret.of(TOKEN)) as connection:
        url = connection.ws_url()
        assert TOKEN in str(url) and TOKEN not in repr(url) + repr([url]) and not url.single_use
        assert TOKEN not in repr(connection)
        with connection.start_broker() as broker:
            assert broker.token and broker.token not in repr(broker) + repr([broker.token])
    with pytest.raises(TypeError) as caught:
        pintle.Secret.of(TOKEN.encode())
    assert TOKEN not in str(caught.value)


@in_loop
async def test_a_secret_is_read_from_where_it_is(home, monkeypatch):
    monkeypatch.setenv("PRACTICE_TOKEN", TOKEN)
    asked = []

    def read(key):
        asked.append(key)
        return TOKEN
    for secret in (pintle.Secret.of(TOKEN), pintle.Secret.from_env("PRACTICE_TOKEN"),
                   pintle.Secret.from_command(f"cat {home.token_file}"),
                   pintle.Secret.from_callback(read)):
        async with pintle.open(home.url, secret) as connection:
            assert (await connection.call("GET", "/api/sessions")).ok
    assert asked and set(asked) == {"token"}


@in_loop
async def test_a_callback_that_raises_is_named_without_its_text(home):
    def read(key):
        raise RuntimeError("the vault says " + TOKEN)
    for broken in (read, lambda key: 7):
        async with pintle.open(home.url, pintle.Secret.from_callback(broken)) as connection:
            with pytest.raises(pintle.Error) as caught:
                await connection.call("GET", "/api/sessions")
            assert TOKEN not in str(caught.value)
            assert "RuntimeError" in str(caught.value) or "int" in str(caught.value)


@in_loop
async def test_what_is_of_a_wrong_type_is_a_type_error(home, token):
    for arguments in ((7,), (home.url, "a token"), (b"http://x",), (None,)):
        with pytest.raises(TypeError):
            pintle.open(*arguments)
    for options in ({"ca_file": 7}, {"inputs": {"token": "text"}}, {"allowed_origins": "one"},
                    {"request_timeout": "1"}, {"settings": {"a": 1}}, {"settings": {1: "a"}},
                    {"client_passphrase": "x"}, {"inputs": [("token", token)]}):
        with pytest.raises(TypeError):
            pintle.open(home.url, options=pintle.ConnectionOptions(**options))
    with pytest.raises(TypeError):
        pintle.open(home.url, options={"ca_file": "x"})
    with pytest.raises(ValueError):
        pintle.open(home.url, options=pintle.ConnectionOptions(request_timeout=-1))
    async with pintle.open(home.url, token) as connection:
        for arguments in ((1, "/"), ("GET", None, 3), ("GET", 1), (None, 7)):
            with pytest.raises(TypeError):
                await connection.call(*arguments)
        for named in ({"body": "text"}, {"body": 7}, {"headers": {"a": 1}}, {"json": {1, 2}},
                      {"body": b"", "json": 1}):
            with pytest.raises(TypeError):
                await connection.call("POST", "/api/sessions", **named)
        with pytest.raises(TypeError):
            await connection.ws_url(7)
        with pytest.raises(pintle.ConfigError):
            await connection.call("GET", "no path")


@in_loop
async def test_a_task_that_is_cancelled_cancels_its_call_and_leaks_nothing(home, token):
    async with pintle.open(home.url, token) as connection:
        await connection.call("GET", "/api/sessions")
        home.fault(kind="delay", value=60_000, count=-1)
        before = descriptors()
        began = time.monotonic()
        for work in (lambda: connection.call("GET", "/api/sessions"), connection.probe,
                     lambda: pintle.diagnose(home.url, token)):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(work(), 0.1)
        calls = [asyncio.ensure_future(connection.call("GET", "/api/sessions")) for _ in range(20)]
        await asyncio.sleep(0.05)
        for call in calls:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert time.monotonic() - began < 30
        from pintle import _operations
        completions = _operations._completions()
        while completions._futures:  # what was cancelled comes back, and is destroyed
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert descriptors() <= before + 2


@in_loop
async def test_a_connection_may_be_closed_while_it_is_used(home, token):
    connection = pintle.open(home.url, token)
    await connection.probe()
    home.fault(kind="delay", value=300, count=-1)
    waiting = [asyncio.ensure_future(work) for work in
               (connection.call("GET", "/api/sessions"), connection.status())]
    await asyncio.sleep(0.1)
    await connection.close()
    first, second = await asyncio.gather(*waiting)
    assert first.ok and second["credential"]
    await connection.close()
    for work in (connection.probe, connection.status, connection.auth):
        with pytest.raises(pintle.Closed):
            await work()
    assert "closed" in repr(connection)


@in_loop
async def test_a_large_body_goes_through(home, token):
    async with pintle.open(home.url, token) as connection:
        await connection.probe()
        home.fault(kind="huge_body", path="/api/sessions", value=8_000_000)
        assert len((await connection.call("GET", "/api/sessions")).body) == 8_000_000


@in_loop
async def test_an_unreachable_gateway_is_a_connect_error(token):
    async with pintle.open("http://127.0.0.1:9", token) as connection:
        with pytest.raises(pintle.ConnectError) as caught:
            await connection.probe()
        assert caught.value.layer == "tcp" and caught.value.can_retry


def test_two_loops_in_two_threads_share_a_host(home, token):
    import threading
    failures = []

    def work():
        async def main():
            async with pintle.open(home.url, token) as connection:
                for _ in range(20):
                    assert (await connection.call("GET", "/api/sessions")).ok
            async with pintle.connect(home.url, token) as live:
                for number in range(50):
                    assert await live.rpc("echo", {"n": number}) == {"n": number}
        try:
            asyncio.run(main())
        except BaseException as error:
            failures.append(error)
    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert not failures


def test_a_loop_that_is_closed_with_a_call_in_progress_ends(home, token):
    home.fault(kind="delay", path="/api/sessions", value=60_000, count=-1)
    connection = pintle.open(home.url, token)
    loop = asyncio.new_event_loop()

    async def begin():
        return asyncio.ensure_future(connection.call("GET", "/api/sessions"))
    task = loop.run_until_complete(begin())
    loop.run_until_complete(asyncio.sleep(0.05))
    task._log_destroy_pending = False
    loop.close()
    del task
    began = time.monotonic()
    asyncio.run(connection.close())
    home.fault()
    with pintle.sync.open(home.url, token) as other:
        assert other.call("GET", "/api/sessions").ok  # a new queue: the old one ends
    gc.collect()
    assert time.monotonic() - began < 30


def test_threads_do_not_grow(home, token):
    async def main():
        async with pintle.open(home.url, token) as connection:
            await asyncio.gather(*(connection.call("GET", "/api/sessions") for _ in range(10)))
    for _ in range(3):
        asyncio.run(main())
    before = threads()
    for _ in range(10):
        asyncio.run(main())
    assert threads() <= before + 2


def test_a_secret_that_is_no_text_is_not_shown(home):
    with pytest.raises(ValueError) as caught:
        pintle.open(home.url, pintle.Secret.of("secret-part-\ud800"))
    error = caught.value
    assert "secret-part" not in repr(error) and error.__cause__ is None
    assert error.__suppress_context__


@in_loop
async def test_more_calls_than_threads_wait_in_order(home, token):
    async with pintle.open(home.url, token) as connection:
        calls = [connection.call("GET", "/api/sessions") for _ in range(600)]
        assert all(response.ok for response in await asyncio.gather(*calls))


@in_loop
async def test_a_saved_connection_is_opened_by_its_name(home):
    import subprocess
    from support import PINTLE
    subprocess.run([PINTLE, "add", "home", home.url, "--token-file", str(home.token_file)],
                   check=True, stdout=subprocess.DEVNULL)
    try:
        async with pintle.connect("home") as live:
            assert await live.rpc("echo", {"n": 1}) == {"n": 1}
            auth = await live.connection.auth()
            assert home.url in repr(auth)
        with pytest.raises(pintle.ConfigError):
            pintle.open("no-such-name")
    finally:
        subprocess.run([PINTLE, "remove", "home"], check=True, stdout=subprocess.DEVNULL)


@in_loop
async def test_a_certificate_authority_of_its_own(tmp_path, token):
    from support import gateway
    with gateway(tmp_path, "--tls") as made:
        secret = pintle.Secret.from_file(tmp_path / "token")
        options = pintle.ConnectionOptions(ca_file=made.facts["ca_file"], request_timeout=5,
                                           connect_timeout=2.5)
        async with pintle.connect(made.url, secret, options=options) as live:
            assert await live.rpc("echo", {"n": 1}) == {"n": 1}
            assert (await live.connection.call("GET", "/api/sessions")).ok
        async with pintle.open(made.url, secret) as connection:
            with pytest.raises(pintle.ConnectError) as caught:
                await connection.probe()
            assert caught.value.layer == "tls"
