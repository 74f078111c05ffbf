// clipboard.js - text between this device's clipboard and the desktop's, without DOM: what is pasted
// goes to the desktop; what the desktop copies goes to the browser's clipboard, or is offered when
// the browser does not take it (no permission, no focus, or a page by plain HTTP).
// Events:
//   change   `note` differs

import { emit, on } from "../lib/emitter.js";

const NOTE_MS = 6000;

/** The server takes no more; in UTF-8. */
const BYTES_MAX = 1024 * 1024;

/**
 * @typedef {"" | "copied" | "shut" | "failed" | "tooLarge"} ClipNote
 * "copied": on the desktop, and not here; "shut": the browser did not tell what is pasted
 *
 * @typedef {object} ClipActs how it is done
 * @property {(text: string) => Promise<void>} send to the desktop's clipboard
 * @property {(text: string) => Promise<void>} write to this device's; rejects when it is refused
 */

export class Clipboard extends EventTarget {
    #room;
    #acts;
    #copied = "";
    /** The desktop's text is not in this device's clipboard yet. */
    #isOffered = false;
    /** The desktop has copied something that has not come into this device's clipboard. */
    #isAhead = false;
    /** Since then another program of this device may have copied something. */
    #mayDiffer = false;
    /** What this device's clipboard had when that was known last. */
    #here = "";
    #hasFocus = true;
    /** @type {ClipNote} */
    #note = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /**
     * @param {import("../wire/room.js").Room} room
     * @param {ClipActs} acts
     */
    constructor(room, acts) {
        super();
        this.#room = room;
        this.#acts = acts;
        on(room, "control", () => this.#onControl());
    }

    /** May I paste to the desktop, and get what it copies? */
    get isOpen() {
        return this.#room.hasControl && (this.#room.self?.canCopy ?? false);
    }

    /** What the desktop copied last, "" for nothing. */
    get copied() {
        return this.#copied;
    }

    /** What there is to say just now. */
    get note() {
        return this.#note;
    }

    /**
     * Puts a text into the desktop's clipboard. True: a key that is sent from now on pastes it.
     * @param {string} text
     */
    async send(text) {
        if (new TextEncoder().encode(text).length > BYTES_MAX) {
            this.#setNote("tooLarge");
            return false;
        }
        try {
            await this.#acts.send(text);
            this.#isAhead = false;
            return true;
        } catch {
            this.#setNote("failed");
            return false;
        }
    }

    /**
     * Has the desktop copied something after this device did? Then a key pastes that, and the text
     * of this device's clipboard must not take its place. No browser tells when its clipboard changes:
     * it has not while the page had the focus, nor when it has the text that it had before.
     * @param {string} text that a key is to paste
     */
    isStale(text) {
        const isSame = text === this.#here;
        this.#here = text;
        this.#isAhead = this.#isAhead && (isSame || !this.#mayDiffer);
        return this.#isAhead;
    }

    /** A key was to paste, and the browser has told no text. */
    setShut() {
        this.#setNote("shut");
    }

    /**
     * The desktop has copied a text.
     * @param {string} text
     */
    async onCopied(text) {
        if (!this.isOpen) {
            return;
        }
        this.#copied = text;
        this.#isOffered = true;
        this.#getAhead();
        if (!await this.copy()) {
            this.#setNote("copied");
        }
    }

    /**
     * The desktop has copied what does not come here: a text that is too long, or no text.
     * @param {boolean} isTooLarge
     */
    onSkipped(isTooLarge) {
        if (!this.isOpen) {
            return;
        }
        this.#copied = ""; // an older text is not what the desktop has
        this.#isOffered = false;
        this.#getAhead();
        this.#setNote(isTooLarge ? "tooLarge" : "");
    }

    #getAhead() {
        this.#isAhead = true;
        this.#mayDiffer = !this.#hasFocus;
    }

    /** This device copies something, in the page itself. */
    onDeviceCopies() {
        this.#mayDiffer = true;
        this.#here = "";
    }

    onBlur() {
        this.#hasFocus = false;
        this.#mayDiffer = true;
    }

    /** The page has the focus again: now the browser may take what it did not take before. */
    async onFocus() {
        this.#hasFocus = this.#mayDiffer = true;
        if (this.#isOffered) {
            await this.copy();
        }
    }

    /** Copies what the desktop has copied to this device. False: the browser refuses. */
    async copy() {
        const text = this.#copied;
        try {
            await this.#acts.write(text);
        } catch {
            return false;
        }
        this.#here = text;
        if (text === this.#copied) {
            this.#isOffered = this.#isAhead = false;
            if (this.#note === "copied") {
                this.#setNote("");
            }
        }
        return true;
    }

    /** What one person has seen is not offered in the stay of control after the next. */
    #onControl() {
        if (!this.isOpen) {
            this.#copied = this.#here = "";
            this.#isOffered = this.#isAhead = false;
            this.#setNote("");
        }
    }

    /** @param {ClipNote} note */
    #setNote(note) {
        clearTimeout(this.#timer);
        if (note) {
            this.#timer = setTimeout(() => this.#setNote(""), NOTE_MS);
        }
        if (note !== this.#note) {
            this.#note = note;
            emit(this, "change");
        }
    }
}

/**
 * Writes to this device's clipboard; rejects when the browser refuses. A page by plain HTTP has only
 * the old way, which the browser allows in a click.
 * @param {string} text
 */
export async function writeToDevice(text) {
    if (navigator.clipboard) {
        if (!document.hasFocus()) {
            throw new Error("the page has no focus");
        }
        await navigator.clipboard.writeText(text);
        return;
    }
    const onCopy = (/** @type {ClipboardEvent} */ event) => {
        event.clipboardData?.setData("text/plain", text);
        event.preventDefault();
        event.stopImmediatePropagation();
    };
    document.addEventListener("copy", onCopy, { capture: true });
    const isDone = document.execCommand("copy");
    document.removeEventListener("copy", onCopy, { capture: true });
    if (!isDone) {
        throw new Error("the browser refuses");
    }
}
