"""A stranger forges candidates: no check goes inward, few go to a victim, and names cost no query."""
import re
import subprocess
import time
import unittest

from hairpin import Server, wait_for
from lab import Lab, needs_lab
from person import Person
from tap import figure

VICTIM_PORT = 4444
PORTS = 30  # of the victim, from that one on
INNER = "10.9.9.9"  # in a network behind the server
NAMES = 2000
CHECKS_PER_S = 5  # of one session to who does not answer
ALL_PER_S, ALL_AT_ONCE = 20, 40  # of the whole server to one address
WINDOW_S = 2

RULES = f"""
table inet watch {{
    counter loopback {{ }}
    counter inner {{ }}
    counter names {{ }}
    counter victim {{ }}
    chain out {{
        type filter hook output priority 0;
        ip daddr 127.0.0.0/8 udp dport {VICTIM_PORT} counter name loopback
        ip daddr {INNER} counter name inner
        udp dport 5353 counter name names
        udp dport {VICTIM_PORT}-{VICTIM_PORT + PORTS} ip daddr 203.0.113.0/24 counter name victim
    }}
}}
"""


def forge_answer(offer, candidates):
    """An answer that takes the data channel and nothing else."""
    mids = re.findall(r"^a=mid:(\S+)\r$", offer, re.M)
    kinds = re.findall(r"^m=(\w+) ", offer, re.M)
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {mids[kinds.index('application')]}"]
    for kind, mid in zip(kinds, mids):
        if kind != "application":
            lines += [f"m={kind} 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=inactive"]
            continue
        lines += ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", f"a=mid:{mid}",
                  "a=ice-ufrag:forged", "a=ice-pwd:0123456789012345678901", "a=setup:active", "a=sctp-port:5000",
                  "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), *(f"a={text}" for text in candidates)]
    return "\r\n".join(lines) + "\r\n"


class Stranger(unittest.TestCase):
    def setUp(self):
        needs_lab()
        self.lab = Lab("--public", "pub")
        self.lab.__enter__()
        self.addCleanup(self.lab.__exit__)
        node = self.lab.prefix("pub")
        subprocess.run([*node, "ip", "route", "add", "10.9.9.0/24", "dev", "lo"], check=True)
        subprocess.run([*node, "nft", "-f", "-"], input=RULES, text=True, check=True)
        self.node = node
        self.server = Server("--pattern.size", "320x180", prefix=node, bind=self.lab.address("pub") + ":0")
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def count(self, name):
        listed = subprocess.run([*self.node, "nft", "list", "counter", "inet", "watch", name],
                                capture_output=True, text=True, check=True).stdout
        return int(re.search(r"packets (\d+)", listed).group(1))

    def flood(self, people, seconds):
        """Each asks for a new peer again and again, and names the victim's ports. Returns checks and seconds."""
        victim = self.lab.address("stranger")
        candidates = [f"candidate:{i} 1 udp {2113937151 - i} {victim} {VICTIM_PORT + i} typ host" for i in range(PORTS)]
        before, begin, asked = self.count("victim"), time.monotonic(), 0
        while time.monotonic() < begin + seconds:
            for person in people:
                since = len(person.events)
                person.send("signal/request", {"video": {}, "audio": {}})
                _, offer = person.expect("signal/provide", since=since)
                person.send("signal/answer", {"sdp": forge_answer(offer["sdp"], candidates)})
                asked += 1
        return self.count("victim") - before, time.monotonic() - begin, asked

    def check_floods(self, kind):
        with self.lab.inside("stranger"):
            people = [Person(self.server, f"stranger{i}") for i in range(8)]
            for person in people:
                self.addCleanup(person.close)
            alone, alone_s, asked = self.flood(people[:1], 2)
            figure(f"a session in a loop, {kind}", f"{alone} checks in {alone_s:.1f} s by {asked} peers")
            all_checks, all_s, asked = self.flood(people, 2)
            figure(f"eight sessions in a loop, {kind}", f"{all_checks} checks in {all_s:.1f} s by {asked} peers")
        self.assertGreaterEqual(alone, 3)
        self.assertLessEqual(alone, CHECKS_PER_S * (alone_s + 1))
        self.assertLessEqual(all_checks, min(ALL_AT_ONCE + ALL_PER_S * all_s, len(people) * CHECKS_PER_S * (all_s + 1)))

    def test_a_loop_of_requests_buys_no_more_checks_on_the_shared_port(self):
        self.check_floods("shared port")

    def test_a_loop_of_requests_buys_no_more_checks_on_ports_of_their_own(self):
        self.server.__exit__(None, None, None)
        self.server = Server("--pattern.size", "320x180", "--webrtc.epr", "52000-52100", prefix=self.node,
                             bind=self.lab.address("pub") + ":0")
        self.server.__enter__()
        self.check_floods("ports of their own")

    def test_forged_candidates_aim_nothing_inward(self):
        victim = self.lab.address("stranger")
        addresses = ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", INNER, victim]
        candidates = [f"candidate:{i} 1 udp {2113937151 - i} {address} {VICTIM_PORT} typ {kind}"
                      for i, (address, kind) in enumerate((a, k) for a in addresses for k in ("host", "srflx", "relay"))]
        with self.lab.inside("stranger"):
            person = Person(self.server, "stranger")
            self.addCleanup(person.close)
            person.send("signal/request", {"video": {}, "audio": {}})
            _, offer = person.expect("signal/provide")
            self.assertNotRegex(offer["sdp"], r"candidate:\S+ 1 udp \d+ 127\.")  # it has no use for ours on loopback
            person.send("signal/answer", {"sdp": forge_answer(offer["sdp"], candidates)})
            for i in range(NAMES):
                text = f"candidate:9 1 udp 2113937151 0f9d5c1e-{i}.local 5000 typ host"
                person.send("signal/candidate", {"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0})
            wait_for(lambda: self.count("victim") >= 3, 20, "checks to the victim")
            time.sleep(WINDOW_S)
            checks = self.count("victim")
        figure("forged candidates", f"{checks} checks to a victim, {self.count('names')} queries for {NAMES} names")
        self.assertLessEqual(checks, CHECKS_PER_S * (WINDOW_S + 2))  # the wait before may have been a second longer
        self.assertEqual(self.count("loopback"), 0)
        self.assertEqual(self.count("inner"), 0)
        self.assertLess(self.count("names"), 20)
