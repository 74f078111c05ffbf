// typist.js - keys and the pointer on their way to the desktop, in their order: at once as a rule,
// behind a text that goes as fast as the server takes it, or held back until a text is in the
// desktop's clipboard. A click that overtook a text would put the rest of it somewhere else.
// Events:
//   change                read `percent`
//   cut                   the end of a text was left out: it is longer than what may wait
//   stopped { percent }   control has gone in the middle of a text; the server has so much of it

import { emit } from "../lib/emitter.js";
import { writeKeyDown, writeKeyUp, writePing, writeScroll } from "../wire/channel.js";
import { characterKeysym } from "../wire/keysyms.js";

/** Of text that waits; in UTF-8. */
const BYTES_MAX = 64 * 1024;

/** The server takes 200 keys at once and 200 a second, and drops those beyond: a few are left for
 *  the keys of the person. On a line that stalls and then delivers all at once, no more may be
 *  under way than what fits beside a burst. */
const KEYS_PER_S = 180;
const BURST = 80;
const UNDER_WAY_MAX = 80;
/** After so many keys the server is asked whether it has them. */
const KEYS_PER_PING = 20;
const TICK_MS = 20;

/** A character that the desktop's keyboard lacks borrows a key, of which there are about so many,
 *  and keeps it for a while. */
const BORROWED_MAX = 24;
const BORROWED_MS = 500;

/** Of what the pointer does behind a text; the moves between are no more than twice as many. */
const ACTS_MAX = 64;
/** More than so many clicks of the wheel in one scroll the server leaves out. */
const CLICKS_MAX = 100;

/** A text is worth words when it has taken so long and takes as long again. */
const SHOW_MS = 500;

/**
 * @typedef {{ keysym: number, step: "down" | "up" | "text" }} Key
 * @typedef {"move" | "press" | "release" | "scroll"} PointerStep
 * @typedef {{ x: number, y: number, withControl: boolean }} Clicks of the wheel
 * @typedef {{ bytes: ArrayBuffer, step: PointerStep, button: number, clicks?: Clicks }} Act of the
 *     pointer
 * @typedef {Key | Act} Step
 */

/**
 * @param {Step} step
 * @returns {step is Act}
 */
function isAct(step) {
    return "bytes" in step;
}

/** @param {number} clicks */
function limitClicks(clicks) {
    return Math.max(-CLICKS_MAX, Math.min(CLICKS_MAX, clicks));
}

/** @param {number} keysym */
function isOnEveryKeyboard(keysym) {
    return keysym < 0x7f || (keysym & ~0xff) === 0xff00;
}

export class Typist extends EventTarget {
    #send;
    /** @type {Step[]} */
    #waiting = [];
    /** Those before it have gone. */
    #next = 0;
    #holds = 0;
    /** Keysyms that are not to be sent after all. */
    /** @type {Set<number>} */
    #dropped = new Set();
    /** Buttons that are down on the desktop. */
    /** @type {Set<number>} */
    #pressed = new Set();
    #tokens = BURST;
    #filledAt = performance.now();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;
    /** Keysyms outside of the keyboard and when each went last, the oldest first. */
    /** @type {Map<number, number>} */
    #borrowed = new Map();
    /** Characters that went since this stay of control began, and that the server has. */
    #sent = 0;
    #confirmed = 0;
    /** @type {{ atMs: number, sent: number }[]} */
    #pings = [];
    /** Characters of the text, those that have gone, and when the first one went. */
    #total = 0;
    #done = 0;
    #startedAt = 0;
    #isShown = false;
    #percent = -1;

    /** @param {(bytes: ArrayBuffer, canDrop?: boolean) => boolean} send */
    constructor(send) {
        super();
        this.#send = send;
    }

    /** How much of a text has been typed; -1: there is none that takes long. */
    get percent() {
        return this.#percent;
    }

    /**
     * A key of the person. Behind a text it waits; but what went down before the text comes up.
     * @param {number} keysym
     * @param {boolean} isDown
     */
    push(keysym, isDown) {
        /** @type {Key} */
        const key = { keysym, step: isDown ? "down" : "up" };
        const isBehindText = this.#done < this.#total;
        if (!this.isBusy) {
            this.#sendKey(key);
        } else if (isBehindText && this.#holds === 0 && !isDown && !this.#isWaiting(keysym)) {
            this.#sendKey(key);
        } else {
            this.#waiting.push(key);
        }
    }

