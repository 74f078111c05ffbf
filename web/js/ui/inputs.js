// inputs.js - mouse, fingers and keys of the stage, as one: when they are the desktop's, and when a
// press asks for control instead.
// Events:
//   claim              a press on the picture without having control
//   command { code }   the escape keys

import { emit, on } from "../lib/emitter.js";
import { EscapeKeys } from "../input/escape.js";
import { Keyboard } from "../input/keyboard.js";
import { Pointer } from "../input/pointer.js";
import { Remote } from "../input/remote.js";
import { Touch } from "../input/touch.js";

export class Inputs extends EventTarget {
    #stage;
    #remote;
    #pointer;
    #keyboard;
    #isTouching = false;

    /**
     * @param {import("./stage.js").Stage} stage
     * @param {(bytes: ArrayBuffer, canDrop?: boolean) => boolean} send
     * @param {import("../input/paste.js").Target} clipboard the desktop's
     * @param {AbortSignal} signal
     */
    constructor(stage, send, clipboard, signal) {
        super();
        this.#stage = stage;
        const area = stage.root;
        /** @type {import("../input/pointer.js").Locate} */
        const locate = (x, y) => stage.locate(x, y);
        this.#remote = new Remote(send);
        this.#pointer = new Pointer(area, this.#remote, locate, signal);
        const touch = new Touch(area, this.#remote, locate, signal);
        const escape = new EscapeKeys();
        this.#keyboard = new Keyboard(stage.field, this.#remote, escape, clipboard,
            navigator.platform, signal);
        on(this.#pointer, "claim", () => emit(this, "claim"));
        on(touch, "claim", () => emit(this, "claim"));
        on(escape, "command", (detail) => emit(this, "command", detail));
        area.addEventListener("pointerdown", (event) => this.#onPress(event), { signal });
        // Else the browser takes the focus away from the field.
        area.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
        this.#hearEscape(escape, signal);
        const release = () => this.#keyboard.releaseAll();
        window.addEventListener("blur", release, { signal });
        window.addEventListener("pagehide", release, { signal });
        document.addEventListener("visibilitychange", release, { signal });
        stage.field.addEventListener("blur", () => {
            stage.field.inputMode = "none";
        }, { signal });
    }

    /**
     * The escape keys count wherever the focus is; those in the field go by the keyboard.
     * @param {EscapeKeys} escape
     * @param {AbortSignal} signal
     */
    #hearEscape(escape, signal) {
        /** @type {(isTaken: (event: KeyboardEvent) => boolean) => (event: KeyboardEvent) => void} */
        const outside = (isTaken) => (event) => {
            if (event.target !== this.#stage.field && isTaken(event)) {
                event.preventDefault();
            }
        };
        const options = { capture: true, signal };
        document.addEventListener("keydown",
            outside((event) => escape.down(event.code, event.repeat)), options);
        document.addEventListener("keyup", outside((event) => escape.up(event.code)), options);
        window.addEventListener("blur", () => escape.reset(), { signal });
    }

    get remote() {
        return this.#remote;
    }

    /** Fingers have no pointer of their own: then the desktop's is drawn. */
    get isTouching() {
        return this.#isTouching;
    }

    /**
     * @param {boolean} isMine
     * @param {boolean} passesOn send the press that asked for control
     */
    setControl(isMine, passesOn) {
        const isNew = isMine && !this.#remote.isEnabled;
        if (!isMine) {
            this.#keyboard.releaseAll();
        }
        this.#remote.setEnabled(isMine);
        if (!isNew) {
            return;
        }
        this.focus();
        if (passesOn) {
            this.#pointer.passOn();
        }
    }

    /**
     * Pastes a text on the desktop.
     * @param {string} text
     */
    paste(text) {
        this.#keyboard.paste(text);
    }

    focus() {
        this.#stage.field.focus({ preventScroll: true });
    }

    /** Shows or hides the on-screen keyboard of a phone. */
    toggleKeys() {
        const { field } = this.#stage;
        const isShown = document.activeElement === field && field.inputMode === "text";
        field.blur();
        if (!isShown) {
            field.inputMode = "text";
            this.focus();
        }
    }

    /** @param {PointerEvent} event */
    #onPress(event) {
        this.#isTouching = event.pointerType === "touch";
        if (!this.#isTouching) {
            this.focus();
        }
    }
}
