// keyboard.test.js - from key events of several systems to what the desktop gets.

import assert from "node:assert/strict";
import test, { afterEach } from "node:test";

import { EscapeKeys } from "../../web/js/input/escape.js";
import { Keyboard } from "../../web/js/input/keyboard.js";
import { Remote } from "../../web/js/input/remote.js";
import { FakeElement, wordsOf } from "./fake-dom.js";

/** What is still held at the end would say so for ever. */
/** @type {Remote[]} */
const remotes = [];
afterEach(() => remotes.forEach((remote) => remote.setEnabled(false)));

/** A desktop whose clipboard may not be used. */
const SHUT = {
    isOpen: false, send: async () => false, isStale: () => false, setShut: () => {},
};

/** @param {string} [platform] @param {import("../../web/js/input/paste.js").Target} [clipboard] */
function started(platform = "Linux x86_64", clipboard = SHUT) {
    const field = new FakeElement();
    /** @type {string[]} */
    const sent = [];
    const remote = new Remote((bytes) => sent.push(wordsOf(bytes)) > 0);
    remotes.push(remote);
    remote.setEnabled(true);
    const abort = new AbortController();
    new Keyboard(/** @type {never} */ (field), remote, new EscapeKeys(), clipboard, platform,
        abort.signal);
    /** @param {string} type @param {string} key @param {string} code @param {object} rest */
    const fire = (type, key, code, rest) => field.fire(type, {
        key, code, location: 0, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false,
        isComposing: false, keyCode: 0, repeat: false, ...rest,
    });
    return {
        field, sent, remote, abort,
        down: (/** @type {string} */ key, /** @type {string} */ code, rest = {}) =>
            fire("keydown", key, code, rest),
        up: (/** @type {string} */ key, /** @type {string} */ code, rest = {}) =>
            fire("keyup", key, code, rest),
    };
}

test("a key goes down and up, and the page does not act on it", () => {
    const { down, up, sent } = started();
    assert.equal(down("a", "KeyA"), true);
    assert.equal(up("a", "KeyA"), true);
    assert.deepEqual(sent, ["+61", "-61"]);
});

test("what went down comes up, though Shift changed in between", () => {
    const { down, up, sent } = started();
    down("Shift", "ShiftLeft", { location: 1 });
    down("A", "KeyA", { shiftKey: true });
    up("Shift", "ShiftLeft", { location: 1 });
    up("a", "KeyA");
    assert.deepEqual(sent, ["+ffe1", "+41", "-ffe1", "-41"]);
});

test("a held key is sent once: the desktop repeats by itself", () => {
    const { down, up, sent } = started();
    down("a", "KeyA");
    down("a", "KeyA", { repeat: true });
    down("a", "KeyA", { repeat: true });
    up("a", "KeyA");
    assert.deepEqual(sent, ["+61", "-61"]);
});

test("leaving the field lets go of everything", () => {
    const { down, field, sent } = started();
    down("Control", "ControlRight", { location: 2 });
    down("x", "KeyX", { ctrlKey: true });
    field.fire("blur", {});
    assert.deepEqual(sent, ["+ffe4", "+78", "-78", "-ffe4"]);
});

test("escape keys that come up elsewhere are not held any more", () => {
    const { down, up, field, sent } = started();
    down("Control", "ControlLeft", { location: 1 });
    down("Alt", "AltLeft", { location: 1 });
    field.fire("blur", {}); // the whole window's, too: the field stays the active element
    down("Shift", "ShiftLeft", { location: 1 });
    down("A", "KeyA", { shiftKey: true });
    up("A", "KeyA", { shiftKey: true });
    assert.deepEqual(sent.slice(4), ["+ffe1", "+41", "-41"]);
});

test("on Windows AltGr comes without its false Ctrl", () => {
    const { down, up, sent } = started("Win32");
    down("Control", "ControlLeft", { location: 1 });
    down("AltGraph", "AltRight", { location: 2 });
    down("@", "KeyQ");
    up("@", "KeyQ");
    up("Control", "ControlLeft", { location: 1 });
    up("AltGraph", "AltRight", { location: 2 });
    assert.deepEqual(sent, ["+fe03", "+40", "-40", "-fe03"]);
});

test("on Windows a real Ctrl is there before the next key", () => {
    const { down, up, sent } = started("Win32");
    down("Control", "ControlLeft", { location: 1 });
    down("c", "KeyC", { ctrlKey: true });
    up("c", "KeyC", { ctrlKey: true });
    up("Control", "ControlLeft", { location: 1 });
    down("Control", "ControlLeft", { location: 1 });
    up("Control", "ControlLeft", { location: 1 });
    assert.deepEqual(sent, ["+ffe3", "+63", "-63", "-ffe3", "+ffe3", "-ffe3"]);
});

