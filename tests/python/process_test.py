# SPDX-License-Identifier: Apache-2.0
"""Forks, the end of the interpreter, signals: each in a process of its own."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest
from support import TOKEN, run_program

BEGIN = """
import asyncio, os, sys, pintle
url, token = sys.argv[1], pintle.Secret.from_file(sys.argv[2])
"""


def program(home, text, **more):
    return run_program(BEGIN + textwrap.dedent(text), home.url, home.token_file, **more)


@pytest.mark.parametrize("end", ["pass", "sys.exit(0)", "raise SystemExit(0)"])
def test_an_interpreter_ends_with_everything_open(home, end):
    home.fault(kind="delay", path="/api/sessions", value=60_000, count=-1)
    began = time.monotonic()
    program(home, f"""
        import logging
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
        host = pintle.Host(pintle.HostOptions(log="trace"))
        connection = pintle.sync.open(url, pintle.Secret.from_callback(
            lambda key: open(sys.argv[2]).read().strip()), host=host)
        live = connection.live()
        broker = connection.start_broker()
        live.ready(5)
        dialling = pintle.sync.open("http://192.0.2.1", token, host=host).live()
        async def main():
            global task, other
            other = await pintle.connect(url, token)
            await other.ready()
            task = asyncio.ensure_future(other.connection.call("GET", "/api/sessions"))
            diagnosis = asyncio.ensure_future(pintle.diagnose(url, token, host=host))
            await asyncio.sleep(0.1)
        asyncio.run(main())
        import threading
        threading.Thread(target=lambda: live.rpc("echo", {{"delay_ms": 60000}}),
                         daemon=True).start()
        {end}
        """)
    assert time.monotonic() - began < 30


def test_a_child_of_a_fork_is_told_and_ends_cleanly(home):
    out, _ = program(home, """
        import gc, warnings
        live = pintle.sync.connect(url, token)
        live.ready(5)
        connection = pintle.sync.open(url, token)
        child = os.fork()
        if child == 0:
            for use in (lambda: live.rpc("echo"), lambda: connection.call("GET", "/"),
                        lambda: pintle.sync.connect(url, token), lambda: live.state,
                        lambda: asyncio.run(pintle.open(url, token).probe()), pintle.Host,
                        pintle.default_host):
                try:
                    print("child:", use(), flush=True)
                except RuntimeError as error:
                    assert "spawn" in str(error), error
            del live, connection
            gc.collect()
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        print(live.rpc("echo", {"n": 1}), connection.call("GET", "/api/sessions").status)
        live.close()
        connection.close()
        """)
    assert out.splitlines() == ["child: closed", "{'n': 1} 200"]


def test_a_fork_before_the_first_use_is_fine(home):
    out, _ = program(home, """
        import multiprocessing
        def work():
            with pintle.sync.connect(url, token) as live:
                print(live.rpc("echo", {"n": 1}), flush=True)
        child = multiprocessing.get_context("fork").Process(target=work)
        child.start()
        child.join(10)
        assert child.exitcode == 0, child.exitcode
        work()
        """)
    assert out.splitlines() == ["{'n': 1}"] * 2


def test_a_child_of_multiprocessing_after_use_ends(home):
    program(home, """
        import multiprocessing
        live = pintle.sync.connect(url, token)
        live.ready(5)
        def work():
            try:
                live.rpc("echo")
            except RuntimeError:
                os._exit(3)
        child = multiprocessing.get_context("fork").Process(target=work)
        child.start()
        child.join(10)
        assert child.exitcode == 3, child.exitcode
        live.close()
        """)


def test_a_signal_during_a_wait_is_handled(home):
    out, _ = program(home, """
        import signal
        async def main():
            loop = asyncio.get_running_loop()
            async with pintle.connect(url, token) as live:
                await live.ready()
                loop.add_signal_handler(signal.SIGUSR1, print, "signal")
                loop.call_later(0.1, os.kill, os.getpid(), signal.SIGUSR1)
                print(await live.rpc("echo", {"delay_ms": 300}))
        asyncio.run(main())
        """)
    assert out.splitlines() == ["signal", "{'delay_ms': 300}"]


def test_ctrl_c_ends_asyncio_run(home):
    text = BEGIN + textwrap.dedent("""
        async def main():
            async with pintle.connect(url, token) as live:
                await live.ready()
                print("waits", flush=True)
                async for event in live:
                    pass
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            print("interrupted")
        """)
    process = subprocess.Popen([sys.executable, "-X", "dev", "-c", text, home.url,
                                str(home.token_file)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "waits\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "interrupted\n"), err
    assert "Warning" not in err


def test_the_library_says_why_it_cannot_be_loaded(home):
    _, err = run_program("import pintle", code=1, env={"PINTLE_LIBRARY": "/nowhere.so",
                                                       "PYTHONPATH": ":".join(sys.path)})
    assert "ImportError: cannot load /nowhere.so" in err and TOKEN not in err


def test_garbage_is_destroyed_whatever_thread_finds_it(home):
    """The log hook runs on the I/O thread, and makes objects, so the collector runs there too."""
    program(home, """
        import gc, logging, threading, warnings
        warnings.simplefilter("ignore", ResourceWarning)
        host = pintle.Host(pintle.HostOptions(log="trace", forget_sessions=True))
        gc.set_threshold(5)
        async def main():
            for _ in range(60):
                live = await pintle.connect(url, token, host=host)
                await live.rpc("echo", {"n": 1})
                live.itself = live
                connection = pintle.open(url, token, host=host)
                await connection.call("GET", "/api/sessions")
                connection.itself = connection
                broker = connection.start_broker()
                broker.itself = broker
            del live, connection, broker
            gc.collect()
            for _ in range(200):
                await asyncio.sleep(0.02)
                if len(os.listdir("/proc/self/fd")) < 40:
                    break
            else:
                raise AssertionError(os.listdir("/proc/self/fd"))
        asyncio.run(main())
        """)


def test_a_flood_of_log_records_does_not_hold_the_io_thread(home):
    program(home, """
        import logging, time
        class Slow(logging.Handler):
            def emit(self, record):
                time.sleep(0.05)
        logging.getLogger("pintle").addHandler(Slow())
        logging.getLogger("pintle").setLevel(1)
        host = pintle.Host(pintle.HostOptions(log="trace", forget_sessions=True))
        async def main():
            async with pintle.connect(url, token, host=host) as live:
                begin = time.monotonic()
                for n in range(300):
                    await live.connection.call("GET", "/api/sessions")
                assert time.monotonic() - begin < 5
        asyncio.run(main())
        """)


@pytest.mark.parametrize("stuck", ["secret", "store"])
def test_a_callback_that_never_returns_does_not_hold_the_end(home, stuck):
    began = time.monotonic()
    program(home, f"""
        import time
        class Store:
            def load(self, key):
                {"time.sleep(60)" if stuck == "store" else "return None"}
            def save(self, key, session):
                pass
            def erase(self, key):
                pass
        def read(key):
            {"time.sleep(60)" if stuck == "secret" else 'return "a-token-of-the-tests-0123456789"'}
        async def main():
            global kept
            host = pintle.Host(pintle.HostOptions(session_store=Store(), bundled_only=True))
            connection = pintle.open(url, pintle.Secret.from_callback(read), host=host)
            asyncio.ensure_future(connection.call("GET", "/api/sessions"))
            asyncio.ensure_future(connection.status())
            kept = host, connection, connection.live()
            await asyncio.sleep(0.3)
        asyncio.run(main())
        """)
    assert time.monotonic() - began < 30


def test_a_callback_that_never_returns_does_not_hold_a_cancel(home):
    program(home, """
        import time
        def read(key):
            time.sleep(60)
        async def main():
            async with pintle.open(url, pintle.Secret.from_callback(read)) as connection:
                call = asyncio.ensure_future(connection.call("GET", "/api/sessions"))
                await asyncio.sleep(0.3)
                call.cancel()
                from pintle import _operations
                for _ in range(100):
                    if not _operations._completions()._futures:
                        return
                    await asyncio.sleep(0.02)
                raise AssertionError("it goes on")
        asyncio.run(main())
        """)
