// typing.js - what there is to say about a text that is typed on the desktop, without DOM.
// Events:
//   change   read `note` and `percent`

import { emit, on } from "../lib/emitter.js";

const NOTE_MS = 6000;

/** @typedef {"" | "typing" | "typingCut" | "typingStopped"} TypingNote */

export class Typing extends EventTarget {
    #typist;
    /** @type {TypingNote} */
    #ended = "";
    #stoppedAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /** @param {import("../input/typist.js").Typist} typist */
    constructor(typist) {
        super();
        this.#typist = typist;
        on(typist, "change", () => emit(this, "change"));
        on(typist, "cut", () => this.#end("typingCut"));
        on(typist, "stopped", (/** @type {{ percent: number }} */ { percent }) => {
            this.#stoppedAt = percent;
            this.#end("typingStopped");
        });
    }

    /** @returns {TypingNote} */
    get note() {
        return this.#ended || (this.#typist.percent >= 0 ? "typing" : "");
    }

    /** How much of the text has gone; of one that was stopped, how much has arrived for sure. */
    get percent() {
        return this.#ended === "typingStopped" ? this.#stoppedAt : Math.max(0, this.#typist.percent);
    }

    cancel() {
        this.#typist.cancel();
    }

    /** @param {TypingNote} note */
    #end(note) {
        clearTimeout(this.#timer);
        this.#ended = note;
        this.#timer = note === "" ? undefined : setTimeout(() => this.#end(""), NOTE_MS);
        emit(this, "change");
    }
}
