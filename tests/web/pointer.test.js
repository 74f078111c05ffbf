// pointer.test.js - mouse, wheel and fingers, with events as browsers make them.

import assert from "node:assert/strict";
import test, { afterEach } from "node:test";

import { Pointer } from "../../web/js/input/pointer.js";
import { Remote } from "../../web/js/input/remote.js";
import { Touch } from "../../web/js/input/touch.js";
import { FakeElement, wordsOf } from "./fake-dom.js";

/** What is still held at the end would say so for ever. */
/** @type {Remote[]} */
const remotes = [];
afterEach(() => remotes.forEach((remote) => remote.setEnabled(false)));

/** @param {boolean} [hasControl] */
function started(hasControl = true) {
    const area = new FakeElement();
    /** @type {string[]} */
    const sent = [];
    const remote = new Remote((bytes) => sent.push(wordsOf(bytes)) > 0);
    remotes.push(remote);
    remote.setEnabled(hasControl);
    const { signal } = new AbortController();
    /** The picture is 1000 px wide, from 0 on. @param {number} x @param {number} y */
    const locate = (x, y) => ({
        pixel: { x: Math.min(999, Math.max(0, x)), y }, outside: Math.max(0, -x, x - 1000),
    });
    const element = /** @type {never} */ (area);
    const pointer = new Pointer(element, remote, locate, signal);
    const touch = new Touch(element, remote, locate, signal);
    /** @type {string[]} */
    const claims = [];
    pointer.addEventListener("claim", () => claims.push("mouse"));
    touch.addEventListener("claim", () => claims.push("finger"));
    /** @param {string} type @param {number} x @param {number} y @param {number} buttons */
    const mouse = (type, x, y, buttons) => area.fire(`pointer${type}`,
        { pointerType: "mouse", pointerId: 1, clientX: x, clientY: y, buttons });
    /** @param {string} type @param {number} id @param {number} x @param {number} y */
    const finger = (type, id, x, y) => area.fire(`pointer${type}`,
        { pointerType: "touch", pointerId: id, clientX: x, clientY: y, buttons: 1 });
    return { area, sent, remote, pointer, claims, mouse, finger };
}

test("a click moves there first", () => {
    const { mouse, sent } = started();
    mouse("down", 10, 20, 1);
    mouse("up", 10, 20, 0);
    assert.deepEqual(sent, ["move 10 20", "press 1", "let go 1"]);
});

test("chorded buttons come as moves and count", () => {
    const { mouse, sent } = started();
    mouse("down", 1, 1, 2);
    mouse("move", 1, 1, 3);
    mouse("move", 1, 1, 1);
    mouse("up", 1, 1, 0);
    assert.deepEqual(sent, ["move 1 1", "press 3", "press 1", "let go 3", "let go 1"]);
});

test("middle, back and forward have their X numbers", () => {
    const { mouse, sent } = started();
    mouse("down", 1, 1, 4 + 8 + 16);
    assert.deepEqual(sent, ["move 1 1", "press 2", "press 8", "press 9"]);
});

test("a button that came up outside of the window is let go of by the next move", () => {
    const { mouse, sent } = started();
    mouse("down", 1, 1, 1);
    mouse("move", 2, 2, 0);
    assert.deepEqual(sent, ["move 1 1", "press 1", "move 2 2", "let go 1"]);
});

test("near outside the pointer clamps, far outside it is nothing, while dragging it follows", () => {
    const { mouse, sent } = started();
    mouse("move", -20, 5, 0);
    mouse("move", -60, 6, 0);
    mouse("down", 5, 5, 1);
    mouse("move", -500, 7, 1);
    assert.deepEqual(sent, ["move 0 5", "move 5 5", "press 1", "move 0 7"]);
});

test("a press without control asks for it and is not passed on", () => {
    const { mouse, sent, remote, claims } = started(false);
    mouse("down", 5, 5, 1);
    remote.setEnabled(true);
    mouse("up", 6, 6, 0);
    assert.deepEqual(claims, ["mouse"]);
    assert.deepEqual(sent, ["move 6 6"]);
});

test("it is passed on where that is wanted, whether it is over or not", () => {
    for (const isOver of [true, false]) {
        const { mouse, sent, remote, pointer } = started(false);
        mouse("down", 5, 5, 1);
        if (isOver) {
            mouse("up", 5, 5, 0);
        }
        remote.setEnabled(true);
        pointer.passOn();
        if (!isOver) {
            mouse("up", 5, 5, 0);
        }
        assert.deepEqual(sent, ["move 5 5", "press 1", "let go 1"]);
    }
});

test("the wheel scrolls where the pointer is; a pinch brings its Ctrl", () => {
    const { area, sent, remote } = started();
    const wheel = { clientX: 9, clientY: 9, deltaX: 0, deltaY: 100, deltaMode: 0,
        wheelDeltaY: -120, ctrlKey: false };
    assert.equal(area.fire("wheel", wheel), true);
    area.fire("wheel", { ...wheel, ctrlKey: true });
    remote.keyDown(0xffe3);
    area.fire("wheel", { ...wheel, ctrlKey: true });
    assert.deepEqual(sent, ["move 9 9", "scroll 0 -1 0", "scroll 0 -1 1", "+ffe3", "scroll 0 -1 0"]);
});

test("a tap clicks, and asks for control without it", () => {
    const { finger, sent, remote, claims } = started();
    finger("down", 5, 30, 40);
    finger("up", 5, 30, 40);
    assert.deepEqual(sent, ["move 30 40", "press 1", "let go 1"]);
    remote.setEnabled(false);
    finger("down", 6, 30, 40);
    finger("up", 6, 30, 40);
    assert.deepEqual(claims, ["finger"]);
});

test("two fingers scroll with what lies under them, and do not click", () => {
    const { finger, sent } = started();
    finger("down", 1, 100, 100);
    finger("down", 2, 200, 100);
    for (const y of [140, 180, 220]) {
        finger("move", 1, 100, y);
        finger("move", 2, 200, y);
    }
    finger("up", 1, 100, 220);
    finger("up", 2, 200, 220);
    assert.deepEqual(sent.filter((words) => /press|let/.test(words)), []);
    const clicks = sent.filter((words) => words.startsWith("scroll"))
        .reduce((sum, words) => sum + Number(words.split(" ")[2]), 0);
    assert.equal(clicks, 4);
});

test("a swipe is no click", () => {
    const { finger, sent } = started();
    finger("down", 1, 100, 100);
    finger("move", 1, 160, 100);
    finger("up", 1, 160, 100);
    assert.deepEqual(sent, []);
});
