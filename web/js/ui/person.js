// person.js - how a person looks: initial and colour.

import { element } from "../lib/element.js";

const COLOURS = 8;

/**
 * 1 is always oneself, the others go by their id.
 * @param {string} id
 * @param {string} selfId
 */
export function personColour(id, selfId) {
    if (id === selfId) {
        return 1;
    }
    let hash = 0x811c9dc5; // FNV-1a
    for (const character of id) {
        hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    }
    return 2 + (hash % (COLOURS - 1));
}

/** @param {string} name */
export function initial(name) {
    // A Chinese given name ends the whole name; its last character tells people apart.
    const letters = [...name.trim()];
    const last = letters[letters.length - 1] ?? "?";
    const first = letters[0] ?? "?";
    const letter = /\p{Script=Han}/u.test(last) ? last : first;
    const capital = letter.toUpperCase();
    return [...capital].length === 1 ? capital : letter; // there is none of one letter for "ß"
}

/**
 * @param {string} name
 * @param {number} colour
 */
export function avatar(name, colour) {
    return element(
        "span",
        { class: "avatar", "data-colour": String(colour), "aria-hidden": "true" },
        initial(name),
    );
}
