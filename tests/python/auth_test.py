# SPDX-License-Identifier: Apache-2.0
"""Programs that keep their own HTTP client."""

import asyncio
import gc
import http.server
import socket
import threading
import time
from urllib.parse import urlsplit

import pintle
import pytest
from support import TOKEN, gateway, in_loop

httpx = pytest.importorskip("httpx")
requests = pytest.importorskip("requests")


@pytest.fixture
def elsewhere():
    """Another server, which remembers the headers that it was sent."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass
    seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def test_requests_and_httpx_are_signed_in(home, token):
    with pintle.sync.open(home.url, token) as connection:
        auth = pintle.Auth(connection)
        assert "sessions" in requests.get(home.url + "/api/sessions", auth=auth).json()
        assert "sessions" in httpx.get(home.url + "/api/sessions", auth=auth).json()
        with requests.Session() as session, httpx.Client(auth=auth, base_url=home.url) as client:
            session.auth = auth
            for _ in range(3):
                assert session.get(home.url + "/api/sessions?limit=1").ok
                assert client.get("/api/sessions", params={"limit": 1}).is_success
            assert session.post(home.url + "/api/none", json={"a": 1}).status_code == 404
            assert client.post("/api/none", json={"a": 1}).status_code == 404
        assert TOKEN not in repr(auth) and auth._broker.token not in repr(auth)
        auth.close()


@in_loop
async def test_an_asynchronous_client_is_signed_in(home, token):
    async with pintle.open(home.url, token) as connection:
        async with httpx.AsyncClient(auth=await connection.auth()) as client:
            responses = await asyncio.gather(*(client.get(home.url + "/api/sessions")
                                               for _ in range(10)))
        assert all(response.is_success for response in responses)


def test_what_was_renewed_is_used(gated):
    from sign_in_test import Ui
    host = pintle.Host(pintle.HostOptions(forget_sessions=True, bundled_only=True))
    connection = pintle.open(gated.url, host=host)
    asyncio.run(connection.sign_in(Ui(username="ada", password="practice"), method="password"))
    auth = pintle.Auth(connection)
    assert httpx.get(gated.url + "/api/sessions", auth=auth).is_success
    gated.post("expire-access")  # a 401, a renewal, and the request once more
    assert httpx.get(gated.url + "/api/sessions", auth=auth).is_success
    assert connection.counters().refreshes == 1
    auth.close()
    host.close()


def test_another_origin_is_refused(home, token, elsewhere):
    url, seen = elsewhere
    with pintle.sync.open(home.url, token) as connection:
        auth = connection.auth()
        for get in (requests.get, httpx.get):
            with pytest.raises(pintle.ConfigError, match="is not for"):
                get(url + "/api/sessions", auth=auth)
            with pytest.raises(pintle.ConfigError):
                get(home.url.replace("127.0.0.1", "localhost") + "/api/sessions", auth=auth)
    assert not seen


def test_a_redirect_takes_no_credential_elsewhere(home, token, elsewhere):
    url, seen = elsewhere
    with pintle.sync.open(home.url, token) as connection:
        auth = connection.auth()
        for get in (requests.get, lambda *a, **k: httpx.get(*a, follow_redirects=True, **k)):
            home.fault(kind="redirect", path="/api/sessions", text=url + "/login")
            get(home.url + "/api/sessions", auth=auth)
        local = auth._broker.token
    assert len(seen) == 2
    for headers in seen:
        assert TOKEN not in str(headers) and local not in str(headers)
        assert "authorization" not in {name.lower() for name in headers}


def test_a_gateway_below_a_prefix(tmp_path, token):
    with gateway(tmp_path, "--gate", "none", "--prefix", "/hermes") as made:
        secret = pintle.Secret.from_file(made.facts["token_file"])
        with pintle.sync.open(made.url, secret) as connection:
            auth = connection.auth()
            assert httpx.get(made.url + "/api/sessions", auth=auth).is_success
            root = made.url.replace("/hermes", "")
            for path in ("/api/sessions", "/hermesx/api", "/hermes/../api/sessions"):
                with pytest.raises(pintle.ConfigError):
                    requests.get(root + path, auth=auth)


def test_a_proxy_of_the_environment_is_refused(home, token, monkeypatch):
    with pintle.sync.open(home.url, token,
                          options=pintle.ConnectionOptions(no_proxy=True)) as connection:
        auth = connection.auth()
        monkeypatch.setenv("http_proxy", "http://192.0.2.1:8080")
        with pytest.raises(pintle.ConfigError, match="proxy"):
            requests.get(home.url + "/api/sessions", auth=auth)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert requests.get(home.url + "/api/sessions", auth=auth).ok


def test_a_name_alone_has_no_url_yet(home, token):
    with pintle.sync.open(home.url, token) as connection:
        connection._inner._url = None
        with pytest.raises(pintle.ConfigError, match="by its name"):
            pintle.Auth(connection)
        assert requests.get(home.url + "/api/sessions", auth=connection.auth()).ok


def test_the_broker_of_an_auth_ends_with_it(home, token):
    """It outlives the connection; a sign-in that is needed is a response."""
    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(address) == 0
    for forgotten in (False, True):
        with pintle.sync.open(home.url, token) as connection:
            auth = connection.auth()
            assert requests.get(home.url + "/api/sessions", auth=auth).ok
            url = urlsplit(auth._broker.url)
            address = url.hostname, url.port
        assert requests.get(home.url + "/api/sessions", auth=auth).ok
        if not forgotten:
            auth.close()
        del auth
        gc.collect()
        until = time.monotonic() + 5
        while listens() and time.monotonic() < until:
            time.sleep(0.01)
        assert not listens()
    with pintle.sync.open(home.url, pintle.Secret.of("wrong-0123456789-0123456789")) as connection:
        auth = connection.auth()
        response = requests.get(home.url + "/api/sessions", auth=auth)
        assert response.status_code == 503 and response.json()["sign_in"] is True
        auth.close()


def test_the_local_token_is_in_no_repr_of_a_request(home, token):
    with pintle.sync.open(home.url, token) as connection:
        auth = connection.auth()
        made = requests.Request("GET", home.url + "/api/sessions", auth=auth).prepare()
        local = str(auth._broker.token)
        assert made.headers["Authorization"] == "Bearer " + local
        assert local not in repr(made.headers)
        auth.close()
