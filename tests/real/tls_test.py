#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""https of real servers: the wrong scheme, certificates, alerts, moved hosts."""

import real
import servers
from real import needs

NODE_HTTP = "require('http').createServer((q, s) => s.end('hello')).listen(+process.argv[1])"
NODE_HTTPS = """const fs = require('fs'), [, port, cert, key] = process.argv;
require('https').createServer({cert: fs.readFileSync(cert), key: fs.readFileSync(key)},
                              (q, s) => s.end('hello')).listen(+port)"""
NODE_H2_TLS = """const fs = require('fs'), [, port, cert, key] = process.argv;
require('http2').createSecureServer({cert: fs.readFileSync(cert), key: fs.readFileSync(key)},
                                    (q, s) => s.end('hello')).listen(+port)"""
NODE_H2_PLAIN = "require('http2').createServer((q, s) => s.end('hello')).listen(+process.argv[1])"

UVICORN_APP = """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"no"})
"""


class Tls(real.Case):
    def setUp(self):
        super().setUp()
        self.certificates = servers.Certificates(self)
        self.pair = self.certificates.localhost()
        self.trust = ["--ca-file", self.certificates.ca.chain]

    def node(self, script, *arguments, scheme="http"):
        port = real.free_port()
        return servers.Server(self, ["node", "-e", script, port, *arguments], port, scheme)

    def nginx(self, pair, server, **more):
        return servers.nginx(self, servers.nginx_tls(pair) + server, listen="ssl", scheme="https",
                             **more)

    def uvicorn(self, *options):
        folder, port = self.new_folder("uvicorn"), real.free_port()
        (folder / "gateway.py").write_text(UVICORN_APP)
        return servers.Server(self, ["uvicorn", "--app-dir", folder, "--port", port, *options,
                                     "gateway:app"], port)

    def s_server(self, *options):
        port = real.free_port()
        return servers.Server(self, ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www",
                                     "-cert", self.pair.chain, "-key", self.pair.key, *options],
                              port, "https")


class HttpToAPortThatSpeaksHttps(Tls):
    """The advice is to write https:// (C17)."""

    def advice_is_https(self, port):
        for command in (["probe"], ["call", "GET", "/api/sessions"]):
            url = f"http://127.0.0.1:{port}"
            self.fails(command[0], url, *command[1:], "--timeout", 5, says=("https://",),
                       layers=("config", "tcp", "tls", "protocol", "access-proxy"), retry=False)

    @needs("nginx")
    def test_nginx(self):
        self.advice_is_https(self.nginx(self.pair, "return 404;").port)

    @needs("haproxy")
    def test_haproxy(self):
        both = self.file("both.pem", self.pair.chain.read_bytes() + self.pair.key.read_bytes())
        server = servers.haproxy(self, self.gateway(), bind=f"ssl crt {both}")
        self.advice_is_https(server.port)

    @needs("apache2")
    def test_apache(self):
        self.advice_is_https(servers.apache(self, "", tls=self.pair).port)

    @needs("node")
    def test_node(self):
        self.advice_is_https(self.node(NODE_HTTPS, self.pair.chain, self.pair.key).port)

    @needs("uvicorn")
    def test_uvicorn(self):
        server = self.uvicorn("--ssl-certfile", self.pair.chain, "--ssl-keyfile", self.pair.key)
        self.advice_is_https(server.port)

    def test_openssl(self):
        self.advice_is_https(self.s_server().port)


class HttpsToAPortThatSpeaksHttp(Tls):
    """The advice is to write http:// (C17)."""

    def advice_is_http(self, port):
        self.fails("probe", f"https://127.0.0.1:{port}", "--timeout", 5, layers=("config", "tls"),
                   says=("http://",), retry=False)

    @needs("nginx")
    def test_nginx(self):
        self.advice_is_http(servers.nginx(self, "return 404;").port)

    @needs("haproxy")
    def test_haproxy(self):
        self.advice_is_http(servers.haproxy(self, self.gateway()).port)

    @needs("apache2")
    def test_apache(self):
        self.advice_is_http(servers.apache(self, "").port)

    @needs("node")
    def test_node(self):
        self.advice_is_http(self.node(NODE_HTTP).port)

    @needs("uvicorn")
    def test_uvicorn(self):
        self.advice_is_http(self.uvicorn().port)

    def test_the_practice_gateway(self):
        self.advice_is_http(self.gateway().port)


