"""The tunnel as its bytes are: media by a WebSocket of the page's own origin, and what should not come through it."""
import json
import socket
import struct
import time
import unittest

from hairpin import USER, Server, wait_for
from person import BINARY, CLOSE, Person, connect, frame, head, statuses, talk, upgrade
from tap import figure

HELLO, RECEIVED, KEYFRAME, DATA, WELCOME, PICTURE, SOUND, DATA_BACK, REFUSED = 1, 2, 3, 4, 0x10, 0x11, 0x12, 0x13, 0x14


def path(server, token="none"):
    return upgrade(server, token).replace(b"/api/ws?token=" + token.encode(), b"/api/tunnel")


class Tunnel(Person):
    """A second socket of somebody who is connected. Nothing of it is read by itself."""

    def __init__(self, person, first=None, **hello):
        self.server, self.name, self.token = person.server, person.name, person.token
        self.rcvbuf, self.received, self.is_over, self.events = None, 0, False, []
        self.join(reads=False)
        self.sock.settimeout(10)
        if first is None:
            words = {"version": 1, "token": self.token, "video": ["VP8", "H264"], "audio": ["opus"], **hello}
            first = bytes([HELLO]) + json.dumps(words).encode()
        self.send_raw(frame(BINARY, first))

    def request(self):
        return path(self.server)

    def say(self, kind, data=b""):
        self.send_raw(frame(BINARY, bytes([kind]) + data))

    def read(self):
        """The next message, as (type, bytes), or (CLOSE, code)."""
        data = b""
        while True:
            first, more = self._read_frame()
            if first & 15 == CLOSE:
                return CLOSE, struct.unpack(">H", more[:2])[0]
            if first & 15 > 2:
                continue
            data += more
            if first & 0x80:
                if data[0] in (PICTURE, SOUND):
                    self.received += len(data)
                return data[0], data[1:]

    def acknowledge(self):
        self.say(RECEIVED, struct.pack(">I", self.received & 0xffffffff))

    def read_until(self, kind):
        while True:
            found, data = self.read()
            if found in (kind, CLOSE):
                return data if found == kind else found
            if found in (PICTURE, SOUND):
                self.acknowledge()


