"""The table: where the server is, where the browser is, whether the router loops back, and the best path there is.

The codes of a path:
    H  direct, on this host              P  direct, by the public address (or the router's loop to it)
    6  direct, by IPv6                   A  direct, by IPv4 or IPv6: both work, and the browser chooses
    T  by TCP, on the page's own port    R  by our relay, by TCP on the page's own port
    L  direct, inside the LAN            -  no path: see why_not()
    B  direct, by the container's bridge .  there is no such cell
    N  direct, inside the LAN, where the server does not know by which address of its computer
"""
from collections import namedtuple

Cell = namedtuple("Cell", "server client hairpin path in_ci")

SERVERS = {
    "public": "on a public host",
    "forward": "at home, the router forwards TCP and UDP",
    "mapping": "at home, the router forwards TCP, and UDP when asked by PCP or UPnP",
    "page": "at home, the router forwards TCP only",
    "proxy": "at home, nothing is forwarded, the page comes by an HTTP proxy outside",
    "proxy-told": "the same, the proxy tells where a visitor comes from (server.proxy)",
    "proxy-cone": "at home, nothing is forwarded, the router is a full cone, the page comes by an HTTP proxy outside",
    "cgn": "at home behind a CGN, the page comes by an HTTP proxy outside",
    "cgn-tunnel": "at home behind a CGN, the page comes by a TCP tunnel from outside (ssh -R)",
    "docker": "in a container on a public host, another port is published",
    "docker-low": "in a container at home, the page is published at 443, to which Chromium sends nothing in a LAN",
    "docker-home": "in a container at home, another port is published, the router forwards TCP and UDP",
}

CLIENTS = {
    "host": "on the same host",
    "lan": "in the same LAN",
    "name": "in the same LAN, page opened by the public name",
    "split": "in the same LAN, page opened by a name that is the LAN's address inside",
    "full": "behind a full cone",
    "restricted": "behind a restricted cone",
    "port": "behind a port-restricted cone",
    "keeping": "behind a port-restricted cone that keeps the numbers of ports, as most routers do",
    "symmetric": "behind a symmetric NAT",
    "cgn": "behind another CGN",
    "blocked": "where UDP is blocked",
}

# Hairpin only matters where the page is opened by the public name: columns of the client "name".
HAIRPINS = ("on", "forwards", "off", "reject")

COLUMNS = ["host", "lan", *(f"name:{hairpin}" for hairpin in HAIRPINS), "split", "full", "restricted", "port", "keeping",
           "symmetric", "cgn", "blocked"]

TABLE = """
             host lan  on forwards off reject split  full restricted port keeping symmetric cgn blocked
public        H    .    .    .      .    .      .     P       P       P      P       P      P     T
forward       H    L    L    L      L    L      L     P       P       P      P       P      P     T
mapping       H    L    L    L      L    L      L     P       P       P      P       P      P     T
page          H    L    L    L      L    L      L     T       T       T      P       T      T     T
proxy         H    L    .    .      L    .      L     -       -       -      -       -      -     -
proxy-told    .    L    .    .      L    .      .     .       .       -      P       .      .     .
proxy-cone    H    L    .    .      L    .      L     P       P       P      P       P      P     -
cgn           H    L    .    .      L    .      L     -       -       -      -       -      -     -
cgn-tunnel    H    L    .    .      L    .      L     T       T       T      T       T      T     T
docker        B    .    .    .      .    .      .     P       P       P      P       P      P     T
docker-low    .    N    .    .      .    .      N     .       .       .      .       .      .     .
docker-home   B    P    P    P      -    -      P     P       P       P      P       P      P     T
"""

# Why nothing connects where nothing is configured.
WHY = {
    "ipv4": "Chromium has no candidate but a relay's, and the tunnel ends at a loopback address, where nothing is relayed",
    "proxy": "the browser is told of no STUN server, so nobody knows the port that the server's router would let in",
    "proxy-told": "the browser is told of no STUN server, and its router does not keep the numbers of ports",
    "proxy-cone": "UDP is blocked, and an HTTP proxy passes no media",
    "cgn": "the server is behind a symmetric NAT, and an HTTP proxy passes no media",
    "docker-home": "the container knows its bridge and the router only: nobody says the address of its host in the LAN",
}

# A diagonal, in CI: each server, each client, each path.
CI = """
public/port public/blocked forward/host forward/name:off forward/symmetric mapping/restricted page/full page/keeping
cgn/symmetric docker-low/lan docker-home/port
"""


# The same with IPv6, in a laboratory of its own.
SERVERS_6 = {
    "dual": "on a public host with IPv4 and IPv6",
    "ipv4": "on a public host with IPv4 only; who has IPv6 only comes by a TCP tunnel",
    "pinhole": "at home, the firewall of IPv6 lets in TCP and UDP",
    "page6": "at home, the firewall of IPv6 lets in TCP only",
}

CLIENTS_6 = {
    "both": "with IPv4 and IPv6, page opened by IPv6 if the server has it",
    "both4": "with IPv4 and IPv6, page opened by IPv4",
    "only6": "with IPv6 only",
    "blocked6": "with both, where UDP is blocked",
    "lan6": "in the same LAN, page opened by IPv6",
}

TABLE_6 = """
             both both4 only6 blocked6 lan6
dual          A    A     6     T        .
ipv4          P    P     T     T        .
pinhole       6    .     6     T        L
page6         6    .     6     T        L
"""

# Chromium on Linux has no candidate of its own where it has IPv6 only: one comes by our STUN, whose port no firewall at
# home lets in, and one by our TURN.
CHROMIUM_ONLY_6 = {"dual": "6", "ipv4": "-", "pinhole": "R", "page6": "R"}

CI_6 = "dual/both dual/only6"


def why_not(cell):
    return WHY[cell.server]


def read_table(table, columns, servers, in_ci):
    cells = []
    for line in table.strip().splitlines()[1:]:
        server, *paths = line.split()
        assert server in servers and len(paths) == len(columns), line
        for column, path in zip(columns, paths):
            client, _, hairpin = column.partition(":")
            if path != ".":
                cells.append(Cell(server, client, hairpin, path, f"{server}/{column}" in in_ci))
    assert sum(cell.in_ci for cell in cells) == len(in_ci), "a cell of CI is not in the table"
    return cells


def all_cells():
    return read_table(TABLE, COLUMNS, SERVERS, CI.split())


def all_cells_6():
    return read_table(TABLE_6, list(CLIENTS_6), SERVERS_6, CI_6.split())
