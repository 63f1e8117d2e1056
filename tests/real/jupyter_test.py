#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Jupyter Server, which nobody here wrote: examples/jupyter signs in to it."""

import hashlib
import json
import signal

import other_gateways
import real
from real import needs

SERVER = "jupyter-server"


@needs(SERVER)
class Jupyter(other_gateways.Case):
    example = "jupyter"

    def server(self, *options, port=None):
        """Starts it as the test's user, with files of its own."""
        port = port or real.free_port()
        home = self.new_folder("jupyter")
        environment = self.environment(HOME=str(home), JUPYTER_CONFIG_DIR=str(home),
                                       JUPYTER_RUNTIME_DIR=str(home), IPYTHONDIR=str(home))
        program = self.start(SERVER, "--no-browser", "--port", port, "--ServerApp.port_retries=0",
                             f"--ServerApp.root_dir={home}", *options, port=port, env=environment)
        program.url = f"http://127.0.0.1:{port}"
        program.port = port
        return program

    def with_token(self, token, port=None):
        return self.server(f"--ServerApp.token={token}", port=port)

    def test_the_probe_says_what_it_is(self):
        server = self.with_token("a-token-of-jupyter")
        found = self.works("probe", server.url).json
        self.assertEqual(found["probe"]["profile"], "jupyter")
        self.assertRegex(found["probe"]["version"], r"^\d+\.\d+")
        self.assertEqual(found["scheme"], "jupyter")
        # Also from the address of a page.
        found = self.works("probe", server.url + "/tree/notebooks").json
        self.assertEqual(found["probe"]["url"], server.url)

    def test_its_token_opens_requests_and_a_kernel(self):
        server = self.with_token("a-token-of-jupyter")
        token = self.secret_file("a-token-of-jupyter\n")
        self.works("sign-in", server.url, "--token-file", token)
        self.assertEqual(self.works("call", server.url, "GET", "/api/kernels").body, [])
        self.assertEqual(self.answer_of_a_kernel(server.url), "42")
        self.assertEqual(len(self.works("call", server.url, "GET", "/api/kernels").body), 1)

    def answer_of_a_kernel(self, url):
        """What the kernel makes of 6 * 7, over its WebSocket."""
        request = {"channel": "shell", "parent_header": {}, "metadata": {},
                   "header": {"msg_id": "1", "username": "", "session": "s", "date": "",
                              "msg_type": "execute_request", "version": "5.3"},
                   "content": {"code": "6 * 7", "silent": False, "store_history": False,
                               "user_expressions": {}, "allow_stdin": False}}
        with self.connected(url) as live:
            live.wait_for("ready")
            live.write(json.dumps(request))
            result = live.wait_for("message", "execute_result")
            return result["payload"]["content"]["data"]["text/plain"]

    def test_its_password_form_sets_a_cookie(self):
        digest = hashlib.sha1(b"a word" + b"0123456789ab").hexdigest()
        server = self.server(f"--ServerApp.password=sha1:0123456789ab:{digest}",
                             "--ServerApp.token=")
        wrong = self.pintle("sign-in", server.url, "--with", "password",
                            "--password-file", self.secret_file("another\n"))
        self.assertEqual(wrong.error["layer"], "gate", wrong)
        self.works("sign-in", server.url, "--with", "password",
                   "--password-file", self.secret_file("a word\n"))
        self.assertEqual(self.works("call", server.url, "GET", "/api/kernels").body, [])
        # A request that changes something needs the _xsrf cookie in a header too.
        made = self.works("call", server.url, "POST", "/api/kernels", "--data", "{}")
        self.assertIn("id", made.body)
        self.assertEqual(self.answer_of_a_kernel(server.url), "42")

    def test_a_wrong_token_is_the_users_matter(self):
        server = self.with_token("a-token-of-jupyter")
        result = self.pintle("sign-in", server.url,
                             "--token-file", self.secret_file("a-wrong-token\n"))
        self.assertEqual(result.error["layer"], "gate", result)
        self.assertTrue(result.error["sign_in"], result)
        self.assertNotIn("a-wrong-token", result.out + result.err)

    def test_it_goes_and_comes_and_then_has_another_token(self):
        server = self.with_token("a-token-of-jupyter")
        token = self.secret_file("a-token-of-jupyter\n")
        self.works("sign-in", server.url, "--token-file", token)
        with self.connected(server.url) as live:
            live.wait_for("ready")
            server.end(signal.SIGKILL)
            live.wait_for("waiting")
            server = self.with_token("a-token-of-jupyter", server.port)
            live.wait_for("ready")
            server.end(signal.SIGKILL)
            live.wait_for("waiting")
            self.with_token("another-token", server.port)
            self.assertNotEqual(live.end_of_it(), 0)
            self.assertTrue(live.error["sign_in"], live.error)


if __name__ == "__main__":
    real.main()
