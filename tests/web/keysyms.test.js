// keysyms.test.js - from keys to X keysyms.

import assert from "node:assert/strict";
import test from "node:test";

import { characterKeysym, eventKeysym } from "../../web/js/wire/keysyms.js";

/**
 * @param {string} key
 * @param {string} code
 * @param {object} [rest]
 */
const event = (key, code, rest = {}) => ({
    key, code, location: 0, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, ...rest,
});

test("printable keys go by their character", () => {
    assert.equal(eventKeysym(event("a", "KeyA"), false), 0x61);
    assert.equal(eventKeysym(event("A", "KeyA"), false), 0x41);
    assert.equal(eventKeysym(event("é", "Digit2"), false), 0xe9);
    assert.equal(eventKeysym(event("€", "KeyE"), false), 0x010020ac);
    assert.equal(eventKeysym(event("д", "KeyL"), false), 0x01000434);
    assert.equal(eventKeysym(event("😀", ""), false), 0x0101f600);
    assert.equal(eventKeysym(event(" ", "Space"), false), 0x20);
});

test("named keys have their keysym, modifiers by side", () => {
    assert.equal(eventKeysym(event("Enter", "Enter"), false), 0xff0d);
    assert.equal(eventKeysym(event("ArrowLeft", "ArrowLeft"), false), 0xff51);
    assert.equal(eventKeysym(event("F1", "F1"), false), 0xffbe);
    assert.equal(eventKeysym(event("F12", "F12"), false), 0xffc9);
    assert.equal(eventKeysym(event("Shift", "ShiftLeft", { location: 1 }), false), 0xffe1);
    assert.equal(eventKeysym(event("Shift", "ShiftRight", { location: 2 }), false), 0xffe2);
    assert.equal(eventKeysym(event("Meta", "MetaLeft", { location: 1 }), false), 0xffeb);
    assert.equal(eventKeysym(event("AltGraph", "AltRight", { location: 2 }), false), 0xfe03);
});

test("the number block has its own keysyms", () => {
    assert.equal(eventKeysym(event("7", "Numpad7", { location: 3 }), false), 0xffb7);
    assert.equal(eventKeysym(event("Home", "Numpad7", { location: 3 }), false), 0xff95);
    assert.equal(eventKeysym(event("Enter", "NumpadEnter", { location: 3 }), false), 0xff8d);
    assert.equal(eventKeysym(event("NumLock", "NumLock", { location: 3 }), false), 0xff7f);
});

test("what composes has none", () => {
    for (const key of ["Dead", "Process", "Unidentified", "SomethingNew"]) {
        assert.equal(eventKeysym(event(key, "KeyA"), false), 0, key);
    }
});

test("a shortcut on a layout without Latin letters is the letter of the key", () => {
    assert.equal(eventKeysym(event("с", "KeyC", { ctrlKey: true }), false), 0x63);
    assert.equal(eventKeysym(event("С", "KeyC", { ctrlKey: true, shiftKey: true }), false), 0x43);
    assert.equal(eventKeysym(event("с", "KeyC"), false), 0x01000441);
    assert.equal(eventKeysym(event("é", "KeyE", { ctrlKey: true }), false), 0xe9);
});

test("Caps Lock is no Shift for a shortcut", () => {
    for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
        assert.equal(eventKeysym(event("C", "KeyC", held), false), 0x63);
        assert.equal(eventKeysym(event("C", "KeyC", { ...held, shiftKey: true }), false), 0x43);
    }
    assert.equal(eventKeysym(event("C", "KeyC", { metaKey: true }), true), 0x63);
    assert.equal(eventKeysym(event("C", "KeyC"), false), 0x43);
});

test("on a Mac Command is Ctrl and Option chooses characters", () => {
    assert.equal(eventKeysym(event("Meta", "MetaLeft", { location: 1 }), true), 0xffe3);
    assert.equal(eventKeysym(event("Alt", "AltLeft", { location: 1 }), true), 0xfe03);
    assert.equal(eventKeysym(event("€", "KeyE", { altKey: true }), true), 0x010020ac);
    assert.equal(eventKeysym(event("Å", "KeyA", { altKey: true }), true), 0xc5);
    assert.equal(eventKeysym(event("€", "KeyE", { altKey: true }), false), 0x65);
});

test("control characters are their keys", () => {
    assert.equal(characterKeysym("\n"), 0xff0d);
    assert.equal(characterKeysym("\t"), 0xff09);
    assert.equal(characterKeysym("\u0001"), 0);
});