class Wire(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(tunnel=True))
        self.ann = self.enterContext(Person(self.server, "Ann"))

    def open(self, **options):
        tunnel = Tunnel(self.ann, **options)
        self.addCleanup(tunnel.sock.close)
        return tunnel

    def test_pictures_and_sound_come_in_order_from_a_keyframe_on(self):
        tunnel = self.open()
        self.assertEqual(json.loads(tunnel.read_until(WELCOME)), {"version": 1, "video": "VP8", "audio": "opus"})
        numbers, times = {PICTURE: [], SOUND: []}, []
        start = time.monotonic()
        while len(numbers[PICTURE]) < 60 or len(numbers[SOUND]) < 60:
            kind, data = tunnel.read()
            tunnel.acknowledge()
            if kind in numbers:
                flags, number, capture_us = struct.unpack(">BIQxx", data[:15])
                if kind == PICTURE:
                    self.assertEqual(bool(flags & 1), data[15] & 1 == 0)  # VP8 says itself what is a keyframe
                    self.assertTrue(numbers[PICTURE] or flags & 1)
                    times.append(capture_us)
                numbers[kind].append(number)
        figure("sixty pictures and sounds by the tunnel", f"{time.monotonic() - start:.1f} s")
        for kind in numbers:
            first = numbers[kind][0]
            self.assertEqual(numbers[kind], list(range(first, first + len(numbers[kind]))))
        self.assertEqual(times, sorted(times))
        self.server.wait_log("watches by the tunnel")

    def test_one_who_stops_reading_holds_little_and_sees_new_pictures_when_he_comes_back(self):
        fast = self.open()
        fast.read_until(PICTURE)
        slow_person = self.enterContext(Person(self.server, "Ben"))
        slow = Tunnel(slow_person)
        self.addCleanup(slow.sock.close)
        slow.read_until(PICTURE)
        memory, pictures = self.server.memory_kib(), 0
        end = time.monotonic() + 4
        while time.monotonic() < end:  # without a word of the other one
            kind, _ = fast.read()
            fast.acknowledge()
            pictures += kind == PICTURE
        held = 0
        slow.sock.setblocking(False)
        try:
            while chunk := slow.sock.recv(1 << 20):
                held += len(chunk)
        except BlockingIOError:
            pass
        figure("a tunnel whose client says nothing for 4 s", f"{held / 1024:.0f} KiB on the way, "
               f"{self.server.memory_kib() - memory:+d} KiB, {pictures} pictures for its neighbour")
        self.assertGreater(pictures, 40)
        self.assertLess(held, 1 << 20)

    def test_after_a_gap_comes_a_keyframe(self):
        tunnel = self.open()
        tunnel.read_until(PICTURE)
        tunnel.acknowledge()
        last, gap = None, False
        tunnel.sock.settimeout(1)
        try:
            while True:
                kind, data = tunnel.read()
                if kind == PICTURE:
                    last = struct.unpack(">I", data[1:5])[0]
        except TimeoutError:
            pass  # the way is full, since nothing is acknowledged
        tunnel.sock.settimeout(10)
        tunnel.file = tunnel.sock.makefile("rb")
        tunnel.acknowledge()
        data = tunnel.read_until(PICTURE)
        gap = struct.unpack(">I", data[1:5])[0] > last + 1
        self.assertTrue(gap)
        self.assertTrue(data[0] & 1)

    def test_what_is_no_message_is_refused_and_counted_and_nobody_else_notices(self):
        bystander = Tunnel(self.enterContext(Person(self.server, "Ben")))
        self.addCleanup(bystander.sock.close)
        bystander.read_until(PICTURE)
        for bad in (b"", b"\x09", b"\x02ab", b"\x03\0", b"\x01{}", b"\x01[" * 2000, b"\x10{}", bytes(64)):
            tunnel = self.open(first=bad)
            self.assertEqual(tunnel.read(), (CLOSE, 1008), bad[:8])
        for bad, code in ((frame(1, b"text"), 1003), (frame(BINARY, b"\x01" * 5000), 1009)):
            tunnel = self.open()
            tunnel.read_until(WELCOME)
            tunnel.send_raw(bad)
            self.assertEqual(tunnel.read_until(CLOSE), code)
        bystander.read_until(PICTURE)

    def test_who_is_not_connected_is_refused_with_the_reason(self):
        tunnel = self.open(token="f" * 64)
        self.assertEqual(json.loads(tunnel.read_until(REFUSED))["status"], "not-connected")
        self.assertEqual(tunnel.read(), (CLOSE, 1008))
        self.server.wait_log("a tunnel from 127.0.0.1 is refused")
        self.assertNotIn("f" * 64, self.server.log())

    def test_a_tunnel_that_ends_in_the_middle_leaves_nothing(self):
        before = self.server.descriptors()
        for i in range(40):
            tunnel = Tunnel(self.ann)
            if i % 2:
                tunnel.read_until(PICTURE)
            tunnel.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            tunnel.sock.close()
            tunnel.file.close()
        wait_for(lambda: self.server.descriptors() <= before + 4, 20, f"descriptors to go back to {before}")
        last = self.open()
        last.read_until(PICTURE)

    def test_a_foreign_page_gets_no_tunnel(self):
        hello = path(self.server).replace(b"\r\n\r\n", b"\r\nOrigin: https://foreign.example\r\n\r\n")
        self.assertEqual(statuses(talk(self.server, hello, timeout_s=5))[0], 403)

    def test_strangers_who_say_nothing_keep_nobody_of_their_address_out(self):
        socks = []
        for _ in range(700):  # more than one address may have
            sock = connect(self.server, source="127.0.3.9")
            self.addCleanup(sock.close)
            sock.sendall(path(self.server))
            socks.append(sock)
        for i in range(3):
            body = json.dumps({"username": f"neighbour {i}", "password": USER}).encode()
            answer = talk(self.server, head("POST", "/api/login", f"Content-Length: {len(body)}", "Connection: close") + body,
                          source="127.0.3.9")
            self.assertEqual(statuses(answer), [200])
        tunnel = self.open()
        tunnel.read_until(PICTURE)

    def test_switched_off_there_is_none(self):
        with Server("--server.tunnel", "false", tunnel=True) as server:
            self.assertEqual(statuses(talk(server, path(server), timeout_s=5))[0], 404)


if __name__ == "__main__":
    unittest.main()
