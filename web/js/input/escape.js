// escape.js - the keys that bring a person back from the desktop: left Ctrl, left Alt and Shift.
// With a letter they are a command of the page. AltGr is the right Alt and never triggers.
// Events:
//   armed             the third key went down: what the desktop holds must be let go of
//   command { code }  KeyboardEvent.code of the letter, "" when they were pressed alone

import { emit } from "../lib/emitter.js";

const GROUPS = [["ControlLeft"], ["AltLeft"], ["ShiftLeft", "ShiftRight"]];
const MEMBERS = new Set(GROUPS.flat());

export class EscapeKeys extends EventTarget {
    /** @type {Set<string>} */
    #held = new Set();
    #isArmed = false;
    #isUsed = false;

    /**
     * True: the desktop must not see it.
     * @param {string} code
     * @param {boolean} [isRepeat] the key is held: a command is given once
     */
    down(code, isRepeat = false) {
        if (MEMBERS.has(code)) {
            this.#held.add(code);
        }
        if (this.#isArmed) {
            if (!MEMBERS.has(code) && !isRepeat) {
                this.#isUsed = true;
                emit(this, "command", { code });
            }
            return true;
        }
        const isComplete = GROUPS.every((group) => group.some((key) => this.#held.has(key)));
        if (isComplete && MEMBERS.has(code)) {
            this.#isArmed = true;
            this.#isUsed = false;
            emit(this, "armed");
        }
        return this.#isArmed;
    }

    /** @param {string} code */
    up(code) {
        this.#held.delete(code);
        if (!this.#isArmed) {
            return false;
        }
        if (this.#held.size === 0) {
            this.#isArmed = false;
            if (!this.#isUsed) {
                emit(this, "command", { code: "" });
            }
        }
        return true;
    }

    /** The keyboard went elsewhere. */
    reset() {
        this.#held.clear();
        this.#isArmed = false;
    }
}
