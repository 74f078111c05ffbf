"""The picture over real networks: a router in between, loss, a relay, ways that die and come back."""
import re
import subprocess
import time
import unittest
from statistics import median

from hairpin import wait_for
from network import ICE_SERVERS, TURN_SECRET, TURN_USER, NetworkScene, took_ms, video
from page import Page
from tap import ALL, figure, needs_all

JOINS = 5 if ALL else 3
MORE_JOINS = 12  # of a machine that is short of time, which is no fault
# The best has to be near the goals: from the answer to the connection, and from the offer to the first picture.
CONNECT_LIMIT_MS = 100
SHOW_LIMIT_MS = 400
RELAY_LIMIT_MS = 1500  # the goal is 300
PAUSE_LIMIT_S = 2

# The pattern fits into a packet; noise does not.
NOISE = ("videotestsrc is-live=true pattern=snow ! video/x-raw,width=320,height=240,framerate=20/1 ! vp8enc deadline=1"
         " cpu-used=8 end-usage=cbr target-bitrate=2500000 keyframe-max-dist=10000 ! appsink name=appsink")

# Of the newest connection. Firefox never gives the figures of one that is closed meanwhile: 0.
DECODED = """
const read = async () => [...(await window.__peers.at(-1).getStats()).values()]
    .find((report) => report.type === "inbound-rtp" && report.kind === "video")?.framesDecoded ?? 0;
return Promise.race([read(), new Promise((done) => setTimeout(() => done(0), 300))]);
"""


