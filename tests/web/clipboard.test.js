// clipboard.test.js - what the page says and does about texts that are copied.

import assert from "node:assert/strict";
import test from "node:test";

import { DetailEvent } from "../../web/js/lib/emitter.js";
import { Clipboard } from "../../web/js/ui/clipboard.js";

/** @param {{ canCopy?: boolean }} [rights] */
function started({ canCopy = true } = {}) {
    const room = Object.assign(new EventTarget(), { hasControl: true, self: { canCopy } });
    /** @type {string[]} */
    const written = [];
    /** @type {string[]} */
    const sent = [];
    const state = { isRefusing: false };
    const clipboard = new Clipboard(/** @type {never} */ (room), {
        write: async (text) => {
            if (state.isRefusing) {
                throw new Error("refused");
            }
            written.push(text);
        },
        send: async (text) => {
            if (state.isRefusing) {
                throw new Error("refused");
            }
            sent.push(text);
        },
    });
    return { room, clipboard, written, sent, state };
}

test("what the desktop copies is on this device at once, without a word", async () => {
    const { clipboard, written } = started();
    await clipboard.onCopied("text");
    assert.deepEqual(written, ["text"]);
    assert.equal(clipboard.note, "");
});

test("a browser that refuses is offered the text, and again when it has the focus", async () => {
    const { clipboard, written, state } = started();
    state.isRefusing = true;
    await clipboard.onCopied("text");
    assert.equal(clipboard.note, "copied");
    assert.equal(await clipboard.copy(), false);
    assert.equal(clipboard.note, "copied");
    state.isRefusing = false;
    await clipboard.onFocus();
    assert.deepEqual(written, ["text"]);
    assert.equal(clipboard.note, "");
    await clipboard.onFocus(); // once is enough: meanwhile this device may have copied something
    assert.deepEqual(written, ["text"]);
});

test("a text of the desktop that is too long is told, and no older one is offered", async () => {
    const { clipboard, written, state } = started();
    state.isRefusing = true;
    await clipboard.onCopied("older");
    clipboard.onSkipped(true);
    assert.equal(clipboard.note, "tooLarge");
    assert.equal(clipboard.copied, "");
    state.isRefusing = false;
    await clipboard.onFocus();
    assert.deepEqual(written, []);
});

test("what is no text takes the place of an older text without a word", async () => {
    const { clipboard, state } = started();
    state.isRefusing = true;
    await clipboard.onCopied("older");
    clipboard.onSkipped(false);
    assert.equal(clipboard.note, "");
    assert.equal(clipboard.copied, "");
});

test("what this device had before the desktop copied is stale, until it may differ", async () => {
    const { clipboard } = started();
    assert.equal(clipboard.isStale("old"), false);
    await clipboard.send("old");
    clipboard.onSkipped(false);
    assert.equal(clipboard.isStale("old"), true);
    assert.equal(clipboard.isStale("older"), true); // nobody can have copied it since
    clipboard.onBlur();
    await clipboard.onFocus();
    assert.equal(clipboard.isStale("older"), true); // still the same
    assert.equal(clipboard.isStale("new"), false);
    assert.equal(clipboard.isStale("new"), false); // the first time it did not arrive
    await clipboard.send("new");
    assert.equal(clipboard.isStale("new"), false);
});

test("a copy in the page, or of the desktop while the page has no focus, leaves it open", () => {
    const { clipboard } = started();
    clipboard.onSkipped(true);
    clipboard.onDeviceCopies();
    assert.equal(clipboard.isStale("new"), false);
    clipboard.onBlur();
    clipboard.onSkipped(true);
    assert.equal(clipboard.isStale("newer"), false);
});

test("a text that the browser has taken over is not stale, one that it refuses is", async () => {
    const { clipboard, state } = started();
    await clipboard.onCopied("text");
    assert.equal(clipboard.isStale("text"), false);
    state.isRefusing = true;
    await clipboard.onCopied("next");
    assert.equal(clipboard.isStale("text"), true);
});

test("only who has control and the right is told", async () => {
    const { clipboard, room, written } = started();
    room.hasControl = false;
    await clipboard.onCopied("text");
    assert.deepEqual(written, []);
    const other = started({ canCopy: false });
    await other.clipboard.onCopied("text");
    assert.deepEqual(other.written, []);
    assert.equal(other.clipboard.isOpen, false);
});

test("with control goes what was copied under it", async () => {
    const { clipboard, room, written, state } = started();
    state.isRefusing = true;
    await clipboard.onCopied("secret");
    room.hasControl = false;
    room.dispatchEvent(new DetailEvent("control", {}));
    assert.equal(clipboard.note, "");
    assert.equal(clipboard.copied, "");
    state.isRefusing = false;
    await clipboard.onFocus();
    assert.deepEqual(written, []);
});

test("a text that does not arrive, or is too large, is told", async () => {
    const { clipboard, sent, state } = started();
    assert.equal(await clipboard.send("text"), true);
    assert.deepEqual(sent, ["text"]);
    state.isRefusing = true;
    assert.equal(await clipboard.send("text"), false);
    assert.equal(clipboard.note, "failed");
    state.isRefusing = false;
    assert.equal(await clipboard.send("\u4e2d".repeat(400000)), false); // 1.2 MB of UTF-8
    assert.equal(clipboard.note, "tooLarge");
    assert.deepEqual(sent, ["text"]);
});
