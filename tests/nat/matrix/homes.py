"""The scenes of the matrix: IPv4 with all its routers, and IPv6."""
import socket
import subprocess

from scene import HTTP_PROXY, INSIDE, OUTSIDE, TCP_TUNNEL, Scene

PUBLISHED = 8090  # of the container at home
SPLIT_NAME = "desk.example"

HOME = {"forward": "home", "mapping": "map", "page": "home", "proxy": "home", "proxy-told": "home", "proxy-cone": "home",
        "cgn": "deep", "cgn-tunnel": "deep", "docker-home": "box", "docker-low": "home"}
ROUTER = {  # what is set on the home's router
    "forward": ["type=port-restricted", f"forward=tcp/{OUTSIDE}={INSIDE}+udp/{OUTSIDE}={INSIDE}:host2"],
    "mapping": [f"forward=tcp/{OUTSIDE}={INSIDE}:host2"],
    "page": ["type=port-restricted", f"forward=tcp/{OUTSIDE}={INSIDE}:host2"],
    "proxy": ["type=port-restricted", "forward="],
    "proxy-told": ["type=port-restricted", "forward="],
    "proxy-cone": ["type=full-cone", "forward="],
    "docker-home": [f"forward=tcp/{OUTSIDE}={PUBLISHED}+udp/{OUTSIDE}={PUBLISHED}:host2"],
}
CONTAINERS = {"docker": ("dockbox", "dock", OUTSIDE), "docker-home": ("homebox", "box.host2", PUBLISHED),
              "docker-low": ("lowbox", "home.host2", OUTSIDE)}
CLIENT_TYPES = {"full": "full-cone", "restricted": "restricted-cone", "port": "port-restricted",
                "keeping": "port-restricted", "symmetric": "symmetric", "blocked": "udp-blocked"}
PROXIED = ("proxy", "proxy-told", "proxy-cone", "cgn")  # the page comes by an HTTP proxy outside


class Homes(Scene):
    # Servers are on host2 of their home, browsers in their LAN on host1; "far" and "farcgn" are other people's homes.
    words = ["--public", "pub", "--public", "dock", "--cgn", "isp:symmetric,hairpin=off",
             "--cgn", "isp2:symmetric,hairpin=off", "--home", "home:port-restricted", "--home", "map:port-restricted",
             "--home", "deep:port-restricted,via=isp", "--home", "box:port-restricted",
             "--home", "far:port-restricted,hosts=1", "--home", "farcgn:port-restricted,hosts=1,via=isp2"]

    def build(self):
        for name, host, outside in CONTAINERS.values():
            self.lab.natlab("container", name, host, f"tcp/{outside}={INSIDE}+udp/{outside}={INSIDE}")
        self.lab.natlab("igd", "map")

    def node(self, place):
        if place in CONTAINERS:
            return CONTAINERS[place][0]
        return HOME[place] + ".host2" if place in HOME else "pub"

    def port(self, place):
        return OUTSIDE if place == "public" else INSIDE

    def options(self, place):
        return ["--server.proxy", "true"] if place == "proxy-told" else []

    def machine(self, place):
        """Whose "same host" that is."""
        return CONTAINERS[place][1] if place in CONTAINERS else self.node(place)

    def prepare(self, place):
        if place in ROUTER:
            self.set(HOME[place], *ROUTER[place])
            self.lab.natlab("flush", HOME[place])
        if place in HOME:
            self.name_host(SPLIT_NAME, self.address(HOME[place] + ".host2"))

    def open_ways(self, place):
        if place == "cgn-tunnel":
            self.tunnel(socket.AF_INET, self.address("public"), TCP_TUNNEL, False)
        else:
            self.tunnel(socket.AF_INET, self.address("public"), HTTP_PROXY, True)
        if place != "public":
            self.server.wait_log(r"addresses: .*" + self.outside(place).replace(".", r"\."), 20)
        if place == "mapping":
            self.server.wait_log("the router maps ", 20)

    def outside(self, place):
        """The address that the internet sees."""
        if place == "docker":
            return self.address("dock")
        return self.address("isp" if HOME[place] == "deep" else HOME[place])

    def client_node(self, cell):
        if cell.client == "host":
            return self.machine(cell.server)
        if cell.client in ("lan", "name", "split"):
            return HOME[cell.server] + ".host1"
        return "farcgn.host1" if cell.client == "cgn" else "far.host1"

    def need_client(self, cell):
        if cell.client in CLIENT_TYPES:
            ports = "preserve" if cell.client == "keeping" else "shuffle"
            self.set("far", "type=" + CLIENT_TYPES[cell.client], "ports=" + ports)
            # The router has forgotten the connections that the browser would use once more.
            subprocess.run([*self.lab.prefix("far.host1"), "ss", "-K", "-t", "( dport = :80 or dport = :443 )"],
                           check=True, capture_output=True)
        if cell.hairpin:
            self.lab.natlab("set", HOME[cell.server], f"hairpin={cell.hairpin}")

    def door(self, cell):
        inside = CONTAINERS[cell.server][2] if cell.server in CONTAINERS else self.port(cell.server)
        if cell.client == "host":
            return "127.0.0.1", inside
        if cell.client == "lan":
            return self.address(HOME[cell.server] + ".host2"), inside
        if cell.client == "split":
            return SPLIT_NAME, inside
        if cell.server == "cgn-tunnel":
            return self.address("public"), TCP_TUNNEL
        if cell.server in PROXIED or cell.hairpin in ("off", "reject"):
            return self.address("public"), HTTP_PROXY
        if cell.server in HOME:
            return self.address(HOME[cell.server]), OUTSIDE
        return self.address(self.machine(cell.server)), OUTSIDE


class Six(Scene):
    words = ["--ipv6", "--public", "pub", "--public", "old", "--home", "home:port-restricted",
             "--home", "far:port-restricted", "--home", "shut:udp-blocked,hosts=1"]
    pinholes = {"pinhole": f"pinhole=tcp/{OUTSIDE}+udp/{OUTSIDE}:host2", "page6": f"pinhole=tcp/{OUTSIDE}:host2"}

    def build(self):
        for node, family in (("old", "-6"), ("far.host2", "-4")):
            subprocess.run([*self.lab.prefix(node), "ip", family, "addr", "flush", "dev", "eth0"], check=True)

    def node(self, place):
        return {"dual": "pub", "ipv4": "old"}.get(place, "home.host2")

    def port(self, place):
        return OUTSIDE

    def prepare(self, place):
        if place in self.pinholes:
            self.lab.natlab("set", "home", "pinhole=", self.pinholes[place])

    def open_ways(self, place):
        if place == "ipv4":
            self.tunnel(socket.AF_INET6, self.address6("public"), TCP_TUNNEL, False)

    def client_node(self, cell):
        return {"only6": "far.host2", "blocked6": "shut.host1", "lan6": "home.host1"}.get(cell.client, "far.host1")

    def door(self, cell):
        node = self.node(cell.server)
        if cell.server == "ipv4" and cell.client == "only6":
            return f"[{self.address6('public')}]", TCP_TUNNEL
        if cell.server == "ipv4" or cell.client == "both4":
            return self.address(node), OUTSIDE
        return f"[{self.address6(node)}]", OUTSIDE
