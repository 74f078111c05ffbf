"""A line to a server on which time is counted in round trips: answers wait until nothing more is asked, then all go on."""
import contextlib
import re
import socket
import threading
import time

QUIET_S = 0.4  # after that long without a word the client asks for nothing more before an answer comes


def flights(size):
    """Round trips until so many bytes are there: TCP sends ten packets, and twice as many each time (RFC 6928)."""
    count, window = 1, 10 * 1448
    while size > window:
        size, window, count = size - window, 2 * window, count + 1
    return count


class Rounds:
    """Listens on a free port of 127.0.0.1 and hands GET requests on to `port` there. Once the answer to `last` is out
    nothing passes any more: what comes later is not needed. The client's first handshake comes before round trip 1."""

    def __init__(self, port, last):
        self.target, self.last = port, last
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock, self.connections = threading.Lock(), []
        self.forget()
        for work in (self._accept, self._count):
            threading.Thread(target=work, daemon=True).start()

    def forget(self):
        """Ends all connections and counts anew."""
        with self.lock:
            for client in self.connections:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
            for _, _, gate in getattr(self, "answers", ()):
                gate.set()
            self.now, self.answers, self.log, self.connections = 0, [], [], []
            self.is_first, self.heard_s = True, time.monotonic()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            with self.lock:
                ready = self.now if self.is_first else self.now + 1
                self.is_first, self.heard_s = False, time.monotonic()
                self.connections.append(client)
            threading.Thread(target=self._serve, args=(client, ready), daemon=True).start()

    def _serve(self, client, ready):
        """ready: the round trip with which the handshake is over."""
        try:
            with socket.create_connection(("127.0.0.1", self.target), 5) as server:
                while request := self._read_head(client):
                    with self.lock:
                        begin = max(ready, self.now)
                    server.sendall(request)
                    answer = self._read_answer(server)
                    gate = threading.Event()
                    with self.lock:
                        self.heard_s = time.monotonic()
                        self.answers.append((begin + flights(len(answer)), request.split()[1].decode(), gate))
                    gate.wait()
                    client.sendall(answer)
        except OSError:
            pass
        finally:
            client.close()

    def _read_head(self, sock):
        data = b""
        while not data.endswith(b"\r\n\r\n") and (more := sock.recv(1)):
            data += more
        return data

    def _read_answer(self, sock):
        head = self._read_head(sock)
        size = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        body, left = b"", int(size.group(1)) if size else 0
        while left > len(body) and (more := sock.recv(65536)):
            body += more
        return head + body

    def _count(self):
        """A round trip later whenever all is quiet."""
        while True:
            time.sleep(0.01)
            with self.lock:
                is_over = any(path == self.last for _, path in self.log)
                if is_over or not self.answers or time.monotonic() - self.heard_s < QUIET_S:
                    continue
                self.now, self.heard_s = self.now + 1, time.monotonic()
                due = [answer for answer in self.answers if answer[0] <= self.now]
                self.answers = [answer for answer in self.answers if answer[0] > self.now]
                for _, path, gate in due:
                    self.log.append((self.now, path))
                    gate.set()

    def count(self):
        """Until `last` was answered; None: it was not."""
        with self.lock:
            return next((at for at, path in self.log if path == self.last), None)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.forget()

    def url(self, host=None, path="/", scheme="http"):
        return f"{scheme}://{host or '127.0.0.1'}:{self.port}{path}"
