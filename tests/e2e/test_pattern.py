"""The test picture through every layer: log-in, signaling, ICE, DTLS, SRTP, a real browser's decoder."""
import time
import unittest

from browsers import open_browser
from hairpin import Server
from page import Page
from tap import figure


class PatternTest:
    """Frames are read back in order, sound has the tone's frequency, colours are right."""
    browser_name = ""
    codec = "auto"

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--capture.video.codec", cls.codec)
        cls.browser = open_browser(cls.browser_name)
        start = time.monotonic()
        cls.page = Page(cls.browser, cls.server, "Ann").wait_live()
        figure(f"from opening the page to the picture in {cls.browser_name}, {cls.codec}",
               f"{time.monotonic() - start:.1f} s")

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.server.stop()

    def test_frames_advance_in_order(self):
        counters = self.page.counters(60)
        steps = [(b - a) % 65536 for a, b in zip(counters, counters[1:])]
        self.assertTrue(all(0 < step < 300 for step in steps), counters)  # a slow reader skips some
        figure(f"pictures a step in {self.browser_name}, {self.codec}", round(sum(steps) / len(steps), 2))

    def test_sound_has_the_tones_frequency(self):
        self.assertAlmostEqual(self.page.tone_hz(), 440, delta=8)

    def test_the_solid_colour_is_right(self):
        width, height = self.page.rect()["pixels"]
        colour = self.page.colour(width // 2, height * 7 // 8)
        figure(f"colour in {self.browser_name}, {self.codec}", [round(c, 1) for c in colour])
        for is_value, should in zip(colour, (0x33, 0x66, 0x99)):
            self.assertLess(abs(is_value - should), 4.01, colour)

    def test_the_page_names_a_direct_path(self):
        self.page.screenshot(f"pattern-{self.browser_name}-{self.codec}")
        self.assertEqual(self.browser.run("return document.querySelector('.link').dataset.path"), "direct")


class ChromiumVp8(PatternTest, unittest.TestCase):
    browser_name, codec = "chromium", "vp8"


class ChromiumH264(PatternTest, unittest.TestCase):
    browser_name, codec = "chromium", "h264"


class FirefoxVp8(PatternTest, unittest.TestCase):
    browser_name, codec = "firefox", "vp8"
