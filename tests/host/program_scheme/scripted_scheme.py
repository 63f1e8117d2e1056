#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A scheme of the tests. Its session has lines "METHOD=MOOD", which say how it replies to a method:
with JSON, the members of a reply, or as a mood below. What it was asked is a fact of describe."""
import json
import os
import subprocess
import sys
import time

SCHEME = {"id": "scripted", "name": "Scripted", "strength": 1, "score": 1, "reason": "a test",
          "sends_secret": False, "rules": [{"field": "auth_required", "value": True}],
          "profiles": ["hermes", "other"], "greets": True, "matches": True,
          "settings": [{"key": "a", "label": "A", "default": "1", "secret": False}]}
asked = []
sessions = {}


def misbehave(mood, request):
    if mood == "die":
        print("the session is", sessions.get(request["params"]["auth"]), file=sys.stderr)
        os._exit(3)
    if mood == "die-with-a-child":
        subprocess.Popen(["sleep", "600"])  # has the output open
        os._exit(4)
    if mood == "hang":
        time.sleep(600)
    if mood == "leave-the-group-and-hang":
        try:
            os.setpgid(0, os.getpgid(os.getppid()))
        except OSError:
            pass
        time.sleep(600)
    if mood == "close":
        os.close(1)
        time.sleep(600)
    sys.stdout.buffer.write({
        "text": b"Hello!\n",
        "text-and-reply": b'Hello!\n{"id": %d, "result": {}}\n' % request["id"],
        "bytes": b"\xff\xfe\0\n",
        "empty": b"\n",
        "list": b"[1]\n",
        "long": b'{"id": "' + b"x" * 1100000 + b'"}\n',
        "endless": b"x" * 3000000,
        "unknown": b'{"id": 123456, "result": {}}\n',
        "twice": b'{"id": %d, "result": {}}\n' % request["id"] * 2,
        "no-id": b'{"result": {}}\n',
        "text-id": b'{"id": "1", "result": {}}\n',
        "both": b'{"id": %d, "result": {}, "error": {}}\n' % request["id"],
        "no-object": b'{"id": %d, "result": 5}\n' % request["id"],
    }[mood])
    sys.stdout.buffer.flush()


def facts():
    descriptors = [fd for fd in range(100) if os.path.exists(f"/proc/self/fd/{fd}")]
    return [["pid", str(os.getpid())], ["asked", " ".join(asked)], ["folder", os.getcwd()],
            ["descriptors", str(descriptors)],
            ["leads_group", str(os.getpgid(0) == os.getpid())],
            ["leads_session", str(os.getsid(0) == os.getpid())]]


def usual(method, params):
    if method == "hello":
        return {"protocol": 1, "name": "scripted", "version": "1.0.0", "schemes": [SCHEME]}
    if method == "match":
        return {"score": 1, "reason": "it is " + params["probe"]["profile"]}
    if method == "decorate":
        return {"headers": [["X-Asked", str(len(asked))]], "credential": 1}
    if method == "observe":
        return {"retry_once": params["status"] == 401 and params["credential"] != 1}
    if method == "begin":
        return {"need": "http", "http_method": "POST", "http_url": "/x", "http_body": "a"}
    if method == "resume":
        return {"need": "done", "message": json.dumps(params, sort_keys=True)}
    return {"facts": facts()} if method == "describe" else {}


for line in sys.stdin:
    request = json.loads(line)
    method, params = request["method"], request["params"]
    asked.append(method)
    if method == "open":
        sessions[params["auth"]] = params["session"] or ""
    moods = dict(mood.split("=", 1) for mood in sessions.get(params.get("auth"), "").split("\n")
                 if "=" in mood)
    mood = moods.get(method, "{}")
    if not mood.startswith("{"):
        misbehave(mood, request)
    elif "id" in request:
        reply = json.loads(mood) or {"result": usual(method, params)}
        if "session" in reply:
            sessions[params["auth"]] = reply["session"]
        print(json.dumps({"id": request["id"], **reply}), flush=True)
