"""Joins by TCP without a browser: TURN allocations, checks of ICE, and floods of strangers; all at once by asyncio."""
import asyncio
import hashlib
import hmac
import os
import struct
import time
import zlib

COOKIE = 0x2112A442
ALLOCATE, BINDING, SUCCESS = 0x0003, 0x0001, 0x0100
USERNAME, INTEGRITY, REALM, NONCE, TRANSPORT, PRIORITY, CONTROLLED, FINGERPRINT = 0x0006, 0x0008, 0x0014, 0x0015, 0x0019, 0x0024, 0x8029, 0x8028


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def message(kind, attributes=b"", key=None):
    """A request; with a key it is signed, and has a fingerprint."""
    identifier = os.urandom(12)

    def start(more):
        return struct.pack(">HHI12s", kind, len(attributes) + more, COOKIE, identifier) + attributes
    if key is not None:
        attributes += attribute(INTEGRITY, hmac.new(key, start(24), hashlib.sha1).digest())
        attributes += attribute(FINGERPRINT, struct.pack(">I", zlib.crc32(start(8)) ^ 0x5354554E))
    return start(0)


async def read_message(reader):
    """(type, {attribute: value})"""
    head = await reader.readexactly(20)
    kind, size = struct.unpack(">HH", head[:4])
    data, attributes = await reader.readexactly(size), {}
    while data:
        key, length = struct.unpack(">HH", data[:4])
        attributes.setdefault(key, data[4:4 + length])
        data = data[4 + (length + 3) // 4 * 4:]
    return kind, attributes


def framed(data):
    return struct.pack(">H", len(data)) + data


TURN_HELLO = message(ALLOCATE, attribute(TRANSPORT, struct.pack(">I", 17 << 24)))
BINDING_HELLO = message(BINDING)
HALF_HELLO = TURN_HELLO[:10]


async def allocate(server, name, password, way_s):
    """A TURN client at the end of a way of so many seconds (there and back): connects, is told a nonce, and allocates."""
    reader, writer = await asyncio.open_connection(server.address, server.port)
    await asyncio.sleep(way_s)
    writer.write(TURN_HELLO)
    _, told = await read_message(reader)
    await asyncio.sleep(way_s)
    key = hashlib.md5(b":".join([name.encode(), told[REALM], password.encode()])).digest()
    attributes = b"".join(attribute(*pair) for pair in (
        (TRANSPORT, struct.pack(">I", 17 << 24)), (USERNAME, name.encode()), (REALM, told[REALM]), (NONCE, told[NONCE])))
    writer.write(message(ALLOCATE, attributes, key))
    kind, _ = await read_message(reader)
    return kind == ALLOCATE | SUCCESS, writer


async def check(server, ufrags, password, way_s):
    """A browser's first check by TCP."""
    reader, writer = await asyncio.open_connection(server.address, server.port)
    await asyncio.sleep(way_s)
    attributes = b"".join(attribute(*pair) for pair in (
        (USERNAME, ufrags.encode()), (PRIORITY, struct.pack(">I", 1 << 24)), (CONTROLLED, os.urandom(8))))
    writer.write(framed(message(BINDING, attributes, password.encode())))
    while True:
        await reader.readexactly(2)
        kind, _ = await read_message(reader)
        if kind == BINDING | SUCCESS:
            return True, writer


async def has_joined(join, *words):
    """How long it took; None: it came to nothing."""
    begin = time.monotonic()
    try:
        is_in, writer = await asyncio.wait_for(join(*words), 10)
        return (time.monotonic() - begin, writer) if is_in else None
    except (OSError, EOFError, asyncio.TimeoutError):
        return None


class Flood:
    """Strangers of one address, so many a second, that say one thing each and stay."""

    def __init__(self, server, rate, hello):
        self.server, self.rate, self.hello = server, rate, hello
        self.writers, self.count = [], 0

    async def __aenter__(self):
        self.task = asyncio.create_task(self.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        for writer in self.writers:
            writer.close()

    async def come(self):
        try:
            _, writer = await asyncio.open_connection(self.server.address, self.server.port)
            self.writers.append(writer)
            writer.write(self.hello)
        except OSError:
            pass

    async def run(self):
        begin = time.monotonic()
        while True:
            due = int((time.monotonic() - begin) * self.rate)
            comers = [self.come() for _ in range(self.count, due)]
            self.count = due
            await asyncio.gather(*comers)
            await asyncio.sleep(0.01)
