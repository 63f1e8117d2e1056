# SPDX-License-Identifier: Apache-2.0
"""Gateways that answer with what no gateway should, and programs that pass on what they should not."""

import asyncio
import contextlib
import copy
import dataclasses
import gc
import io
import json
import pickle
import threading
from http import HTTPStatus

import pintle
import pytest
from sign_in_test import Ui
from support import in_loop, run_program

STATUS = b'{"version":"0.16.0","gateway_running":true,"auth_required":false}'
GREETING = '{"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","payload":{}}}'


@contextlib.asynccontextmanager
async def answering(answer):
    """A gateway whose answer to a request is the text `answer(id, method)`."""
    websockets = pytest.importorskip("websockets")

    async def answer_http(path, headers):
        if "Upgrade" not in headers:
            code = HTTPStatus.OK if path.startswith("/api/status") else HTTPStatus.NOT_FOUND
            return code, [("Content-Type", "application/json")], STATUS

    async def serve(socket, *_):
        await socket.send(GREETING)
        async for text in socket:
            request = json.loads(text)
            await socket.send(answer(request["id"], request["method"]))
    async with websockets.serve(serve, "127.0.0.1", 0, process_request=answer_http) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@in_loop
async def test_answers_that_python_cannot_read_are_errors_and_hold_up_nobody(token):
    odd = {"deep": "[" * 1000 + "]" * 1000, "long": "9" * 5000}

    def answer(number, method):
        kind, what = method.split(".")
        if kind == "result":
            return f'{{"jsonrpc":"2.0","id":{number},"result":{odd[what]}}}'
        return (f'{{"jsonrpc":"2.0","id":{number},"error":{{"code":-1,"message":"no",'
                f'"data":{odd[what]}}}}}')
    async with answering(answer) as url, pintle.connect(url, token) as live:
        for what in odd:
            try:  # an older Python reads long numbers
                await asyncio.wait_for(live.rpc(f"result.{what}"), 5)
            except pintle.Error as error:
                assert error.layer == "protocol"
            else:
                assert what == "long"
            with pytest.raises(pintle.RpcError):
                await asyncio.wait_for(live.rpc(f"error.{what}"), 5)


def test_a_store_whose_error_cannot_be_encoded_has_failed_all_the_same(gated):
    class Store:
        def load(self, key):
            return None

        def save(self, key, session):
            raise pintle.StoreError("cannot write \udcff", hint="free \udcff")

        def erase(self, key):
            raise pintle.Error(7)

    async def main():
        async with pintle.open(gated.url, host=host) as connection:
            facts = await connection.sign_in(Ui(username="ada", password="practice"),
                                             method="password")
            assert "cannot write ?" in facts["store_trouble"]
            with pytest.raises(pintle.StoreError):
                await connection.sign_out()
    with pintle.Host(pintle.HostOptions(session_store=Store(), bundled_only=True)) as host:
        asyncio.run(main())


def test_a_ui_that_stops_iterating_ends_its_sign_in(gated):
    class Stopping(Ui):
        def ask(self, question):
            return next(iter(()))
    with pintle.Host(pintle.HostOptions(forget_sessions=True, bundled_only=True)) as host:
        connection = pintle.sync.open(gated.url, host=host)
        with pytest.raises(RuntimeError, match="StopIteration"):
            connection.sign_in(Stopping(), method="password", user_timeout=5)
        connection.close()


@in_loop
async def test_an_answer_that_cannot_be_encoded_is_an_error_that_does_not_hold_it(gated):
    async with pintle.open(gated.url) as connection:
        ui = Ui(username="ada", password="hunter2\udcff")
        with pytest.raises(ValueError) as caught:
            await connection.sign_in(ui, method="password")
        assert "hunter2" not in repr(caught.value)
    with pytest.raises(ValueError) as caught:
        pintle.open(gated.url, pintle.Secret.of("hunter2\udcff"))
    assert "hunter2" not in repr(caught.value) + repr(caught.value.__context__)


def test_the_debug_mode_of_asyncio_logs_no_password(gated, caplog):
    """It logs each step that takes long, with the results of tasks and futures."""
    answers = {"username": "ada", "password": "practice"}

    async def main(connection, ui):
        asyncio.get_running_loop().slow_callback_duration = 0
        await connection.sign_in(ui, method="password")
    from pintle import terminal
    caplog.set_level("DEBUG", "asyncio")
    for ui in (Ui(**answers), pintle.TerminalUi()):
        with pintle.Host(pintle.HostOptions(forget_sessions=True, bundled_only=True)) as host, \
                pytest.MonkeyPatch.context() as patch:
            patch.setattr(terminal, "ask", lambda question: answers[question.key])
            asyncio.run(main(pintle.open(gated.url, host=host), ui), debug=True)
    assert "Bridge._run" in caplog.text
    assert "'practice'" not in caplog.text


def test_options_with_a_secret_are_copied(token):
    options = pintle.ConnectionOptions(inputs={"token": token})
    assert copy.deepcopy(options).inputs["token"] is token
    assert "practice" not in str(dataclasses.asdict(options))
    with pytest.raises(TypeError):
        pickle.dumps(options)


