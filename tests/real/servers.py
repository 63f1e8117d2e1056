# SPDX-License-Identifier: Apache-2.0
"""Real servers with common configurations."""

import base64
import functools
import subprocess

from real import Program, accepts, free_port


class Server(Program):
    """A server on a loopback port, which can be restarted there."""

    def __init__(self, case, arguments, port, scheme="http", **options):
        self.port, self.url = port, f"{scheme}://127.0.0.1:{port}"
        self.again = functools.partial(type(self), case, arguments, port, scheme, **options)
        super().__init__(case, arguments, **options)
        self.until(lambda: accepts(port), f"port {port}")


# As in every guide for WebSockets behind nginx.
NGINX_UPGRADE = """
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;"""


def nginx(case, server, http="", main="", listen="", scheme="http"):
    """nginx with one server block of this content; it logs to its `access` file."""
    folder, port = case.new_folder("nginx"), free_port()
    temporary = "\n".join(f"  {kind}_temp_path {folder}/{kind};"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = case.file("nginx.conf", f"""
daemon off;
worker_processes 1;
worker_shutdown_timeout 1s;
pid {folder}/pid;
error_log stderr notice;
{main}
events {{ worker_connections 200; }}
http {{
{temporary}
  log_format all '$request_method $request_uri $status accept=[$http_accept_encoding] '
                 'encoding=[$sent_http_content_encoding] connection=$connection';
  access_log {folder}/access all;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
  {http}
  server {{
    listen 127.0.0.1:{port} {listen};
    {server}
  }}
}}
""")
    made = Server(case, ["nginx", "-p", folder, "-e", "stderr", "-c", conf], port, scheme)
    made.access = folder / "access"
    return made


def haproxy(case, gateway, defaults="", frontend="", bind="", scheme="http", main=""):
    port = free_port()
    conf = case.file("haproxy.cfg", f"""
global
  {main}
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  {defaults}
frontend in
  bind 127.0.0.1:{port} {bind}
  {frontend}
  default_backend gateway
backend gateway
  server one 127.0.0.1:{gateway.port}
""")
    return Server(case, ["haproxy", "-db", "-f", conf], port, scheme)


def apache(case, site, tls=None):
    folder, port = case.new_folder("apache"), free_port()
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
        for name in ("mpm_event", "authz_core", "proxy", "proxy_http", "proxy_wstunnel", "rewrite",
                     "alias", "ssl"))
    secure = (f"SSLEngine on\nSSLCertificateFile {tls.chain}\nSSLCertificateKeyFile {tls.key}"
              if tls else "")
    conf = case.file("apache.conf", f"""
{modules}
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
Mutex file:{folder}
ErrorLog {folder}/error.log
ProxyRequests Off
{secure}
{site}
""")
    return Server(case, ["apache2", "-DFOREGROUND", "-f", conf], port, "https" if tls else "http")


def lighttpd(case, gateway, upgrade):
    folder, port = case.new_folder("lighttpd"), free_port()
    conf = case.file("lighttpd.conf", f"""
server.modules = ("mod_proxy")
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.upload-dirs = ("{folder}")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => {gateway.port})))
proxy.header = ("upgrade" => "{'enable' if upgrade else 'disable'}")
""")
    return Server(case, ["lighttpd", "-D", "-f", conf], port)


def caddy(case, gateway):
    folder, port = case.new_folder("caddy"), free_port()
    conf = case.file("Caddyfile", f"""{{
  admin off
  auto_https off
  storage file_system {folder}
}}
http://127.0.0.1:{port} {{
  reverse_proxy 127.0.0.1:{gateway.port}
}}
""")
    return Server(case, ["caddy", "run", "--adapter", "caddyfile", "--config", conf], port,
                  env=case.environment(HOME=str(folder)))


class Certificates:
    """An authority, and certificates that it signed."""

    class Pair:
        def __init__(self, folder, name):
            self.chain, self.key = folder / f"{name}.pem", folder / f"{name}.key"

    def __init__(self, case):
        self.folder = case.new_folder("certificates")
        self.ca = self.Pair(self.folder, "ca")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-subj", "/CN=Test authority", "-days", "30",
                      "-addext", "keyUsage=critical,keyCertSign", "-keyout", self.ca.key,
                      "-out", self.ca.chain)

    def pair(self, name, hosts, days=30, self_signed=False):
        made = self.Pair(self.folder, name)
        extension = self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={hosts}\n")
        request = self.folder / f"{name}.csr"
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-subj", f"/CN={name}", "-keyout", made.key, "-out", request)
        signer = (["-signkey", made.key] if self_signed else
                  ["-CA", self.ca.chain, "-CAkey", self.ca.key, "-CAcreateserial"])
        self._openssl("x509", "-req", "-in", request, "-out", made.chain, "-extfile", extension,
                      "-days", str(days), *signer)
        for file in (made.chain, made.key):
            file.chmod(0o644)
        return made

    def localhost(self):
        return self.pair("gateway", "DNS:localhost,IP:127.0.0.1")

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def nginx_tls(pair):
    return f"ssl_certificate {pair.chain}; ssl_certificate_key {pair.key};"


def tinyproxy(case, user=None, allowed=""):
    port = free_port()
    conf = case.file("tinyproxy.conf", f"""
Port {port}
Listen 127.0.0.1
Timeout 30
LogLevel Connect
{f"BasicAuth {user[0]} {user[1]}" if user else ""}
{allowed}
""")
    return Server(case, ["tinyproxy", "-d", "-c", conf], port)


def squid(case, rules="http_access allow all", user=None):
    folder, port = case.new_folder("squid"), free_port()
    if user:
        hashed = subprocess.run(["openssl", "passwd", "-apr1", user[1]], check=True,
                                capture_output=True, text=True).stdout
        users = case.file("users", f"{user[0]}:{hashed}")
        rules = f"""
auth_param basic program /usr/lib/squid/basic_ncsa_auth {users}
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all"""
    conf = case.file("squid.conf", f"""
http_port 127.0.0.1:{port}
pid_filename none
cache_log {folder}/cache.log
access_log stdio:{folder}/access
coredump_dir {folder}
cache deny all
logfile_rotate 0
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 256
{rules}
""")
    made = Server(case, ["squid", "-N", "-f", conf], port)
    made.access = folder / "access"
    return made


def microsocks(case, user=None):
    port = free_port()
    login = ["-u", user[0], "-P", user[1]] if user else []
    return Server(case, ["microsocks", "-i", "127.0.0.1", "-p", port, *login], port)


def proxy_url(server, scheme="http"):
    return f"{scheme}://127.0.0.1:{server.port}"


def basic(user):
    return base64.b64encode(":".join(user).encode()).decode()
