"""Strangers at the HTTP port: smuggling, slow heads, huge bodies, guesses, foreign pages, paths, roles."""
import json
import socket
import threading
import time
import unittest

from guesser import Guesser
from hairpin import ADMIN, USER, Server, wait_for
from person import Bystander, Person, connect, head, ms, statuses, talk, upgrade
from tap import ALL, figure

NEIGHBOURS = 12 if ALL else 5
LOGIN_LIMIT_S = 2.0  # the goal is 300 ms
RISE_LIMIT_KIB = 100 * 1024  # the goal is far less; sanitizers keep what was freed


class Strangers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    @classmethod
    def enterClassContext(cls, context):
        entered = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return entered

    def bystander(self):
        person = Bystander(self.server)
        self.addCleanup(person.close)
        return person

    def assert_unharmed(self, name, person):
        p99, login = person.finish()
        figure(name, f"p99 of an echo {ms(p99)}, slowest log-in {ms(login)}")
        self.assertLess(login, LOGIN_LIMIT_S)
        self.assertLess(p99, LOGIN_LIMIT_S)

    def test_a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_heard(self):
        second = head("GET", "/health")
        first = {
            "chunked": head("POST", "/api/login", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
            "chunked, odd": head("POST", "/api/login", "Transfer-Encoding:\tChunked") + b"0\r\n\r\n",
            "TE and CL": head("POST", "/api/login", "Transfer-Encoding: chunked", "Content-Length: 4") + b"0\r\n\r\n",
            "CL and TE": head("POST", "/api/login", "Content-Length: 4", "Transfer-Encoding: identity") + b"abcd",
            "two lengths": head("POST", "/api/login", "Content-Length: 2", "Content-Length: 4") + b"{}",
            "the same length twice": head("POST", "/api/login", "Content-Length: 2", "Content-Length: 2") + b"{}",
            "a list of lengths": head("POST", "/api/login", "Content-Length: 2, 2") + b"{}",
            "signed": head("POST", "/api/login", "Content-Length: +2") + b"{}",
            "hex": head("POST", "/api/login", "Content-Length: 0x2") + b"{}",
            "negative": head("POST", "/api/login", "Content-Length: -1") + b"{}",
            "no number": head("POST", "/api/login", "Content-Length: ten") + b"{}",
            "name with a blank": head("POST", "/api/login", "Content-Length : 2") + b"{}",
            "TE with a blank": head("POST", "/api/login", "Transfer-Encoding : chunked") + b"0\r\n\r\n",
            "GET with a body": head("GET", "/api/whoami", f"Content-Length: {len(second)}"),
            "chunked upgrade": upgrade(self.server, "none", "Transfer-Encoding: chunked"),
            "upgrade with a body": upgrade(self.server, "none", f"Content-Length: {len(second)}"),
            "CONNECT": head("CONNECT", "example.org:443"),
        }
        for name, data in first.items():
            with self.subTest(name):
                answer = talk(self.server, data + second)
                got = statuses(answer)
                self.assertEqual(len(got), 1, answer)
                self.assertTrue(all(400 <= code <= 501 for code in got), answer)
                self.assertNotIn(b"\r\n\r\ntrue", answer)

    def test_frames_that_come_with_the_upgrade_and_http_after_it(self):
        """What follows a refused upgrade is not a request; what follows a good one is only WebSocket."""
        got = statuses(talk(self.server, upgrade(self.server, "none", "Origin: http://evil.example") + head("GET", "/health")))
        self.assertEqual(got, [403])
        token = self.server.login("smuggler")["token"]
        answer = talk(self.server, upgrade(self.server, token) + head("GET", "/health"))
        self.assertEqual(statuses(answer), [101])
        self.assertNotIn(b"\r\n\r\ntrue", answer)

    def test_foreign_pages_get_no_websocket(self):
        token = self.server.login("victim")["token"]
        own = f"http://{self.server.address}:{self.server.port}"
        for origin, wanted in ((own, 101), ("https://evil.example", 403), ("null", 403), (own + ".evil.example", 403),
                               (own.replace("127", "x@127"), 403), (own + "1", 403)):
            with self.subTest(origin), connect(self.server) as sock:
                sock.sendall(upgrade(self.server, token, "Origin: " + origin))
                self.assertEqual(statuses(sock.recv(4096)), [wanted])

    def test_refused_websockets_fill_no_log(self):
        lines, descriptors = len(self.server.lines), self.server.descriptors()
        request = upgrade(self.server, "no-such-token-%1b[2J")
        start = time.monotonic()
        for _ in range(600):
            with connect(self.server) as sock:
                sock.sendall(request)
                self.assertEqual(statuses(sock.recv(4096)), [101])
        wait_for(lambda: self.server.descriptors() <= descriptors + 4, 15, "descriptors to be free again")
        figure("600 WebSockets without a session", f"{len(self.server.lines) - lines} log lines in {time.monotonic() - start:.1f} s")
        self.assertLess(len(self.server.lines) - lines, 60)
        self.assertNotIn("no-such-token", self.server.log())

    def test_paths_stay_inside_the_page(self):
        for path in ("/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/js/../../configure",
                     "/....//....//etc/passwd", "/..\\..\\etc\\passwd", "/%00/etc/passwd", "/index.html%00.js", "//etc/passwd",
                     "/%c0%ae%c0%ae/etc/passwd", "/js/%2e%2e/%2e%2e/state", "/api/../../etc/passwd", "/.git/config",
                     "/" + "../" * 2000, "/" + "a" * 12000, "http://127.0.0.1/../../etc/passwd", "/cert.pem", "/key.pem"):
            with self.subTest(path[:60]):
                answer = talk(self.server, head("GET", path, "Connection: close"))
                if statuses(answer) == [200]:  # "/../.." is "/"
                    self.assertIn(b"<title>", answer)
                else:
                    self.assertTrue(all(code in (301, 400, 403, 404, 414, 431) for code in statuses(answer)), answer[:300])
                self.assertNotIn(b"root:", answer)
                self.assertNotIn(b"PRIVATE", answer)

    def test_huge_login_bodies_take_no_memory(self):
        before, person = self.server.memory_kib(), self.bystander()
        socks, peak, refused, start = [], 0, [], time.monotonic()
        descriptors = self.server.descriptors()
        for _ in range(8):
            sock = connect(self.server)
            sock.sendall(head("POST", "/api/login", "Content-Length: 100000000", "Content-Type: application/json"))
            socks.append(sock)
        block, sent = b'{"username":"' + b"a" * 1000000, 0
        for sock in socks:
            refused += [code for code in statuses(sock.recv(4096)) if code == 413]
            sock.settimeout(0.05)
        while self.server.descriptors() > descriptors + 4 and time.monotonic() < start + 20:
            for sock in socks:
                try:
                    sent += sock.send(block)
                except OSError:  # cut, or the server is gone and the kernel takes no more
                    pass
            peak = max(peak, self.server.memory_kib())
        for sock in socks:
            sock.close()
        took = time.monotonic() - start
        figure("eight log-in bodies of 100 MB", f"cut after {took:.1f} s, {sent / 1e6:.0f} MB read and forgotten, "
               f"memory {peak - before:+d} KiB")
        self.assertEqual(len(refused), 8)
        self.assertLess(peak - before, RISE_LIMIT_KIB)
        self.assertLess(took, 10)
        self.assert_unharmed("beside huge bodies", person)

    def test_bombs_in_login_bodies_are_refused(self):
        deep = b'{"a":' * 700 + b"1" + b"}" * 700
        bodies = [b"[" * 4000, deep[:4000], b"null", b"[]", b"{}", b'{"username":null,"password":null}', b"\xff\xfe",
                  b'{"username":"\xc3\x28","password":"x"}', b'{"username":"a\\u0000b","password":"user-password"}',
                  b'{"username":"\\ud800","password":"user-password"}', b'{"username":{},"password":[]}', b"1e999999",
                  json.dumps({"username": "a" * 3000, "password": "user-password"}).encode(),
                  b'{"username":"","password":"user-password"}', b'{"username":"a\\u001b[31m\\nb","password":"user-password"}']
        for body in bodies:
            with self.subTest(body[:40]):
                answer = talk(self.server, head("POST", "/api/login", f"Content-Length: {len(body)}", "Connection: close") + body)
                self.assertEqual(statuses(answer), [400], answer)
        name = json.dumps({"username": "a\0" * 500000, "password": "user-password"}).encode()
        self.assertEqual(statuses(talk(self.server, head("POST", "/api/login", f"Content-Length: {len(name)}") + name)), [413])
        self.assertNotIn("\x1b", self.server.log())

    def test_slow_heads_and_half_open_upgrades_keep_nobody_out(self):
        before, descriptors = self.server.memory_kib(), self.server.descriptors()
        person, socks = self.bystander(), []
        for i in range(900):
            sock = connect(self.server, source=f"127.0.1.{1 + i % 3}")
            if i % 9 < 4:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            elif i % 9 < 6:
                sock.sendall(b"GE")
            elif i % 9 < 8:
                sock.sendall(upgrade(self.server, "none")[:-2])
            socks.append(sock)
        start = time.monotonic()
        peak = self.server.memory_kib() - before
        alive = wait_for(lambda: self.drip(socks), 40, "slow heads to be cut")
        figure("900 half-open requests", f"all cut after {time.monotonic() - start:.1f} s, memory +{peak} KiB")
        self.assertTrue(alive)
        self.assertLess(time.monotonic() - start, 20)
        self.assertLess(peak, RISE_LIMIT_KIB)
        self.assert_unharmed("beside 900 half-open requests", person)
        wait_for(lambda: self.server.descriptors() <= descriptors + 8, 10, "descriptors to be free again")

    def drip(self, socks):
        """One more byte for everyone; true when the server has cut all."""
        for sock in list(socks):
            try:
                sock.setblocking(False)
                if sock.recv(4096) == b"":
                    raise ConnectionError
            except BlockingIOError:
                try:
                    sock.send(b"a")
                except OSError:
                    sock.close()
                    socks.remove(sock)
            except OSError:
                sock.close()
                socks.remove(sock)
        return not socks

    def test_refused_connections_keep_no_descriptors(self):
        self.server.request("GET", "/health")
        before, memory, lines = self.server.descriptors(), self.server.memory_kib(), len(self.server.lines)
        start = time.monotonic()
        for i in range(5000):
            sock = connect(self.server, source=f"127.0.2.{1 + i % 50}")
            if i % 5:
                sock.send((b"\0\1\2\3\4\5\6\7", b"\x16\3\1\0\1\1\0\0", b"GET /no HTTP/1.0\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n")[i % 5 - 1])
            if i % 7 == 0:  # a reset
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.close()
        wait_for(lambda: self.server.descriptors() <= before + 4, 15,
                 f"descriptors to go back to {before}")
        figure("5000 connections opened and closed", f"{time.monotonic() - start:.1f} s, memory "
               f"{self.server.memory_kib() - memory:+d} KiB, {len(self.server.lines) - lines} log lines")
        self.assertLess(len(self.server.lines) - lines, 20)
        self.assertLess(self.server.memory_kib() - memory, RISE_LIMIT_KIB)


class Guesses(unittest.TestCase):
    def test_guessing_is_slowed_down_per_address_and_the_log_says_who(self):
        with Server() as server:
            tokens = [server.login("early")["token"]]
            body = json.dumps({"username": "a", "password": "wrong-guess-SECRET"}).encode()
            request = head("POST", "/api/login", f"Content-Length: {len(body)}", "Connection: close") + body
            codes = [statuses(talk(server, request, source="127.0.3.9"))[0] for _ in range(500)]
            figure("500 wrong passwords from one address", f"{codes.count(401)} were looked at, {codes.count(429)} refused")
            self.assertEqual(codes.count(401) + codes.count(429), 500)
            self.assertLess(codes.count(401), 30)
            tokens.append(server.login("late")["token"])  # from another address
            self.assertEqual(server.request("GET", "/api/whoami", token=tokens[0])[0], 200)
            self.assertIn("127.0.3.9", server.log())
            self.assertLess(server.log().count("127.0.3.9"), 40)
            for secret in (*tokens, "wrong-guess-SECRET"):
                self.assertNotIn(secret, server.log())

    def log_in(self, server, name, password, source):
        """The status and the seconds of a log-in from that address."""
        body = json.dumps({"username": name, "password": password}).encode()
        request = head("POST", "/api/login", f"Content-Length: {len(body)}", "Connection: close") + body
        start = time.monotonic()
        codes = statuses(talk(server, request, source=source))
        return codes[0] if codes else 0, time.monotonic() - start

    def test_neighbours_of_one_who_guesses_come_in(self):
        with Server() as server:
            is_over = threading.Event()

            def guess(number):
                count = 0
                while not is_over.is_set():
                    self.log_in(server, f"guesser {number} {count}", "wrong", "127.0.3.9")
                    count += 1
            guessers = [threading.Thread(target=guess, args=(i,)) for i in range(8)]
            for guesser in guessers:
                guesser.start()
            try:
                wait_for(lambda: self.log_in(server, f"at {time.monotonic()}", "wrong", "127.0.3.9")[1] > 0.5,
                         30, "the address to be slowed down")
                answers = [self.log_in(server, f"neighbour {i}", USER, "127.0.3.9") for i in range(8)]
                admin = self.log_in(server, "an admin", ADMIN, "127.0.3.9")
            finally:
                is_over.set()
                for guesser in guessers:
                    guesser.join()
            figure("log-ins beside eight who guess from the same address",
                   f"{max(seconds for _, seconds in answers):.2f} s at most, an admin {admin[1]:.2f} s")
            self.assertEqual({code for code, _ in answers} | {admin[0]}, {200})
            self.assertLess(admin[1], 3)  # the goal is 1 s

    def come(self, server, name, password):
        """The seconds and the tries until somebody is in who waits a second each time."""
        start = time.monotonic()
        for tries in range(1, 20):
            if self.log_in(server, name, password, "127.0.3.9")[0] == 200:
                return time.monotonic() - start, tries
            time.sleep(1)
        self.fail(f"{name} does not come in")

    def check_neighbours(self, what, per_second, names=None, who="neighbour {}"):
        with Server() as server, Guesser(server, "127.0.3.9", per_second, names) as guesser:
            guesser.wait_until_many_are_turned_away()
            admin = self.come(server, who.format("admin"), ADMIN)
            people = [self.come(server, who.format(i), USER) for i in range(NEIGHBOURS)]
            figure(f"log-ins beside {what} from the same address",
                   f"{max(seconds for seconds, _ in people):.2f} s at most, an admin {admin[0]:.2f} s; {guesser.rate():.0f} "
                   f"guesses a second, of which {guesser.rate(401):.0f} were looked at")
            self.assertLess(guesser.rate(401), 80)
            # A place that the table of those who come back has lost is one of fifty.
            self.assertLessEqual(sorted(tries for _, tries in people)[-2], 2)
            return guesser.rate()

    def test_neighbours_of_one_who_guesses_quickly_come_in_at_the_second_try(self):
        self.assertGreater(self.check_neighbours("300 guesses a second", 300), 150)

    def test_neighbours_of_one_who_comes_back_with_his_names_come_in_at_the_second_try(self):
        self.check_neighbours("300 guesses a second under 400 names", 300, [f"guesser {i}" for i in range(400)])

    def test_a_name_under_which_a_neighbour_guesses_still_lets_its_owner_in(self):
        self.check_neighbours("guesses under one's own name", 50, ["Ann"], who="Ann")

    def test_five_hundred_idle_log_ins_keep_no_admin_out(self):
        with Server() as server:
            codes = [self.log_in(server, f"idle {i}", USER, "127.0.3.9")[0] for i in range(520)]
            self.assertGreaterEqual(codes.count(200), 500)
            self.assertLessEqual(set(codes), {200, 503})  # after 10 s an idle one makes room
            code, seconds = self.log_in(server, "an admin", ADMIN, "127.0.3.9")
            figure("an admin's log-in after 500 idle ones", f"{seconds:.3f} s")
            self.assertEqual(code, 200)
            self.assertLess(seconds, 3)  # the goal is 1 s

    def test_a_name_turns_no_text_and_breaks_no_line(self):
        with Server() as server:
            for name in ("a\u202eb", "a\u2028b", "a\x9b31mb", "a\u200b", " "):
                self.assertEqual(self.log_in(server, name, USER, None)[0], 400)
            names = [server.login("Ann")["profile"]["name"] for _ in range(2)]
            self.assertEqual(names, ["Ann", "Ann (2)"])
            for character in "\u202e\u2028\x9b\u200b":
                self.assertNotIn(character, server.log())

    def test_who_logs_in_anew_is_no_second_person(self):
        with Server() as server:
            ann = Person(server, "Ann")
            self.assertEqual(server.login("Ann")["profile"]["name"], "Ann (2)")
            ann.sock.shutdown(socket.SHUT_RDWR)
            server.wait_log("lost its connection")
            self.assertEqual(server.login("Ann")["profile"]["name"], "Ann (3)")  # without the token: perhaps a namesake
            status, answer = server.request("POST", "/api/login", {"username": "Ann", "password": USER}, ann.token)
            self.assertEqual((status, answer["profile"]["name"]), (200, "Ann"))
            server.wait_log(f"{ann.id} ended")

    def test_members_that_are_not_there_yet_let_nobody_in(self):
        for provider in ("file", "object"):
            with Server(env={"NEKO_MEMBER_PROVIDER": provider, "NEKO_MEMBER_OBJECT_USERS": "[]", "NEKO_PASSWORD": "",
                             "NEKO_PASSWORD_ADMIN": ""}) as server:
                self.assertIn("NOBODY CAN LOG IN", server.log())
                for password in ("", "neko", "admin"):
                    status, answer = server.request("POST", "/api/login", {"username": "a", "password": password})
                    self.assertEqual((status, "member.provider" in answer["message"]), (501, True))

    def test_a_forwarded_address_of_a_stranger_is_not_believed(self):
        with Server() as server:
            body = b'{"username":"a","password":"wrong"}'
            codes = []
            for i in range(40):
                request = head("POST", "/api/login", f"Content-Length: {len(body)}", f"X-Forwarded-For: 10.0.0.{i}",
                               f"X-Real-IP: 10.0.0.{i}", "Connection: close") + body
                codes += statuses(talk(server, request, source="127.0.3.8"))
            self.assertIn(429, codes)
            self.assertNotIn("10.0.0.", server.log())


    def test_a_refused_origin_is_told_once_to_the_operator_and_to_the_page(self):
        with Server() as server:
            body = b'{"username":"a","password":"user-password"}'
            for _ in range(3):
                answer = talk(server, head("POST", "/api/login", f"Content-Length: {len(body)}", "Connection: close",
                                           "Origin: https://desk.example") + body)
                self.assertEqual(statuses(answer), [403])
                self.assertIn(b"this origin is not allowed", answer)
            self.assertEqual(len([line for line in server.lines if "https://desk.example" in line]), 1)
            self.assertIn("server.cors", server.log())

    def test_the_websocket_has_a_second_path_and_whoami_one_method(self):
        with Server() as server:
            token = server.login("a")["token"]
            with connect(server) as sock:
                sock.sendall(upgrade(server, token).replace(b"/api/ws", b"/ws"))
                self.assertEqual(statuses(sock.recv(4096)), [101])
            self.assertEqual(server.request("PUT", "/api/whoami", {}, token)[0], 405)


class Roles(unittest.TestCase):
    ROUTES = (("GET", "/api/whoami"), ("GET", "/api/room/control"), ("POST", "/api/room/control/request"),
              ("POST", "/api/room/control/release"), ("POST", "/api/room/control/give/nobody"),
              ("POST", "/api/room/control/take"), ("POST", "/api/room/control/reset"), ("POST", "/api/logout"))

    def test_every_route_is_closed_without_a_token(self):
        with Server() as server:
            for method, path in self.ROUTES:
                for token in (None, "", "x", "a" * 64, "null", "../../"):
                    with self.subTest(path=path, token=token):
                        self.assertEqual(server.request(method, path, {} if method == "POST" else None, token)[0], 401)

    def test_admins_routes_are_closed_to_users(self):
        with Server() as server, Person(server, "user") as user, Person(server, "other") as other, \
                Person(server, "admin", ADMIN) as admin:
            for route in ("take", "reset", "give/" + other.id, "give/" + user.id):
                status, _ = server.request("POST", "/api/room/control/" + route, {}, user.token)
                self.assertEqual((route, status), (route, 403))
            self.assertIsNone(user.host())
            for route, host in (("take", admin.id), ("give/" + other.id, other.id), ("reset", None)):
                self.assertEqual(server.request("POST", "/api/room/control/" + route, {}, admin.token)[0], 204)
                self.assertEqual(user.host(), host)

    def test_nothing_that_a_login_says_makes_an_admin(self):
        with Server() as server:
            answer = server.request("POST", "/api/login", {
                "username": "climber", "password": "user-password", "is_admin": True, "id": "other", "token": "mine",
                "profile": {"is_admin": True, "can_see_inactive_cursors": True}})[1]
            self.assertFalse(answer["profile"]["is_admin"])
            self.assertFalse(answer["profile"]["can_see_inactive_cursors"])
            self.assertNotEqual(answer["token"], "mine")
            self.assertTrue(answer["id"].startswith("climber-"))
