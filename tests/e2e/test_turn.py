"""STUN and TURN by TCP and TLS on the page's port, as strangers meet them, and what the figures tell of that."""
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.request

from browsers import Chromium, Firefox
from hairpin import Server, wait_for
from lab import Lab, needs_lab
from network import RELAY
from page import Page
from person import Person

COOKIE = 0x2112A442
BINDING, ALLOCATE, SUCCESS, ERROR = 0x0001, 0x0003, 0x0100, 0x0110
MOST = 32
XOR_MAPPED_ADDRESS, ERROR_CODE, REQUESTED_TRANSPORT = 0x0020, 0x0009, 0x0019


def request(method, attributes=b""):
    return struct.pack(">HHI12s", method, len(attributes), COOKIE, b"identifier12") + attributes


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError(data)
        data += piece
    return data


def read_answer(connection):
    """(type, {attribute: value})"""
    kind, size, cookie, name = struct.unpack(">HHI12s", read_exactly(connection, 20))
    assert (cookie, name) == (COOKIE, b"identifier12")
    data, attributes = read_exactly(connection, size), {}
    while data:
        key, length = struct.unpack(">HH", data[:4])
        attributes[key] = data[4:4 + length]
        data = data[4 + (length + 3) // 4 * 4:]
    return kind, attributes


def mapped(attributes):
    _, port, ip = struct.unpack(">HHI", attributes[XOR_MAPPED_ADDRESS])
    return socket.inet_ntoa(struct.pack(">I", ip ^ COOKIE)), port ^ COOKIE >> 16


def is_closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    finally:
        connection.settimeout(20)


class Strangers(unittest.TestCase):
    def start(self, *words):
        server = Server(*words)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def connect(self, server, is_tls=False):
        connection = socket.create_connection((server.address, server.port), 20)
        self.addCleanup(connection.close)
        if is_tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = context.wrap_socket(connection)
            self.addCleanup(connection.close)
        return connection

    def test_a_stranger_learns_its_address_by_tcp_and_by_tls_and_gets_no_relay(self):
        server = self.start()
        for is_tls in False, True:
            connection = self.connect(server, is_tls)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in request(BINDING):
                connection.sendall(bytes([byte]))
            kind, attributes = read_answer(connection)
            self.assertEqual(kind, BINDING | SUCCESS)
            self.assertEqual(mapped(attributes), connection.getsockname())
            connection.sendall(request(ALLOCATE, struct.pack(">HHI", REQUESTED_TRANSPORT, 4, 17 << 24)))
            kind, attributes = read_answer(connection)
            self.assertEqual(kind, ALLOCATE | ERROR)
            self.assertEqual(attributes[ERROR_CODE][:4], b"\0\0\4\1")  # 401

    def test_a_connection_that_turns_to_nonsense_is_closed(self):
        connection = self.connect(self.start())
        connection.sendall(request(BINDING))
        read_answer(connection)
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")  # as ChannelData it would have 21 kB
        with self.assertRaises((EOFError, ConnectionResetError)):
            read_answer(connection)
            read_answer(connection)

    def visit(self, server):
        connection = self.connect(server)
        connection.sendall(request(BINDING))
        self.assertEqual(read_answer(connection)[0], BINDING | SUCCESS)
        return connection

    def test_a_room_behind_one_address_comes_in_and_who_lingers_gives_way(self):
        server = self.start()
        room = [self.visit(server) for _ in range(MOST + 8)]
        self.assertFalse(any(is_closed(connection) for connection in room))
        newest = room[-1]
        while not is_closed(room[0]):  # the next one cuts off who has had its time
            newest = self.visit(server)
            time.sleep(0.1)
        self.assertIn("gave way to others", server.log())
        newest.sendall(request(BINDING))
        self.assertEqual(read_answer(newest)[0], BINDING | SUCCESS)

    def test_nothing_is_answered_where_media_by_tcp_is_off(self):
        connection = self.connect(self.start("--webrtc.tcp", "false"))
        connection.sendall(request(BINDING))
        with self.assertRaises((EOFError, ConnectionResetError)):
            read_answer(connection)

    def told(self, *words):
        """The URLs of our own service that a browser is told."""
        with Person(self.start("--turn.public", "desk.example:3478", *words), "Ann") as person:
            person.send("signal/request", {"video": {}})
            servers = person.expect("signal/provide")[1]["iceservers"]
        urls = [url for server in servers for url in server["urls"]]
        return [url.replace("desk.example:3478", "") for url in urls if "desk.example" in url]

    def test_browsers_are_told_of_turn_by_tcp_and_of_tls_with_a_certificate_of_the_operator(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        cert, key = os.path.join(folder.name, "cert.pem"), os.path.join(folder.name, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-subj", "/CN=desk.example", "-out", cert, "-keyout", key], check=True, capture_output=True)
        udp, tcp, tls = "turn:?transport=udp", "turn:?transport=tcp", "turns:?transport=tcp"
        self.assertEqual(self.told(), ["stun:", udp, tcp])
        self.assertEqual(self.told("--server.cert", cert, "--server.key", key), ["stun:", udp, tcp, tls])
        self.assertEqual(self.told("--server.cert", cert, "--server.key", key, "--webrtc.tcp", "false"), ["stun:", udp])
        self.assertEqual(self.told("--turn.service", "stun"), ["stun:"])

    def test_the_figures_tell_what_came(self):
        server = self.start()
        for is_tls in False, True:
            connection = self.connect(server, is_tls)
            connection.sendall(request(BINDING))
            read_answer(connection)
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(datagrams.close)
        datagrams.settimeout(20)
        datagrams.sendto(b"\x80junk", (server.address, server.port))
        datagrams.sendto(request(BINDING), (server.address, server.port))
        datagrams.recv(2048)
        with urllib.request.urlopen(server.url(path="/metrics"), timeout=20) as answer:
            self.assertIn("text/plain; version=0.0.4", answer.headers["Content-Type"])
            figures = dict(re.findall(r"^hairpin_(\S+?(?:\{.*\})?) (\d+)$", answer.read().decode(), re.M))
        expected = {"udp_received_total": 2, 'udp_routed_total{to="service"}': 1,
                    'udp_dropped_total{why="unknown address"}': 1, 'udp_dropped_total{why="socket full"}': 0,
                    "turn_answered_total": 3, 'tcp_connections_total{of="turn clients"}': 2, "turn_allocations": 0}
        self.assertEqual({name: int(figures[name]) for name in expected}, expected)
        self.assertGreaterEqual(int(figures["tcp_accepted_total"]), 3)

    def test_figures_can_be_kept_to_ourselves(self):
        server = self.start("--server.metrics", "false")
        self.assertEqual(server.request("GET", "/metrics")[0], 404)

def run_openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


NAME = "desk.example"


class Certificates:
    """An authority of our own, and a certificate for NAME and an address that it has signed, in a folder."""

    def __init__(self, folder, address):
        self.authority, self.cert, self.key = (os.path.join(folder, name) for name in ("ca.pem", "cert.pem", "key.pem"))
        ca_key, request, extensions = (os.path.join(folder, name) for name in ("ca-key.pem", "request.pem", "extensions"))
        kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        run_openssl("req", "-x509", *kind, "-subj", "/CN=test authority", "-days", "30", "-out", self.authority, "-keyout", ca_key)
        run_openssl("req", *kind, "-subj", "/CN=desk", "-out", request, "-keyout", self.key)
        with open(extensions, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName=DNS:{NAME},IP:{address}\nextendedKeyUsage=serverAuth\n")
        run_openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", ca_key, "-CAcreateserial", "-days", "30",
                    "-extfile", extensions, "-out", self.cert)


class TurnsTest:
    """TURN over TLS is all that the browser is told and may use; its certificate is one that it trusts."""

    def open(self, address, authority):
        raise NotImplementedError

    def watch(self, host=None):
        """By a service of that name; None: of its address."""
        needs_lab()
        if shutil.which("certutil") is None:
            self.skipTest("certutil (libnss3-tools) is not installed")
        lab = self.enterContext(Lab("--public", "pub", "--home", "a:udp-blocked"))
        folder = self.enterContext(tempfile.TemporaryDirectory())
        address = lab.address("pub")
        certificates = Certificates(folder, address)
        servers = json.dumps([{"urls": [f"turns:{host or address}:443?transport=tcp"]}])
        server = self.enterContext(Server(
            "--pattern.size", "640x360", "--pattern.rate", "20", "--turn.secret", "a secret of both", "--webrtc.iceservers.frontend",
            servers, "--server.cert", certificates.cert, "--server.key", certificates.key, prefix=lab.prefix("pub"),
            bind=f"{address}:443", policy="relay"))
        self.enterContext(lab.inside("a.host1"))
        browser = self.enterContext(self.open(address, certificates.authority))
        page = Page(browser, server, "Ann", scheme="https").wait_live()
        self.assertTrue(wait_for(lambda: page.pattern()["isGood"], 20, "a whole picture"))
        self.assertEqual(browser.run_async(RELAY), ["relay", "tls"])
        server.stop()
        self.assertGreater(int(re.search(r"(\d+) datagrams relayed", server.log()).group(1)), 0)

    def test_the_desktop_comes_by_turn_over_tls(self):
        self.watch(NAME)


class Turns(TurnsTest, unittest.TestCase):
    def open(self, address, authority):
        return Chromium(f"--host-resolver-rules=MAP {NAME} {address}", authority=authority)

    def test_the_desktop_comes_by_turn_over_tls_to_an_address(self):
        self.watch()


class FirefoxTurns(TurnsTest, unittest.TestCase):
    """By a name only: Firefox does not try turns: with an address."""

    def open(self, address, authority):
        return Firefox({"network.dns.forceResolve": address}, authority=authority)


class Behaviour(unittest.TestCase):
    """What the clients of others find out about the NAT in front of them, by two addresses and two ports of ours."""
    # kind: what coturn's client says of RFC 5780, and Debian's stun of RFC 3489
    NATS = {
        "full-cone": ("Endpoint Independent Mapping", "Endpoint Independent Filtering",
                      "Independent Mapping, Independent Filter"),
        "restricted-cone": ("Endpoint Independent Mapping", "Address Dependent Filtering",
                            "Independent Mapping, Address Dependent Filter"),
        "port-restricted": ("Endpoint Independent Mapping", "Address and Port Dependent Filtering",
                            "Independent Mapping, Port Dependent Filter"),
        "symmetric": ("Address and Port Dependent Mapping", "Address and Port Dependent Filtering", "Dependent Mapping"),
    }

    def test_clients_of_rfc_5780_and_of_rfc_3489_name_their_nat(self):
        needs_lab()
        for tool in "turnutils_natdiscovery", "stun":
            if shutil.which(tool) is None:
                self.skipTest(f"{tool} is not installed")
        homes = [word for nat in self.NATS for word in ("--home", f"{nat[:3]}:{nat},hosts=1")]
        with Lab(*homes) as lab:
            ours = lab.address("public")
            other = ours.rpartition(".")[0] + ".11"  # natlab gives that node two
            with Server("--turn.discovery", f"{ours},{other}", "--turn.classic", "true", prefix=lab.prefix("public"),
                        bind=":8080") as server:
                server.wait_log("stun: also at UDP port")
                runs = [(nat, self.ask(lab, nat, "turnutils_natdiscovery", "-m", "-f", "-p", "8080", ours),
                         self.ask(lab, nat, "stun", f"{ours}:8080")) for nat in self.NATS]
                for nat, discovery, classic in runs:
                    *kinds, name = self.NATS[nat]
                    said = discovery.communicate(timeout=60)[0]
                    self.assertEqual(re.findall(r"NAT with (.*)!", said), kinds, said)
                    self.assertIn(f"Primary: {name}, ", classic.communicate(timeout=60)[0])

    def ask(self, lab, nat, *command):
        run = subprocess.Popen([*lab.prefix(f"{nat[:3]}.host1"), *command], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        return run
