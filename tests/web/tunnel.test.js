// tunnel.test.js - the tunnel's messages, byte by byte, and what is none.

import assert from "node:assert/strict";
import test from "node:test";

import { writePing } from "../../web/js/wire/channel.js";
import { avcName, parseTunnel, writeData, writeHello, writeKeyframe, writeReceived }
    from "../../web/js/wire/tunnel.js";

/** @param {ArrayBuffer | null} buffer */
const list = (buffer) => [...new Uint8Array(buffer ?? new ArrayBuffer(0))];

/** @param {(number | string)[]} parts bytes, and texts of them */
const bytesOf = (...parts) => new Uint8Array(parts.flatMap((part) =>
    typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])).buffer;

test("hello says the version, the token and the codecs", () => {
    const hello = writeHello("secret", ["VP8", "H264"], ["opus"]);
    assert.equal(list(hello)[0], 1);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(hello?.slice(1))),
        { version: 1, token: "secret", video: ["VP8", "H264"], audio: ["opus"] });
    assert.equal(writeHello("x".repeat(4096), [], []), null);
});

test("received counts modulo 2^32", () => {
    assert.deepEqual(list(writeReceived(0)), [2, 0, 0, 0, 0]);
    assert.deepEqual(list(writeReceived(0x01020304)), [2, 1, 2, 3, 4]);
    assert.deepEqual(list(writeReceived(2 ** 32 + 5)), [2, 0, 0, 0, 5]);
});

test("a keyframe is asked for by a single byte", () => {
    assert.deepEqual(list(writeKeyframe()), [3]);
});

test("data is a message of the data channel behind its type, if it is not too large", () => {
    const ping = writePing(7);
    assert.deepEqual(list(writeData(ping)), [4, ...list(ping)]);
    assert.equal(writeData(new ArrayBuffer(63))?.byteLength, 64);
    assert.equal(writeData(new ArrayBuffer(64)), null);
});

test("welcome names the codecs, or none", () => {
    assert.deepEqual(parseTunnel(bytesOf(0x10, '{"version":1,"video":"VP8","audio":null}')),
        { kind: "welcome", version: 1, video: "VP8", audio: "" });
    assert.deepEqual(parseTunnel(bytesOf(0x10, '{"version":1,"video":"H264","audio":"opus"}')),
        { kind: "welcome", version: 1, video: "H264", audio: "opus" });
    for (const json of ["", "{", "no"]) {
        assert.equal(parseTunnel(bytesOf(0x10, json)), null, json);
    }
});

test("pictures and sound have a header of sixteen bytes, and something behind it", () => {
    const header = [1, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0];
    for (const [type, kind] of /** @type {const} */ ([[0x11, "picture"], [0x12, "sound"]])) {
        const frame = parseTunnel(bytesOf(type, ...header, 9, 8));
        assert.deepEqual(frame, { kind, isKey: true, number: 258, timeUs: 2 ** 32 + 3,
            bytes: new Uint8Array([9, 8]), size: 18 });
        for (let size = 1; size <= 16; size += 1) {
            assert.equal(parseTunnel(bytesOf(type, ...header).slice(0, size)), null, `${size}`);
        }
    }
    const next = parseTunnel(bytesOf(0x11, 0xfe, ...header.slice(1), 7));
    assert.equal(next?.kind === "picture" && next.isKey, false);
});

test("data is what stands behind the type", () => {
    const data = parseTunnel(bytesOf(0x13, 3, 0, 19));
    assert.deepEqual(data?.kind === "data" && list(data.bytes), [3, 0, 19]);
    assert.deepEqual(parseTunnel(bytesOf(0x13)), { kind: "data", bytes: new ArrayBuffer(0) });
});

test("refused says why", () => {
    assert.deepEqual(parseTunnel(bytesOf(0x14, '{"status":"not-allowed","text":"no"}')),
        { kind: "refused", status: "not-allowed", text: "no" });
    assert.deepEqual(parseTunnel(bytesOf(0x14, "[1]")), { kind: "refused", status: "", text: "" });
});

test("what is no message is none", () => {
    for (const data of ["text", null, undefined, new ArrayBuffer(0), bytesOf(0x01), bytesOf(0x15)]) {
        assert.equal(parseTunnel(data), null);
    }
});

test("H.264 is named by its sequence parameter set", () => {
    assert.equal(avcName(new Uint8Array([0, 0, 0, 1, 9, 16, 0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 1])),
        "avc1.42e01f");
    assert.equal(avcName(new Uint8Array([0, 0, 1, 0x27, 0x64, 0, 0x0a])), "avc1.64000a");
    assert.equal(avcName(new Uint8Array([0, 0, 1, 0x67, 0x42])), "");
    assert.equal(avcName(new Uint8Array([0, 0, 1, 0x65, 1, 2, 3, 4])), "");
});
