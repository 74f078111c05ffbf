"""Picture, sound and input through the page's own connection, where no path of WebRTC exists."""
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import unittest

from browsers import open_browser
from hairpin import TOP, Server, wait_for
from lab import Lab, needs_lab
from network import path, video
from page import Page
from tap import ALL, figure

WEBSOCKET = {"path": "websocket"}
SMALL = ["--pattern.size", "640x360", "--pattern.rate", "20"]  # the ways are tested, not the encoder
OPEN_LIMIT_S = 12  # the goal is 4 from the log-in to the picture; three times that, for a machine that is busy
TAKE_OVER_LIMIT_S = 9  # the goal is 3
BACK_LIMIT_S = 120  # the goal is a minute
# On a router: no UDP goes through any more, what is known already included.
CUT = "table inet cut { chain through { type filter hook forward priority -300; meta l4proto udp drop; }; }"
PROBE = os.path.join(TOP, "tests", "e2e", "probe.py")


def assert_moves(test, page, x, y):
    """The pointer goes there, as the picture tells."""
    tries = iter(range(10000))

    def is_there():
        if next(tries) % 10 == 0:
            page.pointer(("move", x + 20, y + 20), ("move", x, y))
        read = page.pattern()
        return read["isGood"] and abs(read["x"] - x) <= 3 and abs(read["y"] - y) <= 3
    wait_for(is_there, 20, f"the pointer to be at {x}, {y}; it is {page.pattern()}")


