"""Other stacks of ICE and WebRTC than the browsers' connect to the port that viewers share, by both roles."""
import asyncio
import os
import re
import shutil
import subprocess
import tempfile
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
from tap import figure, needs_all

LOSES, WINS = 0, 2**64 - 1  # tie-breakers: who has the greater one keeps controlling (RFC 8445 section 7.3.1.1)
LIMIT_S = 10  # the goals are tens of milliseconds


def describe(offer, ufrag, pwd, candidates, is_lite=False, setup="active"):
    """The other side of the server's offer, as its answer or as an offer that comes in between: takes the data channel and
    nothing else. Nobody speaks DTLS by it."""
    mids = re.findall(r"^a=mid:(\S+)\r$", offer, re.M)
    kinds = re.findall(r"^m=(\w+) ", offer, re.M)
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", *(["a=ice-lite"] if is_lite else []),
             f"a=group:BUNDLE {mids[kinds.index('application')]}"]
    for kind, mid in zip(kinds, mids):
        if kind != "application":
            lines += [f"m={kind} 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=inactive"]
            continue
        lines += ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", f"a=mid:{mid}",
                  f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}", f"a=setup:{setup}", "a=sctp-port:5000",
                  "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), *(f"a=candidate:{text}" for text in candidates)]
    return "\r\n".join(lines) + "\r\n"


def read(offer, name):
    return re.search(rf"^a={name}:(\S+)\r$", offer, re.M).group(1)


def candidates_of(offer):
    """Those of UDP, each once."""
    return list(dict.fromkeys(re.findall(r"^a=candidate:(\S+ 1 udp .*)\r$", offer, re.M | re.I)))


async def watch(person, offer, frames):
    """The next pictures that aiortc shows to that person, and the time from the answer to the last one."""
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


class StackTest:
    @classmethod
    def setUpClass(cls):
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

    def assert_paired(self, person):
        self.server.wait_log(rf"peer \S*{person.id}\S*: pair host ", 5)


class Python(StackTest, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if aiortc is None:
            raise unittest.SkipTest("python3-aiortc is not installed")
        super().setUpClass()

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
                    {"sdp": describe(offer, connection.local_username, connection.local_password, own)})
        await asyncio.wait_for(connection.connect(), LIMIT_S)
        took_ms = 1000 * (time.monotonic() - start)
        await connection.close()
        return connection.ice_controlling, took_ms

    def assert_connects(self, name, is_controlling, tie, controls_at_last):
        person, offer = self.join(name)
        controlled, took_ms = asyncio.run(self.connect(person, offer, is_controlling, tie))
        self.assertEqual(controlled, controls_at_last)
        self.assert_paired(person)
        figure(f"aioice, {name}", f"answer to connected {took_ms:.0f} ms")

    def test_aioice_is_controlled(self):
        self.assert_connects("controlled", False, LOSES, False)

    def test_aioice_that_controls_as_well_gives_way(self):
        self.assert_connects("gives way", True, LOSES, False)

    def test_aioice_that_insists_controls_the_server(self):
        self.assert_connects("controlling", True, WINS, True)

    def test_aiortc_sees_the_desktop(self):
        person, offer = self.join("aiortc")
        shown, took_ms = asyncio.run(watch(person, offer, 10))
        self.assertEqual({(frame.width, frame.height) for frame in shown}, {(320, 180)})
        self.assertGreater(shown[-1].pts, shown[0].pts)
        figure("aiortc", f"answer to the tenth picture {took_ms:.0f} ms")


class StillDesktop(unittest.TestCase):
    def test_aiortc_sees_a_desktop_on_which_nothing_moves(self):
        """It takes a picture for complete when the first packet of the next one comes. The goal is a second."""
        if aiortc is None:
            raise unittest.SkipTest("python3-aiortc is not installed")
        server = self.enterContext(Server("--desktop.screen", "640x400@30", "--desktop.window_manager", "",
                                          "--desktop.program", "sleep 1000", plugin="desktop"))
        took_ms = []
        for number in range(11):  # the first one comes before the desktop itself is there
            person = Person(server, f"Newcomer {number}")
            person.send("signal/request", {"video": {}, "audio": {}})
            offer = person.expect("signal/provide")[1]["sdp"]
            took_ms.append(asyncio.run(watch(person, offer, 1))[1])
            person.close()
        early_ms = took_ms.pop(0)
        figure("aiortc, still desktop", f"answer to the first picture {max(took_ms):.0f} ms, the longest of {len(took_ms)}, "
               f"{early_ms:.0f} while the desktop starts")
        self.assertLess(max(took_ms), 3000)


class Pion(StackTest, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        needs_all()  # to build it takes a minute
        if not shutil.which("go") or not os.path.isdir("/usr/share/gocode/src/github.com/pion/ice"):
            raise unittest.SkipTest("golang-go or golang-github-pion-ice.v2-dev is not installed")
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="hairpin-pion-"))
        cls.program = os.path.join(folder, "pion")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stacks", "pion.go")
        env = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": os.path.join(folder, "cache")}
        subprocess.run(["go", "build", "-o", cls.program, source], env=env, check=True, timeout=600)
        super().setUpClass()

    def start(self, role):
        """Runs pion by that role; returns its process, name, password and candidates."""
        node = "public" if role == "lite" else "a.host1"  # who only answers has to be reachable
        process = subprocess.Popen([*self.lab.prefix(node), self.program, role], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        told = {"candidate": []}
        for line in process.stdout:
            word, _, text = line.strip().partition(" ")
            if word == "end":
                break
            if word == "candidate":
                told["candidate"].append(text)
            else:
                told[word] = text
        return process, told["ufrag"], told["pwd"], told["candidate"]

    def assert_connects(self, role, event, **more):
        person, offer = self.join(role)
        process, ufrag, pwd, candidates = self.start(role)
        person.send(event, {"sdp": describe(offer, ufrag, pwd, candidates, **more)})
        lines = [f"ufrag {read(offer, 'ice-ufrag')}", f"pwd {read(offer, 'ice-pwd')}",
                 *(f"candidate {text}" for text in candidates_of(offer)), "end"]
        print(*lines, sep="\n", file=process.stdin, flush=True)
        word, _, took_ms = process.stdout.readline().strip().partition(" ")
        self.assertEqual(word, "connected", took_ms)
        self.assert_paired(person)
        figure(f"pion, {role}", f"connected in {took_ms} ms")

    def test_pion_is_controlled(self):
        self.assert_connects("controlled", "signal/answer")

    def test_pion_that_only_answers_checks_is_controlled(self):
        self.assert_connects("lite", "signal/answer", is_lite=True)

    def test_pion_that_offers_first_controls_the_server(self):
        self.assert_connects("controlling", "signal/offer", setup="actpass")
