"""Other stacks of ICE and WebRTC than the browsers' connect to the port that viewers share, by both roles."""
import asyncio
import re
import time
import unittest

try:
    import aiortc
    from aioice import Candidate, Connection
except ImportError:
    aiortc = None

from hairpin import Server
from lab import Lab, needs_lab
from person import Person
from tap import figure

LOSES, WINS = 0, 2**64 - 1  # tie-breakers: who has the greater one keeps controlling (RFC 8445 section 7.3.1.1)
LIMIT_S = 10  # the goals are tens of milliseconds


def answer_offer(offer, ufrag, pwd, candidates, is_lite=False):
    """Takes the data channel and nothing else. Nobody speaks DTLS by it."""
    mids = re.findall(r"^a=mid:(\S+)\r$", offer, re.M)
    kinds = re.findall(r"^m=(\w+) ", offer, re.M)
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", *(["a=ice-lite"] if is_lite else []),
             f"a=group:BUNDLE {mids[kinds.index('application')]}"]
    for kind, mid in zip(kinds, mids):
        if kind != "application":
            lines += [f"m={kind} 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=inactive"]
            continue
        lines += ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", f"a=mid:{mid}",
                  f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}", "a=setup:active", "a=sctp-port:5000",
                  "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), *(f"a=candidate:{text}" for text in candidates)]
    return "\r\n".join(lines) + "\r\n"


def read(offer, name):
    return re.search(rf"^a={name}:(\S+)\r$", offer, re.M).group(1)


def candidates_of(offer):
    """Those of UDP, each once."""
    return list(dict.fromkeys(re.findall(r"^a=candidate:(\S+ 1 udp .*)\r$", offer, re.M | re.I)))


class Stacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if aiortc is None:
            raise unittest.SkipTest("python3-aiortc is not installed")
        needs_lab()
        cls.lab = cls.enterClassContext(Lab("--public", "pub", "--home", "a:port-restricted"))
        cls.server = cls.enterClassContext(Server("--pattern.size", "320x180", "--log.level", "debug",
                                                  prefix=cls.lab.prefix("pub"), bind=cls.lab.address("pub") + ":0"))
        cls.enterClassContext(cls.lab.inside("a.host1"))

    def join(self, name):
        """Asks for pictures; returns who asks and the server's offer."""
        person = Person(self.server, name)
        self.addCleanup(person.close)
        person.send("signal/request", {"video": {}, "audio": {}})
        return person, person.expect("signal/provide")[1]["sdp"]

    async def connect(self, person, offer, is_controlling, tie):
        connection = Connection(ice_controlling=is_controlling)
        connection._tie_breaker = tie
        connection.remote_username, connection.remote_password = read(offer, "ice-ufrag"), read(offer, "ice-pwd")
        await connection.gather_candidates()
        own = [candidate.to_sdp() for candidate in connection.local_candidates]
        for text in candidates_of(offer):
            await connection.add_remote_candidate(Candidate.from_sdp(text))
        await connection.add_remote_candidate(None)
        start = time.monotonic()
        person.send("signal/answer",
                    {"sdp": answer_offer(offer, connection.local_username, connection.local_password, own)})
        await asyncio.wait_for(connection.connect(), LIMIT_S)
        took_ms = 1000 * (time.monotonic() - start)
        await connection.close()
        return connection.ice_controlling, took_ms

    def assert_connects(self, name, is_controlling, tie, controls_at_last):
        person, offer = self.join(name)
        controlled, took_ms = asyncio.run(self.connect(person, offer, is_controlling, tie))
        self.assertEqual(controlled, controls_at_last)
        self.server.wait_log(rf"peer \S*{person.id}\S*: pair host ", 5)
        figure(f"aioice, {name}", f"answer to connected {took_ms:.0f} ms")

    def test_aioice_is_controlled(self):
        self.assert_connects("controlled", False, LOSES, False)

    def test_aioice_that_controls_as_well_gives_way(self):
        self.assert_connects("gives way", True, LOSES, False)

    def test_aioice_that_insists_controls_the_server(self):
        self.assert_connects("controlling", True, WINS, True)

    async def watch(self, person, offer, frames):
        peer = aiortc.RTCPeerConnection()
        track = asyncio.get_running_loop().create_future()
        peer.on("track", lambda media: media.kind == "video" and not track.done() and track.set_result(media))
        await peer.setRemoteDescription(aiortc.RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        start = time.monotonic()
        person.send("signal/answer", {"sdp": peer.localDescription.sdp})
        video = await track
        shown = [await asyncio.wait_for(video.recv(), LIMIT_S) for _ in range(frames)]
        took_ms = 1000 * (time.monotonic() - start)
        await peer.close()
        return shown, took_ms

    def test_aiortc_sees_the_desktop(self):
        person, offer = self.join("aiortc")
        shown, took_ms = asyncio.run(self.watch(person, offer, 10))
        self.assertEqual({(frame.width, frame.height) for frame in shown}, {(320, 180)})
        self.assertGreater(shown[-1].pts, shown[0].pts)
        figure("aiortc", f"answer to the tenth picture {took_ms:.0f} ms")
