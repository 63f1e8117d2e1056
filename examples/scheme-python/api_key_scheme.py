#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A scheme as a program: a key in X-Api-Key for gateways whose status lists the flow "api_key"."""
import json
import re
import sys

SCHEME = {"id": "api-key", "name": "API key", "strength": 40, "score": 90,
          "reason": "the gateway takes an API key", "sends_secret": True,
          "rules": [{"field": "auth_flows", "value": "api_key"}],
          "settings": [{"key": "api_key", "label": "API key", "default": "", "secret": True}],
          "observed_statuses": [401]}
STEPS = ("decorate", "observe", "begin", "resume", "describe")
HINT = "Provide it with --secret-file api_key=FILE."
REFUSED = "Check that the key is this gateway's (--secret-file api_key=FILE)."


class Failure(Exception):
    pass


class ApiKey:
    def __init__(self, session):
        self.key, self.version, self.session, self.waiting = "", 1, None, None
        if session:
            self.key = checked(session)

    def decorate(self, _):
        if not self.key:
            raise Failure({"layer": "gate", "message": "there is no API key for this gateway",
                           "hint": HINT, "sign_in": True})
        return {"headers": [["X-Api-Key", self.key]], "credential": self.version}

    def observe(self, response):
        if any(name.lower() == "content-type" and "html" in value for name, value in response["headers"]):
            return {}  # from a proxy in front of the gateway
        if response["credential"] != self.version:
            return {"retry_once": True}  # it was an older key
        return {"needs_sign_in": {"message": "the gateway refused the API key", "hint": REFUSED}}

    def begin(self, operation):
        self.waiting = None
        if operation["kind"] == "sign-in":
            self.waiting = operation["operation"]
            return {"need": "input", "message": "This gateway wants an API key.",
                    "inputs": [{"key": "api_key", "label": "API key", "secret": True}]}
        if operation["kind"] == "sign-out":
            self.take("")
        return {"need": "done", "ws_url": operation["ws_url"], "life": "until-rejected"}

    def resume(self, answer):
        waiting, self.waiting = self.waiting, None
        if waiting != answer["operation"]:
            raise Failure({"layer": "plugin", "message": "the operation has ended"})
        if answer["failure"]:  # of the host: it is the scheme's, too
            raise Failure({"message": "the API key could not be asked for", **answer["failure"]})
        self.take(checked(dict(answer.get("fields", [])).get("api_key", "").strip()))
        return {"need": "done"}

    def describe(self, _):
        return {"facts": [["credential", "API key"]] if self.key else []}

    def take(self, key):
        self.key, self.version, self.session = key, self.version + 1, key


def checked(key):
    if not re.fullmatch("[!-~]+", key):
        raise Failure({"layer": "config", "message": "the API key is empty or does not fit in a header",
                       "hint": HINT, "user_action": True})
    return key


def handle(method, params):
    if method == "hello":
        return {"protocol": 1, "name": "api-key-python", "version": "1.0.0", "schemes": [SCHEME]}
    if method == "open":
        auths[params["auth"]] = ApiKey(params.get("session"))
    elif method == "close":
        del auths[params["auth"]]
    return getattr(auths[params["auth"]], method)(params) if method in STEPS else {}


auths = {}
for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"result": handle(request["method"], request["params"])}
    except Failure as failure:
        reply = {"error": failure.args[0]}
    auth = auths.get(request["params"].get("auth"))
    if auth and auth.session is not None:  # the host stores it before it does anything else
        reply["session"], auth.session = auth.session, None
    if "id" in request:
        print(json.dumps({"id": request["id"], **reply}), flush=True)
