"""A desktop on which nothing moves, for HAIRPIN_STILL_S. It runs beside other tests, and so by its name alone."""
import os
import time
import unittest

from hairpin import wait_for
from page import Page
from probe import COLOURS
from tap import figure
from test_desktop import ProbeDesktop, browsers, setUpModule  # noqa: F401 (unittest calls the last one)

STILL_S = float(os.environ.get("HAIRPIN_STILL_S", "65"))
SETTLE_S = 5


class StillDesktop(ProbeDesktop, unittest.TestCase):
    """Nothing moves for STILL_S. Both browsers ask for a keyframe when no picture comes for 3 s."""
    options = ("--capture.video.codec", "vp8")
    viewers = ("chromium", "firefox")

    def inbound(self, name):
        return self.pages[name].stats()["inbound-rtp/video"]

    def test_a_still_desktop_costs_no_keyframes_and_stays_sharp(self):
        time.sleep(SETTLE_S)  # who has just joined may still ask
        before = {name: self.inbound(name) for name in self.pages}
        cpu_s, began = self.server.cpu_s(), time.monotonic()
        time.sleep(STILL_S)
        cpu_s, took_s = self.server.cpu_s() - cpu_s, time.monotonic() - began
        after = {name: self.inbound(name) for name in self.pages}
        keyframes = after["chromium"]["keyFramesDecoded"] - before["chromium"]["keyFramesDecoded"]
        figure("keyframes of a still desktop", f"{keyframes} in {took_s:.0f} s")
        for name in self.pages:
            grown = {key: after[name].get(key, 0) - before[name].get(key, 0) for key in (
                "bytesReceived", "framesDecoded", "retransmittedBytesReceived", "qpSum", "pliCount")}
            pictures = max(grown["framesDecoded"], 1)
            figure(f"a still desktop in {name}", f"{grown['bytesReceived'] / took_s:.0f} bytes/s,"
                   f" {pictures} pictures of {grown['bytesReceived'] / pictures:.0f} bytes, quantizer"
                   f" {grown['qpSum'] / pictures:.0f}, {grown['retransmittedBytesReceived']} bytes sent again,"
                   f" {grown['pliCount']} keyframes asked for")
        figure("CPU of a still desktop, two viewers", f"{100 * cpu_s / took_s:.2f} % of a core")
        self.assertLess(keyframes, took_s / 60)
        for page in self.pages.values():
            self.assert_colours(page, COLOURS)

    def test_a_second_picture_follows_for_each_newcomer(self):
        """There are clients that show a picture when the first packet of the next one comes. The goal is 1 s, and after
        3 s without a picture Chromium asks for one."""
        for number in range(4):
            page = Page(browsers["chromium"], self.server, f"Newcomer {number}").wait_live()
            wait_for(lambda: page.stats()["inbound-rtp/video"]["framesReceived"] > 1, 2, "a second picture")


if __name__ == "__main__":
    unittest.main()
