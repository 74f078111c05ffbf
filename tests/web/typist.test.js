// typist.test.js - texts and keys on their way to the desktop: whole, in order, in time.

import assert from "node:assert/strict";
import test from "node:test";

import { Remote } from "../../web/js/input/remote.js";
import { Typing } from "../../web/js/ui/typing.js";
import { fakeTime } from "./fake-net.js";

/** The server's: keys at once and in a second; keys that it lends, and for how long (ms). */
const KEYS = 200;
const LENT = 24;
const LENT_MS = 500;

const DELAY_MS = 60;

/** By opcode. A move shows its y, a button its number, the wheel its clicks down. @type {Record<number, string>} */
const POINTER = { 1: "move ", 2: "scroll ", 5: "press ", 6: "release " };

/** A desktop at the other end of a line, that counts what it would lose. */
class Desktop {
    /** @type {string[]} */
    keys = [];
    lost = 0;
    late = 0;
    isStalled = false;
    /** @type {ArrayBuffer[]} */
    #line = [];
    #tokens = KEYS;
    #filledAt = performance.now();
    /** @type {Map<number, number>} */
    #lent = new Map();

    constructor() {
        this.remote = new Remote((bytes) => this.#line.push(bytes) > 0);
        this.remote.setEnabled(true);
    }

    /** All that is on the line arrives, and what it says comes back. */
    receive() {
        for (const bytes of this.#line.splice(0)) {
            const view = new DataView(bytes);
            if (view.getUint8(0) === 7) {
                const pingMs = view.getUint32(7);
                setTimeout(() => this.remote.typist.onPong(pingMs), DELAY_MS / 2);
            } else if (POINTER[view.getUint8(0)]) {
                const at = view.getUint8(0) === 2 ? 5 : view.byteLength - 2;
                this.keys.push(POINTER[view.getUint8(0)] + view.getInt16(at));
            } else if (view.getUint8(0) !== 0x40) { // alive
                this.#press(view.getUint8(0), view.getUint32(3));
            }
        }
    }

    /** @param {number} opcode @param {number} keysym */
    #press(opcode, keysym) {
        if (opcode === 4) {
            this.keys.push(`-${keysym.toString(16)}`);
            return;
        }
        const now = performance.now();
        this.#tokens = Math.min(KEYS, this.#tokens + (now - this.#filledAt) * KEYS / 1000) - 1;
        this.#filledAt = now;
        if (this.#tokens < 0) {
            this.lost++;
            this.#tokens = 0;
        }
        this.#lend(keysym, now);
        this.keys.push(`+${keysym.toString(16)}`);
    }

    /** @param {number} keysym @param {number} now */
    #lend(keysym, now) {
        if (keysym < 0x7f || keysym === 0xff0d) {
            return;
        }
        if (!this.#lent.has(keysym) && this.#lent.size === LENT) {
            const [[oldest, at]] = this.#lent;
            this.late += now - at < LENT_MS ? 1 : 0;
            this.#lent.delete(oldest);
        }
        this.#lent.delete(keysym);
        this.#lent.set(keysym, now);
    }

    get text() {
        return this.keys.filter((key) => key.startsWith("+")).map((key) => {
            const keysym = parseInt(key, 16);
            return keysym === 0xff0d ? "\n" : String.fromCodePoint(keysym & 0xffffff);
        }).join("");
    }
}

/**
 * Runs with a clock of its own, and a line that delivers every 10 ms.
 * @param {string} name
 * @param {(desktop: Desktop, time: ReturnType<typeof fakeTime>) => void} body
 */
function timed(name, body) {
    test(name, () => {
        const time = fakeTime();
        try {
            const desktop = new Desktop();
            setInterval(() => desktop.isStalled || desktop.receive(), 10);
            body(desktop, time);
            desktop.remote.setEnabled(false);
        } finally {
            time.restore();
        }
    });
}

/** @param {number} size */
const lines = (size) => "The quick brown fox jumps over the lazy dog 0123456789\n"
    .repeat(size / 50).slice(0, size);

/** Of Chinese characters that are all different. @param {number} size */
const signs = (size) => String.fromCodePoint(...Array.from({ length: size }, (_, i) => 0x4e00 + i));

timed("a short text goes at once", (desktop) => {
    desktop.remote.type("Hello");
    desktop.receive();
    assert.equal(desktop.text, "Hello");
});

