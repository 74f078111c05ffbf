// joins.js - tells a screen reader who came, several within a few seconds as one sentence.
// Events:
//   say { message }

import { emit, on } from "../lib/emitter.js";
import { text } from "../lib/texts.js";

const GATHER_MS = 3000;

export class Joins extends EventTarget {
    #room;
    /** Ids of those who were here when the room was looked at last. */
    /** @type {Set<string>} */
    #known = new Set();
    /** Names of those who came since. */
    /** @type {string[]} */
    #names = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /**
     * @param {import("../wire/room.js").Room} room
     * @param {AbortSignal} signal
     */
    constructor(room, signal) {
        super();
        this.#room = room;
        on(room, "init", () => { // those who are here already have not just come
            this.#known = this.#presentIds();
        }, signal);
        on(room, "people", () => this.#look(), signal);
        signal.addEventListener("abort", () => clearTimeout(this.#timer));
    }

    #presentIds() {
        return new Set(this.#room.present.map(({ id }) => id));
    }

    #look() {
        const before = this.#known;
        this.#known = this.#presentIds();
        const came = this.#room.present.filter(({ id }) =>
            id !== this.#room.selfId && !before.has(id));
        if (came.length === 0) {
            return;
        }
        if (this.#names.length === 0) {
            this.#timer = setTimeout(() => this.#say(), GATHER_MS);
        }
        this.#names.push(...came.map(({ name }) => name));
    }

    #say() {
        const [n, ...others] = this.#names;
        this.#names = [];
        const message = others.length === 0 ? text("people.joined", { n })
            : text("people.joinedMore", { n, c: others.length });
        emit(this, "say", { message });
    }
}
