"""Media while people come, go and change their minds, and while strangers throw things at its ports."""
import os
import re
import socket
import struct
import time
import unittest

from browsers import open_browser
from hairpin import Server, wait_for
from page import Page
from person import Person, ms
from tap import figure, needs_all
from test_hardening_end import END_LIMIT_S, IS_SANITIZED, POLLING_S

CHURN_S = 10
MEMORY_LEFT_KIB = 20 * 1024  # that a server at rest may keep of what people needed

# A person of a few seconds: logs in, watches, asks again and again, switches off and on, logs out.
CHURN = """
const deadline = performance.now() + args[0] * 1000, all = { lives: 0, connected: 0, errors: [] };
const rest = (path, token, body) => fetch(path, { method: "POST", body: JSON.stringify(body ?? {}),
    headers: { "Content-Type": "application/json", ...(token && { Authorization: "Bearer " + token }) } });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const live = async (seed) => {
    let state = seed * 7919 + 1;
    const random = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
    const { token } = await (await rest("/api/login", null, { username: "churn" + seed, password: "user-password" })).json();
    const socket = new WebSocket(`ws://${location.host}/api/ws?token=${token}`);
    const send = (event, payload) => socket.readyState === 1 && socket.send(JSON.stringify({ event, payload }));
    let peer = null;
    const answer = async ({ sdp, iceservers }) => {
        if (!peer || iceservers) {
            peer?.close();
            peer = new RTCPeerConnection();
            const own = peer;
            own.onicecandidate = (e) => e.candidate && own === peer && send("signal/candidate", e.candidate.toJSON());
            own.onconnectionstatechange = () => { if (own.connectionState === "connected") all.connected++; };
        }
        const own = peer;
        try {
            await own.setRemoteDescription({ type: "offer", sdp });
            await own.setLocalDescription();
            send("signal/answer", { sdp: own.localDescription.sdp });
        } catch (error) {
            if (own === peer && own.signalingState !== "closed") all.errors.push("" + error);
        }
    };
    let chain = Promise.resolve();
    socket.onmessage = ({ data }) => {
        const { event, payload } = JSON.parse(data);
        if (["signal/provide", "signal/offer", "signal/restart"].includes(event)) {
            chain = chain.then(() => answer(payload));
        } else if (event === "signal/candidate") {
            chain = chain.then(() => peer?.addIceCandidate(payload).catch(() => {}));
        }
    };
    await new Promise((resolve) => { socket.onopen = socket.onerror = resolve; });
    send("signal/request", { video: {}, audio: {} });
    for (let step = 0; step < 4 + random(8); step++) {
        await pause(random(250));
        const what = random(7);
        if (what < 2) send("signal/video", { disabled: true });
        else if (what < 4) send("signal/video", { disabled: false });
        else if (what === 4) for (let i = 0; i < 10; i++) send("signal/request", { video: {}, audio: {} });
        else if (what === 5) send("signal/restart");
        else send("signal/audio", { disabled: random(2) === 0 });
    }
    if (random(3)) await rest("/api/logout", token);
    else socket.close();
    if (random(2)) await pause(random(100));
    peer?.close();
    socket.close();
    all.lives++;
};
let seed = 0;
await Promise.all([1, 2, 3, 4].map(async () => {
    while (performance.now() < deadline) await live(++seed);
}));
return all;
"""


def udp_ports(pid):
    """Ports of the UDP sockets of a process: where its media comes in."""
    links = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    inodes = {match.group(1) for link in links if (match := re.match(r"socket:\[(\d+)\]", link))}
    ports = set()
    for table in ("udp", "udp6"):
        with open(f"/proc/{pid}/net/{table}") as f:
            for line in f.readlines()[1:]:
                fields = line.split()
                if fields[9] in inodes:
                    ports.add((int(fields[1].rpartition(":")[2], 16), table))
    return sorted(ports)


