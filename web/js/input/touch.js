// touch.js - fingers on the picture: tap clicks, a long press is the right button, press and slide
// drags, two fingers scroll.
// Events:
//   claim   a tap while this page has no control

import { emit } from "../lib/emitter.js";
import { CLAMP_PX } from "../wire/geometry.js";
import { Wheel } from "../wire/wheel.js";

const RIGHT_MS = 500;
const DRAG_MS = 250;
/** A finger that rests wanders by this much. */
const SLOP_PX = 10;
const PX_PER_CLICK = 30;

const LEFT = 1;
const RIGHT = 3;

/** @typedef {import("../wire/geometry.js").Point} Point */

export class Touch extends EventTarget {
    #area;
    #remote;
    #locate;
    #wheel = new Wheel();
    /** Fingers that are down, by pointer id, in CSS pixels. */
    /** @type {Map<number, Point>} */
    #fingers = new Map();
    /** @type {"none" | "tap" | "drag" | "scroll" | "done"} */
    #gesture = "none";
    #start = { x: 0, y: 0, atMs: 0 };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /**
     * @param {HTMLElement} area
     * @param {import("./remote.js").Remote} remote
     * @param {import("./pointer.js").Locate} locate
     * @param {AbortSignal} signal
     */
    constructor(area, remote, locate, signal) {
        super();
        this.#area = area;
        this.#remote = remote;
        this.#locate = locate;
        /** @type {[string, (event: PointerEvent) => void][]} */
        const listeners = [
            ["pointerdown", (event) => this.#onDown(event)],
            ["pointermove", (event) => this.#onMove(event)],
            ["pointerup", (event) => this.#onUp(event)],
            ["pointercancel", (event) => this.#onCancel(event)],
        ];
        for (const [type, listener] of listeners) {
            area.addEventListener(
                type,
                (event) => {
                    const pointer = /** @type {PointerEvent} */ (event);
                    if (pointer.pointerType === "touch") {
                        listener(pointer);
                    }
                },
                { signal },
            );
        }
    }

    /** @param {PointerEvent} event */
    #onDown(event) {
        const point = { x: event.clientX, y: event.clientY };
        this.#fingers.set(event.pointerId, point);
        this.#area.setPointerCapture(event.pointerId);
        clearTimeout(this.#timer);
        if (this.#fingers.size === 1 && this.#locate(point.x, point.y).outside <= CLAMP_PX) {
            this.#gesture = "tap";
            this.#start = { ...point, atMs: performance.now() };
            this.#timer = setTimeout(() => this.#onHeld(), RIGHT_MS);
        } else if (this.#fingers.size === 2 && this.#gesture === "tap") {
            this.#gesture = "scroll";
            this.#wheel.reset();
            this.#moveTo(this.#middle());
        }
    }

    /** @param {PointerEvent} event */
    #onMove(event) {
        const before = this.#fingers.get(event.pointerId);
        if (!before) {
            return;
        }
        const point = { x: event.clientX, y: event.clientY };
        this.#fingers.set(event.pointerId, point);
        if (this.#gesture === "tap") {
            this.#onSlide(point);
        } else if (this.#gesture === "drag") {
            this.#moveTo(point);
        } else if (this.#gesture === "scroll") {
            this.#scroll((point.x - before.x) / 2, (point.y - before.y) / 2);
        }
    }

    /** @param {PointerEvent} event */
    #onUp(event) {
        const gesture = this.#gesture;
        this.#fingers.delete(event.pointerId);
        clearTimeout(this.#timer);
        if (gesture === "tap") {
            this.#tap(LEFT);
        } else if (gesture === "drag") {
            this.#remote.buttonUp(LEFT);
            this.#gesture = "done";
        }
        if (this.#fingers.size === 0) {
            this.#gesture = "none";
        }
    }

    /** @param {PointerEvent} event */
    #onCancel(event) {
        this.#fingers.delete(event.pointerId);
        clearTimeout(this.#timer);
        this.#remote.buttonUp(LEFT);
        this.#gesture = this.#fingers.size === 0 ? "none" : "done";
    }

    /** @param {Point} point */
    #onSlide(point) {
        const { x, y, atMs } = this.#start;
        if (Math.hypot(point.x - x, point.y - y) < SLOP_PX) {
            return;
        }
        clearTimeout(this.#timer);
        if (performance.now() - atMs < DRAG_MS || !this.#remote.isEnabled) {
            this.#gesture = "done"; // a swipe means nothing while nothing is zoomed
            return;
        }
        this.#gesture = "drag";
        this.#moveTo(this.#start);
        this.#remote.buttonDown(LEFT);
        this.#moveTo(point);
    }

    #onHeld() {
        this.#tap(RIGHT);
        navigator.vibrate?.(10);
    }

    /** @param {number} button */
    #tap(button) {
        this.#gesture = "done";
        if (!this.#remote.isEnabled) {
            emit(this, "claim");
            return;
        }
        this.#moveTo(this.#start);
        this.#remote.click(button);
    }

    #middle() {
        const [first, second] = [...this.#fingers.values()];
        return { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 };
    }

    /** @param {Point} point */
    #moveTo(point) {
        this.#remote.move(this.#locate(point.x, point.y).pixel);
    }

    /**
     * What lies under the fingers goes with them.
     * @param {number} dx
     * @param {number} dy
     */
    #scroll(dx, dy) {
        const clicks = this.#wheel.addClicks(-dx / PX_PER_CLICK, -dy / PX_PER_CLICK);
        if (clicks) {
            this.#remote.scroll(clicks.deltaX, clicks.deltaY, false);
        }
    }
}
