#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The editor of Node-RED, which nobody here wrote: examples/node-red signs in to it."""

import json
import os
import signal
import subprocess
import unittest
from pathlib import Path

import other_gateways
import real
from real import needs

# From npm, by tests/real/node-red/package-lock.json.
MODULES = Path(os.environ.get("PINTLE_NODE_RED", "build/modules/tests/real/node-red")) / "node_modules"
USER, PASSWORD = "ada", "a word of ada's"


@needs("node")
@unittest.skipUnless((MODULES / "node-red").exists(), "node-red is not installed from npm")
class NodeRed(other_gateways.Case):
    example = "node-red"

    def server(self, with_users=True, token_lives_s=3600, port=None):
        port = port or real.free_port()
        home = self.new_folder("node-red")
        settings = {"uiPort": port, "uiHost": "127.0.0.1", "userDir": str(home),
                    "flowFile": "flows.json", "logging": {"console": {"level": "warn"}}}
        if with_users:
            digest = subprocess.run(
                ["node", "-e", "console.log(require('bcryptjs').hashSync(process.env.WORD, 8))"],
                cwd=MODULES, env=self.environment(WORD=PASSWORD), check=True,
                capture_output=True, text=True).stdout.strip()
            settings["adminAuth"] = {
                "type": "credentials", "sessionExpiryTime": token_lives_s,
                "users": [{"username": USER, "password": digest, "permissions": "*"}]}
        file = self.file("settings.js", "module.exports = " + json.dumps(settings))
        program = self.start("node", MODULES / "node-red" / "red.js", "-s", file, port=port,
                             env=self.environment(HOME=str(home)))
        program.until(lambda: self.pintle("probe", f"http://127.0.0.1:{port}").code == 0,
                      "an answer to the probe")
        program.url = f"http://127.0.0.1:{port}"
        program.port = port
        return program

    @property
    def by_password(self):
        return ["--with", "password", "--username", USER,
                "--password-file", self.secret_file(PASSWORD + "\n")]

    def test_the_probe_says_what_it_is(self):
        found = self.works("probe", self.server().url).json
        self.assertEqual(found["probe"]["profile"], "node-red")
        self.assertTrue(found["probe"]["auth_required"])
        self.assertEqual(found["scheme"], "node-red")
        found = self.works("probe", self.server(with_users=False).url).json
        self.assertFalse(found["probe"]["auth_required"])
        self.assertRegex(found["probe"]["version"], r"^\d+\.\d+")

    def test_a_password_opens_requests_and_the_websocket(self):
        url = self.server().url
        refused = self.pintle("call", url, "GET", "/flows")
        self.assertTrue(refused.error["sign_in"], refused)
        wrong = self.pintle("sign-in", url, "--with", "password", "--username", USER,
                            "--password-file", self.secret_file("another\n"))
        self.assertEqual(wrong.error["layer"], "gate", wrong)
        self.works("sign-in", url, *self.by_password)
        self.assertEqual(self.called(url, "GET", "/flows"), [])
        with self.connected(url) as live:
            live.wait_for("ready")
            live.write('{"subscribe":"notification/#"}')
            live.wait_for("message", "notification/runtime-state")
        signed_in = self.works("status", url).json
        self.assertIn(USER, json.dumps(signed_in))
        self.works("sign-out", url)
        self.assertTrue(self.pintle("call", url, "GET", "/flows").error["sign_in"])

    def test_without_users_nobody_signs_in(self):
        url = self.server(with_users=False).url
        self.assertEqual(self.called(url, "GET", "/flows"), [])
        with self.connected(url) as live:
            live.wait_for("ready")
            live.write('{"subscribe":"notification/#"}')
            live.wait_for("message", "notification/runtime-state")

    def test_it_goes_and_comes(self):
        server = self.server()
        # Tokens outlive a restart in Node-RED's own folder; this one has a new folder each time, so
        # the connection signs in again, by the password that its settings name.
        inputs = ["--secret-file", f"username={self.secret_file(USER)}",
                  "--secret-file", f"password={self.secret_file(PASSWORD)}"]
        with self.watched(server.url, *inputs) as live:
            live.wait_for("ready")
            server.end(signal.SIGKILL)
            live.wait_for("waiting")
            self.server(port=server.port)
            live.wait_for("ready")

    def test_a_token_lapses(self):
        server = self.server(token_lives_s=4)
        inputs = ["--secret-file", f"username={self.secret_file(USER)}",
                  "--secret-file", f"password={self.secret_file(PASSWORD)}"]
        with self.watched(server.url, *inputs) as live:
            live.wait_for("ready")
            # Node-RED closes the WebSocket then, and takes a new token on the next one.
            live.wait_for("message", '"fail"')
            live.wait_for("ready")

    def test_a_token_that_it_forgot_needs_a_sign_in(self):
        server = self.server()
        self.works("sign-in", server.url, *self.by_password)
        with self.watched(server.url) as live:
            live.wait_for("ready")
            server.end(signal.SIGKILL)
            live.wait_for("waiting")
            self.server(port=server.port)
            self.assertNotEqual(live.end_of_it(), 0)
            self.assertTrue(live.error["sign_in"], live.error)
        self.assertTrue(self.pintle("call", server.url, "GET", "/flows").error["sign_in"])


if __name__ == "__main__":
    real.main()