test("on Windows a Ctrl that stays down is sent soon", async () => {
    const { down, sent } = started("Win32");
    down("Control", "ControlLeft", { location: 1 });
    assert.deepEqual(sent, []);
    await new Promise((done) => setTimeout(done, 80));
    assert.deepEqual(sent, ["+ffe3"]);
});

test("on a Mac Command is Ctrl, and its keys come up though no event says so", () => {
    const { down, up, sent } = started("MacIntel");
    down("Meta", "MetaLeft", { location: 1, metaKey: true });
    down("c", "KeyC", { metaKey: true });
    up("Meta", "MetaLeft", { location: 1 });
    assert.deepEqual(sent, ["+ffe3", "+63", "-63", "-ffe3"]);
});

test("a dead key and an input method are left to the field, what they make is typed", () => {
    const { down, field, sent } = started();
    assert.equal(down("Dead", "Quote"), false);
    assert.equal(down("Process", "KeyN", { keyCode: 229 }), false);
    assert.equal(down("n", "KeyN", { isComposing: true }), false);
    field.fire("input", { isComposing: true, inputType: "insertCompositionText", data: "n" });
    field.fire("compositionend", { data: "ê你" });
    assert.deepEqual(sent, ["+ea", "-ea", "+1004f60", "-1004f60"]);
});

test("an on-screen keyboard types and deletes", () => {
    const { field, sent } = started();
    field.fire("input", { isComposing: false, inputType: "insertText", data: "h" });
    field.fire("input", { isComposing: false, inputType: "deleteContentBackward", data: null });
    field.fire("input", { isComposing: false, inputType: "insertLineBreak", data: null });
    assert.deepEqual(sent, ["+68", "-68", "+ff08", "-ff08", "+ff0d", "-ff0d"]);
    assert.equal(field.value.trim(), "");
    assert.ok(field.value.length > 0);
});

test("a text of several lines that is committed at once keeps its line breaks", () => {
    const { field, sent } = started();
    field.fire("input", { isComposing: false, inputType: "insertText", data: "a" });
    field.fire("input", { isComposing: false, inputType: "insertText", data: null });
    field.fire("input", { isComposing: false, inputType: "insertText", data: "b" });
    assert.deepEqual(sent, ["+61", "-61", "+ff0d", "-ff0d", "+62", "-62"]);
});

test("the escape keys reach the desktop as two keys that are let go of", () => {
    const { down, up, sent } = started();
    down("Control", "ControlLeft", { location: 1 });
    down("Alt", "AltLeft", { location: 1 });
    assert.equal(down("Shift", "ShiftLeft", { location: 1 }), true);
    assert.equal(down("c", "KeyC"), true);
    up("c", "KeyC");
    up("Shift", "ShiftLeft");
    up("Alt", "AltLeft");
    up("Control", "ControlLeft");
    assert.deepEqual(sent, ["+ffe3", "+ffe9", "-ffe9", "-ffe3"]);
});

test("without control the page keeps its keys", () => {
    const { down, remote, sent } = started();
    remote.setEnabled(false);
    assert.equal(down("Tab", "Tab"), false);
    assert.deepEqual(sent, []);
});

/**
 * A desktop whose clipboard is open, and takes a text when the test says so.
 */
function openClipboard() {
    /** @type {((isThere: boolean) => void)[]} */
    const answers = [];
    /** @type {string[]} */
    const texts = [];
    let shut = 0;
    return {
        texts,
        get shut() {
            return shut;
        },
        /** @param {boolean} isThere */
        answer: async (isThere) => {
            answers.shift()?.(isThere);
            await new Promise((resolve) => setImmediate(resolve));
        },
        target: {
            isOpen: true,
            isStale: (/** @type {string} */ text) => text === "stale",
            setShut: () => {
                shut++;
            },
            send: (/** @type {string} */ text) => {
                texts.push(text);
                return /** @type {Promise<boolean>} */ (
                    new Promise((resolve) => answers.push(resolve)));
            },
        },
    };
}

/**
 * Timers that run when the test says so.
 * @param {{ after: (fn: () => void) => void }} t
 */
function fakeTimers(t) {
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    /** @type {Map<number, () => void>} */
    const waiting = new Map();
    let last = 0;
    globalThis.setTimeout = /** @type {never} */ ((/** @type {() => void} */ fn) => {
        waiting.set(++last, fn);
        return last;
    });
    globalThis.clearTimeout = /** @type {never} */ ((/** @type {number} */ id) => {
        waiting.delete(id);
    });
    t.after(() => {
        globalThis.setTimeout = set;
        globalThis.clearTimeout = clear;
    });
    return {
        tick: () => {
            const due = [...waiting.values()];
            waiting.clear();
            due.forEach((fn) => fn());
        },
    };
}