timed("a long text arrives whole, in order, and as fast as the server takes it", (desktop, time) => {
    const text = lines(20000);
    desktop.remote.type(text);
    time.pass(20000 / 180 * 1000 * 1.05);
    assert.equal(desktop.lost, 0);
    assert.equal(desktop.text, text);
});

timed("a line that stalls and then delivers all at once loses nothing", (desktop, time) => {
    const text = lines(3000);
    desktop.remote.type(text);
    for (let i = 0; i < 10; i++) {
        desktop.isStalled = true;
        time.pass(1900);
        desktop.isStalled = false;
        time.pass(300);
    }
    time.pass(20000);
    assert.equal(desktop.lost, 0);
    assert.equal(desktop.text, text);
});

timed("characters that the keyboard lacks go no faster than keys are lent", (desktop, time) => {
    const text = signs(480) + "ü".repeat(200);
    desktop.remote.type(text);
    time.pass(13000);
    assert.equal(desktop.late, 0);
    assert.equal(desktop.text, text);
});

timed("a line of any system ends once, and what is no character is left out", (desktop, time) => {
    desktop.remote.type("a\r\nb\rc\nd\u0007\u0085\ud800");
    time.pass(100);
    assert.equal(desktop.text, "a\nb\nc\nd");
});

timed("what is pressed behind a text comes behind it", (desktop, time) => {
    desktop.remote.type("x".repeat(500));
    desktop.remote.keyDown(0x61);
    desktop.remote.keyUp(0x61);
    desktop.remote.type("y");
    time.pass(100);
    assert.ok(!desktop.text.includes("a"));
    time.pass(4000);
    assert.equal(desktop.text, `${"x".repeat(500)}ay`);
});

timed("what was pressed before a text comes up in it, and is not repeated meanwhile", (desktop, time) => {
    desktop.remote.keyDown(0x61);
    desktop.remote.keyDown(0xffe1);
    desktop.remote.type(`${"x".repeat(500)}a`);
    time.pass(100);
    desktop.remote.keyUp(0x61);
    time.pass(20);
    assert.ok(desktop.keys.includes("-61"));
    assert.ok(!desktop.keys.includes("-ffe1"));
    time.pass(4000);
    assert.equal(desktop.text.slice(-2), "xa");
});

timed("cancel leaves out the rest and what is behind it, and nothing stays down", (desktop, time) => {
    const { remote } = desktop;
    remote.type(lines(1000));
    remote.keyDown(0x61);
    time.pass(1000);
    assert.ok(remote.typist.percent > 10 && remote.typist.percent < 50);
    remote.typist.cancel();
    assert.equal(remote.typist.percent, -1);
    remote.keyUp(0x61);
    time.pass(5000);
    assert.equal(desktop.text, lines(1000).slice(0, desktop.text.length));
    assert.ok(desktop.text.length < 300);
    remote.type("b");
    time.pass(20);
    assert.equal(desktop.text.slice(-1), "b");
});

timed("a click waits behind a text, where the pointer was then", (desktop, time) => {
    const { remote } = desktop;
    remote.type(lines(500));
    time.pass(500);
    remote.move({ x: 1, y: 10 });
    remote.move({ x: 1, y: 11 });
    remote.click(1);
    remote.move({ x: 1, y: 12 });
    remote.type("end");
    time.pass(5000);
    assert.equal(desktop.text, `${lines(500)}end`);
    const acts = ["move 11", "press 1", "release 1", "move 12"];
    const at = desktop.keys.indexOf("move 11");
    assert.deepEqual(desktop.keys.slice(at, at + 4), acts);
    assert.equal(desktop.keys.slice(0, at).filter((key) => key.startsWith("+")).length, 500);
    remote.move({ x: 1, y: 13 });
    desktop.receive();
    assert.equal(desktop.keys[desktop.keys.length - 1], "move 13"); // at once again
});

timed("cancel leaves out the clicks behind a text, and the pointer is where it was put", (desktop, time) => {
    const { remote } = desktop;
    remote.type(lines(1000));
    time.pass(1000);
    remote.move({ x: 1, y: 10 });
    remote.click(1);
    remote.move({ x: 1, y: 11 });
    remote.typist.cancel();
    time.pass(1000);
    assert.deepEqual(desktop.keys.filter((key) => / /.test(key)), ["move 11"]);
});

