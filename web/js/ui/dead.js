// dead.js - the card over the greyed last picture, and only there: what happens, what to do next.
// Events:
//   act { action }

import { element, fill, setText } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { icon } from "../lib/icon.js";
import { text } from "../lib/texts.js";

/**
 * @typedef {object} DeadView
 * @property {string} title
 * @property {string} why
 * @property {number} step of the three, the one that is being waited for; -1: no steps
 * @property {{ action: string, label: string }[]} buttons
 */

const STEPS = ["dead.stepServer", "dead.stepPath", "dead.stepPicture"];

export class Dead extends EventTarget {
    #title = element("h2", { class: "title title-small" });
    #why = element("p", { class: "lead" });
    #steps = element("ol", { class: "steps" });
    #buttons = element("div", { class: "buttons" });
    root = element("div", { class: "dead", hidden: true },
        element("div", { class: "card dead-card" },
            this.#title, this.#why, this.#steps, this.#buttons));
    #shown = "";

    /** @param {DeadView | null} view null: the picture lives */
    show(view) {
        this.root.hidden = view === null;
        if (!view) {
            this.#shown = "";
            return;
        }
        setText(this.#title, view.title);
        setText(this.#why, view.why); // counts down; the rest stays
        const shown = JSON.stringify([view.step, view.buttons]);
        if (shown === this.#shown) {
            return;
        }
        this.#shown = shown;
        this.#steps.hidden = view.step < 0;
        fill(this.#steps, ...STEPS.map((name, index) => makeStep(name, index, view.step)));
        this.#buttons.hidden = view.buttons.length === 0;
        fill(this.#buttons, ...view.buttons.map(({ action, label }, index) => element("button", {
            class: index === 0 ? "button button-primary" : "button", type: "button",
            "data-action": action, onclick: () => emit(this, "act", { action }),
        }, text(label))));
    }
}

/**
 * @param {string} name
 * @param {number} index
 * @param {number} current
 */
function makeStep(name, index, current) {
    const state = index < current ? "done" : index === current ? "now" : "later";
    return element("li", { class: `step step-${state}` },
        element("span", { class: "step-sign" }, state === "done" ? icon("check") : null),
        text(name));
}
