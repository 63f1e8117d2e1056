#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signs in to a Solid server (https://solidproject.org/TR/oidc), in a browser or with a code. Each
refresh replaces the refresh token. The WebSocket's URL is a secret that the server makes."""
import json
import sys
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

SCHEME = {"id": "solid", "name": "Solid", "strength": 50, "score": 70, "profiles": ["solid"],
          "reason": "Solid signs in with OpenID Connect", "sends_secret": True, "rules": [],
          "settings": [{"key": "topic", "label": "Path to watch", "default": "", "secret": False}],
          "observed_statuses": [401]}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = {"scope": "openid webid offline_access", "prompt": "consent"}


class Failure(Exception):
    def __init__(self, layer, message, **more):
        super().__init__({"layer": layer, "message": message, **more})


def http(url, fields=None, kind="application/x-www-form-urlencoded", headers=()):
    """Needs an exchange; returns the status, the members of its JSON, and the whole answer."""
    body = json.dumps(fields) if "json" in kind else urlencode(fields or {})
    answer = yield {"need": "http", "http_method": "POST" if fields else "GET", "http_url": url,
                    "http_headers": [["Content-Type", kind], *headers], "http_body": body}
    status, text = answer["http_status"], answer.get("http_body", "")
    if status == 429 or status >= 500:
        raise Failure("provider", "the Solid server failed", http_status=status, retry=True)
    return status, json.loads(text) if text.startswith("{") else {}, answer


class Solid:
    def __init__(self, opening):
        self.base, self.topic = opening["base_url"] + "/", opening["settings"].get("topic")
        self.kept = json.loads(opening.get("session") or "{}")
        self.version, self.changed, self.steps = 1, False, None

    def decorate(self, _):
        if not self.kept:
            raise Failure("gate", "Solid requires a sign-in", sign_in=True)
        return {"headers": [["Authorization", "Bearer " + self.kept["access"]]],
                "valid_until_ms": self.kept["until_ms"], "credential": self.version}

    def observe(self, response):
        if response["credential"] == self.version:  # the host refreshes before it uses it again
            self.kept["until_ms"], self.changed = 1, True
        return {"retry_once": True}

    def ask_tokens(self, url, **fields):
        """Keeps the tokens, or returns an OAuth error."""
        status, answer, whole = yield from http(url, fields)
        if status in (400, 401):
            return answer["error"]
        claims = json.loads(b64decode(answer["access_token"].split(".")[1] + "==", "-_"))
        self.kept = {"access": answer["access_token"], "refresh": answer["refresh_token"],
                     "until_ms": whole["now_ms"] + int(answer["expires_in"]) * 1000,
                     "webid": claims["webid"], "url": url, "client": fields["client_id"]}
        self.version, self.changed = self.version + 1, True

    def sign_in(self, how):
        _, at, _ = yield from http("/.well-known/openid-configuration")
        way = self.by_code if how.get("sign_in_method") == "device" else self.by_browser
        grants = ["authorization_code", "refresh_token"] + [DEVICE] * (way == self.by_code)
        client = {"client_name": "Pintle", "application_type": "native", "grant_types": grants,
                  "redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "none"}
        _, made, answer = yield from http(at["registration_endpoint"], client, "application/json")
        if (yield from way(at, made["client_id"], answer["random"])):
            raise Failure("gate", "Solid refused the sign-in", sign_in=True)

    def by_browser(self, at, client, random):
        verifier, state = b64decode(random).hex(), sha256(random.encode()).hexdigest()
        digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {"client_id": client, "response_type": "code", "state": state, **SCOPE,
                 "code_challenge": digest, "code_challenge_method": "S256"}
        url = f"{at['authorization_endpoint']}?{urlencode(query)}&redirect_uri={{redirect_uri}}"
        answer = yield {"need": "browser", "browser_url": url, "browser_state": state,
                        "browser_ends_with": "callback"}
        code = parse_qs(urlsplit(answer["callback_url"]).query).get("code")
        return "denied" if not code else (yield from self.ask_tokens(
            at["token_endpoint"], client_id=client, grant_type="authorization_code", code=code[0],
            code_verifier=verifier, redirect_uri=answer["redirect_uri"]))

    def by_code(self, at, client, _):  # RFC 8628
        _, code, _ = yield from http(at["device_authorization_endpoint"], {"client_id": client, **SCOPE})
        text = f"Open {code['verification_uri']} and enter the code {code['user_code']}."
        wait_ms, error = code.get("interval", 5) * 1000, "authorization_pending"
        while error in ("authorization_pending", "slow_down"):
            wait_ms += 5000 * (error == "slow_down")
            yield {"need": "wait", "wait_ms": wait_ms, "message": text}
            error = yield from self.ask_tokens(at["token_endpoint"], client_id=client,
                                               grant_type=DEVICE, device_code=code["device_code"])
        return error

    def refresh(self, _):
        if (old := self.kept) and (yield from self.ask_tokens(
                old["url"], client_id=old["client"], grant_type="refresh_token",
                refresh_token=old["refresh"])):
            raise Failure("session", "Solid refused the refresh token", sign_in=True)

    def resolve_ws_url(self, how):
        url, headers = how["ws_url"].replace("ws", "http", 1), self.decorate({})["headers"]
        topic = urljoin(self.base, self.topic or urljoin(self.kept["webid"], ".."))
        ask = {"@context": ["https://www.w3.org/ns/solid/notification/v1"], "topic": topic,
               "type": "http://www.w3.org/ns/solid/notifications#WebSocketChannel2023"}
        status, made, _ = yield from http(url, ask, "application/ld+json", headers)
        if status == 401:
            self.observe({"credential": self.version})
        if "receiveFrom" not in made:
            raise Failure("ticket", "Solid refused to tell of changes", http_status=status,
                          retry=status == 401)
        return {"ws_url": made["receiveFrom"], "life": "never"}

    def sign_out(self, _):
        old, self.kept, self.changed = self.kept, {}, True
        if old:
            yield from http(old["url"] + "/revocation",
                            {"client_id": old["client"], "token": old["refresh"]})
        return {"message": "The access token stays valid until it lapses."}

    def begin(self, how):
        self.steps = getattr(self, how["kind"].replace("-", "_"))(how)
        return self.resume({})

    def resume(self, answer):
        if answer.get("failure"):
            raise Failure(**answer["failure"])
        try:
            return self.steps.send(answer or None)
        except StopIteration as end:
            return {"need": "done", **(end.value or {})}

    def describe(self, _):
        return {"facts": [[key, str(self.kept[name])] for key, name in
                          (("user", "webid"), ("expires_ms", "until_ms")) if self.kept]}


HELLO, auths = {"protocol": 1, "name": "solid", "version": "1.0.0", "schemes": [SCHEME]}, {}
for line in sys.stdin:
    request = json.loads(line)
    method, params = request["method"], request["params"]
    auth = None
    try:
        if method == "open":
            auths[params["auth"]] = Solid(params)
        auth = auths.pop(params["auth"]) if method == "close" else auths.get(params.get("auth"))
        reply = {"result": getattr(auth, method, lambda _: HELLO)(params)}
    except Failure as failure:
        reply = {"error": failure.args[0]}
    except (KeyError, ValueError, IndexError, TypeError):  # whose text may hold a secret
        reply = {"error": {"layer": "protocol", "message": "Solid's answer cannot be read"}}
    if auth and auth.changed:  # the host stores it before it does anything else
        reply["session"], auth.changed = json.dumps(auth.kept) if auth.kept else "", False
    if "id" in request:
        print(json.dumps({"id": request["id"], **reply}), flush=True)
