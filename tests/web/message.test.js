// message.test.js - envelopes, candidates, ICE servers, and our one change of SDP.

import assert from "node:assert/strict";
import test from "node:test";

import {
    parseCandidate, parseIceServers, parseMessage, writeMessage,
} from "../../web/js/wire/message.js";
import { askForStereo } from "../../web/js/wire/sdp.js";

test("an envelope is read, whatever its payload is", () => {
    assert.deepEqual(parseMessage('{"event":"a","payload":{"b":1}}'),
        { event: "a", payload: { b: 1 } });
    for (const payload of ["null", "[]", "7", '"x"']) {
        assert.deepEqual(parseMessage(`{"event":"a","payload":${payload}}`),
            { event: "a", payload: {} });
    }
    assert.deepEqual(parseMessage('{"event":"system/heartbeat"}'),
        { event: "system/heartbeat", payload: {} });
});

test("what is no envelope is nothing", () => {
    for (const data of ["", "{", "null", "[]", "7", '{"payload":{}}', '{"event":7}', new Blob([])]) {
        assert.equal(parseMessage(data), null);
    }
});

test("an event without payload is written without one", () => {
    assert.equal(writeMessage("client/heartbeat"), '{"event":"client/heartbeat"}');
    assert.equal(writeMessage("a", { b: 1 }), '{"event":"a","payload":{"b":1}}');
});

test("a candidate with an empty sdpMid goes by its index", () => {
    const candidate = "candidate:1 1 udp 1 192.0.2.1 9 typ host";
    assert.deepEqual(parseCandidate({ candidate, sdpMid: "", sdpMLineIndex: 0,
        usernameFragment: null }),
    { candidate, sdpMid: null, sdpMLineIndex: 0, usernameFragment: undefined });
});

test("ICE servers are taken in each shape, and what browsers throw at is left out", () => {
    assert.deepEqual(parseIceServers({ iceservers: [
        { urls: "stun:stun.example" },
        { urls: ["turn:turn.example", 7, "http://x"], username: "u", credential: "c" },
        { urls: [] }, null, "x",
    ] }), [
        { urls: ["stun:stun.example"], username: "", credential: "" },
        { urls: ["turn:turn.example"], username: "u", credential: "c" },
    ]);
    assert.deepEqual(parseIceServers({ iceservers: null }), []);
});

test("Opus is asked for in stereo, once, and nothing else changes", () => {
    const sdp = "m=audio 9 X 111 96\r\na=rtpmap:111 opus/48000/2\r\n"
        + "a=fmtp:111 minptime=10;useinbandfec=1\r\na=fmtp:96 x=1\r\n";
    const changed = askForStereo(sdp);
    assert.equal(changed, sdp.replace("a=fmtp:111 ", "a=fmtp:111 stereo=1;"));
    assert.equal(askForStereo(changed), changed);
    assert.equal(askForStereo("m=video 9 X 96\r\n"), "m=video 9 X 96\r\n");
});
