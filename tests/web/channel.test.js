// channel.test.js - the bytes of the data channel, as observed on the wire.

import assert from "node:assert/strict";
import test from "node:test";

import * as channel from "../../web/js/wire/channel.js";

/** @param {ArrayBuffer} buffer */
const hex = (buffer) => Buffer.from(buffer).toString("hex");

/** @param {string} text */
const bytes = (text) => new Uint8Array(Buffer.from(text.replace(/ /g, ""), "hex")).buffer;

test("messages to the server have the observed bytes", () => {
    assert.equal(hex(channel.writeMove(5, 6)), "01000400050006");
    assert.equal(hex(channel.writeScroll(0, -1, true)), "0200050000ffff01");
    assert.equal(hex(channel.writeKeyDown(0xff0d)), "0300040000ff0d");
    assert.equal(hex(channel.writeKeyUp(0x01000434)), "04000401000434");
    assert.equal(hex(channel.writeButtonDown(1)), "05000400000001");
    assert.equal(hex(channel.writeButtonUp(3)), "06000400000003");
});

test("a ping splits its time at 2^32 - 1", () => {
    assert.equal(hex(channel.writePing(0x1a1 * (2 ** 32 - 1) + 0xf85c4082)),
        "070008000001a1f85c4082");
});

test("coordinates and clicks out of range are clamped", () => {
    assert.equal(hex(channel.writeMove(-3, 70000)), "0100040000ffff");
    assert.equal(hex(channel.writeScroll(1e9, -1e9, false)), "0200057fff800000");
});

test("a cursor position is read", () => {
    assert.deepEqual(channel.parseChannel(bytes("01 0007 0102 0304")),
        { kind: "position", x: 0x0102, y: 0x0304 });
});

test("a cursor image has all bytes after its header", () => {
    const message = channel.parseChannel(bytes("02 000e 0018 0010 0002 0003 aabbcc"));
    assert.deepEqual(message, {
        kind: "image", width: 24, height: 16, hotX: 2, hotY: 3,
        png: new Uint8Array([0xaa, 0xbb, 0xcc]),
    });
});

test("a pong returns the time of its ping", () => {
    const time = 1726000000123;
    const ping = hex(channel.writePing(time)).slice(6);
    const message = channel.parseChannel(bytes(`03 0013 ${ping} 00000000 00000007`));
    assert.deepEqual(message, { kind: "pong", pingMs: time, serverMs: 7 });
});

test("short and unknown messages are nothing", () => {
    for (const text of ["", "01", "010007010203", "0200ff0018", "03001300", "7f0003"]) {
        assert.equal(channel.parseChannel(bytes(text)), null, text);
    }
});
