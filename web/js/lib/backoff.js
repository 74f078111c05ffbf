// backoff.js - how long to wait before the next try: doubling, with jitter, so that a room full of
// people does not come back in the same millisecond.

export class Backoff {
    #firstMs;
    #maxMs;
    #random;
    #tries = 0;

    /**
     * @param {number} firstMs
     * @param {number} maxMs
     * @param {() => number} [random] of [0, 1)
     */
    constructor(firstMs, maxMs, random = Math.random) {
        this.#firstMs = firstMs;
        this.#maxMs = maxMs;
        this.#random = random;
    }

    get tries() {
        return this.#tries;
    }

    /** The next wait: between half of the step and the whole. */
    next() {
        const step = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#tries, 20));
        this.#tries += 1;
        return Math.round(step / 2 + (this.#random() * step) / 2);
    }

    reset() {
        this.#tries = 0;
    }
}
