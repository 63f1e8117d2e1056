#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Client certificates that a real nginx demands in front of every gate, on every leg."""

import glob
import os
import signal
import subprocess
import unittest

import real
import servers
from real import needs

USER = ("--username", "ada")


class ClientCertificate(real.Case):
    def setUp(self):
        super().setUp()
        self.certificates = servers.Certificates(self)
        self.pair = self.certificates.localhost()
        self.client = self.certificates.pair("jo", "DNS:jo.example")
        self.trust = ["--ca-file", self.certificates.ca.chain]
        self.shown = [*self.trust, "--cert", self.client.chain, "--key", self.client.key]

    def nginx(self, gateway, verify="on", where=""):
        """Logs whose certificate each request had."""
        self.clients = self.new_folder("clients") / "log"
        return servers.nginx(
            self, servers.nginx_tls(self.pair) +
            f"ssl_client_certificate {self.certificates.ca.chain}; ssl_verify_client {verify};"
            f"access_log {self.clients} clients;"
            f"location / {{ {where} {servers.NGINX_UPGRADE} proxy_set_header Host $http_host; "
            f"proxy_pass {gateway.url}; }}",
            http="log_format clients '$request_uri $ssl_client_verify $ssl_client_s_dn';",
            listen="ssl", scheme="https")


class EveryGate(ClientCertificate):
    """Probe, sign-in, requests, mint and upgrade all show it."""

    def through_nginx(self, gate, verify="on", where=""):
        gateway = self.gateway("--gate", gate)
        url = self.nginx(gateway, verify, where).url
        if gateway.credential:
            known = [*self.shown, *gateway.credential]
        else:
            known = self.shown
            self.works("sign-in", url, "--with", "password", "--provider", "basic", *USER,
                       "--password-file", self.secret_file("practice\n"), *known)
        self.works("probe", url, *self.shown)
        self.works("call", url, "GET", "/api/sessions", *known)
        self.works("rpc", url, "session.list", *known)
        once = self.works("connect", url, "--once", "--no-input", *known)
        self.assertIn("ready", once.kinds())
        found = self.works("doctor", url, *known).json
        tls = next(step for step in found["steps"] if step["id"] == "tls")
        facts = {fact["name"]: fact["value"] for fact in tls["facts"]}
        self.assertEqual(tls["verdict"], "ok", tls)
        self.assertEqual(facts["client certificate"], "requested, shown")
        self.assertIn("Test authority", facts["accepted issuer"])
        self.assertIn("jo", facts["client"])
        for line in self.clients.read_text().splitlines():
            self.assertIn("SUCCESS", line)

    @needs("nginx")
    def test_token(self):
        self.through_nginx("none")

    @needs("nginx")
    def test_cookie(self):
        self.through_nginx("cookie")

    @needs("nginx")
    def test_native(self):
        self.through_nginx("native")

    @needs("nginx")
    def test_api_key(self):
        self.through_nginx("api-key")

    @needs("nginx")
    def test_optional(self):
        self.through_nginx("none", "optional",
                           "if ($ssl_client_verify != SUCCESS) { return 403; }")


class PracticeGateway(real.Case):
    """`pintle practice` requires one itself, and prints which."""

    def test_requires_its_own(self):
        gateway = self.gateway("--tls", "--client-certificate")
        trust = ["--ca-file", gateway.ca_file, *gateway.credential]
        shown = [*trust, "--cert", gateway.client_file]
        once = self.works("connect", gateway.url, "--once", "--no-input", *shown)
        self.assertIn("ready", once.kinds())
        self.fails("probe", gateway.url, *trust, layers=("tls",),
                   says=("requires a client certificate",), retry=False)


class Refused(ClientCertificate):
    """Neither a missing nor a refused certificate is taken for a sign-in."""

    def is_named(self, url, *arguments, says):
        for command in (["probe", url], ["call", url, "GET", "/api/sessions"],
                        ["connect", url, "--once", "--no-input"]):
            self.fails(*command, *self.trust, *arguments, layers=("tls",), says=says,
                       never=("sign in",), retry=False)

    @needs("nginx")
    def test_missing(self):
        gateway = self.gateway()
        url = self.nginx(gateway).url
        self.is_named(url, *gateway.credential, says=("requires a client certificate", "--cert"))

    @needs("nginx")
    def test_of_another_authority(self):
        gateway = self.gateway()
        url = self.nginx(gateway).url
        other = servers.Certificates(self).pair("stranger", "DNS:stranger.example")
        self.is_named(url, *gateway.credential, "--cert", other.chain, "--key", other.key,
                      says=("refused the client certificate",))

    @needs("nginx")
    def test_a_probe_without_one_where_it_is_optional(self):
        self.works("probe", self.nginx(self.gateway(), "optional").url, *self.trust)


