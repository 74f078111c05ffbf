// remote.js - the desktop's mouse and keyboard as this page holds them. Knows what is down, so
// that everything can be let go of, and sends nothing while somebody else has control.
// Events:
//   moved   read `position`

import { emit } from "../lib/emitter.js";
import * as channel from "../wire/channel.js";
import { Typist } from "./typist.js";

/** @typedef {import("../wire/geometry.js").Point} Point */

/** The server lets go of what is held by one who is silent for a second. */
const ALIVE_MS = 250;

export class Remote extends EventTarget {
    #send;
    #isEnabled = false;
    /** @type {Set<number>} */
    #keys = new Set();
    /** @type {Set<number>} */
    #buttons = new Set();
    /** @type {Point | null} */
    #position = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #alive;
    #typist;

    /** @param {(bytes: ArrayBuffer, canDrop?: boolean) => boolean} send */
    constructor(send) {
        super();
        this.#send = send;
        this.#typist = new Typist(send);
    }

    /** By whom all keys go, and all that the pointer does. */
    get typist() {
        return this.#typist;
    }

    get isEnabled() {
        return this.#isEnabled;
    }

    /** Where the pointer was put last, by us. */
    get position() {
        return this.#position;
    }

    /** @param {boolean} isEnabled */
    setEnabled(isEnabled) {
        if (this.#isEnabled === isEnabled) {
            return;
        }
        this.releaseAll();
        this.#isEnabled = isEnabled;
        this.#position = null;
        this.#typist.clear();
    }

    /** @param {Point} point */
    move(point) {
        if (!this.#isEnabled) {
            return;
        }
        if (this.#position?.x === point.x && this.#position.y === point.y) {
            return;
        }
        const bytes = channel.writeMove(point.x, point.y);
        if (this.#typist.point("move", bytes, 0, this.#buttons.size === 0)) {
            this.#position = point;
            emit(this, "moved");
        }
    }

    /** @param {number} button */
    buttonDown(button) {
        if (this.#isEnabled && !this.#buttons.has(button)) {
            this.#buttons.add(button);
            this.#typist.point("press", channel.writeButtonDown(button), button);
            this.#hold();
        }
    }

    /** @param {number} button */
    buttonUp(button) {
        if (this.#buttons.delete(button)) {
            this.#typist.point("release", channel.writeButtonUp(button), button);
            this.#hold();
        }
    }

    /** @param {number} button */
    click(button) {
        this.buttonDown(button);
        this.buttonUp(button);
    }

    /**
     * @param {number} deltaX
     * @param {number} deltaY
     * @param {boolean} withControl
     */
    scroll(deltaX, deltaY, withControl) {
        if (this.#isEnabled) {
            this.#typist.scroll(deltaX, deltaY, withControl);
        }
    }

    /** @param {number} keysym */
    keyDown(keysym) {
        if (this.#isEnabled && !this.#keys.has(keysym)) {
            this.#keys.add(keysym);
            this.#typist.push(keysym, true);
            this.#hold();
        }
    }

    /** @param {number} keysym */
    keyUp(keysym) {
        if (this.#keys.delete(keysym)) {
            this.#typist.push(keysym, false);
            this.#hold();
        }
    }

    /** @param {number} keysym */
    press(keysym) {
        this.keyDown(keysym);
        this.keyUp(keysym);
    }

    /** @param {string} text */
    type(text) {
        if (this.#isEnabled) {
            this.#typist.type(text);
        }
    }

    /** @param {number} keysym */
    isDown(keysym) {
        return this.#keys.has(keysym);
    }

    releaseAll() {
        for (const keysym of [...this.#keys].reverse()) {
            this.keyUp(keysym);
        }
        for (const button of [...this.#buttons]) {
            this.buttonUp(button);
        }
    }

    /** Says that we are there for as long as anything is down. */
    #hold() {
        const isHolding = this.#keys.size + this.#buttons.size > 0;
        if (isHolding && this.#alive === undefined) {
            this.#alive = setInterval(() => this.#send(channel.writeAlive(), true), ALIVE_MS);
        } else if (!isHolding) {
            clearInterval(this.#alive);
            this.#alive = undefined;
        }
    }
}
