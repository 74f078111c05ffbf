"""STUN servers of the laboratory's internet, in place of the public ones that Hairpin asks by itself."""
import os
import selectors
import socket
import struct
import threading

COOKIE = 0x2112A442
BINDING, SUCCESS, XOR_MAPPED = 0x0001, 0x0101, 0x0020

# Host, node and port of the default of webrtc.stun. Two of them are asked, so they are at different addresses.
PLACES = [("stun.cloudflare.com", 0, 3478), ("stun.l.google.com", 1, 19302), ("stun.nextcloud.com", 1, 3478)]


def answer(request, peer):
    """The success answer to a Binding request of RFC 8489, None to anything else."""
    if len(request) < 20:
        return None
    kind, _, cookie = struct.unpack_from("!HHI", request)
    if kind != BINDING or cookie != COOKIE:
        return None
    port = peer[1] ^ (COOKIE >> 16)
    if ":" in peer[0]:
        key = struct.pack("!I", COOKIE) + request[8:20]
        packed = bytes(a ^ b for a, b in zip(socket.inet_pton(socket.AF_INET6, peer[0]), key))
        value = struct.pack("!BBH", 0, 2, port) + packed
    else:
        (address,) = struct.unpack("!I", socket.inet_aton(peer[0]))
        value = struct.pack("!BBHI", 0, 1, port, address ^ COOKIE)
    attribute = struct.pack("!HH", XOR_MAPPED, len(value)) + value
    return struct.pack("!HHI", SUCCESS, len(attribute), COOKIE) + request[8:20] + attribute


class StunServers:
    """Answers on the sockets given, which may be of other network namespaces, until it is closed."""

    def __init__(self, sockets):
        self.sockets, self.selector = sockets, selectors.DefaultSelector()
        self.wake, self.alarm = os.pipe()
        for each in [*sockets, self.wake]:
            self.selector.register(each, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj == self.wake:
                    return
                request, peer = key.fileobj.recvfrom(2048)
                reply = answer(request, peer)
                if reply:
                    key.fileobj.sendto(reply, peer)

    def close(self):
        os.write(self.alarm, b"x")
        self.thread.join()
        self.selector.close()
        for each in self.sockets:
            each.close()
        os.close(self.wake)
        os.close(self.alarm)
