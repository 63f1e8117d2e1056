# SPDX-License-Identifier: Apache-2.0
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pintle
import pytest


def test_the_same_without_await(home, token):
    with pintle.sync.open(home.url, token) as connection:
        assert connection.probe()["auth_required"] is False
        assert connection.choose()["scheme"] == "token"
        assert connection.status()["credential"] is True
        assert connection.call("GET", "/api/sessions").ok
        assert connection.counters().connects > 0
        with connection.live() as live, pytest.raises(AttributeError):
            live.connection
    with pintle.sync.connect(home.url, token) as live:
        live.ready(5)
        assert live.rpc("echo", {"n": 1}) == {"n": 1}
        assert live.rpc_json("echo", '{"n":1}') == b'{"n":1}'
        live.rpc("emit", {"count": 2})
        kinds = [type(event).__name__ for _, event in zip(range(5), live)]
        assert kinds == ["Connecting", "Connecting", "Ready", "Event", "Event"]
        with pytest.raises(TimeoutError):
            live.next(0.05)
        with pytest.raises(TypeError):
            live.rpc(7)
        live.retry_now()
        assert live.connection.call("GET", "/api/sessions").ok and live.unsent_bytes == 0
    assert live.state == "closed" and list(live) == []
    with pytest.raises(pintle.Closed):
        live.rpc("echo")
    assert pintle.sync.diagnose(home.url, token).first_failed is None


def test_many_threads_use_one_live_connection(home, token):
    failures = []
    with pintle.sync.connect(home.url, token) as live:
        def work(number):
            try:
                for n in range(50):
                    assert live.rpc("echo", {"n": n, "t": number}) == {"n": n, "t": number}
            except BaseException as error:
                failures.append(error)
        workers = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
    assert not failures


def test_a_callback_must_not_wait_for_its_own_loop(home, token):
    raised = []

    def on_step(step):
        try:
            pintle.sync.diagnose(home.url, token)
        except RuntimeError as error:
            raised.append(error)
    pintle.sync.diagnose(home.url, token, on_step=on_step)
    assert raised


def test_ctrl_c_ends_each_call_that_waits(home):
    """In a process of its own, so that the signal is not pytest's."""
    home.fault(kind="delay", path="/api/", value=60_000, count=-1)
    program = textwrap.dedent("""
        import sys, pintle
        url, token = sys.argv[1], pintle.Secret.from_file(sys.argv[2])
        connection = pintle.sync.open(url, token)
        live = pintle.sync.connect(url, token)
        waits = [lambda: connection.call("GET", "/api/sessions"), connection.probe,
                 lambda: live.rpc("echo", {"delay_ms": 60000}), lambda: [live.next() for _ in range(99)],
                 lambda: pintle.sync.diagnose(url, token), lambda: live.ready()]
        for wait in waits:
            print("waits", flush=True)
            try:
                wait()
                print("returned", flush=True)
            except KeyboardInterrupt:
                pass
        live.close()
        connection.close()
        print("over", flush=True)
        """)
    process = subprocess.Popen([sys.executable, "-X", "dev", "-c", program, home.url,
                                str(home.token_file)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    began = time.monotonic()
    said = []
    for line in process.stdout:
        said.append(line.strip())
        if line.strip() == "waits":
            time.sleep(0.15)
            process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0, process.stderr.read()
    assert said == ["waits"] * 6 + ["over"], process.stderr.read()
    assert time.monotonic() - began < 60