@pytest.mark.parametrize("name, kind, use", [
    ("live_state", "live", lambda it: it.state),
    ("live_unsent_bytes", "live", lambda it: it.unsent_bytes),
    ("live_retry_now", "live", lambda it: it.retry_now()),
    ("broker_url", "broker", lambda it: it.url),
    ("broker_token", "broker", lambda it: it.token),
    ("broker_metrics", "broker", lambda it: it.metrics()),
    ("connection_counters", "connection", lambda it: it.counters()),
    ("connection_call_async", "connection", lambda it: it.call("GET", "/api/sessions")),
    ("broker_start", "connection", lambda it: it.start_broker()),
    ("live_start", "connection", lambda it: it.live()),
])
def test_what_another_thread_closes_is_destroyed_after_the_call(home, token, monkeypatch, name,
                                                                kind, use):
    """The library is called without the lock of Python: a close in that moment must not free what
    it works on."""
    from pintle._library import lib
    with pintle.sync.open(home.url, token) as connection:
        with connection.live() as live, connection.start_broker() as broker:
            handle = {"live": live, "broker": broker, "connection": connection}[kind]
            inner = handle._inner._handle
            called, kept = getattr(lib, name), []

            def closing(*arguments):
                closer = threading.Thread(target=inner.destroy)
                closer.start()
                closer.join()
                kept.append(inner._pointer)
                return called(*arguments) if inner._pointer else 0
            monkeypatch.setattr(lib, name, closing)
            with contextlib.suppress(AssertionError, pintle.Error):
                made = use(handle)
                if name.endswith("_start"):
                    getattr(made, "stop", getattr(made, "close", None))()
            monkeypatch.undo()
            assert kept[0] and not inner._pointer


def test_a_handler_that_exits_does_not_end_the_log(home):
    out, _ = run_program("""
        import logging, sys, time, pintle

        class Exiting(logging.Handler):
            def emit(self, record):
                seen.append(record)
                sys.exit(1)
        seen = []
        logging.getLogger("pintle").addHandler(Exiting())
        logging.getLogger("pintle").setLevel("DEBUG")
        host = pintle.Host(pintle.HostOptions(log="debug"))
        token = pintle.Secret.from_file(sys.argv[2])
        with pintle.sync.open(sys.argv[1], token, host=host) as connection:
            connection.call("GET", "/api/sessions")
            until = time.monotonic() + 5
            while len(seen) < 2 and time.monotonic() < until:
                time.sleep(0.01)
        print(len(seen) > 1)
        """, home.url, home.token_file)
    assert out.strip() == "True"


@in_loop
async def test_numbers_that_do_not_fit_and_odd_names_are_refused(home, token):
    async with pintle.open(home.url, token) as connection:
        for name in (None, 7, b"x"):
            with pytest.raises(TypeError):
                await connection.call("POST", "/api/sessions", headers=[(name, "x")], json=1)
        with pytest.raises(TypeError):
            pintle.Auth(connection, url=7)
        async with connection.live() as live:
            request = pintle.Request("m", b"", "1", 1)
            for code in (1 << 63, -(1 << 64)):
                with pytest.raises(ValueError):
                    await live.answer_error(request, code, "no")
            for generation in (-1, 1 << 64):
                with pytest.raises(ValueError):
                    await live.answer(request._replace(generation=generation), 1)
            with pytest.raises(TypeError):
                await live.ready("soon")


def test_what_has_a_handle_is_not_copied(home, token):
    """Each copy would free it."""
    with pintle.sync.open(home.url, token) as connection, connection.start_broker() as broker:
        with connection.live() as live, pintle.Host() as host:
            auth = pintle.Auth(connection)
            for one in (connection, connection._inner, broker, broker._inner, live, live._inner,
                        host, auth):
                for copied in (copy.deepcopy, pickle.dumps):
                    with pytest.raises(TypeError):
                        copied(one)
        gc.collect()
        assert broker.url and connection.call("GET", "/api/sessions").ok


def test_a_terminal_is_sent_no_control_characters(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("ada\n"))
    for ui in (pintle.TerminalUi(), pintle.sync.TerminalUi()):
        ui.show_message("Sign\xa0in\n\tto ä\u200c with b\x1b]0;\x07\x9b\u202ex.")
        assert capsys.readouterr() == ("", "Sign\xa0in\n\tto ä\u200c with b\ufffd]0;\ufffd\ufffd\ufffdx.\n")
    question = pintle.Question("username", "User\x1b[2J", False, False)
    assert pintle.sync.TerminalUi().ask(question) == "ada"
    assert capsys.readouterr().err == "User\ufffd[2J: "


@in_loop
async def test_another_loop_leaves_a_live_connection_alone(home, token):
    async def elsewhere():
        for use in (live.rpc("echo"), live.__anext__(), live.close(), live.__aexit__(None, None, None)):
            with pytest.raises(RuntimeError, match="event loop"):
                await use
    async with pintle.connect(home.url, token) as live:
        await live.ready(5)
        await asyncio.to_thread(lambda: asyncio.run(elsewhere()))
        assert await live.rpc("echo", {"n": 1}) == {"n": 1}
        with pytest.raises(ValueError):
            await live.connection.call("POST", "/api/sessions", json=float("nan"))
    with pytest.raises(pintle.Closed, match="this live connection is closed"):
        await live.rpc("echo")