    /**
     * What the pointer does waits as a key does; but a drag that began before the text goes on.
     * @param {PointerStep} step
     * @param {ArrayBuffer} bytes
     * @param {number} [button] of a press or a release
     * @param {boolean} [canDrop] a later one says the same
     * @returns {boolean} false: it was dropped
     */
    point(step, bytes, button = 0, canDrop) {
        const isDragging = step === "release" ? this.#pressed.has(button)
            : step === "move" && this.#pressed.size > 0;
        // A paste under way holds up what it might go astray by, not the pointer alone.
        const isBusy = step !== "move" ? this.isBusy
            : this.#done < this.#total || this.#acts.length > 0;
        if (!isBusy || isDragging) {
            this.#notePressed(step, button);
            return this.#send(bytes, canDrop);
        }
        if (step === "move" && this.#last?.step === "move") {
            this.#waiting.pop();
        }
        return this.#wait({ bytes, step, button });
    }

    /**
     * The wheel; turns of it that wait one behind the other are one.
     * @param {number} deltaX clicks
     * @param {number} deltaY
     * @param {boolean} withControl
     */
    scroll(deltaX, deltaY, withControl) {
        if (!this.isBusy) {
            this.#send(writeScroll(deltaX, deltaY, withControl));
            return;
        }
        const clicks = { x: limitClicks(deltaX), y: limitClicks(deltaY), withControl };
        const last = this.#last;
        if (last && isAct(last) && last.clicks?.withControl === withControl) {
            clicks.x = limitClicks(clicks.x + last.clicks.x);
            clicks.y = limitClicks(clicks.y + last.clicks.y);
            this.#waiting.pop();
        }
        const bytes = writeScroll(clicks.x, clicks.y, withControl);
        this.#wait({ bytes, step: "scroll", button: 0, clicks });
    }

    /** @param {string} text */
    type(text) {
        const lines = text.replace(/\r\n?/g, "\n");
        const room = Math.max(0, BYTES_MAX - (this.#total - this.#done));
        const { read = 0 } = new TextEncoder().encodeInto(lines, new Uint8Array(room));
        const keysyms = [...lines.slice(0, read)].map(characterKeysym).filter(Boolean);
        if (this.#total === 0) {
            this.#startedAt = performance.now();
        }
        this.#total += keysyms.length;
        for (const keysym of keysyms) {
            this.#waiting.push({ keysym, step: "text" });
        }
        if (read < lines.length) {
            emit(this, "cut");
        }
        this.#drain();
    }

    /** Keys wait from now on, in their order, until letGo() was called as often as this. */
    hold() {
        this.#holds++;
    }

    /** @param {number} [dropped] the keysym of a key that is not to be sent after all */
    letGo(dropped = 0) {
        this.#dropped.add(dropped);
        this.#holds--;
        if (this.#holds > 0) {
            return;
        }
        this.#waiting = this.#waiting.slice(this.#next).filter((step) =>
            isAct(step) || step.step === "text" || !this.#dropped.has(step.keysym));
        this.#next = 0;
        this.#dropped.clear();
        this.#drain();
    }

    /** Leaves out the rest of the text, and the keys and clicks behind it. */
    cancel() {
        /** @type {Set<number>} */
        const downs = new Set();
        const steps = this.#waiting.slice(this.#next);
        this.#forget();
        const move = steps.filter(isAct).filter(({ step }) => step === "move").pop();
        if (move) {
            this.#send(move.bytes); // the pointer is there by now
        }
        for (const key of steps) {
            if (isAct(key)) {
                continue;
            }
            if (key.step === "down") {
                downs.add(key.keysym);
            } else if (key.step === "up" && !downs.delete(key.keysym)) {
                this.#sendKey(key); // it went down before
            }
        }
    }

    /** What waits belongs to the stay of control that ends. */
    clear() {
        const isInText = this.#done < this.#total;
        const arrived = Math.max(0, this.#done - (this.#sent - this.#confirmed));
        const percent = Math.floor(100 * arrived / this.#total);
        this.#forget();
        this.#pressed.clear();
        this.#sent = this.#confirmed = 0;
        this.#pings = [];
        if (isInText) {
            emit(this, "stopped", { percent });
        }
    }

    /**
     * The server has what was sent before that ping, whoever asked.
     * @param {number} pingMs
     */
    onPong(pingMs) {
        while (this.#pings.length > 0 && this.#pings[0].atMs <= pingMs) {
            this.#confirmed = this.#pings[0].sent;
            this.#pings.shift();
        }
        this.#drain();
    }

    /** Does what comes now wait? */
    get isBusy() {
        return this.#hasWaiting || this.#holds > 0;
    }

    get #hasWaiting() {
        return this.#next < this.#waiting.length;
    }

    /** Of all that waits, the newest; undefined: nothing does. */
    get #last() {
        return this.#hasWaiting ? this.#waiting[this.#waiting.length - 1] : undefined;
    }

    /** What the pointer is to do. */
    get #acts() {
        return this.#waiting.slice(this.#next).filter(isAct);
    }

    /**
     * A release goes as its press does, which was left out where too many wait. A move always has a
     * place: it follows something else.
     * @param {Act} act
     */
    #wait(act) {
        const { step, button } = act;
        const acts = step === "move" ? [] : this.#acts;
        const isRefused = step === "release"
            ? acts.filter((other) => other.button === button).pop()?.step !== "press"
            : acts.filter((other) => other.step !== "move").length >= ACTS_MAX;
        if (isRefused) {
            return false;
        }
        this.#waiting.push(act);
        return true;
    }

