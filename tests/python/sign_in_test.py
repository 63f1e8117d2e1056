# SPDX-License-Identifier: Apache-2.0
import asyncio
import threading
import time

import pintle
import pytest
from support import in_loop


class Ui:
    """Types what it is told to."""

    def __init__(self, **answers):
        self.answers = answers
        self.questions = []
        self.thread = None

    def show_message(self, message):
        self.thread = threading.current_thread()

    async def ask(self, question):
        self.questions.append(question)
        self.thread = threading.current_thread()
        await asyncio.sleep(0)
        return self.answers.get(question.key)

    def read_pasted(self, why):
        return None

    def open_browser(self, url):
        return False


@pytest.fixture
def forgetful():
    """A host that keeps sessions in memory, so that no test is signed in by another."""
    host = pintle.Host(pintle.HostOptions(forget_sessions=True, bundled_only=True))
    yield host
    host.close()


@in_loop
async def test_a_user_signs_in_and_out_in_the_loop(gated, forgetful):
    ui = Ui(username="ada", password="practice")
    async with pintle.open(gated.url, host=forgetful) as connection:
        with pytest.raises(pintle.SignInRequired):
            await connection.call("GET", "/api/sessions")
        facts = await connection.sign_in(ui, method="password")
        assert facts["signed_in"] is True and facts["facts"]["user"]
        assert [(question.key, question.is_secret) for question in ui.questions] == [
            ("username", False), ("password", True)]
        assert ui.thread is threading.current_thread()
        assert (await connection.call("GET", "/api/sessions")).ok
        url = await connection.ws_url()
        assert url.single_use and "ticket" in url and "ticket" not in repr(url)
        await connection.sign_out()
        assert (await connection.status())["credential"] is False


@in_loop
async def test_what_is_given_is_not_asked_for(gated, forgetful):
    ui = Ui(password="practice")
    async with pintle.open(gated.url, host=forgetful) as connection:
        await connection.sign_in(ui, method="password", given={"username": "ada"})
        assert [question.key for question in ui.questions] == ["password"]


@in_loop
async def test_who_declines_is_not_signed_in(gated, forgetful):
    async with pintle.open(gated.url, host=forgetful) as connection:
        for ui in (Ui(), None, object()):
            with pytest.raises(pintle.Error) as caught:
                await connection.sign_in(ui, method="password")
            assert caught.value.needs_user_action
        with pytest.raises(pintle.Error) as caught:
            await connection.sign_in(Ui(username="ada", password="a-wrong-password"),
                                     method="password")
        assert caught.value.layer == "gate" and "a-wrong-password" not in str(caught.value)
        with pytest.raises(pintle.ConfigError):
            await connection.sign_in(Ui(), method="no such method")
        for named in ({"method": 7}, {"given": {"a": 1}}, {"user_timeout": "x"}):
            with pytest.raises(TypeError):
                await connection.sign_in(Ui(), **named)


@in_loop
async def test_what_a_method_raises_comes_out(gated, forgetful):
    class Broken(Ui):
        async def ask(self, question):
            raise ZeroDivisionError("of the app")

    class Late(Ui):
        async def ask(self, question):
            raise asyncio.TimeoutError("of the app")

    class Odd(Ui):
        def ask(self, question):
            return 7
    async with pintle.open(gated.url, host=forgetful) as connection:
        for ui, kind in ((Broken(), ZeroDivisionError), (Late(), asyncio.TimeoutError),
                         (Odd(), TypeError)):
            with pytest.raises(kind):
                await connection.sign_in(ui, method="password")


@in_loop
async def test_a_sign_in_is_cancelled_while_the_user_is_asked(gated, forgetful):
    asked, ended = asyncio.Event(), asyncio.Event()

    class Slow(Ui):
        async def ask(self, question):
            asked.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()
    async with pintle.open(gated.url, host=forgetful) as connection:
        task = asyncio.ensure_future(connection.sign_in(Slow(), method="password"))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 5)
        with pytest.raises(pintle.Error):  # the user's time is over
            await connection.sign_in(Slow(), method="password", user_timeout=0.2)
        await connection.sign_in(Ui(username="ada", password="practice"), method="password")


