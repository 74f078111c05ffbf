"""What the server's offer names, with settings about the world outside. Without a browser."""
import re
import socket
import unittest

from hairpin import Server
from person import Person


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("0.0.0.0", 0))
        return sock.getsockname()[1]


class Offers(unittest.TestCase):
    def candidates(self, *options, env=None):
        """{(protocol, address, port)} of the offer."""
        with Server(*options, env=env, bind="0.0.0.0:0") as server:
            person = Person(server, "Ann")
            self.addCleanup(person.close)
            person.send("signal/request", {"video": {}, "audio": {}})
            sdp = person.expect("signal/provide")[1]["sdp"]
        return {(protocol.lower(), address, int(port)) for protocol, address, port
                in re.findall(r"^a=candidate:\S+ 1 (\w+) \d+ (\S+) (\d+) ", sdp, re.M)}

    def test_a_public_address_has_its_port_outside_by_udp_and_by_tcp(self):
        told = self.candidates(env={"NEKO_WEBRTC_NAT1TO1": "198.51.100.7:9000/10.0.0.5"})
        outside = {candidate for candidate in told if candidate[1] == "198.51.100.7"}
        self.assertEqual(outside, {("udp", "198.51.100.7", 9000), ("tcp", "198.51.100.7", 9000)})

    def test_media_by_tcp_and_a_range_of_ports_go_together(self):
        """All share the range's first port, so that whoever has no UDP has a way, too."""
        first, tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        told = self.candidates("--webrtc.stun", "off", "--webrtc.portmap", "false",
                               env={"NEKO_EPR": f"{first}-{first + 10}", "NEKO_TCPMUX": str(tcp)})
        self.assertEqual({port for protocol, _, port in told if protocol == "udp"}, {first})
        self.assertEqual({port for protocol, _, port in told if protocol == "tcp"}, {tcp})


if __name__ == "__main__":
    unittest.main()