class TunnelTest:
    """Nothing but the tunnel."""
    browser_name = ""
    codec = "vp8"

    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            cls.server = stack.enter_context(Server("--capture.video.codec", cls.codec, tunnel=True))
            cls.browser = stack.enter_context(open_browser(cls.browser_name))
            start = time.monotonic()
            cls.page = Page(cls.browser, cls.server, "Ann", query=WEBSOCKET).wait_live()
            figure(f"from opening the page to the picture by WebSocket in {cls.browser_name}, {cls.codec}",
                   f"{time.monotonic() - start:.1f} s")
            cls.addClassCleanup(stack.pop_all().close)

    def test_frames_advance_in_order(self):
        counters = self.page.counters(60)
        steps = [(b - a) % 65536 for a, b in zip(counters, counters[1:])]
        self.assertTrue(all(0 < step < 300 for step in steps), counters)
        figure(f"pictures a step by WebSocket in {self.browser_name}, {self.codec}", round(sum(steps) / len(steps), 2))

    def test_sound_has_the_tones_frequency(self):
        self.assertAlmostEqual(self.page.tone_hz(), 440, delta=8)

    def test_the_solid_colour_is_right(self):
        width, height = self.page.rect()["pixels"]
        colour = self.page.colour(width // 2, height * 7 // 8)
        figure(f"colour by WebSocket in {self.browser_name}, {self.codec}", [round(c, 1) for c in colour])
        for is_value, should in zip(colour, (0x33, 0x66, 0x99)):
            self.assertLess(abs(is_value - should), 4.01, colour)

    def test_control_is_taken_and_the_pointer_moves(self):
        self.page.take_control()
        assert_moves(self, self.page, 300, 400)
        assert_moves(self, self.page, 900, 200)

    def test_the_page_names_the_way_and_no_peer_was_made(self):
        wait_for(lambda: path(self.page) == "websocket", 20, "the page to name its path")
        self.assertEqual(self.browser.run("return window.__peers.length"), 0)
        self.page.click(".link .chip")
        wait_for(lambda: "the page's own connection" in self.page.text(), 10, "the words")
        wait_for(lambda: "ms, " in self.browser.run("return document.querySelector('.chip').innerText"), 10, "the round trip")
        self.page.screenshot(f"tunnel-{self.browser_name}-{self.codec}")
        self.page.click(".link .chip")


left_to_all = unittest.skipUnless(ALL, "takes long: ./test.sh --all runs it")  # its browser has a sister in CI


@left_to_all
class ChromiumVp8(TunnelTest, unittest.TestCase):
    browser_name = "chromium"


class ChromiumH264(TunnelTest, unittest.TestCase):
    browser_name, codec = "chromium", "h264"


class FirefoxVp8(TunnelTest, unittest.TestCase):
    browser_name = "firefox"


@left_to_all
class FirefoxH264(TunnelTest, unittest.TestCase):
    """Also where Firefox has no H.264 for WebRTC."""
    browser_name, codec = "firefox", "h264"


class LadderTest:
    """Nobody has asked for the tunnel."""
    browser_name = ""

    def server(self, *options, **more):
        server = Server(*options, tunnel=True, **more)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def browser(self):
        browser = open_browser(self.browser_name)
        self.addCleanup(browser.close)
        return browser

    # What is seen while the way changes: the state, the way, and how long the picture stands, in ms.
    WATCH = """
        window.__states = new Set(); window.__ways = new Set(); window.__still = 0;
        let last = performance.now();
        const video = document.querySelector("video");
        const seen = () => {
            window.__still = Math.max(window.__still, performance.now() - last);
            last = performance.now();
            video.requestVideoFrameCallback(seen);
        };
        video.requestVideoFrameCallback(seen);
        window.__watch = setInterval(() => {
            __states.add(document.body.dataset.state);
            __ways.add(document.querySelector(".link").dataset.path ?? "");
        }, 20);"""

    def watched(self, page):
        states, still = page.browser.run("clearInterval(__watch); return [[...__states], __still]")
        return set(states), round(still)

    def test_where_nothing_else_opens_the_page_comes_up_by_itself_and_goes_back(self):
        server = self.server(*SMALL, policy="relay")  # and there is no relay
        page = Page(self.browser(), server, "Ann").wait_live()
        took = page.browser.run("return window.__join.shown") / 1000
        figure(f"from opening the page to the picture where no path exists, {self.browser_name}", f"{took:.1f} s")
        self.assertLess(took, OPEN_LIMIT_S)
        wait_for(lambda: path(page) == "websocket", 20, "the page to name its path")
        page.take_control()
        assert_moves(self, page, 200, 100)
        page.browser.run(self.WATCH)
        page.browser.run("window.__policy = 'all'")
        start = time.monotonic()
        wait_for(lambda: path(page) == "direct", BACK_LIMIT_S, "the page to go back to WebRTC")
        figure(f"back to WebRTC after, {self.browser_name}", f"{time.monotonic() - start:.1f} s")
        assert_moves(self, page, 400, 200)
        wait_for(lambda: page.browser.run("return __sockets.filter((each) => each.readyState < 2).length") == 1, 20,
                 "the tunnel to be closed")
        states, still = self.watched(page)
        figure(f"longest still picture at the change to WebRTC, {self.browser_name}", f"{still} ms")
        self.assertEqual(states, {"live"})
        self.assertEqual(page.control(), "mine")
        self.assertTrue(page.browser.run("return document.querySelector('.still').hidden"))

    def test_a_path_that_is_cut_is_taken_over_from_and_comes_back(self):
        needs_lab()
        lab = Lab("--public", "pub", "--home", "a:port-restricted")
        lab.__enter__()
        self.addCleanup(lab.__exit__)
        server = self.server(*SMALL, "--webrtc.tcp", "false", prefix=lab.prefix("pub"), bind=f"{lab.address('pub')}:0")
        inside = lab.inside("a.host1")
        inside.__enter__()
        self.addCleanup(inside.__exit__)
        page = Page(self.browser(), server, "Ann", scheme="https").wait_live()
        wait_for(lambda: path(page) == "direct" and video(page).get("framesDecoded", 0) > 20, 30, "pictures by UDP")
        page.take_control()
        assert_moves(self, page, 200, 100)
        page.browser.run(self.WATCH)
        nft = [*lab.prefix("a"), "nft"]
        subprocess.run([*nft, CUT], check=True)
        start = time.monotonic()
        wait_for(lambda: path(page) == "websocket", 30, "the tunnel to take over")
        took = time.monotonic() - start
        self.assertTrue(wait_for(lambda: page.pattern()["isGood"], 20, "a whole picture"))
        figure(f"UDP is cut: the tunnel carries after, {self.browser_name}", f"{took:.1f} s")
        self.assertLess(took, TAKE_OVER_LIMIT_S)
        assert_moves(self, page, 300, 200)
        self.assertEqual(page.control(), "mine")
        page.screenshot(f"tunnel-cut-{self.browser_name}")
        self.watched(page)
        page.browser.run(self.WATCH)
        subprocess.run([*nft, "delete", "table", "inet", "cut"], check=True)
        start = time.monotonic()
        wait_for(lambda: path(page) == "direct", BACK_LIMIT_S, "the page to go back to UDP")
        figure(f"UDP is open again: used after, {self.browser_name}", f"{time.monotonic() - start:.1f} s")
        assert_moves(self, page, 400, 100)
        states, still = self.watched(page)
        figure(f"longest still picture at the change back to UDP, {self.browser_name}", f"{still} ms")
        self.assertEqual((states, page.control()), ({"live"}, "mine"))

    def test_what_is_typed_arrives(self):
        with tempfile.TemporaryDirectory(prefix="hairpin-probe-") as folder:
            events = os.path.join(folder, "events")

            def lines():
                if not os.path.exists(events):
                    return []
                with open(events) as f:
                    return f.read().splitlines()
            server = self.server("--desktop.screen", "640x400@30", "--desktop.window_manager", "", "--desktop.program",
                                 f"{sys.executable} {PROBE} {events}", plugin="desktop")
            wait_for(lambda: lines()[:1], 30, "the probe")
            page = Page(self.browser(), server, "Ann", query=WEBSOCKET).wait_live()
            page.take_control()
            page.pointer(("move", 300, 200), ("down", 0), ("up", 0))
            page.type("hairpin")
            wanted = [hex(ord(letter)) for letter in "hairpin"]

            def typed():
                return [line.split()[1] for line in lines() if line.startswith("down")]
            wait_for(lambda: typed() == wanted, 20, f"what was typed; the probe says {lines()}")


class ChromiumLadder(LadderTest, unittest.TestCase):
    browser_name = "chromium"


class FirefoxLadder(LadderTest, unittest.TestCase):
    browser_name = "firefox"

    def test_a_codec_that_firefox_has_for_pages_only_comes_by_the_tunnel(self):
        page = Page(self.browser(), self.server(*SMALL, "--capture.video.codec", "h264"), "Ann").wait_live()
        wait_for(lambda: path(page) == "websocket", 20, "the page to name its path")
        self.assertTrue(wait_for(lambda: page.pattern()["isGood"], 20, "a whole picture"))
        page.screenshot("tunnel-codec-firefox")
