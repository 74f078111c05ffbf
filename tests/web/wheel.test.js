// wheel.test.js - wheels and trackpads as whole clicks.

import assert from "node:assert/strict";
import test from "node:test";

import { Wheel } from "../../web/js/wire/wheel.js";

const pixels = (/** @type {number} */ deltaY, /** @type {number} */ wheelDeltaY = 0) =>
    ({ deltaX: 0, deltaY, deltaMode: 0, wheelDeltaX: 0, wheelDeltaY });

test("one notch is one click, whatever its pixels", () => {
    assert.deepEqual(new Wheel().add(pixels(100, -120)), { deltaX: 0, deltaY: -1 });
    assert.deepEqual(new Wheel().add(pixels(-53, 120)), { deltaX: 0, deltaY: 1 });
});

test("three lines are one click", () => {
    const event = { deltaX: 0, deltaY: -3, deltaMode: 1 };
    assert.deepEqual(new Wheel().add(event), { deltaX: 0, deltaY: 1 });
});

test("to the right is negative", () => {
    const event = { deltaX: 3, deltaY: 0, deltaMode: 1 };
    assert.deepEqual(new Wheel().add(event), { deltaX: -1, deltaY: 0 });
});

test("a trackpad's pixels add up", () => {
    const wheel = new Wheel();
    assert.equal(wheel.add(pixels(20, -60)), null);
    assert.equal(wheel.add(pixels(20, -60)), null);
    assert.deepEqual(wheel.add(pixels(20, -60)), { deltaX: 0, deltaY: -1 });
    assert.equal(wheel.add(pixels(20, -60)), null);
});

test("turning round forgets the rest", () => {
    const wheel = new Wheel();
    wheel.add(pixels(45));
    assert.deepEqual(wheel.add(pixels(-50)), { deltaX: 0, deltaY: 1 });
});

test("a flick is bounded", () => {
    assert.deepEqual(new Wheel().add(pixels(1e9)), { deltaX: 0, deltaY: -10 });
});
