// pulse.test.js - a path on which nothing comes is told within a second, a slow one is not.

import assert from "node:assert/strict";
import test from "node:test";

import { Pulse } from "../../web/js/net/pulse.js";
import { fakeTime } from "./fake-net.js";

const settle = () => new Promise((done) => setImmediate(done));

/** @param {(time: ReturnType<typeof fakeTime>, pulse: Pulse, line: Line) => Promise<void>} act */
async function withPulse(act) {
    const time = fakeTime();
    const line = { pings: 0, bytes: 0 };
    const pulse = new Pulse(() => {
        line.pings++;
    }, async () => line.bytes);
    try {
        pulse.start();
        await act(time, pulse, line);
    } finally {
        pulse.stop();
        time.restore();
    }
}
/** @typedef {{ pings: number, bytes: number }} Line */

test("silence is told within a second, and its end at once", () =>
    withPulse(async (time, pulse, line) => {
        let changes = 0;
        line.bytes = 1000; // all of them came before
        pulse.addEventListener("change", () => changes++);
        time.pass(600);
        assert.equal(pulse.isSilent, false);
        await settle();
        time.pass(350);
        await settle();
        assert.equal(pulse.isSilent, true);
        pulse.hear();
        assert.equal(pulse.isSilent, false);
        assert.equal(changes, 2);
    }));

test("where pictures come nobody is asked", () =>
    withPulse(async (time, pulse, line) => {
        for (let i = 0; i < 100; i++) {
            pulse.hear();
            time.pass(100);
        }
        assert.equal(line.pings, 0);
        assert.equal(pulse.isSilent, false);
    }));

test("other bytes show that an answer is only held up", () =>
    withPulse(async (time, pulse, line) => {
        for (let i = 0; i < 20; i++) {
            line.bytes += 100;
            time.pass(200);
            await settle();
        }
        assert.equal(pulse.isSilent, false);
    }));

test("a path that was given up is not watched any more", () =>
    withPulse(async (time, pulse) => {
        time.pass(5000);
        pulse.stop();
        assert.equal(pulse.isSilent, false);
        assert.equal(time.count(), 0);
    }));
