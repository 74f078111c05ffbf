"""Floods and bad lines while people watch: allocations of strangers, hellos at the wrong moment, forged media, loss."""
import os
import re
import socket
import struct
import subprocess
import time
import unittest
import urllib.request
from statistics import median

from hairpin import Server, wait_for
from joiner import TURN_HELLO
from network import NetworkScene, took_ms, video
from page import Page
from person import Bystander, ms
from tap import ALL, figure, needs_all
from test_hardening_end import IS_SANITIZED
from test_network import NOISE

ALLOCATE_S = 60 if ALL else 3
ALLOCATES_PER_S = 10_000
GROWTH_LIMIT_KIB = 10 * 1024
FORGE_S = 10 if ALL else 2
FORGED_PER_S = 20_000
JOINS = 5 if ALL else 1
CUT_OFF_LIMIT_S = 15  # the consent of RFC 7675 would take 30 s
IP_PKTINFO = 8  # of Linux; Python has no name for it
RESTARTS = 20
HELLOS = (0, 1, 100, 10_000) if ALL else (1, 10_000)
LOSSY_S = 60

CLIENT_HELLO = (b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x40\x01\0\0\x34\0\0\0\0\0\0\0\x34\xfe\xfd" + bytes(range(32))
                + b"\0\0\0\x04\xc0\x2b\xc0\x2f\x01\0\0\x06\0\x17\0\0\xff\x01")

# Asks for other addresses of the connection, as the page does when a way has died.
RESTART = "window.__sockets.at(-1).send(JSON.stringify({ event: 'signal/restart' }))"


def metrics(server):
    with urllib.request.urlopen(server.url(path="/metrics"), timeout=20) as answer:
        found = re.findall(r"^hairpin_(\S+?(?:\{.*\})?) (\d+)$", answer.read().decode(), re.M)
    return {name: int(value) for name, value in found}


def grown(before, after, name):
    return after[name] - before[name]


def send_at(rate, seconds, send):
    """Calls send(number) so many times a second, in little bursts; returns how often that was."""
    begin, sent = time.monotonic(), 0
    while (passed := time.monotonic() - begin) < seconds:
        while sent < rate * passed:
            send(sent)
            sent += 1
        time.sleep(0.002)
    return sent


class Strangers(unittest.TestCase):
    @unittest.skipIf(IS_SANITIZED, "a sanitizer keeps what is freed")
    def test_allocations_of_strangers_cost_no_memory_and_nobody_waits(self):
        with Server() as server:
            server.login("warm-up")
            with Bystander(server, "alone") as alone:
                time.sleep(1)
                calm = alone.finish()[0]
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(sock.close)
            port, home = server.port, socket.inet_aton("127.0.0.1")
            before, memory, lines = metrics(server), server.memory_kib(), len(server.lines)

            def send(number):
                source = struct.pack(">I", 0x7F010001 + number % 0xF00000)  # 127.1.0.1 and on
                control = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=I4s4s", 0, source, home))]
                sock.sendmsg([TURN_HELLO], control, socket.MSG_DONTWAIT, ("127.0.0.1", port))
            with Bystander(server) as watcher:
                sent = send_at(ALLOCATES_PER_S, ALLOCATE_S, send)
                busy = watcher.finish()[0]
            after, growth = metrics(server), server.memory_kib() - memory
            told = sum(" lobby: " not in line for line in server.lines[lines:])  # that tells of the watcher
            answered = grown(before, after, "turn_answered_total")
            figure(f"{sent / ALLOCATE_S:.0f} allocations a second of as many strangers", f"{answered} of {sent} answered, "
                   f"memory {growth:+d} KiB, echoes p99 {ms(busy)}, in calm {ms(calm)}, {told} log lines")
            self.assertGreater(grown(before, after, 'udp_routed_total{to="service"}'), sent / 4)
            self.assertEqual(after["turn_allocations"], 0)
            self.assertLess(growth, GROWTH_LIMIT_KIB)
            self.assertLess(told, 20)


