// geometry.test.js - the picture's place, and the exact pixel under the pointer.

import assert from "node:assert/strict";
import test from "node:test";

import {
    chooseDock, distanceOutside, fitPicture, hasDockMargin, toDesktop, toPicture,
} from "../../web/js/wire/geometry.js";

const DESKTOP = { width: 1280, height: 720 };

test("the picture keeps its shape and is centred", () => {
    const rect = fitPicture({ width: 1400, height: 900 }, DESKTOP, 1);
    assert.deepEqual(rect, { left: 0, top: 56, width: 1400, height: 788 });
});

test("edges lie on device pixels at every ratio", () => {
    for (const dpr of [1, 1.25, 1.5, 1.75, 2, 3]) {
        const rect = fitPicture({ width: 1013.4, height: 701.7 }, DESKTOP, dpr);
        for (const edge of Object.values(rect)) {
            assert.ok(Math.abs(edge * dpr - Math.round(edge * dpr)) < 1e-9, `${edge} at ${dpr}`);
        }
        assert.ok(rect.left + rect.width <= 1013.4 && rect.top + rect.height <= 701.7);
    }
});

test("the middle of each pixel leads to that pixel, at every scale and ratio", () => {
    for (const dpr of [1, 1.25, 1.5, 2, 3]) {
        for (const width of [375, 640, 853, 1280, 1428, 1920, 2560]) {
            const rect = fitPicture({ width, height: width }, DESKTOP, dpr);
            for (let x = 0; x < DESKTOP.width; x += 1) {
                const point = {
                    x: rect.left + ((x + 0.5) * rect.width) / DESKTOP.width,
                    y: rect.top + ((x % 720 + 0.5) * rect.height) / DESKTOP.height,
                };
                assert.deepEqual(toDesktop(point, rect, DESKTOP, dpr), { x, y: x % 720 });
            }
        }
    }
});

test("where the picture is not smaller, a mouse on whole device pixels reaches each pixel", () => {
    for (const [dpr, scale] of [[1, 1], [1, 1.1], [1, 1.37], [2, 0.5], [2, 0.8], [1.5, 2]]) {
        const rect = { left: 6, top: 12, width: 1280 * scale, height: 720 * scale };
        for (let x = 0; x < DESKTOP.width; x += 1) {
            const exact = rect.left + (x + 0.5) * scale;
            const point = { x: Math.floor(exact * dpr + 1e-9) / dpr, y: 12 };
            assert.equal(toDesktop(point, rect, DESKTOP, dpr).x, x, `${x} at ${scale}, ${dpr}`);
        }
    }
});

test("a point outside is clamped to the nearest pixel", () => {
    const rect = { left: 100, top: 50, width: 640, height: 360 };
    assert.deepEqual(toDesktop({ x: 90, y: 1000 }, rect, DESKTOP, 1), { x: 0, y: 719 });
    assert.deepEqual(toDesktop({ x: 2000, y: 0 }, rect, DESKTOP, 1), { x: 1279, y: 0 });
});

test("the distance outside counts the nearer edge's axis", () => {
    const rect = { left: 100, top: 50, width: 640, height: 360 };
    assert.equal(distanceOutside({ x: 300, y: 100 }, rect), 0);
    assert.equal(distanceOutside({ x: 76, y: 40 }, rect), 24);
    assert.equal(distanceOutside({ x: 300, y: 420 }, rect), 10);
});

test("a pixel's place in the picture scales", () => {
    assert.deepEqual(toPicture({ x: 640, y: 360 }, { width: 320, height: 180 }, DESKTOP),
        { x: 160, y: 90 });
});

test("the dock stands where the picture leaves room", () => {
    assert.equal(chooseDock({ width: 1440, height: 900 }, DESKTOP, ""), "bottom");
    assert.equal(chooseDock({ width: 1600, height: 760 }, DESKTOP, ""), "rail");
    assert.equal(chooseDock({ width: 390, height: 844 }, DESKTOP, "rail"), "phone");
    assert.equal(chooseDock({ width: 844, height: 390 }, DESKTOP, ""), "rail");
});

test("a phone that is held upright stays one while its keyboard is open", () => {
    assert.equal(chooseDock({ width: 360, height: 336 }, DESKTOP, "phone"), "phone");
    assert.equal(chooseDock({ width: 360, height: 336 }, DESKTOP, ""), "rail");
    assert.equal(chooseDock({ width: 568, height: 320 }, DESKTOP, "phone"), "rail"); // turned
});

test("the dock changes its side only for a gain of 40 px", () => {
    const near = { width: 1440, height: 800 }; // 10 px more below than 17.8 beside: nearly even
    assert.equal(chooseDock(near, DESKTOP, "bottom"), "bottom");
    assert.equal(chooseDock(near, DESKTOP, "rail"), "rail");
    assert.equal(chooseDock({ width: 1440, height: 1000 }, DESKTOP, "rail"), "bottom");
});

test("a margin holds the dock from 72 px on, on its own side", () => {
    assert.equal(hasDockMargin({ width: 1366, height: 600 }, DESKTOP, "rail"), true);
    assert.equal(hasDockMargin({ width: 1280 + 71, height: 720 }, DESKTOP, "rail"), false);
    assert.equal(hasDockMargin({ width: 1280, height: 720 + 72 }, DESKTOP, "bottom"), true);
    assert.equal(hasDockMargin({ width: 1280, height: 720 + 71 }, DESKTOP, "bottom"), false);
    assert.equal(hasDockMargin({ width: 390, height: 844 }, DESKTOP, "phone"), false);
});
