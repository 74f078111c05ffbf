// pointer.js - mouse, pen and wheel over the stage. (Fingers: touch.js.)
// Events:
//   claim   a press while this page has no control; see passOn()

import { emit } from "../lib/emitter.js";
import { CLAMP_PX } from "../wire/geometry.js";
import { Wheel } from "../wire/wheel.js";

/** PointerEvent.buttons, bit by bit, and the X button it is. */
const BUTTONS = [
    { bit: 1, button: 1 },
    { bit: 4, button: 2 },
    { bit: 2, button: 3 },
    { bit: 8, button: 8 },
    { bit: 16, button: 9 },
];

/** A press that waits for control longer than this is not meant for what is there by then. */
const CLAIM_MS = 1500;

const KEYSYM_CONTROL_LEFT = 0xffe3;
const KEYSYM_CONTROL_RIGHT = 0xffe4;

/**
 * @typedef {object} Located
 * @property {import("../wire/geometry.js").Point} pixel
 * @property {number} outside CSS pixels
 * @typedef {(x: number, y: number) => Located} Locate
 */

export class Pointer extends EventTarget {
    #area;
    #remote;
    #locate;
    #wheel = new Wheel();
    #buttons = 0;
    /** @type {{ pixel: import("../wire/geometry.js").Point, bits: number, atMs: number } | null} */
    #claim = null;

    /**
     * @param {HTMLElement} area
     * @param {import("./remote.js").Remote} remote
     * @param {Locate} locate
     * @param {AbortSignal} signal
     */
    constructor(area, remote, locate, signal) {
        super();
        this.#area = area;
        this.#remote = remote;
        this.#locate = locate;
        for (const type of /** @type {const} */ (["pointerdown", "pointermove", "pointerup"])) {
            area.addEventListener(type, (event) => this.#onPointer(event), { signal });
        }
        for (const type of /** @type {const} */ (["pointercancel", "lostpointercapture"])) {
            area.addEventListener(type, (event) => this.#onLost(event), { signal });
        }
        area.addEventListener("wheel", (event) => this.#onWheel(event), {
            signal,
            passive: false,
        });
        for (const type of ["contextmenu", "dragstart", "auxclick"]) {
            area.addEventListener(type, (event) => event.preventDefault(), { signal });
        }
    }

    /** Control has come: the press that asked for it is sent after all. */
    passOn() {
        const claim = this.#claim;
        this.#claim = null;
        if (!claim || performance.now() - claim.atMs > CLAIM_MS) {
            return;
        }
        this.#remote.move(claim.pixel);
        for (const { bit, button } of BUTTONS) {
            if (claim.bits & bit) {
                this.#remote.buttonDown(button);
                if (!(this.#buttons & bit)) {
                    this.#remote.buttonUp(button);
                }
            }
        }
    }

    /** @param {PointerEvent} event */
    #onPointer(event) {
        if (event.pointerType === "touch") {
            return;
        }
        const { pixel, outside } = this.#locate(event.clientX, event.clientY);
        const isDragging = this.#buttons !== 0;
        if (outside <= CLAMP_PX || isDragging) {
            this.#remote.move(pixel);
            this.#setButtons(event, pixel);
        }
    }

    /**
     * Chorded buttons come as moves, and a button that was let go of outside of the window comes
     * as nothing at all: so the mask counts, not the kind of the event.
     * @param {PointerEvent} event
     * @param {import("../wire/geometry.js").Point} pixel
     */
    #setButtons(event, pixel) {
        const before = this.#buttons;
        this.#buttons = event.buttons;
        const pressed = event.buttons & ~before;
        if (pressed && before === 0) {
            this.#capture(event);
        }
        if (pressed && !this.#remote.isEnabled) {
            this.#claim = { pixel, bits: pressed, atMs: performance.now() };
            emit(this, "claim");
            return;
        }
        for (const { bit, button } of BUTTONS) {
            if (pressed & bit) {
                this.#remote.buttonDown(button);
            } else if (before & ~event.buttons & bit) {
                this.#remote.buttonUp(button);
            }
        }
    }

    /** @param {PointerEvent} event */
    #capture(event) {
        try {
            this.#area.setPointerCapture(event.pointerId);
        } catch {
            // The pointer is gone already; its end comes as a move.
        }
    }

    /** @param {PointerEvent} event */
    #onLost(event) {
        if (event.pointerType === "touch" || event.buttons !== 0) {
            return;
        }
        for (const { bit, button } of BUTTONS) {
            if (this.#buttons & bit) {
                this.#remote.buttonUp(button);
            }
        }
        this.#buttons = 0;
    }

    /** @param {WheelEvent} event */
    #onWheel(event) {
        event.preventDefault(); // also keeps Ctrl and wheel from zooming the page
        const { pixel, outside } = this.#locate(event.clientX, event.clientY);
        const clicks = this.#wheel.add(event);
        if (!clicks || outside > CLAMP_PX) {
            return;
        }
        this.#remote.move(pixel);
        // A pinch comes as a wheel with Ctrl that nobody holds.
        const isHeld = this.#remote.isDown(KEYSYM_CONTROL_LEFT)
            || this.#remote.isDown(KEYSYM_CONTROL_RIGHT);
        this.#remote.scroll(clicks.deltaX, clicks.deltaY, event.ctrlKey && !isHeld);
    }
}
