"""A person without a browser: log-in, WebSocket and raw HTTP over plain sockets, as rude as wanted."""
import base64
import json
import os
import re
import socket
import statistics
import struct
import threading
import time

from hairpin import USER, wait_for

TEXT, BINARY, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0


def frame(opcode, data=b"", final=True):
    """A client's frame. Its mask is zero, so that thousands cost nothing to make."""
    size = len(data)
    head = bytes([opcode | (0x80 if final else 0)])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += struct.pack(">BH", 0x80 | 126, size)
    else:
        head += struct.pack(">BQ", 0x80 | 127, size)
    return head + b"\0\0\0\0" + data


def message(event, payload=None):
    body = {"event": event} if payload is None else {"event": event, "payload": payload}
    return frame(TEXT, json.dumps(body).encode())


def connect(server, source=None, rcvbuf=None, port=None):
    sock = socket.socket()
    if rcvbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    if source:
        sock.bind((source, 0))
    sock.settimeout(10)
    sock.connect((server.address, port or server.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def talk(server, data, timeout_s=15, source=None):
    """Sends raw bytes; returns all that comes until the server closes (or the time is up)."""
    answer = b""
    with connect(server, source) as sock:
        sock.settimeout(timeout_s)
        try:
            sock.sendall(data)
            while chunk := sock.recv(65536):
                answer += chunk
        except (ConnectionError, TimeoutError):
            pass
    return answer


def head(method, path, *lines):
    return ("\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines]) + "\r\n\r\n").encode()


def statuses(answer):
    """The status of every HTTP answer in what came."""
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def upgrade(server, token, *headers):
    lines = ["GET /api/ws?token=" + token + " HTTP/1.1", f"Host: {server.address}:{server.port}", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(), *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Person:
    """Logged in and connected. A thread reads; reads="drain": it looks at nothing; False: there is none."""

    def __init__(self, server, name, password=USER, reads=True, rcvbuf=None, port=None):
        self.server, self.name = server, name
        answer = server.login(name, password)
        self.id, self.token = answer["id"], answer["token"]
        self.events, self.close_code, self.is_over = [], None, False
        self.rcvbuf = rcvbuf
        self.join(port, reads)

    def join(self, port=None, reads=True):
        self.sock = connect(self.server, rcvbuf=self.rcvbuf, port=port)
        self.sock.sendall(self.request())
        self.file = self.sock.makefile("rb")
        status = self.file.readline()
        assert b" 101 " in status, status
        while self.file.readline() not in (b"\r\n", b""):
            pass
        self.sock.settimeout(None)
        self.lock = threading.Lock()
        if reads:
            self.thread = threading.Thread(target=self._drain if reads == "drain" else self._read, daemon=True)
            self.thread.start()

    def request(self):
        return upgrade(self.server, self.token)

    def _drain(self):
        try:
            while self.sock.recv(1 << 20):
                pass
        except OSError:
            pass
        self.is_over = True

    def _read_frame(self):
        head = self.file.read(2)
        if len(head) < 2:
            return None
        size = head[1]
        if size == 126:
            size = struct.unpack(">H", self.file.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.file.read(8))[0]
        return head[0], self.file.read(size)

    def _read(self):
        text = b""
        try:
            while (read := self._read_frame()) is not None:
                first, data = read
                if first & 15 == PING:
                    self.send_raw(frame(PONG, data))
                elif first & 15 == CLOSE:
                    self.close_code = struct.unpack(">H", data[:2])[0] if data else 0
                    self.send_raw(frame(CLOSE, data[:2]))
                else:
                    text += data
                    if first & 0x80:
                        body, text = json.loads(text), b""
                        self.events.append((time.monotonic(), body["event"], body.get("payload")))
        except (OSError, ValueError):
            pass
        self.is_over = True

    def send_raw(self, data):
        with self.lock:
            self.sock.sendall(data)

    def send(self, event, payload=None):
        self.send_raw(message(event, payload))

    def find(self, event, matches=lambda payload: True, since=0):
        for at, name, payload in self.events[since:]:
            if name == event and matches(payload):
                return at, payload
        return None

    def expect(self, event, matches=lambda payload: True, since=0, timeout_s=10):
        return wait_for(lambda: self.find(event, matches, since), timeout_s, f"{event} for {self.name}")

    def count(self, event, since=0):
        return sum(name == event for _, name, _ in self.events[since:])

    def wait_over(self, timeout_s):
        start = time.monotonic()
        wait_for(lambda: self.is_over, timeout_s, f"the server to cut {self.name}")
        return time.monotonic() - start

    def flood(self, data, seconds=0, times=0):
        """Sends `data` again and again; returns how often. Ends early if the server cuts it."""
        sent, end = 0, time.monotonic() + seconds
        try:
            while sent < times or time.monotonic() < end:
                self.send_raw(data)
                sent += 1
        except OSError:
            pass
        return sent

    def host(self):
        return self.server.request("GET", "/api/room/control", token=self.token)[1].get("host_id")

    def close(self):
        for end in (lambda: self.sock.shutdown(socket.SHUT_RDWR), self.file.close, self.sock.close):
            try:
                end()
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Bystander(Person):
    """Somebody who notices: a letter to themselves every 20 ms, a log-in every 200 ms, all timed."""

    def __init__(self, server, name="bystander"):
        super().__init__(server, name)
        self.echoes, self.logins, self.wrong = [], [], []
        self.is_done = threading.Event()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._echo, self._login)]
        for thread in self.threads:
            thread.start()

    def _echo(self):
        number = 0
        while not self.is_done.is_set():
            number += 1
            since, start = len(self.events), time.monotonic()
            body = {"receiver": self.id, "subject": "echo", "body": number}
            try:
                self.send("send/unicast", body)
            except OSError as error:
                self.wrong.append(str(error))
                return
            while not (answer := self.find("send/unicast", lambda p, n=number: p["body"] == n, since)):
                if time.monotonic() - start > 20:
                    self.wrong.append(f"no echo {number}")
                    return
                time.sleep(0.0005)
            if answer[1] != {"sender": self.id, **body}:
                self.wrong.append(answer)
            self.echoes.append(answer[0] - start)
            self.is_done.wait(0.02)

    def _login(self):
        while not self.is_done.is_set():
            start = time.monotonic()
            try:
                token = self.server.login("visitor")["token"]
                self.logins.append(time.monotonic() - start)
                self.server.request("POST", "/api/logout", {}, token)
            except (OSError, AssertionError) as error:
                self.wrong.append(f"log-in: {error}")
                return
            self.is_done.wait(0.2)

    def finish(self):
        """Returns (p99 of the echoes, slowest log-in) in seconds, and complains about wrong answers."""
        wait_for(lambda: self.wrong or (len(self.echoes) >= 5 and self.logins), 20, "five echoes and a log-in")
        self.is_done.set()
        for thread in self.threads:
            thread.join(30)
        self.close()
        assert not self.wrong, self.wrong[:5]
        assert len(self.echoes) >= 5 and self.logins, (len(self.echoes), len(self.logins))
        p99 = statistics.quantiles(self.echoes, n=100)[98] if len(self.echoes) > 20 else max(self.echoes)
        return min(p99, max(self.echoes)), max(self.logins)

    def close(self):
        self.is_done.set()
        super().close()


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"
