"""Media by TCP on the page's port, where UDP is blocked and nothing is configured; and by TURN over TCP on that port."""
import re
import time
import unittest

from browsers import open_browser
from hairpin import Server, wait_for
from lab import Lab, needs_lab
from network import RELAY, video
from page import Door, Page
from person import Person
from tap import figure, needs_all

SMALL = ["--pattern.size", "640x360", "--pattern.rate", "20"]
CONNECT_LIMIT_MS = 1500  # the goal is 150; a machine that is busy takes longer

# The protocols of the pair in use.
PAIR = """
const reports = [...(await window.__peers.at(-1).getStats()).values()];
const pair = reports.find((report) => report.type === "candidate-pair" && report.nominated
        && report.state === "succeeded" && (report.bytesReceived ?? 0) > 0);
const find = (id) => reports.find((report) => report.id === id);
return [find(pair.localCandidateId).protocol, find(pair.remoteCandidateId).protocol];
"""

# Pictures that do not fit into a packet.
NOISE = ("videotestsrc is-live=true pattern=snow ! video/x-raw,width=160,height=120,framerate=20/1 ! vp8enc deadline=1"
         " cpu-used=8 end-usage=cbr target-bitrate=800000 keyframe-max-dist=10000 ! appsink name=appsink")
SLOW_S, SLOW_LIMIT = 3, 0.85  # of the pictures that a slow line may show at most


class TcpTest:
    browser_name = ""

    def setUp(self):
        needs_lab()
        self.lab = Lab("--public", "pub", "--home", "a:udp-blocked", "--home", "b:udp-blocked")
        self.lab.__enter__()
        self.addCleanup(self.lab.__exit__)

    def start(self, *words, ports=(443,), **options):
        bind = ",".join(f"{self.lab.address('pub')}:{port}" for port in ports)
        server = Server(*SMALL, *words, prefix=self.lab.prefix("pub"), bind=bind, **options)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def enter(self, node):
        inside = self.lab.inside(node)
        inside.__enter__()
        self.addCleanup(inside.__exit__)

    def page(self, server, name, node="a.host1"):
        self.enter(node)
        browser = open_browser(self.browser_name)
        self.addCleanup(browser.close)
        return Page(browser, server, name, scheme="https")

    def open(self, server, name, node="a.host1"):
        return self.page(server, name, node).wait_live()

    def test_where_nothing_gets_through_page_and_log_say_so(self):
        needs_all()
        server = self.start("--webrtc.tcp", "false")
        page = self.page(server, "Ann")
        wait_for(lambda: "neither UDP nor TCP for the picture gets through" in page.text(), 60, "the reason")
        self.assertEqual(page.state(), "still")
        server.wait_log(r"no path: \d+ candidates of the browser .* none of its checks came", 30)
        server.wait_log("the peer failed: ice-timeout", 30)

    def test_a_browser_without_udp_connects_by_tcp_at_a_further_port(self):
        server = self.start(ports=(8080, 443))
        page = self.open(Door(server, self.lab.address("pub"), 443), "Ann")
        self.assertEqual(page.browser.run_async(PAIR), ["tcp", "tcp"])
        took = page.browser.run("return window.__join.connected - window.__join.answered")
        print(f"# FIGURE answer to connected by TCP, {self.browser_name}: {took:.0f} ms")
        self.assertLess(took, CONNECT_LIMIT_MS)

    def test_a_browser_whose_only_way_is_turn_over_tcp_sees_the_desktop(self):
        server = self.start("--turn.public", self.lab.address("pub"), policy="relay")
        self.enter("a.host1")
        other = Person(server, "Ben")  # has the first worker, which has the connections; Ann gets another one
        self.addCleanup(other.close)
        page = self.open(server, "Ann")
        wait_for(lambda: video(page).get("framesDecoded", 0) >= 20, 60, "pictures to flow")
        self.assertTrue(wait_for(lambda: page.pattern()["isGood"], 20, "a whole picture"))
        if self.browser_name == "chromium":  # Firefox does not tell
            self.assertEqual(page.browser.run_async(RELAY), ["relay", "tcp"])
        took = page.browser.run("return window.__join.connected - window.__join.answered")
        figure(f"answer to connected by TURN over TCP, {self.browser_name}", f"{took:.0f} ms")
        self.assertLess(took, CONNECT_LIMIT_MS)
        server.stop()
        relayed = int(re.search(r"(\d+) datagrams relayed", server.log()).group(1))
        clients = int(re.search(r"(\d+) of STUN and TURN clients", server.log()).group(1))
        self.assertGreater(relayed, 0)
        self.assertGreater(clients, 0)

    def decoded(self, pages, time_s):
        before = [video(page)["framesDecoded"] for page in pages]
        time.sleep(time_s)
        return [video(page)["framesDecoded"] - count for page, count in zip(pages, before)]

    def test_a_slow_tcp_reader_gets_fewer_pictures_and_others_all(self):
        needs_all()
        server = self.start(env={"HAIRPIN_CAPTURE_VIDEO_PIPELINE": NOISE})
        pages = [self.open(server, "Ann"), self.open(server, "Ben", "b.host1")]
        for page in pages:
            wait_for(lambda: video(page).get("framesDecoded", 0) >= 20, 60, "pictures to flow")
            self.assertEqual(page.browser.run_async(PAIR), ["tcp", "tcp"])
        self.lab.natlab("set", "a", "rate=400kbit")
        self.decoded(pages, 1)  # what the network holds
        slow, fast = self.decoded(pages, SLOW_S)
        figure(f"pictures in {SLOW_S} s by a slow and by a fast line of TCP, {self.browser_name}", f"{slow}, {fast}")
        self.assertLess(slow, fast * SLOW_LIMIT)
        self.assertGreater(fast, SLOW_S * 20 * SLOW_LIMIT)
        self.lab.natlab("set", "a", "rate=100mbit")
        before = video(pages[0])["framesDecoded"]
        wait_for(lambda: video(pages[0])["framesDecoded"] >= before + 20, 20, "the slow line to recover")
        self.assertEqual(pages[0].state(), "live")


class Chromium(TcpTest, unittest.TestCase):
    browser_name = "chromium"


class Firefox(TcpTest, unittest.TestCase):
    browser_name = "firefox"
