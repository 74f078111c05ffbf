"""The laboratory that all cells share: networks, servers, tunnels and browsers, each started once and kept."""
import contextlib
import socket
import subprocess

from hairpin import Server
from lab import Lab
from stun import PLACES, StunServers
from tunnel import Tunnel

INSIDE, OUTSIDE = 8080, 443  # ports; where UDP is blocked TCP passes to 80 and 443 only
HTTP_PROXY, TCP_TUNNEL = 80, 443  # on the node "public"
QUIET = ["--pattern.size", "320x180", "--pattern.rate", "10", "--log.level", "debug"]  # paths are tested, no encoder


class Scene:
    """What a laboratory with other networks has to say itself: its words for natlab, and the methods at the end."""
    words = ()

    def __init__(self, make_browser):
        self.make_browser = make_browser
        self.browsers, self.settings, self.addresses = {}, {}, {}
        self.server = self.place = None
        self.tunnels = []
        self.lab = Lab(*self.words)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.lab)
            stun = StunServers([self._bound("public", self._public(which), port) for _, which, port in PLACES])
            stack.callback(stun.close)
            self._name_hosts()
            stack.callback(subprocess.run, ["umount", "/etc/hosts"], check=True)
            stack.callback(self.end_server)
            stack.callback(self._end_browsers)
            self.build()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def _end_browsers(self):
        for node, browser in self.browsers.items():
            with self.lab.inside(node), contextlib.suppress(Exception):
                browser.close()

    def address(self, node, command="addr"):
        key = node, command
        if key not in self.addresses:
            self.addresses[key] = self.lab.natlab(command, node)
        return self.addresses[key]

    def address6(self, node):
        return self.address(node, "addr6")

    def set(self, router, *settings):
        if self.settings.get(router) != settings:
            self.lab.natlab("set", router, *settings)
            self.settings[router] = settings

    def name_host(self, name, address):
        """From now on, for servers and browsers."""
        with open(self.hosts) as f:
            lines = [line for line in f if name not in line]
        with open(self.hosts, "w") as f:
            f.writelines([*lines, f"{address} {name}\n"])

    def _public(self, which):
        return self.address("public").rpartition(".")[0] + f".{10 + which}"

    def _bound(self, node, address, port):
        with self.lab.inside(node):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, port))
        return sock

    def _name_hosts(self):
        """Servers read natlab's file; so shall browsers."""
        self.hosts = f"/run/natlab/{self.lab.id}/hosts"
        for name, which, _ in PLACES:
            self.name_host(name, self._public(which))
        subprocess.run(["mount", "--bind", self.hosts, "/etc/hosts"], check=True)

    def tunnel(self, family, address, port, only_http):
        """From that place of the node "public" to the server."""
        node = self.node(self.place)
        with self.lab.inside("public"):
            listener = socket.create_server((address, port), family=family)

        def connect():
            with self.lab.inside(node):
                sock = socket.socket()
            sock.connect(("127.0.0.1", self.server.port))
            return sock
        self.tunnels.append(Tunnel(listener, connect, only_http))

    def need_server(self, place):
        if self.place == place:
            return
        self.end_server()
        self.prepare(place)
        node, port = self.node(place), self.port(place)
        self.server = Server(*QUIET, *self.options(place), prefix=self.lab.prefix(node), bind=f":{port}")
        self.place = place
        self.open_ways(place)

    def end_server(self):
        for tunnel in self.tunnels:
            tunnel.close()
        self.tunnels = []
        if self.server:
            server, self.server, self.place = self.server, None, None
            server.__exit__(None, None, None)

    @contextlib.contextmanager
    def browser(self, cell):
        """The browser on the node of that cell's client. So is this thread, as long as the block lasts."""
        node = self.client_node(cell)
        with self.lab.inside(node):
            if node not in self.browsers:
                self.browsers[node] = self.make_browser()
            try:
                yield self.browsers[node]
            finally:
                self.browsers[node].get("about:blank")

    def build(self):
        """What its laboratory has besides."""

    def node(self, place):
        """Where the server runs."""
        raise NotImplementedError

    def port(self, place):
        """Where it listens."""
        raise NotImplementedError

    def options(self, _place):
        """What is set on it."""
        return []

    def prepare(self, place):
        """Its networks, before it starts."""

    def open_ways(self, place):
        """Tunnels to it; and a server has been up for a while before somebody comes, so it knows what it can."""

    def client_node(self, cell):
        raise NotImplementedError

    def need_client(self, cell):
        """Its network, as that cell wants it."""

    def door(self, cell):
        """(host, port) by which that browser opens the page."""
        raise NotImplementedError