    /**
     * Is the key still to go down?
     * @param {number} keysym
     */
    #isWaiting(keysym) {
        return this.#waiting.slice(this.#next).some((key) =>
            key.step === "down" && key.keysym === keysym);
    }

    #forget() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#waiting = [];
        this.#next = this.#total = this.#done = 0;
        this.#isShown = false;
        this.#show();
    }

    #drain() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        while (this.#hasWaiting && this.#holds === 0) {
            const step = this.#waiting[this.#next];
            if (!isAct(step) && step.step !== "up" && !this.#mayGo(step)) {
                this.#timer = setTimeout(() => this.#drain(), TICK_MS);
                break;
            }
            this.#next++;
            if (isAct(step)) {
                this.#notePressed(step.step, step.button);
                this.#send(step.bytes);
            } else {
                this.#sendKey(step);
            }
        }
        if (!this.#hasWaiting) {
            this.#forget();
        } else {
            this.#show();
        }
    }

    /** @param {Key} key */
    #mayGo({ keysym }) {
        this.#fill();
        const [oldest] = this.#borrowed.values();
        const canBorrow = isOnEveryKeyboard(keysym) || this.#borrowed.has(keysym)
            || this.#borrowed.size < BORROWED_MAX
            || performance.now() - oldest >= BORROWED_MS;
        return canBorrow && this.#tokens >= 1 && this.#sent - this.#confirmed < UNDER_WAY_MAX;
    }

    #fill() {
        const now = performance.now();
        this.#tokens = Math.min(BURST, this.#tokens + (now - this.#filledAt) * KEYS_PER_S / 1000);
        this.#filledAt = now;
    }

    /** @param {Key} key */
    #sendKey({ keysym, step }) {
        if (step !== "up") {
            this.#note(keysym);
            this.#send(writeKeyDown(keysym));
        }
        if (step !== "down") {
            this.#send(writeKeyUp(keysym));
        }
        if (step === "text") {
            this.#done++;
            this.#sent++;
            this.#ping();
        }
    }

    /**
     * @param {PointerStep} step
     * @param {number} button
     */
    #notePressed(step, button) {
        if (step === "press") {
            this.#fill();
            this.#tokens = Math.max(0, this.#tokens - 1); // the server counts it as a key
            this.#pressed.add(button);
        } else if (step === "release") {
            this.#pressed.delete(button);
        }
    }

    /** @param {number} keysym of a key that goes down now */
    #note(keysym) {
        this.#fill();
        this.#tokens = Math.max(0, this.#tokens - 1);
        if (isOnEveryKeyboard(keysym)) {
            return;
        }
        this.#borrowed.delete(keysym);
        this.#borrowed.set(keysym, performance.now());
        if (this.#borrowed.size > BORROWED_MAX) {
            const [oldest] = this.#borrowed.keys();
            this.#borrowed.delete(oldest);
        }
    }

    #ping() {
        const asked = this.#pings[this.#pings.length - 1]?.sent ?? this.#confirmed;
        if (this.#sent - asked >= KEYS_PER_PING) {
            const atMs = Math.round(performance.now());
            this.#pings.push({ atMs, sent: this.#sent });
            this.#send(writePing(atMs));
        }
    }

    #show() {
        const left = this.#total - this.#done;
        const tookMs = performance.now() - this.#startedAt;
        this.#isShown ||= left > 0 && tookMs >= SHOW_MS && tookMs * left / this.#done >= SHOW_MS;
        const percent = this.#isShown ? Math.floor(100 * this.#done / this.#total) : -1;
        if (percent !== this.#percent) {
            this.#percent = percent;
            emit(this, "change");
        }
    }
}
