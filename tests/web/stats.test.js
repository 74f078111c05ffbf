// stats.test.js - the path, the round trip and the rates from getStats().

import assert from "node:assert/strict";
import test from "node:test";

import { barCount, rates, readStats, score } from "../../web/js/wire/stats.js";

/** @param {Record<string, Record<string, unknown>>} entries */
const report = (entries) => new Map(Object.entries(entries));

const CHROMIUM = {
    T: { type: "transport", selectedCandidatePairId: "P" },
    P: { type: "candidate-pair", state: "succeeded", localCandidateId: "L", remoteCandidateId: "R",
        currentRoundTripTime: 0.0184 },
    Q: { type: "candidate-pair", state: "succeeded", nominated: true, localCandidateId: "X" },
    L: { type: "local-candidate", candidateType: "host", protocol: "udp" },
    R: { type: "remote-candidate", candidateType: "host", protocol: "udp" },
    V: { type: "inbound-rtp", kind: "video", bytesReceived: 1000, framesDecoded: 10,
        packetsReceived: 99, packetsLost: 1, frameWidth: 1280, frameHeight: 720, codecId: "C" },
    A: { type: "inbound-rtp", kind: "audio", bytesReceived: 200 },
    C: { type: "codec", mimeType: "video/VP8" },
};

test("Chromium's report is read by its transport", () => {
    const stats = readStats(report(CHROMIUM), 5);
    assert.deepEqual(stats, {
        path: "direct", roundTripMs: 18, bytes: 1200, frames: 10, packets: 99, lost: 1,
        width: 1280, height: 720, codec: "VP8", timeMs: 5,
    });
});

test("Firefox's report is read by the selected pair and has no round trip", () => {
    const stats = readStats(report({
        Q: { type: "candidate-pair", state: "succeeded", nominated: true, localCandidateId: "X" },
        P: { type: "candidate-pair", state: "succeeded", selected: true, nominated: true,
            localCandidateId: "L", remoteCandidateId: "R" },
        L: { type: "local-candidate", candidateType: "relay", protocol: "udp" },
        R: { type: "remote-candidate", candidateType: "host", protocol: "udp" },
    }), 0);
    assert.equal(stats.path, "relay");
    assert.equal(stats.roundTripMs, null);
});

test("TCP on either side is TCP", () => {
    const stats = readStats(report({
        ...CHROMIUM, L: { type: "local-candidate", candidateType: "prflx", protocol: "tcp" },
    }), 0);
    assert.equal(stats.path, "tcp");
});

test("an empty report is no path", () => {
    assert.equal(readStats(report({}), 0).path, "");
});

test("rates are what happened in between, and nothing at first", () => {
    const before = readStats(report(CHROMIUM), 1000);
    const now = { ...before, timeMs: 3000, bytes: 3700, frames: 70, packets: 198, lost: 2 };
    assert.deepEqual(rates(null, now), { bitrateBps: 0, framesPerSecond: 0, loss: 0 });
    assert.deepEqual(rates(before, now), { bitrateBps: 10000, framesPerSecond: 30, loss: 0.01 });
    assert.equal(rates(now, before).bitrateBps, 0);
});

test("bars fall with delay and with loss", () => {
    assert.equal(barCount(score(18, 0)), 4);
    assert.equal(barCount(score(150, 0)), 3);
    assert.equal(barCount(score(240, 0)), 2);
    assert.equal(barCount(score(600, 0)), 1);
    assert.equal(barCount(score(18, 0.05)), 3);
    assert.equal(barCount(score(18, 0.2)), 1);
});
