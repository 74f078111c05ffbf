// escape.test.js - the keys that lead back from the desktop.

import assert from "node:assert/strict";
import test from "node:test";

import { EscapeKeys } from "../../web/js/input/escape.js";
import { on } from "../../web/js/lib/emitter.js";

function watched() {
    const keys = new EscapeKeys();
    /** @type {string[]} */
    const seen = [];
    on(keys, "armed", () => seen.push("armed"));
    on(keys, "command", (/** @type {{ code: string }} */ { code }) => seen.push(`command ${code}`));
    return { keys, seen };
}

test("the third key is swallowed, the first two are not", () => {
    const { keys, seen } = watched();
    assert.equal(keys.down("ControlLeft"), false);
    assert.equal(keys.down("AltLeft"), false);
    assert.equal(keys.down("ShiftRight"), true);
    assert.deepEqual(seen, ["armed"]);
});

test("alone they are a command when all are up", () => {
    const { keys, seen } = watched();
    for (const code of ["ShiftLeft", "AltLeft", "ControlLeft"]) {
        keys.down(code);
    }
    assert.equal(keys.up("ShiftLeft"), true);
    assert.equal(keys.up("AltLeft"), true);
    assert.deepEqual(seen, ["armed"]);
    keys.up("ControlLeft");
    assert.deepEqual(seen, ["armed", "command "]);
});

test("with a letter it is that command, once, and the letter is swallowed", () => {
    const { keys, seen } = watched();
    for (const code of ["ControlLeft", "AltLeft", "ShiftLeft"]) {
        keys.down(code);
    }
    assert.equal(keys.down("KeyC"), true);
    for (const code of ["KeyC", "ControlLeft", "AltLeft", "ShiftLeft"]) {
        assert.equal(keys.up(code), true);
    }
    assert.deepEqual(seen, ["armed", "command KeyC"]);
    assert.equal(keys.down("KeyC"), false);
});

test("a letter that is held is one command", () => {
    const { keys, seen } = watched();
    for (const code of ["ControlLeft", "AltLeft", "ShiftLeft"]) {
        keys.down(code);
    }
    keys.down("KeyF");
    assert.equal(keys.down("KeyF", true), true);
    assert.deepEqual(seen, ["armed", "command KeyF"]);
});

test("the right Ctrl, the right Alt and AltGr never trigger", () => {
    const { keys, seen } = watched();
    for (const code of ["ControlRight", "AltLeft", "ShiftLeft"]) {
        assert.equal(keys.down(code), false);
    }
    keys.reset();
    for (const code of ["ControlLeft", "AltRight", "ShiftLeft"]) {
        assert.equal(keys.down(code), false);
    }
    assert.deepEqual(seen, []);
});