class Renewed(ClientCertificate):
    """A live connection reconnects with the renewed file; an encrypted PKCS#12 works too."""

    @needs("nginx")
    def test_pkcs12(self):
        gateway = self.gateway()
        file = self.new_path("client.p12")
        subprocess.run(["openssl", "pkcs12", "-export", "-in", self.client.chain, "-inkey",
                        self.client.key, "-out", file, "-passout", "pass:open sesame"], check=True)
        url = self.nginx(gateway).url
        known = [*self.trust, "--cert", file, *gateway.credential]
        self.works("add", "home", url, *known,
                   "--cert-passphrase-file", self.secret_file("open sesame\n"))
        self.works("rpc", "home", "session.list")
        self.fails("rpc", url, "session.list", *known, layers=("config",), says=("passphrase",))
        self.fails("rpc", url, "session.list", *known, "--cert-passphrase-command", "echo wrong",
                   layers=("config",), says=("passphrase is wrong",))

    @needs("nginx")
    def test_while_connected(self):
        gateway = self.gateway()
        server = self.nginx(gateway)
        live = self.listen(server.url, *self.shown, *gateway.credential)
        renewed = self.certificates.pair("renewed", "DNS:renewed.example")
        self.client.key.write_bytes(renewed.key.read_bytes())
        self.client.chain.write_bytes(renewed.chain.read_bytes())
        server.end(signal.SIGKILL)
        server.again()
        live.says('"ready"', times=2)
        live.end(signal.SIGINT)
        self.assertIn("CN=jo", self.clients.read_text())
        self.assertIn("CN=renewed", self.clients.read_text())


MODULE = "/usr/lib/softhsm/libsofthsm2.so"
ENGINES = glob.glob("/usr/lib/*/engines-3/pkcs11.so")


@needs("nginx")
@needs("softhsm2-util")
@needs("pkcs11-tool")
@unittest.skipUnless(ENGINES and os.path.exists(MODULE), "no PKCS#11 engine or no softhsm2 module")
class InAToken(ClientCertificate):
    """A smart card signs the handshake; a wrong PIN is never tried twice."""

    def setUp(self):
        super().setUp()
        tokens = self.new_path("tokens")
        tokens.mkdir()
        conf = self.file("softhsm2.conf", f"directories.tokendir = {tokens}\n")
        self.token = {"SOFTHSM2_CONF": str(conf), "PKCS11_MODULE_PATH": MODULE}
        self.run_tool("softhsm2-util", "--init-token", "--free", "--label", "card", "--so-pin",
                      "12345678", "--pin", "4711")
        for kind, name, form in (("privkey", self.client.key, "pkey"),
                                 ("cert", self.client.chain, "x509")):
            der = self.new_path(kind)
            self.run_tool("openssl", form, "-in", name, "-outform", "DER", "-out", der)
            self.run_tool("pkcs11-tool", "--module", MODULE, "--login", "--pin", "4711",
                          "--write-object", der, "--type", kind, "--label", "jo", "--id", "01")
        self.uri = "pkcs11:token=card;object=jo"

    def run_tool(self, *arguments):
        subprocess.run([str(one) for one in arguments], check=True, capture_output=True,
                       env=os.environ | self.token)

    def test_shows_it_on_every_leg(self):
        gateway = self.gateway()
        url = self.nginx(gateway).url
        pin = ["--cert-passphrase-file", self.secret_file("4711\n")]
        for place in (["--cert", self.uri], ["--cert", self.client.chain, "--key", self.uri]):
            once = self.works("connect", url, "--once", "--no-input", *self.trust, *place, *pin,
                              *gateway.credential, env=self.token)
            self.assertIn("ready", once.kinds())
        self.assertIn("SUCCESS CN=jo", self.clients.read_text())

    def test_names_what_is_missing(self):
        gateway = self.gateway()
        url = self.nginx(gateway).url
        for place, pin, says in ((self.uri, None, "needs a pin"),
                                 (self.uri, "0000", "refused the pin"),
                                 (self.uri + "x", "4711", "no token has"),
                                 ("pkcs11:token=none;object=jo", "4711", "no token has")):
            given = ["--cert-passphrase-command", f"echo {pin}"] if pin else []
            self.fails("probe", url, *self.trust, "--cert", place, *given, layers=("config",),
                       says=(says,), retry=False, env=self.token)

    def test_takes_no_pin_in_the_uri(self):
        result = self.pintle("probe", "https://gateway.example", "--cert",
                             self.uri + "?pin-value=4711")
        self.assertEqual(result.code, 2, result)
        self.assertNotIn("4711", result.words)


if __name__ == "__main__":
    real.main()