timed("the wheel waits behind a text as one turn, as far as the server goes", (desktop, time) => {
    const { remote } = desktop;
    remote.type(lines(500));
    time.pass(500);
    for (let i = 0; i < 1000; i++) {
        remote.scroll(0, i < 30 ? -2 : 0, false);
    }
    remote.scroll(0, -3, true); // zooms
    for (let i = 0; i < 200; i++) {
        remote.scroll(0, 1, false);
    }
    time.pass(5000);
    assert.deepEqual(desktop.keys.filter((key) => / /.test(key)),
        ["scroll -60", "scroll -3", "scroll 100"]);
    remote.scroll(0, 1, false);
    desktop.receive();
    assert.equal(desktop.keys.pop(), "scroll 1"); // at once again
});

timed("of many clicks behind a text the first ones wait, and the newest place", (desktop, time) => {
    const { remote } = desktop;
    remote.type(lines(500));
    time.pass(500);
    for (let i = 1; i <= 5000; i++) {
        remote.move({ x: 1, y: i });
        remote.click(1);
    }
    remote.buttonDown(3);
    time.pass(5000);
    const acts = desktop.keys.filter((key) => / /.test(key));
    const clicks = Array.from({ length: 32 }, (_, i) => [`move ${i + 1}`, "press 1", "release 1"]);
    assert.deepEqual(acts, [...clicks.flat(), "move 5000"]);
    assert.equal(desktop.text.length, 500);
    remote.buttonUp(3);
    remote.click(2);
    desktop.receive();
    assert.deepEqual(desktop.keys.slice(-2), ["press 2", "release 2"]); // at once again
});

timed("a drag that began before a text goes on", (desktop, time) => {
    const { remote } = desktop;
    remote.buttonDown(1);
    remote.type(lines(1000));
    time.pass(500);
    remote.move({ x: 1, y: 10 });
    remote.buttonUp(1);
    desktop.receive();
    assert.deepEqual(desktop.keys.filter((key) => / /.test(key)),
        ["press 1", "move 10", "release 1"]);
});

timed("a click waits for the text that a key pastes, the pointer alone does not", (desktop) => {
    const { remote } = desktop;
    remote.typist.hold();
    remote.keyDown(0x76);
    remote.move({ x: 1, y: 10 });
    remote.click(1);
    desktop.receive();
    assert.deepEqual(desktop.keys, ["move 10"]);
    remote.typist.letGo();
    desktop.receive();
    assert.deepEqual(desktop.keys, ["move 10", "+76", "press 1", "release 1"]);
});

timed("a text ends with control, and the page says where", (desktop, time) => {
    const typing = new Typing(desktop.remote.typist);
    desktop.remote.type(lines(1000));
    time.pass(1000);
    assert.equal(typing.note, "typing");
    desktop.isStalled = true;
    time.pass(1000); // up to 80 characters are under way
    const { percent } = typing;
    desktop.remote.setEnabled(false);
    desktop.remote.setEnabled(true);
    assert.equal(typing.note, "typingStopped");
    const { length } = desktop.text;
    assert.ok(percent * 10 > length + 50); // of a thousand characters
    assert.ok(typing.percent * 10 <= length && typing.percent * 10 > length - 40, `${typing.percent}`);
    desktop.isStalled = false;
    time.pass(7000);
    assert.equal(typing.note, "");
    assert.ok(desktop.text.length <= length + 80); // what was on the line
    desktop.remote.setEnabled(false);
    assert.equal(typing.note, ""); // nothing was under way
});

timed("the page counts what takes longer than a second, and only that", (desktop, time) => {
    const { typist } = desktop.remote;
    /** @type {number[]} */
    const percents = [];
    typist.addEventListener("change", () => percents.push(typist.percent));
    desktop.remote.type(lines(200));
    time.pass(3000);
    assert.equal(desktop.text.length, 200);
    assert.deepEqual(percents, []);
    desktop.remote.type(lines(600));
    time.pass(10000);
    assert.ok(percents.length > 50);
    assert.equal(percents.pop(), -1);
    assert.deepEqual([...percents].sort((a, b) => a - b), percents);
});

timed("of a longer text the first 64 KB are typed, in whole characters", (desktop, time) => {
    const typing = new Typing(desktop.remote.typist);
    desktop.remote.type(`a${"ü".repeat(40000)}`);
    assert.equal(typing.note, "typingCut");
    time.pass(500000);
    assert.equal(typing.note, "");
    assert.equal(desktop.text.length, 1 + 32767);
});
