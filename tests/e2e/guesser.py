"""Somebody who guesses passwords."""
import json
import selectors
import threading
import time

from hairpin import wait_for
from person import connect, head, statuses


class Guesser:
    """Tries a new wrong password each time, so many a second, from one address, and waits for no answer. Each under a new
    name, or under those given, in turn."""

    def __init__(self, server, source, per_second, names=None):
        self.server, self.source, self.per_second, self.names = server, source, per_second, names
        self.answers = {}
        self.open = {}
        self.is_over = False
        self.start = time.monotonic()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()

    def run(self):
        with selectors.DefaultSelector() as self.selector:
            count = 0
            while not self.is_over:
                while count < (time.monotonic() - self.start) * self.per_second and len(self.open) < 500:
                    self.guess(self.names[count % len(self.names)] if self.names else f"guesser {count}", f"guess {count}")
                    count += 1
                for key, _ in self.selector.select(0.002):
                    self.hear(key.fileobj)
            for sock in list(self.open):
                self.hear(sock)

    def guess(self, name, password):
        body = json.dumps({"username": name, "password": password}).encode()
        sock = connect(self.server, source=self.source)
        sock.sendall(head("POST", "/api/login", f"Content-Length: {len(body)}", "Connection: close") + body)
        sock.setblocking(False)
        self.open[sock] = True
        self.selector.register(sock, selectors.EVENT_READ)

    def hear(self, sock):
        try:
            codes = statuses(sock.recv(4096))
        except OSError:
            codes = []
        for code in codes:
            self.answers[code] = self.answers.get(code, 0) + 1
        self.selector.unregister(sock)
        del self.open[sock]
        sock.close()

    def rate(self, code=None):
        """Answers a second: all, or those of a status."""
        count = self.answers.get(code, 0) if code else sum(self.answers.values())
        return count / (time.monotonic() - self.start)

    def wait_until_many_are_turned_away(self):
        wait_for(lambda: self.answers.get(429, 0) > 200, 30, "the address to be slowed down")