def junk():
    """Datagrams that look like something from somebody whom no check has vouched for."""
    stun = struct.pack(">HHI", 1, 8, 0x2112A442) + os.urandom(12) + struct.pack(">HH", 6, 4) + b"ab:c"
    hello = b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x40\x01\0\0\x34\0\0\0\0\0\0\0\x34\xfe\xfd" + os.urandom(50)
    return [os.urandom(100), stun, stun[:19], stun + b"\x80\x22\xff\xff", hello, hello[:14], b"\x17\xfe\xfd" + os.urandom(60),
            b"\x80\x60" + os.urandom(1000), b"\x80\xc8\0\x06" + os.urandom(24), b"\x40\0\xff\xff" + os.urandom(20), b"\0", b"",
            b"\x80\xcd\xff\xff" + os.urandom(8), b"\x80\xe0" + os.urandom(30), b"\xff" * 1400]


def free_ports(count):
    """The first of so many UDP ports in a row that nobody has now."""
    for first in range(41000, 60000, count):
        try:
            for port in range(first, first + count):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.bind(("0.0.0.0", port))
            return first
        except OSError:
            continue
    raise RuntimeError("no ports are free")


class Ports(unittest.TestCase):
    def test_who_gets_no_port_is_told_and_the_log_names_the_option(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("0.0.0.0", 0))
            port = taken.getsockname()[1]
            with Server("--webrtc.epr", f"{port}-{port}") as server:
                person = Person(server, "late")
                self.addCleanup(person.close)
                person.send("signal/request", {})
                _, payload = person.expect("hairpin/status", lambda payload: payload["status"] != "ok")
                self.assertEqual((payload["state"], payload["status"]), ("failed", "no-port"))
                self.assertIn("webrtc.epr", payload["text"])
                server.wait_log(rf"no UDP port is free: each viewer takes one of webrtc.epr \({port}-{port}\)")

    def test_a_taken_port_for_all_is_told_with_the_ports_that_viewers_get_instead(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("0.0.0.0", 0))
            port = taken.getsockname()[1]
            with Server("--webrtc.udpmux", str(port)) as server:
                server.wait_log(rf"UDP port {port} cannot be had: .*webrtc\.epr, by default 59000-59100\), and none comes by TCP")

    def test_three_ports_are_three_viewers_and_the_fourth_is_told(self):
        first = free_ports(3)
        with Server("--webrtc.epr", f"{first}-{first + 2}") as server:
            people = [Person(server, f"p{i}") for i in range(4)]
            for person in people:
                self.addCleanup(person.close)
            for person in people[:3]:
                person.send("signal/request", {})
                person.expect("signal/provide")
            people[3].send("signal/request", {})
            _, payload = people[3].expect("hairpin/status", lambda payload: payload["status"] != "ok")
            self.assertEqual(payload["status"], "no-port")
            self.assertEqual(len(re.findall("no UDP port is free", server.log())), 1)


class Memory(unittest.TestCase):
    @unittest.skipIf(IS_SANITIZED, "a sanitizer keeps what is freed")
    def test_memory_goes_back_after_people_came_and_went(self):
        """Encoders and peers start and stop with each crowd."""
        with Server() as server:
            memory, most = server.memory_kib(), 0
            for crowd in range(3):
                people = [Person(server, f"p{crowd}-{i}") for i in range(40)]
                for person in people:
                    person.send("signal/request", {"video": {}, "audio": {}})
                for person in people:
                    person.expect("signal/provide")
                most = max(most, server.memory_kib())
                for person in people:
                    person.close()
                    server.request("POST", "/api/logout", {}, person.token)
            left = wait_for(lambda: (now := server.memory_kib()) < memory + MEMORY_LEFT_KIB and now, 40,
                            f"memory to go back to {memory} KiB; most were {most}")
            figure("memory before, with 40 people, after 3 such crowds", f"{memory}, {most}, {left} KiB")
            self.assertGreater(most, memory + MEMORY_LEFT_KIB)  # else this shows nothing


