"""A worker that stands still, while everybody else goes on: the one that reads the shared port, and all connections."""
import ctypes
import itertools
import os
import socket
import threading
import time
import unittest

from browsers import open_browser
from hairpin import Server, wait_for
from page import Page
from person import Person
from tap import figure, needs_all
from test_hardening_ice import forge_answer

STALL_S = 10
ASK_LIMIT_S = 2  # the goal is that nobody notices
CROWD = 12

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 17, 0x4206, 0x4207, 0x40000000


class Stalled:
    """One thread of a process stands still: a debugger has stopped it. Begin and end by the same thread."""

    def __init__(self, pid, name):
        tasks = [int(task) for task in os.listdir(f"/proc/{pid}/task")]
        self.task = next(task for task in tasks if self.name_of(pid, task) == name)
        self.ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    @staticmethod
    def name_of(pid, task):
        with open(f"/proc/{pid}/task/{task}/comm") as file:
            return file.read().strip()

    def call(self, request):
        if self.ptrace(request, self.task, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def __enter__(self):
        self.call(PTRACE_SEIZE)
        self.call(PTRACE_INTERRUPT)
        os.waitpid(self.task, WALL)
        return self

    def is_still(self):
        with open(f"/proc/{self.task}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "t"

    def __exit__(self, *_):
        self.call(PTRACE_DETACH)


def decoded(page):
    return page.stats().get("inbound-rtp/video", {}).get("framesDecoded", 0)


class Load:
    """Datagrams to the shared port, and people who ask for pictures again and again."""

    def __init__(self, server, people):
        self.server, self.people, self.is_over, self.sent = server, people, False, 0

    def run(self):
        junk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for turn in itertools.count():
            if self.is_over:
                break
            for person in self.people if turn % 25 == 0 else ():
                person.send("signal/request", {"video": {}, "audio": {}})
            for _ in range(200):
                junk.sendto(b"\x80" + bytes(99), (self.server.address, self.server.port))
            self.sent += 200
            time.sleep(0.02)
        junk.close()

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()


class Stall(unittest.TestCase):
    def join(self, name):
        person = Person(self.server, name)
        self.addCleanup(person.close)
        person.send("signal/request", {"video": {}, "audio": {}})
        offer = person.expect("signal/provide")[1]
        person.send("signal/answer", {"sdp": forge_answer(offer["sdp"], [])})
        return person

    def took(self, act):
        start = time.monotonic()
        act()
        return time.monotonic() - start

    def talk(self):
        """Signaling, and somebody new."""
        since = len(self.person.events)
        self.person.send("send/unicast", {"receiver": self.person.id, "subject": "echo", "body": since})
        self.person.expect("send/unicast", since=since)
        self.server.login(f"late{time.monotonic():.3f}")
        self.server.request("GET", "/health")

    def start(self, workers):
        self.server = Server("--workers", str(workers))
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def test_who_watches_by_a_worker_that_stands_still_gets_an_answer(self):
        self.start(1)
        person = self.join("Ann")

        def ask():
            since = len(person.events)
            person.send("hairpin/stats")
            return person.expect("hairpin/stats", since=since)[1]

        self.assertIn("path", ask())
        with Stalled(self.server.pid(), "hp-worker-0") as stalled:
            start, payload = time.monotonic(), ask()
            took_s = time.monotonic() - start
            self.assertTrue(stalled.is_still())
            since = len(person.events)
        figure("a worker that stood still", f"hairpin/stats was answered after {1000 * took_s:.0f} ms")
        self.assertEqual(payload, {"is_late": True})
        self.assertIn("path", person.expect("hairpin/stats", since=since)[1])

    def test_a_worker_that_stands_still_stops_nobody_else(self):
        needs_all()
        self.start(2)
        self.join("Ann")  # has the first worker
        browser = open_browser("chromium")
        self.addCleanup(browser.close)
        page = Page(browser, self.server, "Ben").wait_live()
        self.person = Person(self.server, "Dan")
        self.addCleanup(self.person.close)
        people = [self.join(f"crowd{i}") for i in range(CROWD)]
        before, slowest = decoded(page), 0
        with Stalled(self.server.pid(), "hp-worker-0") as stalled, Load(self.server, people) as load:
            end = time.monotonic() + STALL_S
            while time.monotonic() < end:
                slowest = max(slowest, self.took(self.talk))
                time.sleep(0.2)
            during = decoded(page) - before
            self.assertTrue(stalled.is_still())
        back_s = self.took(lambda: self.join("Cleo"))
        figure("a worker that stood still", f"signaling and log-ins took {slowest:.2f} s, {during} pictures in {STALL_S} s"
               f" by another worker, {load.sent} datagrams, a join {back_s:.2f} s after it")
        self.assertLess(slowest, ASK_LIMIT_S)
        self.assertGreater(during, STALL_S * 10)
        self.assertLess(back_s, ASK_LIMIT_S)
        self.assertEqual(page.state(), "live")
        wait_for(lambda: self.server.request("GET", "/health")[0] == 200, 10, "an answer")
        self.assertIsNone(self.server.process.poll())


if __name__ == "__main__":
    unittest.main()
