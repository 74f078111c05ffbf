// clip-box.js - a field for text on its way to the desktop or from it, for browsers that keep their
// clipboard shut: the person pastes into it, or copies out of it, by hand.
// Events:
//   paste { text }   to the desktop, and there into the program
//   copy             to this device

import { element, setText } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { icon } from "../lib/icon.js";
import { text } from "../lib/texts.js";

export class ClipBox extends EventTarget {
    #field = element("textarea", {
        class: "field clip-field", rows: "6", spellcheck: "false", dir: "auto",
        "aria-label": text("clip.title"),
    });
    #why = element("p", { class: "lead clip-why" });
    #copy = element("button", {
        class: "button", type: "button", "data-action": "clip-copy",
        onclick: () => this.#onCopy(),
    }, text("clip.copy"));
    /** @type {HTMLDialogElement} */
    root = element("dialog", { class: "card clip-box", "aria-label": text("clip.title") },
        element("div", { class: "clip-head" }, element("b", {}, text("clip.title")),
            element("button", {
                class: "icon-button", type: "button", "aria-label": text("people.close"),
                title: text("people.close"), "data-action": "clip-close",
                onclick: () => this.root.close(),
            }, icon("close"))),
        this.#why,
        element("p", { class: "lead" }, text("clip.lead")),
        this.#field,
        element("div", { class: "buttons" },
            element("button", {
                class: "button button-primary", type: "button", "data-action": "clip-paste",
                onclick: () => this.#onPaste(),
            }, text("clip.send")),
            this.#copy));

    /** @param {() => void} onClosed the keys are the desktop's again */
    constructor(onClosed) {
        super();
        this.root.addEventListener("close", () => {
            this.#field.value = "";
            onClosed();
        });
        // What is typed here is not the desktop's.
        this.root.addEventListener("keydown", (event) => event.stopPropagation());
    }

    /**
     * @param {string} copied what the desktop has copied, selected, so that one key copies it
     * @param {boolean} isShut the browser has refused its clipboard
     */
    open(copied, isShut) {
        const why = navigator.clipboard ? "clip.denied" : "clip.plain";
        setText(this.#why, isShut ? text(why) : "");
        if (!this.root.open) {
            this.root.showModal();
        }
        this.#field.value = copied;
        this.#copy.hidden = copied === "";
        this.#field.focus();
        this.#field.select();
    }

    close() {
        this.root.close();
    }

    #onPaste() {
        const { value } = this.#field;
        this.root.close();
        if (value) {
            emit(this, "paste", { text: value });
        }
    }

    #onCopy() {
        this.#field.focus();
        this.#field.select();
        emit(this, "copy");
    }
}
