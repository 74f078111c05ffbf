"""A TCP proxy in front of a server: cuts connections at will, lets none through for a while."""
import selectors
import socket
import threading


class Proxy:
    """Listens on a free port of 127.0.0.1 and hands everything on to `port` there."""

    def __init__(self, port, passes_upgrades=True):
        self.passes_upgrades = passes_upgrades
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_open, self.pairs, self.lock = True, [], threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            if not self.is_open:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                client.close()
                continue
            with self.lock:
                self.pairs.append((client, server))
            threading.Thread(target=self._copy, args=(client, server), daemon=True).start()

    def _copy(self, client, server):
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            try:
                while True:
                    for key, _ in ready.select():
                        data = key.fileobj.recv(65536)
                        if not data:
                            return
                        if not self.passes_upgrades:
                            data = data.replace(b"\r\nUpgrade: websocket", b"")
                        key.data.sendall(data)
            except OSError:
                pass
            finally:
                client.close()
                server.close()

    def cut(self, is_open=True):
        """Ends all connections; is_open: may new ones be made?"""
        self.is_open = is_open
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has ended by itself

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut(False)

    def url(self, host=None, path="/", scheme="http"):
        return f"{scheme}://{host or '127.0.0.1'}:{self.port}{path}"