def test_a_blocking_ui_is_asked_on_the_thread_that_waits(gated, forgetful):
    class Blocking:
        def ask(self, question):
            self.thread = threading.current_thread()
            time.sleep(0.01)
            return {"username": "ada", "password": "practice"}[question.key]

    class Broken:
        def ask(self, question):
            raise ZeroDivisionError

    class Interrupted:
        def ask(self, question):
            raise KeyboardInterrupt
    with pintle.sync.open(gated.url, host=forgetful) as connection:
        with pytest.raises(ZeroDivisionError):
            connection.sign_in(Broken(), method="password")
        with pytest.raises(KeyboardInterrupt):
            connection.sign_in(Interrupted(), method="password")
        ui = Blocking()
        assert connection.sign_in(ui, method="password")["signed_in"]
        assert ui.thread is threading.current_thread()
        assert connection.sign_out()["signed_out"].rstrip("/") == gated.url


class Store:
    def __init__(self):
        self.sessions = {}
        self.fail = self.fail_erase = None
        self.held = 0

    def load(self, key):
        if self.fail:
            raise self.fail
        return self.sessions.get(key)

    def save(self, key, session):
        if self.fail:
            raise self.fail
        self.sessions[key] = session

    def erase(self, key):
        if self.fail_erase:
            raise self.fail_erase
        self.sessions.pop(key, None)

    def where(self, key):
        return "the tests"

    def lock(self, key, timeout):
        self.held += 1
        return self

    def unlock(self, lock):
        assert lock is self
        self.held -= 1


def test_a_store_of_the_apps_own_has_the_session(gated):
    async def main(host, store):
        async with pintle.open(gated.url, host=host) as connection:
            facts = await connection.sign_in(Ui(username="ada", password="practice"),
                                             method="password")
            assert facts["kept_in"] == "the tests"
        assert [key.url for key in store.sessions] == [gated.url]
        assert all(isinstance(session, bytes) for session in store.sessions.values())
        async with pintle.open(gated.url, host=host) as connection:
            assert (await connection.call("GET", "/api/sessions")).ok
            await connection.sign_out()
        assert not store.sessions
        for failure, shown in ((RuntimeError("the password of it is hunter2"), "RuntimeError"),
                               (pintle.Error("the store is away"), "the store is away")):
            async with pintle.open(gated.url, host=host) as connection:
                store.fail = failure
                facts = await connection.sign_in(Ui(username="ada", password="practice"),
                                                 method="password")
                assert shown in facts["store_trouble"] and "hunter2" not in str(facts)
                assert (await connection.call("GET", "/api/sessions")).ok  # from memory
                store.fail_erase = failure
                with pytest.raises(pintle.StoreError, match=shown) as caught:
                    await connection.sign_out()
                assert "hunter2" not in str(caught.value)
                store.fail = store.fail_erase = None
        store.fail = None
        assert store.held == 0
    from pintle import _registry
    before = len(_registry._objects)
    store = Store()
    with pintle.Host(pintle.HostOptions(session_store=store, bundled_only=True)) as host:
        asyncio.run(main(host, store))
    for _ in range(100):
        if len(_registry._objects) == before:
            break
        time.sleep(0.02)
    assert len(_registry._objects) == before
    with pytest.raises(TypeError):
        pintle.Host(pintle.HostOptions(session_store=object()))


def test_host_options_are_checked():
    for options in ({"cage": "no"}, {"log": "loud"}):
        with pytest.raises(ValueError):
            pintle.Host(pintle.HostOptions(**options))
    for options in ({"plugin_folders": "one"}, {"session_folder": 7}, {"log": 1.5},
                    {"pins": {"token": 7}}):
        with pytest.raises(TypeError):
            pintle.Host(pintle.HostOptions(**options))
    with pytest.raises(pintle.ConfigError):
        pintle.Host(pintle.HostOptions(pins={"token": "md5:0"}))


@in_loop
async def test_schemes_that_are_not_allowed_are_not_used(home, token):
    host = pintle.Host(pintle.HostOptions(allowed_schemes=["oauth"], forget_sessions=True))
    async with pintle.open(home.url, token, host=host) as connection:
        with pytest.raises(pintle.Error) as caught:
            await connection.choose()
        assert caught.value.layer in ("plugin", "config")
    host.close()