class NetworkTest(NetworkScene):
    def watch(self, page, calm, count):
        """What changes in the browser's figures while it decodes that many pictures, and how often both froze."""
        before, calm_before = video(page), video(calm)
        wait_for(lambda: video(page)["framesDecoded"] >= before["framesDecoded"] + count, 120, f"{count} pictures")
        after, calm_after = video(page), video(calm)
        seen = {k: after.get(k, 0) - before.get(k, 0) for k in ("nackCount", "pliCount", "freezeCount", "packetsLost")}
        return seen, calm_after.get("freezeCount", 0) - calm_before.get("freezeCount", 0)

    def watch_with_loss(self, what, **options):
        """The browser's figures of 300 pictures while 5 % of all packets get lost, each way. A machine that is short of
        time freezes pictures, too: a second browser, behind a line without loss, tells how often. A packet of which
        every copy is lost cannot be ruled out, nor a pause that meets one browser only: one good run of four will do."""
        lab = self.lab("--public", "pub", "--home", "a:port-restricted", "--home", "b:port-restricted")
        server = self.server(lab, **options)
        page, calm = self.open(lab, server), self.open(lab, server, "b.host1")
        for each in page, calm:
            wait_for(lambda: video(each).get("framesDecoded", 0) >= 20, 60, "pictures to flow")
        lab.natlab("set", "a", "loss=5%")
        for _ in range(4):
            seen, calm_freezes = self.watch(page, calm, 300)
            figure(f"300 pictures of {what} at 5 % loss, {self.browser_name}", f"{seen}; freezes without loss: {calm_freezes}")
            self.assertLessEqual(seen["pliCount"], 10)
            self.assertGreater(seen["packetsLost"], 0)
            if seen["freezeCount"] <= calm_freezes:
                break
        self.assertLessEqual(seen["freezeCount"], calm_freezes)
        self.assert_read(server)
        return seen

    def assert_read(self, server):
        """The server has understood all that the browser has said."""
        server.stop()
        told = re.search(r"(\d+) feedbacks read, (\d+) bad packets", server.log())
        self.assertIsNotNone(told, server.log()[-2000:])
        figure(f"feedback, {self.browser_name}", told.group())
        self.assertGreater(int(told.group(1)), 100)
        self.assertEqual(int(told.group(2)), 0)

    def watch_joins(self, what, page, server):
        """Joins again and again in that browser, and prints how long it takes. The goal on a LAN is 60 ms from the answer
        to the connection, and 80 from the offer to the first picture."""
        connects, shows = [], []
        while len(shows) < JOINS or (len(shows) < MORE_JOINS and
                                     (min(connects) >= CONNECT_LIMIT_MS or min(shows) >= SHOW_LIMIT_MS)):
            page = Page(page.browser, server, f"Ann{len(shows)}").wait_live()
            join = wait_for(lambda: page.browser.run("return window.__join.shown && window.__join"), 20, "a picture")
            connects.append(join["connected"] - join["answered"])
            shows.append(join["shown"] - join["offered"])
        figure(f"{what}, {self.browser_name}, median of {len(shows)}", f"answer to connected {median(connects):.0f} ms,"
               f" offer to first picture {median(shows):.0f} ms")
        self.assertLess(min(connects), CONNECT_LIMIT_MS, connects)
        self.assertLess(min(shows), SHOW_LIMIT_MS, shows)

    def test_a_browser_on_the_lan_is_connected_at_once(self):
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab, node="a.host2")
        page = self.open(lab, server)
        self.assert_flows(page)
        self.assert_path(page, "direct")
        self.watch_joins("on the LAN", page, server)

    def test_a_browser_on_the_lan_of_a_router_without_hairpin_is_connected_at_once(self):
        lab = self.lab("--public", "pub", "--home", "a:port-restricted,hairpin=off")
        server = self.server(lab, node="a.host2", words=["--webrtc.nat1to1", lab.address("a")])
        page = self.open(lab, server)
        self.assert_flows(page)
        self.assert_path(page, "direct")
        self.watch_joins("hairpin off", page, server)

    def test_five_percent_loss_does_not_freeze_a_picture_of_one_packet(self):
        if self.browser_name == "chromium":
            needs_all()
        self.watch_with_loss("a packet")

    def test_five_percent_loss_does_not_freeze_a_picture_of_many_packets(self):
        if self.browser_name == "firefox":
            needs_all()
        seen = self.watch_with_loss("a dozen packets", env={"HAIRPIN_CAPTURE_VIDEO_PIPELINE": NOISE})
        self.assertGreater(seen["nackCount"], 0)

    def test_a_browser_forced_to_relay_sees_the_desktop(self):
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        turn = lab.address("public")
        self.start_coturn(lab, "public")
        text = ICE_SERVERS.format(host=turn, user=TURN_USER, secret=TURN_SECRET)
        server = self.server(lab, env={"NEKO_ICESERVERS": text}, policy="relay")
        page = self.open(lab, server)
        self.assert_flows(page)
        self.assert_path(page, "relay")
        self.watch_joins("relay", page, server)
        self.assertNotIn(TURN_SECRET, server.log())

    def test_a_browser_forced_to_relay_finds_the_server_s_own_turn_service(self):
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab, words=["--turn.public", lab.address("pub")], policy="relay")
        page = self.open(lab, server)
        self.assert_flows(page)
        self.assert_path(page, "relay")
        took = took_ms(page)
        server.stop()
        told = re.search(r"stun and turn: .*", server.log())
        figure(f"our own relay, {self.browser_name}", f"answer to connected {took:.0f} ms; {told.group()}")
        self.assertLess(took, RELAY_LIMIT_MS)
        self.assertGreater(int(re.search(r"(\d+) datagrams relayed", told.group()).group(1)), 0)

    def test_a_router_that_forgets_its_mappings_is_survived(self):
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab)
        page = self.open(lab, server)
        self.assert_flows(page)
        self.assert_roams("a router's reboot", page, server, lambda _: lab.natlab("flush", "a"))

    def test_a_browser_that_gets_another_address_is_served_there(self):
        lab = self.lab("--public", "pub", "--public", "laptop", "--home", "a:port-restricted")
        server = self.server(lab)
        page = self.open(lab, server, "laptop")
        self.assert_flows(page)
        old, ip = lab.address("laptop"), [*lab.prefix("laptop"), "ip"]
        told = subprocess.run([*ip, "-o", "-4", "addr", "show", "to", old], check=True, capture_output=True, text=True).stdout
        device, prefix = re.search(r"^\d+: (\w+) .*inet \S+/(\d+)", told).groups()

        addresses = [old, *(f"{old.rpartition('.')[0]}.{last}" for last in (201, 202))]

        def move(number):
            subprocess.run([*ip, "addr", "del", f"{addresses[number]}/{prefix}", "dev", device], check=True)
            subprocess.run([*ip, "addr", "add", f"{addresses[number + 1]}/{prefix}", "dev", device], check=True)
        self.assert_roams("another address", page, server, move)

    def assert_roams(self, what, page, server, act):
        """The better one of two times has to be good; and nobody loads the page or logs in anew for it."""
        loaded = page.browser.run("return performance.timeOrigin")
        for number in range(2):
            pause_s = self.watch_pause(page, lambda at=number: act(at))
            figure(f"without pictures after {what}, {self.browser_name}", f"{pause_s:.1f} s")
            if pause_s < PAUSE_LIMIT_S:
                break
        self.assertLess(pause_s, PAUSE_LIMIT_S)
        self.assertEqual(page.browser.run("return performance.timeOrigin"), loaded)
        self.assertEqual(len(re.findall(r"\bAnn-\S+ logged in", server.log())), 1, server.log()[-2000:])

    def watch_pause(self, page, act):
        """The longest time without a new picture, from the act on until pictures have flown for two seconds."""
        act()
        longest, last, decoded = 0, time.monotonic(), page.browser.run_async(DECODED)
        calm_since = None  # pictures flow since then
        start = last
        while calm_since is None or time.monotonic() - calm_since < 2:
            count, now = page.browser.run_async(DECODED), time.monotonic()
            if count not in (decoded, 0):
                longest, last, decoded = max(longest, now - last), now, count
                calm_since = calm_since or now
            elif now - last > 0.4:
                calm_since = None
            self.assertLess(now - start, 40, "no pictures")
        return longest

    def test_a_way_that_is_cut_and_mended_recovers_by_itself(self):
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab)
        page = self.open(lab, server)
        page.take_control()
        self.assert_flows(page)
        nft = [*lab.prefix("a.host1"), "nft"]
        subprocess.run([*nft, "add table inet cut; add chain inet cut in { type filter hook input priority 0; };"
                              " add rule inet cut in meta l4proto udp drop; add chain inet cut out { type filter hook"
                              " output priority 0; }; add rule inet cut out meta l4proto udp drop"], check=True)
        try:
            wait_for(lambda: page.state() != "live", 40, "the page to see that the way is gone")
            page.screenshot(f"cut-{self.browser_name}")
        finally:
            subprocess.run([*nft, "delete table inet cut"], check=True)
        start = time.monotonic()
        page.wait_state("live", 60)
        self.assert_flows(page)
        figure(f"live again after the way is back, {self.browser_name}", f"{time.monotonic() - start:.1f} s")
        self.assertEqual(page.control(), "mine")


class Chromium(NetworkTest, unittest.TestCase):
    browser_name = "chromium"


class Firefox(NetworkTest, unittest.TestCase):
    browser_name = "firefox"
