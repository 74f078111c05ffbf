// pulse.js - does anything come on the path of the picture? Whoever is cut off shall see it within a
// second, long before the browser says so. A still desktop sends nothing, so it is asked then.
// Events:
//   change   read `isSilent`

import { emit } from "../lib/emitter.js";

const TICK_MS = 200;
/** Quiet for so long, and the other side is asked. */
const QUIET_MS = 200;
/** A message that was lost holds up those behind it: do other bytes come? */
const LOOK_MS = 390;
const SILENT_MS = 750;

export class Pulse extends EventTarget {
    #ping;
    #readBytes;
    #heardAt = 0;
    /** At the first look since something came; -1: there was none. */
    #bytes = -1;
    #isSilent = false;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #timer;

    /**
     * @param {() => void} ping asks for an answer
     * @param {() => Promise<number>} readBytes all that was received so far
     */
    constructor(ping, readBytes) {
        super();
        this.#ping = ping;
        this.#readBytes = readBytes;
    }

    get isSilent() {
        return this.#isSilent;
    }

    /** From the moment on when the channel is open. */
    start() {
        this.stop();
        this.hear();
        this.#timer = setInterval(() => this.#tick(), TICK_MS);
    }

    /** Tells nobody: what ends it changes more than this. */
    stop() {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#isSilent = false;
    }

    hear() {
        this.#heardAt = performance.now();
        this.#bytes = -1;
        this.#setSilent(false);
    }

    #tick() {
        if (globalThis.document?.hidden) {
            this.hear(); // its timers are slow, and nobody looks
            return;
        }
        const quietMs = performance.now() - this.#heardAt;
        if (quietMs < QUIET_MS) {
            return;
        }
        this.#ping();
        if (quietMs >= LOOK_MS) {
            this.#look();
        }
        if (quietMs >= SILENT_MS) {
            this.#setSilent(true);
        }
    }

    async #look() {
        const bytes = await this.#readBytes();
        if (this.#bytes < 0) {
            this.#bytes = bytes;
        } else if (this.#timer !== undefined && bytes > this.#bytes) {
            this.hear();
        }
    }

    /** @param {boolean} isSilent */
    #setSilent(isSilent) {
        if (isSilent !== this.#isSilent) {
            this.#isSilent = isSilent;
            emit(this, "change");
        }
    }
}
