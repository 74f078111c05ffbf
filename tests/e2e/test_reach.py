"""By which addresses browser and server find each other, with nothing configured."""
import os
import re
import shutil
import subprocess
import time
import unittest

from browsers import Chromium as Browser, open_browser
from hairpin import Server, wait_for
from lab import Lab, needs_lab
from page import Page
from person import Person
from tap import figure, needs_all

# Tells everybody by which address he comes.
TELLER = """
import http.server, sys
class Teller(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = self.client_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *_):
        pass
http.server.HTTPServer((sys.argv[1], 80), Teller).serve_forever()
"""
SETTLED_S = 10
REMINDED_S = 55  # without a change there would be a new port every 20 s
SMALL = ["--pattern.size", "640x360", "--pattern.rate", "20", "--log.level", "debug"]


class ReachTest:
    browser_name = ""

    def setUp(self):
        needs_lab()

    def lab(self, *words):
        lab = Lab(*words)
        lab.__enter__()
        self.addCleanup(lab.__exit__)
        return lab

    def server(self, lab, node, *words):
        server = Server(*SMALL, *words, prefix=lab.prefix(node), bind=lab.address(node) + ":0")
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def open(self, lab, server, node, make=None):
        inside = lab.inside(node)
        inside.__enter__()
        self.addCleanup(inside.__exit__)
        browser = make() if make else open_browser(self.browser_name)
        self.addCleanup(browser.close)
        return Page(browser, server, "Ann").wait_live()

    def test_a_browser_on_the_lan_is_found_by_the_name_that_hides_its_address(self):
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab, "a.host2")
        self.open(lab, server, "a.host1")
        found = f".local is {lab.address('a.host1')}"
        wait_for(lambda: found in server.log(), 10, "the server to have found the browser's address")

    def test_a_picture_moves_with_the_server_to_an_address_that_has_just_come(self):
        server, since = self.move_server()
        self.assertNotIn("silent", "\n".join(server.lines[since:]))

    def test_a_viewer_with_a_port_of_its_own_is_served_at_the_address_that_has_just_come(self):
        self.move_server("--webrtc.epr", "52000-52100")

    def move_server(self, *words):
        """The page stays where it is: it is at an address that carries no UDP here."""
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        page_address, ip = lab.address("a.host2"), [*lab.prefix("a.host2"), "ip"]
        device = re.search(r"^\d+: (\w+) ", subprocess.run([*ip, "-o", "-4", "addr", "show", "to", page_address], check=True,
                                                          capture_output=True, text=True).stdout).group(1)
        first, second = (page_address.rpartition(".")[0] + end for end in (".201", ".202"))
        change = lambda verb, address: subprocess.run([*ip, "addr", verb, address + "/24", "dev", device], check=True)
        change("add", first)
        subprocess.run([*lab.prefix("a.host1"), "nft", "add table inet cut; add chain inet cut out { type filter hook output"
                        f" priority 0; }}; add rule inet cut out ip daddr {page_address} meta l4proto udp drop"], check=True)
        server = self.server(lab, "a.host2", "--webrtc.tcp", "false", *words)
        page = self.open(lab, server, "a.host1")
        decoded = lambda: page.stats().get("inbound-rtp/video", {}).get("framesDecoded", 0)
        server.wait_log(rf"host {first}:", 10)
        wait_for(lambda: decoded() > 5, 20, "pictures to flow")
        since = len(server.lines)
        change("add", second)
        change("del", first)
        start = time.monotonic()
        server.wait_log(rf"(pair|connected,) host {second}:", 10, since)
        before = decoded()
        wait_for(lambda: decoded() > before + 5, 10, "pictures to flow again")
        figure(f"the server's address changes, {' '.join([self.browser_name, *words])}", f"pictures flow after {time.monotonic() - start:.1f} s")
        return server, since


