#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Community Solid Server, which nobody here wrote: examples/solid signs in to it. Its OpenID
provider takes each refresh token once, and ends the whole session if one comes twice."""

import json
import os
import re
import signal
import sys
import time
import unittest
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import other_gateways
import real
import solid_user
from real import needs

# From npm, by tests/real/solid/package-lock.json.
SERVER = (Path(os.environ.get("PINTLE_SOLID", "build/modules/tests/real/solid")) /
          "node_modules/@solid/community-server")
TOKEN_LIVES_S = 3
START_S = 120  # It reads two thousand files first: 15 s of computing.


def configuration():
    """Its usual one, but that access tokens lapse soon, and that it knows the device flow."""
    own = json.loads((SERVER / "config/identity/handler/base/provider-factory.json").read_text())
    config = own["@graph"][0]["config"]
    config["features"]["deviceFlow"] = {"enabled": True}
    config["ttl"]["AccessToken"] = TOKEN_LIVES_S
    factory = {"@id": "urn:solid-server:default:IdentityProviderFactory"}
    return json.dumps({
        "@context": own["@context"], "import": ["css:config/file.json"],
        "@graph": [{"@id": "urn:pintle:override", "@type": "Override", "overrideInstance": factory,
                    "overrideParameters": {"@type": "IdentityProviderFactory", "config": config}}]})


@needs("node")
@unittest.skipUnless(SERVER.exists(), "@solid/community-server is not installed from npm")
class Solid(other_gateways.Case):
    example = "solid"

    @classmethod
    def setUpClass(cls):
        """One server for all tests, as it takes so long to start. Its own user keeps its files."""
        cls.home = cls()
        other_gateways.Case.setUp(cls.home)
        cls.addClassCleanup(cls.home.doCleanups)
        cls.port, cls.data = real.free_port(), cls.home.new_folder("solid")
        # The WebID must be at "localhost": the server trusts no other name over plain http.
        cls.url = f"http://localhost:{cls.port}"
        cls.config = cls.home.file("config.json", configuration())
        cls.seed = cls.home.file("seed.json", json.dumps(
            [{"email": solid_user.EMAIL, "password": solid_user.PASSWORD,
              "pods": [{"name": "ada"}]}]))
        cls.browser = cls.home.file("browser", f"#!/bin/sh\nexec {sys.executable} -B "
                                               f"{solid_user.__file__} \"$1\"\n")
        cls.browser.chmod(0o755)
        cls.start_server()

    @classmethod
    def start_server(cls):
        cls.server = cls.home.start(
            "node", SERVER / "bin/server.js", "-p", cls.port, "-b", cls.url + "/", "-f", cls.data,
            "-c", cls.config, "--seedConfig", cls.seed, "-l", "warn",
            env=cls.home.environment(HOME=str(cls.data)))
        real.wait_until(lambda: real.accepts(cls.port) or cls.server.process.poll() is not None,
                        "the Solid server listens", START_S)
        assert cls.server.process.poll() is None, cls.server.text()

    def environment(self, **more):
        return super().environment(**{"BROWSER": str(self.browser), **more})

    def plugin_files(self):
        return [other_gateways.SOURCES / "solid" / name
                for name in ("solid_scheme.py", "solid_scheme.json")]

    def sign_in(self, *options):
        return self.works("sign-in", self.url, *options).json

    def kept(self):
        """The session as it is stored."""
        [file] = (self.folder / "home/pintle/sessions").glob("@*")
        return json.loads(file.read_text().splitlines()[-1])

    def tokens_for(self, session):
        """What the provider answers, directly, to the refresh token of a session."""
        answer, text = solid_user.User().send(session["url"], urllib.parse.urlencode(
            {"grant_type": "refresh_token", "client_id": session["client"],
             "refresh_token": session["refresh"]}).encode(), "application/x-www-form-urlencoded")
        return answer.status, text

    def lapsed(self):
        time.sleep(TOKEN_LIVES_S + 0.5)

    def profile(self):
        """A path that only its owner can read."""
        return self.works("call", self.url, "GET", "/ada/profile/")

    def test_the_probe_says_what_it_is(self):
        found = self.works("probe", self.url + "/ada/profile/card").json
        self.assertEqual(found["probe"]["url"], self.url)
        self.assertEqual(found["probe"]["profile"], "solid")
        self.assertEqual(found["scheme"], "solid")

    def test_a_browser_opens_requests_and_the_websocket(self):
        refused = self.pintle("call", self.url, "GET", "/ada/profile/")
        self.assertTrue(refused.error["sign_in"], refused)
        self.assertIn("/ada/profile/card#me", json.dumps(self.sign_in()))
        self.profile()
        with self.connected(self.url, "--set", "topic=/ada/profile/") as live:
            live.wait_for("ready")
            self.works("call", self.url, "PUT", "/ada/profile/note.txt", "--data",
                       self.file("note.txt", "a note"))
            live.wait_for("message", "/ada/profile/note.txt")
        self.works("sign-out", self.url)
        self.assertTrue(self.pintle("call", self.url, "GET", "/ada/profile/").error["sign_in"])

    def test_a_user_who_denies_is_not_signed_in(self):
        denied = self.pintle("sign-in", self.url, env={"SOLID_USER_DENIES": "1"})
        self.assertEqual(denied.error["layer"], "gate", denied)
        self.assertIn("refused", denied.words)

    def test_a_code_on_another_device_signs_in(self):
        program = self.start(real.PINTLE, "sign-in", self.url, "--with", "device",
                             env=self.environment())
        shown = program.says("enter the code")
        page, code = re.search(r"Open (\S+) and enter the code (\S+)\.", shown).groups()
        solid_user.User().enter_code(page, code)
        program.says("Signed in")
        self.profile()

    def test_each_refresh_replaces_the_refresh_token(self):
        self.sign_in()
        first = self.kept()
        self.lapsed()
        # Of four programs at once one refreshes: a second would end the session.
        with ThreadPoolExecutor() as pool:
            for one in [pool.submit(self.profile) for _ in range(4)]:
                one.result()
        second = self.kept()
        self.assertNotEqual(first["refresh"], second["refresh"])
        self.lapsed()
        self.profile()
        # A thief with the first token is refused, and the provider ends the session.
        status, text = self.tokens_for(first)
        self.assertEqual(status, 400, text)
        self.lapsed()
        ended = self.pintle("call", self.url, "GET", "/ada/profile/")
        self.assertTrue(ended.error["sign_in"], ended)
        self.assertIn("refused the refresh token", ended.words)
        self.assertNotIn(second["refresh"], ended.out + ended.err)

    def test_it_goes_and_comes_and_then_the_session_is_revoked(self):
        self.sign_in()
        before = self.kept()
        with self.watched(self.url, "--set", "topic=/ada/profile/") as live:
            live.wait_for("ready")
            self.server.end(signal.SIGKILL)
            live.wait_for("waiting")
            self.start_server()
            live.wait_for("ready")
            after = self.kept()
            self.assertNotEqual(before["refresh"], after["refresh"])
            # Revoked elsewhere; the next dial finds out.
            solid_user.User().send(after["url"] + "/revocation", urllib.parse.urlencode(
                {"client_id": after["client"], "token": after["refresh"]}).encode(),
                "application/x-www-form-urlencoded")
        self.lapsed()
        with self.watched(self.url, "--set", "topic=/ada/profile/") as live:
            self.assertNotEqual(live.end_of_it(), 0)
            self.assertTrue(live.error["sign_in"], live.error)


if __name__ == "__main__":
    real.main()
