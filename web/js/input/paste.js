// paste.js - the keys and menus that paste. The browser's paste event brings the text without asking
// for a permission, on a page by plain HTTP as well. So a key that pastes is left to the browser,
// and it and all later keys wait until the text is on the desktop.

const CONTROL = 0xffe3;
const LETTER_V = 0x76;

/** A browser that fires the paste event does so within the same turn; this is for slow machines. */
const EVENT_MS = 150;

/**
 * @typedef {object} Target the desktop's clipboard
 * @property {boolean} isOpen may I paste there?
 * @property {(text: string) => Promise<boolean>} send true: the text is there
 * @property {(text: string) => boolean} isStale the desktop has copied something since
 * @property {() => void} setShut a key was to paste, and the browser has told no text
 */

export class Paste {
    #remote;
    #target;
    /** The key that waits for its paste event; 0: none. */
    #keysym = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /**
     * @param {HTMLTextAreaElement} field
     * @param {import("./remote.js").Remote} remote
     * @param {Target} target
     * @param {AbortSignal} signal
     */
    constructor(field, remote, target, signal) {
        this.#remote = remote;
        this.#target = target;
        field.addEventListener("paste", (event) => this.#onPaste(event), { signal });
    }

    /**
     * A key goes down. True: it pastes, and the browser has to have it. The caller sends it as any
     * other: the remote keeps it until the text is there.
     * @param {KeyboardEvent} event
     * @param {number} keysym
     */
    begins(event, keysym) {
        if (!this.#target.isOpen || event.repeat || !isPasteKey(event)) {
            return false;
        }
        this.#remote.typist.hold();
        this.#keysym = keysym;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#keysym = 0;
            this.#target.setShut();
            this.#remote.typist.letGo();
        }, EVENT_MS);
        return true;
    }

    /**
     * Pastes a text on the desktop as Ctrl+V does.
     * @param {string} text
     */
    async send(text) {
        this.#remote.typist.hold();
        this.#remote.keyDown(CONTROL);
        this.#remote.press(LETTER_V);
        this.#remote.keyUp(CONTROL);
        await this.#deliver(text, LETTER_V);
    }

    /** @param {ClipboardEvent} event */
    #onPaste(event) {
        const text = event.clipboardData?.getData("text/plain") ?? "";
        const keysym = this.#keysym;
        event.preventDefault();
        clearTimeout(this.#timer);
        this.#keysym = 0;
        if (keysym && text && !this.#target.isStale(text)) {
            this.#deliver(text, keysym);
        } else if (keysym) {
            this.#remote.typist.letGo(); // here is a picture, say: the key pastes what the desktop has
        } else if (text && this.#target.isOpen) {
            this.send(text); // from a menu
        } else {
            this.#remote.type(text);
        }
    }

    /**
     * @param {string} text
     * @param {number} keysym that pastes; it is dropped when the text does not arrive, since it
     *     would paste something else
     */
    async #deliver(text, keysym) {
        const isThere = await this.#target.send(text);
        this.#remote.typist.letGo(isThere ? 0 : keysym);
    }
}

/** @param {KeyboardEvent} event */
function isPasteKey(event) {
    if (event.altKey) {
        return false;
    }
    return event.key.toLowerCase() === "v" ? event.ctrlKey || event.metaKey
        : event.key === "Insert" && event.shiftKey && !event.ctrlKey;
}