class Media(unittest.TestCase):
    def setUp(self):
        self.browser = open_browser("chromium")
        self.addCleanup(self.browser.close)

    def assert_flows(self, page):
        page.wait_live()
        first = page.counters(3)[-1]
        wait_for(lambda: page.counters(1)[0] != first, 20, "pictures to go on")

    def assert_no_race(self, server):
        """For a build with TSan: ends the server under those who watch, and shows its reports whole."""
        server.stop()
        reports = re.findall(r"WARNING: ThreadSanitizer.*?\nSUMMARY:[^\n]*", server.log(), re.DOTALL)
        self.assertEqual(len(reports), 0, "\n".join(reports)[:8000])

    def test_people_ask_again_switch_off_and_on_and_log_out_while_media_flows(self):
        if not IS_SANITIZED:  # ./test.sh runs it where TSan watches
            needs_all()
        """This ended a server of this kind in four of four runs."""
        with Server() as server:
            page = Page(self.browser, server, "Ann").wait_live()
            memory, descriptors = server.memory_kib(), server.descriptors()
            all_lives = self.browser.run_async(CHURN, CHURN_S)
            self.assertIsNone(server.process.poll(), server.log()[-3000:])
            self.assert_flows(page)
            wait_for(lambda: server.descriptors() <= descriptors + 8, 30, "descriptors to be free again")
            if not IS_SANITIZED:  # which keeps what is freed
                wait_for(lambda: server.memory_kib() < memory + MEMORY_LEFT_KIB, 40, f"memory to go back to {memory} KiB")
            figure(f"lives in {CHURN_S} s", f"{all_lives['lives']}, {all_lives['connected']} times connected, "
                   f"memory {server.memory_kib() - memory:+d} KiB")
            self.assertGreater(all_lives["lives"], 8)
            self.assertGreater(all_lives["connected"], 4)
            self.assertEqual(all_lives["errors"], [])
            self.assert_no_race(server)
            self.browser.get("about:blank")

    def test_junk_at_the_media_ports_harms_nobody_and_fills_no_log(self):
        with Server() as server:
            page = Page(self.browser, server, "Ann").wait_live()
            self.assert_flows(page)
            memory, lines, cpu = server.memory_kib(), len(server.lines), server.cpu_s()
            ports = udp_ports(server.pid())
            self.assertTrue(ports)
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(sock.close)
            sent, end, packets = 0, time.monotonic() + 4, junk()
            frozen = page.stats()["inbound-rtp/video"].get("freezeCount", 0)
            before = page.stats()["inbound-rtp/video"]["framesDecoded"]
            while time.monotonic() < end:
                for packet in packets:
                    for port, _ in ports:
                        for address in ("127.0.0.1", socket.gethostbyname(socket.gethostname())):
                            try:
                                sock.sendto(packet, (address, port))
                                sent += 1
                            except OSError:
                                pass
                time.sleep(0.001)
            figure("UDP junk", f"{sent / 4:.0f} datagrams a second to {len(ports)} sockets: {len(server.lines) - lines} log lines, "
                   f"memory {server.memory_kib() - memory:+d} KiB, {(server.cpu_s() - cpu) / 4:.0%} CPU, "
                   f"{page.stats()['inbound-rtp/video']['framesDecoded'] - before} pictures decoded in 4 s, "
                   f"{page.stats()['inbound-rtp/video'].get('freezeCount', 0) - frozen} freezes")
            self.assertLess(len(server.lines) - lines, 20)
            self.assertLess(server.memory_kib() - memory, 50 * 1024)
            self.assert_flows(page)
            with Person(server, "late") as late:  # who comes now finds room
                late.send("signal/request", {"video": {}, "audio": {}})
                late.expect("signal/provide")
            self.browser.get("about:blank")

    def test_the_server_ends_in_time_while_media_flows(self):
        with Server() as server:
            page = Page(self.browser, server, "Ann").wait_live()
            took, status = server.stop()
            figure("the end while media flows", f"{ms(took)} of {END_LIMIT_S} s")
            self.assertEqual(status, 0)
            self.assertLess(took, END_LIMIT_S + POLLING_S)
            wait_for(lambda: page.state() != "live", 20, "the page to see the end")
