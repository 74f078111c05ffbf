// keyboard.js - keys for the desktop, taken from a hidden text field, so that dead keys, input
// methods and on-screen keyboards work: what they compose is typed as characters.

import { eventKeysym } from "../wire/keysyms.js";
import { Paste } from "./paste.js";

/** Windows says AltGr as a left Ctrl and, at once after it, the right Alt. */
const ALTGR_MS = 60;

/** Stands in the field so that an on-screen keyboard has something to delete. */
const PADDING = "    ";

/** Their state is in the characters already, and the desktop keeps its own. */
const LOCKS = new Set(["CapsLock", "NumLock", "ScrollLock"]);

/** @type {Record<string, number>} */
const EDITS = {
    deleteContentBackward: 0xff08,
    deleteWordBackward: 0xff08,
    deleteContentForward: 0xffff,
    insertLineBreak: 0xff0d,
    insertParagraph: 0xff0d,
};

const MODIFIER = /^(Shift|Control|Alt|Meta)(Left|Right)$/;

/** @param {string} platform */
export function isMacPlatform(platform) {
    return /mac|iphone|ipad/i.test(platform);
}

export class Keyboard {
    #field;
    #remote;
    #escape;
    #paste;
    #isMac;
    #isWindows;
    /** What was sent for each key that is down, by KeyboardEvent.code. */
    /** @type {Map<string, number>} */
    #held = new Map();
    /** @type {{ timer: ReturnType<typeof setTimeout>, keysym: number } | null} */
    #waitingControl = null;

    /**
     * @param {HTMLTextAreaElement} field
     * @param {import("./remote.js").Remote} remote
     * @param {import("./escape.js").EscapeKeys} escape
     * @param {import("./paste.js").Target} clipboard the desktop's
     * @param {string} platform navigator.platform
     * @param {AbortSignal} signal
     */
    constructor(field, remote, escape, clipboard, platform, signal) {
        this.#field = field;
        this.#remote = remote;
        this.#escape = escape;
        this.#isMac = isMacPlatform(platform);
        this.#isWindows = /win/i.test(platform);
        this.#paste = new Paste(field, remote, clipboard, signal);
        field.value = PADDING;
        field.addEventListener("keydown", (event) => this.#onDown(event), { signal });
        field.addEventListener("keyup", (event) => this.#onUp(event), { signal });
        field.addEventListener("compositionend", (event) => this.#onComposed(event), { signal });
        field.addEventListener(
            "input",
            (event) => this.#onInput(/** @type {InputEvent} */ (event)),
            { signal },
        );
        field.addEventListener("blur", () => {
            this.releaseAll();
            escape.reset(); // what comes up now is heard by nobody
        }, { signal });
        escape.addEventListener("armed", () => this.releaseAll(), { signal });
    }

    /** Lets go of everything, of the mouse's buttons too. */
    releaseAll() {
        if (this.#waitingControl) {
            clearTimeout(this.#waitingControl.timer);
            this.#waitingControl = null;
        }
        this.#held.clear();
        this.#remote.releaseAll();
    }

    /**
     * Pastes a text on the desktop, as Ctrl+V does.
     * @param {string} text
     */
    paste(text) {
        this.#paste.send(text);
    }

    /** @param {KeyboardEvent} event */
    #onDown(event) {
        if (this.#escape.down(event.code, event.repeat)) {
            event.preventDefault();
            return;
        }
        if (!this.#remote.isEnabled || event.isComposing || event.keyCode === 229) {
            return; // the field composes; Tab and the like work as anywhere without control
        }
        if (event.key === "Escape" && this.#remote.typist.percent >= 0) {
            event.preventDefault();
            this.#remote.typist.cancel();
            return;
        }
        if (LOCKS.has(event.key)) {
            event.preventDefault();
            return;
        }
        const keysym = eventKeysym(event, this.#isMac);
        if (!keysym) {
            return;
        }
        if (!this.#paste.begins(event, keysym)) {
            event.preventDefault();
        }
        if (this.#isAltGr(event, keysym)) {
            return;
        }
        this.#press(event, keysym);
    }

    /**
     * Holds a left Ctrl back for a moment on Windows, and forgets it if AltGr follows.
     * @param {KeyboardEvent} event
     * @param {number} keysym
     * @returns {boolean} true: nothing to send now
     */
    #isAltGr(event, keysym) {
        const waiting = this.#waitingControl;
        if (waiting) {
            clearTimeout(waiting.timer);
            this.#waitingControl = null;
            if (event.code !== "AltRight") {
                this.#hold("ControlLeft", waiting.keysym);
            }
        }
        if (!this.#isWindows || event.code !== "ControlLeft" || this.#held.has("ControlLeft")) {
            return false;
        }
        const timer = setTimeout(() => {
            this.#waitingControl = null;
            this.#hold("ControlLeft", keysym);
        }, ALTGR_MS);
        this.#waitingControl = { timer, keysym };
        return true;
    }

    /**
     * @param {KeyboardEvent} event
     * @param {number} keysym
     */
    #press(event, keysym) {
        if (this.#isMac && event.metaKey && !MODIFIER.test(event.code)) {
            this.#remote.press(keysym); // with Command no keyup follows
            return;
        }
        if (event.repeat && this.#held.has(event.code)) {
            return; // the desktop repeats by itself
        }
        this.#hold(event.code, keysym);
    }

    /**
     * @param {string} code
     * @param {number} keysym
     */
    #hold(code, keysym) {
        if (!code) {
            this.#remote.press(keysym); // an on-screen keyboard names no key
            return;
        }
        const before = this.#held.get(code);
        if (before !== undefined && before !== keysym) {
            this.#remote.keyUp(before);
        }
        this.#held.set(code, keysym);
        this.#remote.keyDown(keysym);
    }

    /** @param {KeyboardEvent} event */
    #onUp(event) {
        if (this.#escape.up(event.code)) {
            event.preventDefault();
            return;
        }
        if (event.code === "ControlLeft" && this.#waitingControl) {
            clearTimeout(this.#waitingControl.timer);
            this.#remote.press(this.#waitingControl.keysym);
            this.#waitingControl = null;
            return;
        }
        const keysym = this.#held.get(event.code);
        if (keysym !== undefined) {
            event.preventDefault();
            this.#held.delete(event.code);
            this.#remote.keyUp(keysym);
        }
        if (this.#isMac && /^Meta/.test(event.code)) {
            this.releaseAll(); // what went down with Command never comes up
        }
    }

    /** @param {CompositionEvent} event */
    #onComposed(event) {
        this.#remote.type(event.data);
        this.#clear();
    }

    /** @param {InputEvent} event */
    #onInput(event) {
        if (event.isComposing || /[cC]omposition/.test(event.inputType)) {
            return; // compositionend has all of it
        }
        const keysym = EDITS[event.inputType];
        if (keysym) {
            this.#remote.press(keysym);
        } else if (event.data) {
            this.#remote.type(event.data);
        } else if (event.inputType === "insertText") {
            this.#remote.type("\n"); // Chromium's word for a line break inside a committed text
        }
        this.#clear();
    }

    #clear() {
        this.#field.value = PADDING;
    }
}
