"""nginx and Caddy, each with the sample of docs/connecting.md, in front of a server at 127.0.0.1."""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from browsers import open_browser
from hairpin import TOP, USER, Server, wait_for
from page import Door, Page
from tap import needs_all

SITE = "desk.localhost"  # every browser looks it up itself

# What stands around a sample: everything that a program of its own writes is in its folder.
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}; server_name {site};
        {sample}
    }}
    server {{
        listen 127.0.0.1:{tls_port} ssl; server_name {site};
        ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
        {sample}
    }}
}}
"""
CADDY = """
{{
    admin off
    default_bind 127.0.0.1
    storage file_system {folder}/storage
    auto_https disable_redirects
    local_certs
    skip_install_trust
}}
{sample}
"""


def samples():
    """The blocks of code of the section: nginx, Caddy, Caddy below a path."""
    with open(os.path.join(TOP, "docs", "connecting.md")) as f:
        section = re.search(r"^## Behind a reverse proxy\n(.*?)^## ", f.read(), re.DOTALL | re.MULTILINE).group(1)
    return re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class ProxyScene:
    program = ""

    @classmethod
    def setUpClass(cls):
        needs_all()
        if not shutil.which(cls.program):
            raise unittest.SkipTest(f"{cls.program} is not installed")
        cls.browser = open_browser("chromium")
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="hairpin-proxy-"))
        os.chmod(self.folder, 0o755)  # the workers of nginx are another user

    def start(self, config, ports, *command):
        """Runs the program with that text as its configuration until the test ends."""
        with open(f"{self.folder}/config", "w") as f:
            f.write(config)
        log = open(f"{self.folder}/output", "w")
        env = {**os.environ, "HOME": self.folder, "XDG_DATA_HOME": self.folder, "XDG_CONFIG_HOME": self.folder}
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        log.close()
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

        def listens():
            assert process.poll() is None, open(f"{self.folder}/output").read()
            for port in ports:
                try:
                    socket.create_connection(("127.0.0.1", port), 5).close()
                except OSError:
                    return False
            return True
        wait_for(listens, 30, f"{self.program} to listen")

    def check(self, server, scheme, port, path="/"):
        """A person logs in, sees the picture, takes control, points at something, and logs out."""
        page = Page(self.browser, Door(server, SITE, port), "Ann", scheme=scheme, path=path).wait_live()
        self.assertEqual(page.browser.run("return location.pathname + location.search"), path)
        page.take_control()
        page.pointer(("move", 320, 240))
        wait_for(lambda: abs(page.pattern()["x"] - 320) <= 3, 20, "the pointer to move")
        page.press("leave")
        page.wait_state("login")

    def ask(self, port, password, source="127.0.0.1", origin=None):
        """The status of a log-in by the proxy, from that address and for a page of that site."""
        site = f"{SITE}:{port}"
        connection = http.client.HTTPConnection("127.0.0.1", port, 20, source_address=(source, 0))
        try:
            connection.request("POST", "/api/login", json.dumps({"username": "Ben", "password": password}), {
                "Host": site, "Origin": origin or f"http://{site}", "Content-Type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()

    def check_plain(self, server, port):
        """What the server has to know of the browser, and of the page's site."""
        self.check(server, "http", port)
        self.assertEqual(self.ask(port, USER), 200)
        self.assertEqual(self.ask(port, USER, origin="http://evil.example"), 403)
        self.assertEqual(self.ask(port, "wrong", "127.0.0.9"), 401)
        server.wait_log("log-in failed from 127.0.0.9")

    def server(self, *options):
        server = Server("--server.proxy", "true", *options)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server


class Nginx(ProxyScene, unittest.TestCase):
    program = "nginx"

    def start_nginx(self, server, sample):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", f"{self.folder}/key.pem", "-out", f"{self.folder}/cert.pem", "-days", "9",
                        "-subj", f"/CN={SITE}"], check=True, stderr=subprocess.DEVNULL)
        ports = free_ports(2)
        config = NGINX.format(folder=self.folder, site=SITE, port=ports[0], tls_port=ports[1],
                              sample=sample.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}"))
        self.start(config, ports, "nginx", "-p", self.folder, "-e", f"{self.folder}/log", "-c", f"{self.folder}/config")
        return ports

    def test_the_sample_serves_the_page_over_http_and_https(self):
        server = self.server()
        port, tls_port = self.start_nginx(server, samples()[0])
        self.check_plain(server, port)
        self.check(server, "https", tls_port)

    def test_the_sample_serves_the_page_below_a_path(self):
        server = self.server("--server.path_prefix", "/desk")
        port, tls_port = self.start_nginx(server, samples()[0].replace("location /", "location /desk/"))
        self.check(server, "http", port, "/desk/")
        self.check(server, "https", tls_port, "/desk/")
        self.browser.get(f"http://{SITE}:{port}/desk")
        self.assertEqual(self.browser.run("return location.href"), f"http://{SITE}:{port}/desk/")


class Caddy(ProxyScene, unittest.TestCase):
    program = "caddy"

    def start_caddy(self, server, sample):
        ports = free_ports(2)
        sample = sample.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
        sites = [sample.replace("desk.example.org", f"{scheme}://{SITE}:{port}")
                 for scheme, port in zip(("http", "https"), ports)]
        self.start(CADDY.format(folder=self.folder, sample="\n".join(sites)), ports,
                   "caddy", "run", "--config", f"{self.folder}/config", "--adapter", "caddyfile")
        return ports

    def test_the_sample_serves_the_page_over_http_and_https(self):
        server = self.server()
        port, tls_port = self.start_caddy(server, samples()[1])
        self.check_plain(server, port)
        self.check(server, "https", tls_port)

    def test_the_sample_serves_the_page_below_a_path(self):
        server = self.server("--server.path_prefix", "/desk")
        port, tls_port = self.start_caddy(server, samples()[2])
        self.check(server, "http", port, "/desk/")
        self.check(server, "https", tls_port, "/desk/")
        self.browser.get(f"http://{SITE}:{port}/desk")
        self.assertEqual(self.browser.run("return location.href"), f"http://{SITE}:{port}/desk/")


if __name__ == "__main__":
    unittest.main()