/** @param {FakeElement} field @param {string} text */
function paste(field, text) {
    return field.fire("paste", { clipboardData: { getData: () => text } });
}

test("the key that pastes, and all behind it, wait until the text is on the desktop", async () => {
    const clipboard = openClipboard();
    const { down, up, field, sent } = started("Linux x86_64", clipboard.target);
    down("Control", "ControlLeft", { location: 1 });
    assert.equal(down("v", "KeyV", { ctrlKey: true }), false); // else no paste event comes
    assert.equal(paste(field, "text"), true);
    up("v", "KeyV", { ctrlKey: true });
    up("Control", "ControlLeft", { location: 1 });
    down("x", "KeyX");
    assert.deepEqual(sent, ["+ffe3"]);
    assert.deepEqual(clipboard.texts, ["text"]);
    await clipboard.answer(true);
    assert.deepEqual(sent, ["+ffe3", "+76", "-76", "-ffe3", "+78"]);
});

test("of what the desktop has copied since, the key alone goes", () => {
    const clipboard = openClipboard();
    const { down, up, field, sent } = started("Linux x86_64", clipboard.target);
    down("Control", "ControlLeft", { location: 1 });
    down("v", "KeyV", { ctrlKey: true });
    paste(field, "stale");
    up("v", "KeyV", { ctrlKey: true });
    assert.deepEqual(clipboard.texts, []);
    assert.deepEqual(sent, ["+ffe3", "+76", "-76"]);
});

test("Ctrl+Shift+V and Shift+Insert paste, too; with Alt nothing does", () => {
    const { down, up } = started("Linux x86_64", openClipboard().target);
    assert.equal(down("V", "KeyV", { ctrlKey: true, shiftKey: true }), false);
    up("V", "KeyV");
    assert.equal(down("Insert", "Insert", { shiftKey: true }), false);
    up("Insert", "Insert");
    assert.equal(down("v", "KeyV", { ctrlKey: true, altKey: true }), true);
    assert.equal(down("v", "KeyV"), true);
});

test("a text that does not arrive leaves out the key, which would paste something else", async () => {
    const clipboard = openClipboard();
    const { down, up, field, sent } = started("Linux x86_64", clipboard.target);
    down("Control", "ControlLeft", { location: 1 });
    down("v", "KeyV", { ctrlKey: true });
    paste(field, "text");
    up("v", "KeyV", { ctrlKey: true });
    up("Control", "ControlLeft", { location: 1 });
    await clipboard.answer(false);
    assert.deepEqual(sent, ["+ffe3", "-ffe3"]);
});

test("of two pastes in a row each key waits for its own text and the one before", async () => {
    const clipboard = openClipboard();
    const { down, up, field, sent } = started("Linux x86_64", clipboard.target);
    for (const text of ["one", "two"]) {
        down("v", "KeyV", { ctrlKey: true });
        paste(field, text);
        up("v", "KeyV", { ctrlKey: true });
    }
    await clipboard.answer(true);
    assert.deepEqual(sent, []);
    await clipboard.answer(true);
    assert.deepEqual(sent, ["+76", "-76", "+76", "-76"]);
});

test("a picture pastes what the desktop has; a browser that tells nothing is no lock", (t) => {
    const timers = fakeTimers(t);
    const clipboard = openClipboard();
    const { down, up, field, sent } = started("Linux x86_64", clipboard.target);
    down("v", "KeyV", { ctrlKey: true });
    paste(field, "");
    up("v", "KeyV", { ctrlKey: true });
    assert.deepEqual(sent, ["+76", "-76"]);
    assert.equal(clipboard.shut, 0);
    down("v", "KeyV", { ctrlKey: true });
    timers.tick();
    assert.deepEqual(sent, ["+76", "-76", "+76"]);
    assert.equal(clipboard.shut, 1);
    assert.deepEqual(clipboard.texts, []);
});

test("a menu pastes as Ctrl+V; without the right it types", async () => {
    const clipboard = openClipboard();
    const open = started("Linux x86_64", clipboard.target);
    paste(open.field, "menu");
    assert.deepEqual(open.sent, []);
    await clipboard.answer(true);
    assert.deepEqual(open.sent, ["+ffe3", "+76", "-76", "-ffe3"]);
    const shut = started();
    paste(shut.field, "ab");
    assert.deepEqual(shut.sent, ["+61", "-61", "+62", "-62"]);
    assert.equal(shut.down("v", "KeyV", { ctrlKey: true }), true); // a key as any other
});

test("what waits is forgotten when control goes", async () => {
    const clipboard = openClipboard();
    const { down, field, remote, sent } = started("Linux x86_64", clipboard.target);
    down("v", "KeyV", { ctrlKey: true });
    paste(field, "text");
    remote.setEnabled(false);
    remote.setEnabled(true);
    await clipboard.answer(true);
    assert.deepEqual(sent, []);
});