class Floods(NetworkScene, unittest.TestCase):
    def count_media(self, lab, node, peer):
        """Counts on that node what is large and goes to the peer; returns a function that tells how many packets."""
        nft = [*lab.prefix(node), "nft"]
        subprocess.run([*nft, f"add table inet watch; add counter inet watch media; add chain inet watch out {{ type filter"
                        f" hook output priority 0; }}; add rule inet watch out ip daddr {peer} udp length 300-65535 counter"
                        " name media"], check=True)

        def count():
            listed = subprocess.run([*nft, "list", "counter", "inet", "watch", "media"], capture_output=True, text=True,
                                    check=True).stdout
            return int(re.search(r"packets (\d+)", listed).group(1))
        return count

    def datagrams(self, lab, node, *kind):
        with lab.inside(node):
            sock = socket.socket(socket.AF_INET, *kind)
        self.addCleanup(sock.close)
        return sock

    def join_among(self, page, server, stranger, hellos):
        """Joins anew, and as soon as the browser has answered the stranger says hello. Returns how long the join took."""
        before = metrics(server)
        page = Page(page.browser, server, f"Ann{time.monotonic()}")
        seen = wait_for(lambda: page.browser.run("return window.__join?.answered && { ...window.__join }"), 40, "an answer")
        for _ in range(hellos):
            stranger.sendto(CLIENT_HELLO, (server.address, server.port))
        self.assertNotIn("connected", seen)  # else this shows nothing
        page.wait_live()
        unknown = grown(before, metrics(server), 'udp_dropped_total{why="unknown address"}')
        self.assertGreaterEqual(unknown, hellos / 10)  # a full socket drops the others
        return took_ms(page)

    def test_a_stranger_s_hellos_between_answer_and_connection_stop_nobody(self):
        """The line of the browser is long, so that there is time between the two."""
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab)
        page = self.open(lab, server)
        lab.natlab("set", "a", "latency=80ms")
        stranger = self.datagrams(lab, "stranger", socket.SOCK_DGRAM)
        for hellos in HELLOS:
            times = [self.join_among(page, server, stranger, hellos) for _ in range(JOINS)]
            figure(f"answer to connected by a line of 160 ms among {hellos} hellos of a stranger",
                   f"{median(times):.0f} ms (median of {JOINS})")

    def test_forged_media_from_the_browser_s_own_port_costs_little_and_the_picture_goes_on(self):
        lab = self.lab("--public", "pub", "--public", "laptop")
        server = self.server(lab)
        page = self.open(lab, server, "laptop")
        self.assert_flows(page)
        stats = page.stats()
        pair = stats[stats["transport"]["selectedCandidatePairId"]]
        ends = struct.pack(">HH", stats[pair["localCandidateId"]]["port"], server.port)
        forger = self.datagrams(lab, "laptop", socket.SOCK_RAW, socket.IPPROTO_UDP)
        noise = os.urandom(1000)
        bodies = [b"\x80\x60" + noise, b"\x80\x6f" + noise[:200], b"\x80\xc8\0\x06" + noise[:96],
                  b"\x81\xce\0\x02" + noise[:40], b"\x17\xfe\xfd" + noise[:60], CLIENT_HELLO]
        packets = [ends + struct.pack(">HH", 8 + len(body), 0) + body for body in bodies]
        media = self.count_media(lab, "pub", lab.address("laptop"))
        before, cpu, lines, decoded, sent_before = metrics(server), server.cpu_s(), len(server.lines), video(page), media()

        def send(number):
            forger.sendto(packets[number % len(packets)], (server.address, 0))
        sent = send_at(FORGED_PER_S, FORGE_S, send)
        cpu, after, now = server.cpu_s() - cpu, metrics(server), video(page)
        routed = grown(before, after, 'udp_routed_total{to="viewer"}')
        pictures = now["framesDecoded"] - decoded["framesDecoded"]
        figure(f"{sent / FORGE_S:.0f} forged packets a second from the browser's port", f"{routed} of {sent} came,"
               f" {cpu / FORGE_S:.0%} CPU, {pictures} pictures in {FORGE_S} s, {media() - sent_before} large packets sent, "
               f"{len(server.lines) - lines} log lines")
        self.assertGreater(routed, sent / 4)
        self.assertLess(len(server.lines) - lines, 20)
        self.assertLess(media() - sent_before, sent / 20)
        self.assertGreater(pictures, 0)
        self.assert_flows(page)
        self.assertEqual(page.browser.run("return window.__peers.length"), 1)

    def test_restarts_of_ice_under_load_do_not_stop_the_picture(self):
        needs_all()
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        page = self.open(lab, self.server(lab, env={"HAIRPIN_CAPTURE_VIDEO_PIPELINE": NOISE}))
        wait_for(lambda: video(page).get("framesDecoded", 0) >= 20, 60, "pictures to flow")
        names = set()
        for _ in range(RESTARTS):
            before = video(page)["framesDecoded"]
            page.browser.run(RESTART)
            wait_for(lambda at=before: video(page)["framesDecoded"] >= at + 10, 20, "pictures to go on")
            names.add(page.browser.run(r"return /a=ice-ufrag:(\S+)/.exec(window.__peers.at(-1).remoteDescription.sdp)[1]"))
        seen = video(page)
        figure(f"{RESTARTS} restarts of ICE at 2.5 Mbit/s",
               f"{seen.get('freezeCount')} freezes, {seen.get('packetsLost')} packets lost")
        self.assertGreater(len(names), RESTARTS / 2)
        self.assertEqual(page.browser.run("return window.__peers.length"), 1)

    def test_a_line_that_loses_a_quarter_ends_no_session(self):
        needs_all()
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        page = self.open(lab, self.server(lab))
        self.assert_flows(page)
        lab.natlab("set", "a", "loss=25%")
        before, begin = video(page)["framesDecoded"], time.monotonic()
        while time.monotonic() < begin + LOSSY_S:
            self.assertEqual(page.browser.run("return window.__peers.length"), 1, "a new connection was needed")
            time.sleep(1)
        figure(f"pictures in {LOSSY_S} s at 25 % loss", video(page)["framesDecoded"] - before)
        lab.natlab("set", "a", "loss=0%")
        self.assert_flows(page)
        self.assertEqual(page.browser.run("return window.__peers.length"), 1)

    def test_media_to_a_browser_that_is_cut_off_stops(self):
        needs_all()
        lab = self.lab("--public", "pub", "--home", "a:port-restricted")
        server = self.server(lab, env={"HAIRPIN_CAPTURE_VIDEO_PIPELINE": NOISE})
        page = self.open(lab, server)
        wait_for(lambda: video(page).get("framesDecoded", 0) >= 20, 60, "pictures to flow")
        media = self.count_media(lab, "pub", lab.address("a"))
        wait_for(media, 20, "media to be counted")
        subprocess.run([*lab.prefix("a.host1"), "ip", "link", "set", "eth0", "down"], check=True)
        begin = last = time.monotonic()
        count = media()
        while (now := time.monotonic()) < last + 8:
            if (seen := media()) > count:
                count, last = seen, now
            self.assertLess(now - begin, CUT_OFF_LIMIT_S + 10, "media goes on")
            time.sleep(0.2)
        figure("media goes on to a browser that is cut off", f"{last - begin:.1f} s")
        self.assertLess(last - begin, CUT_OFF_LIMIT_S)


if __name__ == "__main__":
    unittest.main()
