"""A way to the page for a server that nobody outside can open a connection to."""
import contextlib
import socket
import threading


class Tunnel:
    """What comes to `listener` goes to `connect()`, as with `ssh -R` on a rented host. only_http: as with a service that
    forwards HTTP and WebSockets, and nothing else, and says at the beginning of each connection whose it is."""

    def __init__(self, listener, connect, only_http):
        self.listener, self.connect, self.only_http = listener, connect, only_http
        self.ends, self.is_closed = [], False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.is_closed:
            try:
                client, (address, *_) = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, address), daemon=True).start()

    def _serve(self, client, address):
        with client, contextlib.suppress(OSError):
            first = client.recv(65536)
            if not first or (self.only_http and not first[:1].isupper()):
                return
            if self.only_http:
                line, end, rest = first.partition(b"\r\n")
                first = line + end + f"X-Forwarded-For: {address}\r\n".encode() + rest
            with self.connect() as server:
                self.ends += [client, server]
                server.sendall(first)
                back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
                back.start()
                self._pump(client, server)
                back.join()

    @staticmethod
    def _pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        self.is_closed = True
        for end in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.listener.close()
