// remote.test.js - what the page holds down on the desktop, and lets go of.

import assert from "node:assert/strict";
import test, { afterEach } from "node:test";

import { Remote } from "../../web/js/input/remote.js";
import { fakeTime } from "./fake-net.js";

/** What is still held at the end would say so for ever. */
/** @type {Remote[]} */
const remotes = [];
afterEach(() => remotes.forEach((remote) => remote.setEnabled(false)));

function enabled() {
    /** @type {string[]} */
    const sent = [];
    const remote = new Remote((bytes) => {
        sent.push(Buffer.from(bytes).toString("hex"));
        return true;
    });
    remotes.push(remote);
    remote.setEnabled(true);
    return { remote, sent };
}

test("without control nothing is sent", () => {
    /** @type {string[]} */
    const sent = [];
    const remote = new Remote(() => sent.push("x") > 0);
    remote.move({ x: 1, y: 1 });
    remote.keyDown(0x61);
    remote.buttonDown(1);
    remote.scroll(0, 1, false);
    assert.deepEqual(sent, []);
});

test("the same place is sent once", () => {
    const { remote, sent } = enabled();
    remote.move({ x: 3, y: 4 });
    remote.move({ x: 3, y: 4 });
    assert.deepEqual(sent, ["01000400030004"]);
});

test("a key that is down goes down once, and up only if it was down", () => {
    const { remote, sent } = enabled();
    remote.keyUp(0x61);
    remote.keyDown(0x61);
    remote.keyDown(0x61);
    remote.keyUp(0x61);
    remote.keyUp(0x61);
    assert.deepEqual(sent, ["03000400000061", "04000400000061"]);
});

test("losing control lets go of everything, the last key first", () => {
    const { remote, sent } = enabled();
    remote.keyDown(0xffe3);
    remote.keyDown(0x63);
    remote.buttonDown(1);
    sent.length = 0;
    remote.setEnabled(false);
    assert.deepEqual(sent, ["04000400000063", "0400040000ffe3", "06000400000001"]);
});

test("moves may be dropped, but not while dragging", () => {
    /** @type {(boolean | undefined)[]} */
    const drops = [];
    const remote = new Remote((bytes, canDrop) => drops.push(canDrop) > 0);
    remotes.push(remote);
    remote.setEnabled(true);
    remote.move({ x: 1, y: 1 });
    remote.buttonDown(1);
    remote.move({ x: 2, y: 2 });
    assert.deepEqual(drops, [true, undefined, false]);
});

test("while something is held the page says that it is there", () => {
    const time = fakeTime();
    const { remote, sent } = enabled();
    const alive = () => sent.filter((bytes) => bytes === "400000").length;
    time.pass(2000);
    assert.equal(alive(), 0);
    remote.keyDown(0x61);
    remote.buttonDown(1);
    time.pass(1000);
    assert.equal(alive(), 4);
    remote.keyUp(0x61);
    time.pass(500);
    assert.equal(alive(), 6);
    remote.buttonUp(1);
    time.pass(2000);
    assert.equal(alive(), 6);
    remote.keyDown(0x61);
    remote.setEnabled(false);
    time.pass(2000);
    assert.equal(alive(), 6);
    assert.equal(time.count(), 0);
    time.restore();
});