class Addresses(unittest.TestCase):
    def test_the_public_address_is_learnt_from_a_stun_server(self):
        needs_lab()
        with Lab("--public", "pub", "--home", "a:port-restricted") as lab:
            stun = lab.address("public")
            coturn = subprocess.Popen([*lab.prefix("public"), "turnserver", "-n", "--listening-ip", stun, "--stun-only",
                                       "--no-tls", "--no-dtls", "--no-cli", "--pidfile", "", "--log-file", "stdout"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                with Server(*SMALL, "--webrtc.stun", f"{lab.address('stranger')}:3478,{stun}:3478",
                            prefix=lab.prefix("a.host2"), bind=lab.address("a.host2") + ":0") as server:
                    own, outside = lab.address("a.host2"), lab.address("a")
                    wait_for(lambda: f"addresses: {own}, {outside}" in server.log(), 20, "the public address")
            finally:
                coturn.terminate()
                coturn.wait()

    def hear_late(self, *words):
        """Whoever watches hears of the public address once a STUN server is there."""
        needs_lab()
        lab = self.enterContext(Lab("--public", "pub", "--home", "a:port-restricted"))
        stun = lab.address("public")
        server = self.enterContext(Server(*SMALL, "--webrtc.stun", f"{stun}:3478", "--webrtc.timeout", "120", *words,
                                          prefix=lab.prefix("a.host2"), bind=lab.address("a.host2") + ":0"))
        self.enterContext(lab.inside("a.host1"))
        person = self.enterContext(Person(server, "Ann"))
        person.send("signal/request", {"video": {}})
        outside = lab.address("a")
        self.assertNotIn(f" {outside} ", person.expect("signal/provide")[1]["sdp"])
        coturn = subprocess.Popen([*lab.prefix("public"), "turnserver", "-n", "--listening-ip", stun, "--stun-only",
                                   "--no-tls", "--no-dtls", "--no-cli", "--pidfile", "", "--log-file", "stdout"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(coturn.wait)
        self.addCleanup(coturn.terminate)
        person.expect("signal/candidate", lambda payload: f" {outside} " in payload["candidate"], timeout_s=60)

    def test_a_viewer_hears_of_a_public_address_that_comes(self):
        self.hear_late()

    def test_a_viewer_with_a_port_of_its_own_hears_of_a_public_address_that_comes(self):
        self.hear_late("--webrtc.epr", "52000-52100")

    def test_the_public_address_is_learnt_from_an_http_server_where_udp_is_blocked(self):
        needs_lab()
        with Lab("--public", "pub", "--home", "a:udp-blocked") as lab:
            outside = lab.address("public")
            teller = subprocess.Popen([*lab.prefix("public"), "python3", "-c", TELLER, outside])
            try:
                with Server(*SMALL, "--webrtc.stun", f"{outside}:3478", "--webrtc.ip_retrieval_url", f"http://{outside}/my-secret",
                            prefix=lab.prefix("a.host2"), bind=lab.address("a.host2") + ":0") as server:
                    server.wait_log(f"the public address is {lab.address('a')}, as {outside} sees it", 20)
                    wait_for(lambda: f"addresses: {lab.address('a.host2')}, {lab.address('a')}" in server.log(), 5, "its use")
                    self.assertNotIn("my-secret", server.log())
            finally:
                teller.kill()
                teller.wait()

    def test_the_router_forwards_the_shared_port_as_long_as_the_server_runs(self):
        needs_lab()
        if not shutil.which("miniupnpd"):
            self.skipTest("miniupnpd is not installed")
        os.environ["NATLAB_NET"] = "11.0.0"  # miniupnpd wants a public address
        self.addCleanup(os.environ.pop, "NATLAB_NET")
        with Lab("--public", "pub", "--home", "a:port-restricted") as lab:
            lab.natlab("igd", "a")
            inside = lab.address("a.host2")
            with Server(*SMALL, "--webrtc.stun", "", prefix=lab.prefix("a.host2"),
                        bind=inside + ":8080") as server:
                server.wait_log(re.escape(f"the router maps {lab.address('a')}:8080 to UDP port 8080"), 20)
                self.assertIn(f"dnat ip to {inside}:8080", lab.natlab("rules", "a"))
                server.stop()
            self.assertNotIn(f"dnat ip to {inside}:8080", lab.natlab("rules", "a"))

    def test_a_router_that_forgets_soon_is_reminded_more_often(self):
        """Its mappings last for 15 s, the first keep-alive comes after 20 s: another port, and from then on the same."""
        needs_lab()
        needs_all()
        with Lab("--public", "pub", "--home", "a:port-restricted,timeout=15") as lab:
            stun, node = lab.address("public"), lab.prefix("public")
            subprocess.run([*node, "nft", "add table inet watch; add set inet watch ports { type inet_service; };"
                            " add chain inet watch in { type filter hook input priority 0; };"
                            " add rule inet watch in udp dport 3478 add @ports { udp sport }"], check=True)
            coturn = subprocess.Popen([*node, "turnserver", "-n", "--listening-ip", stun, "--stun-only", "--no-tls",
                                       "--no-dtls", "--no-cli", "--pidfile", "", "--log-file", "stdout"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                with Server(*SMALL, "--webrtc.stun", f"{stun}:3478", prefix=lab.prefix("a.host2"),
                            bind=lab.address("a.host2") + ":0"):
                    time.sleep(SETTLED_S)
                    subprocess.run([*node, "nft", "flush set inet watch ports"], check=True)
                    time.sleep(REMINDED_S)
            finally:
                coturn.terminate()
                coturn.wait()
            told = subprocess.run([*node, "nft", "list", "set", "inet", "watch", "ports"], check=True, capture_output=True,
                                  text=True).stdout
            ports = re.search(r"elements = \{(.*?)\}", told, re.S).group(1).split(",")
            figure(f"ports of a router that forgets after 15 s, in {REMINDED_S} s", len(ports))
            self.assertEqual(len(ports), 1)


class Chromium(ReachTest, unittest.TestCase):
    browser_name = "chromium"

    def test_a_page_that_may_not_send_into_the_lan_is_reached_from_there(self):
        """Chromium's Local Network Access, for a page of a public address: nobody has allowed it anything."""
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab, "a.host2")
        flags = ["--enable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebRTC",
                 f"--ip-address-space-overrides={lab.address('a.host2')}:{server.port}=public"]
        self.open(lab, server, "a.host1", lambda: Browser(*flags))


class Firefox(ReachTest, unittest.TestCase):
    browser_name = "firefox"
