"""One person misbehaves at the WebSocket; nobody else may notice."""
import json
import os
import re
import socket
import time
import unittest

from hairpin import ADMIN, TOP, Server, wait_for
from person import BINARY, MORE, PING, PONG, TEXT, Bystander, Person, frame, message, ms
from tap import figure

NOTICE_LIMIT_S = 2.0  # the goal for others is 300 ms
RISE_LIMIT_KIB = 150 * 1024  # sanitizers keep what was freed

# A payload in which every event finds what it needs.
FULL = {"x": 1, "y": 1, "code": 1, "keysym": 97, "touch_id": 1, "delta_x": 1, "delta_y": 1, "sdp": "v=0", "id": "nobody",
        "candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "width": 1280, "height": 720, "rate": 30,
        "receiver": "nobody", "subject": "s", "body": "b", "text": "t"}


def event_table():
    """{event: need} as the server's own table has them; those that it answers itself."""
    with open(os.path.join(TOP, "src/dialect/events.c")) as f:
        rows = re.findall(r'\{ "([a-z_/]+)", \w+, HP_NEED_(\w+), (\w+) \}', f.read())
    assert len(rows) > 30, rows
    return {event: need for event, need, handler in rows if handler != "NULL"}


class Rude(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.__enter__()
        self.addCleanup(lambda: self.server.__exit__(None, None, None))
        self.bystander = Bystander(self.server)
        self.addCleanup(self.bystander.close)
        wait_for(lambda: self.bystander.logins, 20, "a first log-in")
        self.memory = self.server.memory_kib()
        self.lines = len(self.server.lines)

    def person(self, name="rude", password="user-password", **options):
        person = Person(self.server, name, password, **options)
        self.addCleanup(person.close)
        return person

    def assert_unnoticed(self, name, note="", max_lines=60):
        visits = len(self.bystander.logins)
        p99, login = self.bystander.finish()
        rise = self.server.memory_kib() - self.memory
        lines = len(self.server.lines) - self.lines - 3 * visits - 10
        figure(name, f"{note}echo p99 {ms(p99)}, slowest log-in {ms(login)}, memory {rise:+d} KiB")
        self.assertLess(p99, NOTICE_LIMIT_S)
        self.assertLess(login, NOTICE_LIMIT_S)
        self.assertLess(rise, RISE_LIMIT_KIB)
        self.assertLess(lines, max_lines)

    def test_who_stops_reading_is_cut_and_holds_up_nobody(self):
        """Sixteen people send as much as they may, three do not read."""
        slow = [self.person(f"slow{i}", reads=False, rcvbuf=4096) for i in range(3)]
        talkers = [self.person(f"talker{i}", reads="drain") for i in range(16)]
        letters = message("send/broadcast", {"subject": "long", "body": "x" * 16000})
        start, peak = time.monotonic(), 0
        while self.server.log().count("does not read, cut") < len(slow) and time.monotonic() < start + 40:
            for talker in talkers:
                talker.send_raw(letters)
            peak = max(peak, self.server.memory_kib() - self.memory)
            time.sleep(0.1)
        self.assertEqual(self.server.log().count("does not read, cut"), len(slow))
        self.assertLess(peak, RISE_LIMIT_KIB)
        took = time.monotonic() - start
        for person in slow:
            wait_for(lambda p=person: f"{p.id} lost its connection" in self.server.log(), 15, "the slow one to be cut off")
        self.assert_unnoticed("three who do not read", f"cut after {took:.1f} s, {peak:+d} KiB at most, ")

    def test_floods_of_every_kind_of_message(self):
        kinds = {
            "requests for control": message("control/request"),
            "requests and releases": message("control/request") + message("control/release"),
            "moves": message("control/move", {"x": 10, "y": 20}),
            "scrolls of 10^9": message("control/scroll", {"delta_x": 10 ** 9, "delta_y": -10 ** 9}),
            "keys": message("control/keypress", {"keysym": 97}),
            "heartbeats": message("client/heartbeat"),
            "stats": message("hairpin/stats"),
            "letters to all": message("send/broadcast", {"subject": "s", "body": "b"}),
            "log lines": message("system/logs", [{"level": "error", "message": "\x1b[2J\n" + "a" * 300}] * 10),
            "unknown events": message("no/such\x1b\n", {"a": 1}),
            "no JSON": frame(TEXT, b"{{{"),
            "pings": frame(PING, b"p" * 125),
            "pongs": frame(PONG),
            "empty messages": frame(TEXT),
        }
        cut = []
        for name, data in kinds.items():
            with self.subTest(name):
                rude = self.person(reads="drain")
                rude.send("control/request")
                end, sent = time.monotonic() + 0.7, 0
                while time.monotonic() < end and not rude.is_over:
                    sent += rude.flood(data * 100, times=1)
                    time.sleep(0.01 if name != "log lines" else 0.1)
                if name in ("pings", "pongs"):  # no messages: the library answers or drops them
                    rude.flood(data * 500, seconds=0.4)
                else:
                    rude.flood(data * 500, seconds=30)
                    wait_for(lambda: rude.is_over, 10, f"{name} to be cut")
                    cut.append(name)
                rude.close()
        figure("floods that were cut", ", ".join(cut))
        self.assert_unnoticed(f"{len(kinds)} floods of 10,000 messages a second and then all that goes", max_lines=200)
        self.assertNotIn("\x1b", self.server.log())

    def test_three_hundred_requests_for_media_in_one_go(self):
        before = self.server.descriptors()
        rude = self.person()
        rude.send_raw(message("signal/request", {"video": {}, "audio": {}}) * 300)
        rude.expect("signal/provide", timeout_s=30)
        peak = before
        for _ in range(30):
            peak = max(peak, self.server.descriptors())
            time.sleep(0.1)
        figure("300 signal/request in one go", f"{rude.count('signal/provide')} answers, at most {peak - before} descriptors more")
        self.assertLess(peak - before, 100)
        self.server.request("POST", "/api/logout", {}, rude.token)
        wait_for(lambda: self.server.descriptors() <= before + 12, 20, "descriptors to be free again")
        self.assert_unnoticed("300 signal/request")

    def test_messages_without_end_take_no_memory(self):
        peak = 0
        block = b"a" * 65536
        for name, first in (("fragments", frame(TEXT, block, False)), ("one frame of 16 MiB", frame(TEXT, b"[" * 2 ** 24)),
                            ("a frame of 2^62", b"\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0"), ("binary", frame(BINARY, block))):
            with self.subTest(name):
                rude = self.person()
                rude.flood(first, times=1)
                sent = rude.flood(frame(MORE, block, False), times=4800)  # 300 MB
                rude.wait_over(10)
                peak = max(peak, self.server.memory_kib() - self.memory)
                self.assertLess(sent, 4800)
                self.assertIn(rude.close_code, (1002, 1003, 1009, None))
        rude = self.person("quiet", reads="drain")
        rude.send_raw(frame(TEXT, b"", False))
        rude.flood(frame(MORE, b"", False) * 5000, seconds=1)
        rude.wait_over(10)
        self.assert_unnoticed("messages without end", f"{peak:+d} KiB at most, ")

    def test_large_messages_one_after_the_other(self):
        rude = self.person(reads="drain")
        text = message("system/logs", [{"level": "info", "message": "a" * 2000}] * 100)
        cpu, start = self.server.cpu_s(), time.monotonic()
        sent = rude.flood(text, seconds=10) * len(text)
        took = time.monotonic() - start
        self.assertLess(took, 9)
        self.assertIn("floods its connection", self.server.log())
        note = f"cut after {sent / 1e6:.0f} MB, {took:.2f} s, {self.server.cpu_s() - cpu:.2f} s of CPU, "
        self.assert_unnoticed("messages of 200 KB", note)

    def test_what_is_no_text_ends_the_socket(self):
        for name, data, code in (("not UTF-8", frame(TEXT, b'{"event":"\xff"}'), 1007), ("NUL", frame(TEXT, b'{"event":"a\0b"}'), 1007),
                                 ("binary", frame(BINARY, b"{}"), 1003), ("surrogate", frame(TEXT, b'"\xed\xa0\x80"'), 1007),
                                 ("reserved opcode", frame(3, b"x"), None), ("long ping", frame(PING, b"x" * 300), None),
                                 ("a reply to nothing", frame(MORE, b"x"), None)):
            with self.subTest(name):
                rude = self.person()
                rude.send_raw(data)
                rude.wait_over(5)
                if code:
                    self.assertEqual(rude.close_code, code)
        rude = self.person("split")  # a letter of two bytes in two fragments is fine
        rude.send_raw(frame(TEXT, b'{"event":"send/unicast","payload":{"subject":"\xc3', False)
                      + frame(MORE, b'\xa9","receiver":"' + rude.id.encode() + b'"}}'))
        rude.expect("send/unicast", lambda p: p["subject"] == "é")
        self.assert_unnoticed("what is no text")

    def test_bombs_are_refused_and_the_socket_lives(self):
        bombs = [b"[" * 10000, b'{"a":' * 10000 + b"1" + b"}" * 10000, b'{"event":' * 100, b"[" * 250000 + b"]" * 5,
                 b'{"event":"send/broadcast","payload":' + b"[" * 200 + b"]" * 200 + b"}", b"1e999", b"null", b'"', b"\\" * 1000,
                 b"{" + b",".join(b'"k%d":1' % i for i in range(18000)) + b"}", b'{"event":1}', b'{"event":null}',
                 json.dumps({"event": "x" * 5000}).encode(), b'{"event":"a\\u0000b"}', b'{"event":"\\ud800"}',
                 b'{"event":"client/heartbeat","event":"x"}']
        rude = self.person()
        for number, bomb in enumerate(bombs):
            with self.subTest(bomb[:30]):
                rude.send_raw(frame(TEXT, bomb))
                rude.send("send/unicast", {"receiver": rude.id, "subject": "alive", "body": number})
                rude.expect("send/unicast", lambda p, n=number: p["body"] == n)
        self.assert_unnoticed("JSON bombs")

    def test_every_event_with_every_wrong_payload(self):
        wrong = [None, [], {}, "", "text", 0, -1, 1e308, True, [None] * 100, {"a": {"b": {"c": None}}}]
        for value in (None, {}, [], "", "\0", "x" * 500, -2 ** 63, 2 ** 63 - 1, 1e308, -1.5, True):
            wrong.append({key: value for key in (*FULL, "video", "audio", "selector", "disabled", "control_key")})
        events = sorted(event_table())
        for payload in wrong:
            for password in ("user-password", ADMIN):
                rude = self.person("a", password)
                for event in events:
                    text = json.dumps({"event": event, "payload": payload})  # null included
                    rude.send_raw(frame(TEXT, text.encode()))
                rude.send("send/unicast", {"receiver": rude.id, "subject": "alive"})
                rude.expect("send/unicast", lambda p: p["subject"] == "alive")
                self.assertFalse(rude.is_over)
                self.server.request("POST", "/api/logout", {}, rude.token)
        # Some of these make an encoder of the largest screen, which ends when its viewers have been gone for a while.
        wait_for(lambda: self.server.memory_kib() - self.memory < RISE_LIMIT_KIB / 3, 20, "the encoder's memory")
        self.assert_unnoticed(f"{len(wrong)} wrong payloads for each of {len(events)} events", max_lines=10 ** 9)


class Roles(unittest.TestCase):
    def assert_denied(self, person, events):
        for event in events:
            with self.subTest(event):
                since = len(person.events)
                person.send(event, {**FULL, "id": person.id})
                person.expect("hairpin/error", lambda p, e=event: p["event"] == e and p["code"] == "not-allowed", since)
                time.sleep(0.21)  # replies are limited to five a second

    def test_users_may_not_do_what_admins_may(self):
        with Server() as server, Person(server, "user") as user, Person(server, "host") as host:
            host.send("control/request")
            host.expect("control/host", lambda p: p.get("host_id") == host.id)
            self.assert_denied(user, [e for e, need in event_table().items() if need in ("ADMIN", "CONTROL")])
            self.assert_denied(user, ["control/release", "control/give"])
            self.assertEqual(user.host(), host.id)

    def test_who_has_no_rights_can_only_look_on(self):
        profile = json.dumps({"can_host": False, "can_watch": False})
        with Server(env={"NEKO_MEMBER_MULTIUSER_USER_PROFILE": profile}) as server, Person(server, "guest") as guest, \
                Person(server, "admin", ADMIN) as admin:
            needs = event_table()
            self.assert_denied(guest, [event for event, need in needs.items() if need != "NOTHING"])
            self.assertIsNone(admin.host())
            self.assertEqual(guest.count("signal/provide"), 0)
            since = len(admin.events)
            admin.send("control/give", {"id": guest.id})
            admin.expect("hairpin/error", since=since)
            for route in ("request", "take", "reset"):
                self.assertEqual(server.request("POST", "/api/room/control/" + route, {}, guest.token)[0], 403)
            self.assertIsNone(admin.host())
