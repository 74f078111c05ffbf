// wheel.js - from wheel events of many kinds to whole clicks of an X wheel.

/** A wheel reports 120 a notch (WheelEvent.wheelDelta); a trackpad reports pixels. */
const NOTCH = 120;
const PX_PER_CLICK = 50;
const LINES_PER_CLICK = 3;
const CLICKS_PER_PAGE = 10;

/** More than this at once is a flick whose rest nobody waits for. */
const MAX_CLICKS = 10;

/**
 * @typedef {object} WheelLike
 * @property {number} deltaX
 * @property {number} deltaY
 * @property {number} deltaMode
 * @property {number} [wheelDeltaX]
 * @property {number} [wheelDeltaY]
 */

/**
 * @param {number} delta
 * @param {number} mode 0 pixels, 1 lines, 2 pages
 * @param {number | undefined} wheelDelta
 */
function clicksOf(delta, mode, wheelDelta) {
    if (delta === 0) {
        return 0;
    }
    if (mode === 1) {
        return delta / LINES_PER_CLICK;
    }
    if (mode === 2) {
        return delta * CLICKS_PER_PAGE;
    }
    if (wheelDelta && wheelDelta % NOTCH === 0) {
        return -wheelDelta / NOTCH;
    }
    return delta / PX_PER_CLICK;
}

export class Wheel {
    #x = 0;
    #y = 0;

    /**
     * Adds an event. Returns whole clicks in the sense of the data channel (positive: left, up),
     * or null while they do not make one yet.
     * @param {WheelLike} event
     * @returns {{ deltaX: number, deltaY: number } | null}
     */
    add(event) {
        // Asked first: Firefox reports lines only to pages that look at the mode before the delta.
        const mode = event.deltaMode;
        return this.addClicks(
            clicksOf(event.deltaX, mode, event.wheelDeltaX),
            clicksOf(event.deltaY, mode, event.wheelDeltaY),
        );
    }

    /**
     * @param {number} x clicks to the right, fractions too
     * @param {number} y clicks down
     */
    addClicks(x, y) {
        this.#x = turned(this.#x, x);
        this.#y = turned(this.#y, y);
        const clicksX = whole(this.#x);
        const clicksY = whole(this.#y);
        if (clicksX === 0 && clicksY === 0) {
            return null;
        }
        this.#x -= clicksX;
        this.#y -= clicksY;
        return { deltaX: bounded(-clicksX), deltaY: bounded(-clicksY) };
    }

    reset() {
        this.#x = 0;
        this.#y = 0;
    }
}

/**
 * The rest of one direction does not count against the other.
 * @param {number} sum
 * @param {number} delta
 */
function turned(sum, delta) {
    return Math.sign(sum) * Math.sign(delta) < 0 ? delta : sum + delta;
}

/** @param {number} value */
function whole(value) {
    // Three thirds of a click are one.
    return Math.trunc(value + Math.sign(value) * 1e-6);
}

/** @param {number} clicks */
function bounded(clicks) {
    return Math.min(MAX_CLICKS, Math.max(-MAX_CLICKS, clicks)) || 0;
}