class Certificate(Tls):
    """Each is refused in the layer tls, by what is wrong with it, and is not tried again."""

    def refused(self, pair, *says, host="127.0.0.1", trust=True):
        server = self.nginx(pair, "return 404;")
        return self.fails("probe", f"https://{host}:{server.port}", *(self.trust if trust else []),
                          layers=("tls",), says=says, retry=False)

    @needs("nginx")
    def test_a_good_one_works(self):
        gateway = self.gateway()
        server = self.nginx(self.pair, f"location / {{ {servers.NGINX_UPGRADE} "
                                       f"proxy_pass {gateway.url}; }}")
        self.works("connect", server.url, "--once", "--no-input", *self.trust, *gateway.credential)

    @needs("nginx")
    def test_of_another_name(self):
        """A network that wants a sign-in may have answered; its name is not the one to use."""
        self.refused(self.certificates.pair("portal", "DNS:portal.hotel.example"),
                     "portal.hotel.example", "network")

    @needs("nginx")
    def test_expired(self):
        self.refused(self.certificates.pair("old", "DNS:localhost,IP:127.0.0.1", days=0), "expired")

    @needs("nginx")
    def test_self_signed(self):
        pair = self.certificates.pair("self", "DNS:localhost,IP:127.0.0.1", self_signed=True)
        self.refused(pair, "issuer")

    @needs("nginx")
    def test_of_an_unknown_authority(self):
        self.refused(self.pair, "issuer", trust=False)


class ClientCertificate(Tls):
    """A server that asks for one is named as that, and is not tried again (C17)."""

    def asked_for(self, url):
        for command in (["probe", url], ["connect", url, "--once", "--no-input"]):
            self.fails(*command, *self.trust, layers=("tls",), says=("client certificate",),
                       never=("sign in",), retry=False)

    def test_openssl_with_tls_1_2(self):
        self.asked_for(self.s_server("-tls1_2", "-Verify", 1, "-verify_return_error").url)

    def test_openssl_with_tls_1_3(self):
        self.asked_for(self.s_server("-tls1_3", "-Verify", 1, "-verify_return_error").url)

    @needs("nginx")
    def test_nginx(self):
        server = self.nginx(self.pair, f"ssl_verify_client on; return 404;"
                                       f"ssl_client_certificate {self.certificates.ca.chain};")
        self.asked_for(server.url)

    @needs("haproxy")
    def test_haproxy(self):
        both = self.file("both.pem", self.pair.chain.read_bytes() + self.pair.key.read_bytes())
        server = servers.haproxy(
            self, self.gateway(), scheme="https",
            bind=f"ssl crt {both} ca-file {self.certificates.ca.chain} verify required")
        self.asked_for(server.url)

    @needs("apache2")
    def test_apache(self):
        server = servers.apache(
            self, f"SSLVerifyClient require\nSSLCACertificateFile {self.certificates.ca.chain}",
            tls=self.pair)
        self.asked_for(server.url)


class Http2Alone(Tls):
    """A port that refuses HTTP/1.1 is named as that (C17)."""

    def is_named(self, url, *says):
        self.fails("probe", url, *self.trust, "--timeout", 5, says=("http/1.1", *says),
                   layers=("tls", "protocol", "config"), retry=False)

    @needs("node")
    def test_node(self):
        server = self.node(NODE_H2_TLS, self.pair.chain, self.pair.key, scheme="https")
        self.is_named(server.url)

    def test_openssl(self):
        self.is_named(self.s_server("-alpn", "h2").url)

    @needs("node")
    def test_node_without_tls(self):
        self.is_named(self.node(NODE_H2_PLAIN).url)

    @needs("nginx")
    def test_nginx_without_tls(self):
        self.is_named(servers.nginx(self, "return 404;", listen="http2").url)


@needs("nginx")
class MovedHost(real.Case):
    """A redirect to the same path elsewhere: the user is told the URL, nothing is followed (C17)."""

    def moved(self, status, target, wanted=None):
        server = servers.nginx(self, f"return {status} {target}$request_uri;")
        for command in (["probe"], ["connect", "--once", "--no-input"]):
            self.fails(command[0], server.url, *command[1:], says=(wanted or target,),
                       layers=("config", "access-proxy"), never=("sign in",), retry=False)

    def test_http_to_https(self):
        self.moved(301, "https://gateway.example")

    def test_http_to_https_by_308(self):
        self.moved(308, "https://gateway.example")

    def test_www_to_apex(self):
        server = servers.nginx(
            self, "server_name localhost; return 301 $scheme://127.0.0.1:$server_port$request_uri;")
        self.fails("probe", f"http://localhost:{server.port}", layers=("config", "access-proxy"),
                   says=(server.url,), never=("sign in",), retry=False)

    def test_under_another_prefix(self):
        server = servers.nginx(self, "location /api/ { return 301 /hermes$request_uri; }")
        self.fails("probe", server.url, layers=("config", "access-proxy"),
                   says=(server.url + "/hermes",), never=("sign in",), retry=False)


if __name__ == "__main__":
    real.main()
