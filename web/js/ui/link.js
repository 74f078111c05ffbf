// link.js - the connection in the dock: bars and round trip, the path if it is not the direct one;
// opened, the numbers behind them.

import { element, fill, setText } from "../lib/element.js";
import { bars } from "../lib/icon.js";
import { text } from "../lib/texts.js";
import { barCount, rates, score } from "../wire/stats.js";

/** @typedef {import("../wire/stats.js").LinkStats} LinkStats */

const WORDS = ["link.lost", "link.bad", "link.weak", "link.good", "link.good"];

export class Link {
    #bars = element("span", { class: "chip-bars" });
    #text = element("span", { class: "chip-text" });
    #title = element("b", {});
    #why = element("p", { class: "lead" });
    #table = element("dl", { class: "facts" });
    #card = element("div", {
        class: "card popover", id: "link-card", role: "dialog", hidden: true,
    }, this.#title, this.#why, this.#table);
    #chip = element("button", {
        class: "chip", type: "button", "aria-expanded": "false", "aria-controls": "link-card",
    }, this.#bars, this.#text);
    root = element("div", { class: "link" }, this.#chip, this.#card);
    /** @type {LinkStats | null} */
    #before = null;

    /** @param {AbortSignal} signal */
    constructor(signal) {
        this.#chip.addEventListener("click", () => this.toggle());
        // Before the desktop gets it: who has clicked here still types there.
        document.addEventListener("keydown", (event) => {
            if (event.key === "Escape" && !this.#card.hidden) {
                event.preventDefault();
                event.stopPropagation();
                this.toggle();
            }
        }, { capture: true, signal });
        document.addEventListener("pointerdown", (event) => {
            if (!this.#card.hidden && !this.root.contains(/** @type {Node} */ (event.target))) {
                this.toggle();
            }
        }, { signal });
        this.showNone(false);
    }

    toggle() {
        this.#card.hidden = !this.#card.hidden;
        this.#chip.setAttribute("aria-expanded", String(!this.#card.hidden));
    }

    /** @param {boolean} hadPicture */
    showNone(hadPicture) {
        this.#before = null;
        this.#show(0, text(hadPicture ? "link.none" : "link.waiting"));
        setText(this.#title, text(hadPicture ? "link.lost" : "link.waiting"));
        setText(this.#why, "");
        fill(this.#table);
        delete this.root.dataset.path;
        delete this.root.dataset.roundTrip;
    }

    /**
     * @param {LinkStats} stats
     * @param {number | null} roundTripMs
     * @param {boolean} isAnswered
     */
    show(stats, roundTripMs, isAnswered) {
        const rate = rates(this.#before, stats);
        this.#before = stats;
        const count = barCount(score(roundTripMs, rate.loss));
        const trip = roundTripMs === null ? "" : text("unit.ms", { v: roundTripMs });
        const path = stats.path ? text(`link.${stats.path}`) : "";
        const shown = stats.path === "direct" ? [trip || path] : [trip, path];
        this.#show(count, shown.filter(Boolean).join(", "));
        this.root.dataset.path = stats.path;
        this.root.dataset.roundTrip = String(roundTripMs ?? "");
        setText(this.#title, text(WORDS[count]));
        const why = isAnswered ? `link.${stats.path || "direct"}Why` : "link.server";
        setText(this.#why, text(why));
        this.#showFacts([
            ["link.roundTrip", trip],
            ["link.path", path],
            ["link.bitrate", `${(rate.bitrateBps / 1e6).toFixed(1)} Mbit/s`],
            ["link.frames", `${Math.round(rate.framesPerSecond)} /s`],
            ["link.picture", `${stats.width}×${stats.height}`],
            ["link.codec", stats.codec],
            ["link.loss", `${(rate.loss * 100).toFixed(1)} %`],
        ]);
    }

    /**
     * @param {number} count
     * @param {string} words
     */
    #show(count, words) {
        if (this.#bars.dataset.count !== String(count)) {
            this.#bars.dataset.count = String(count);
            fill(this.#bars, bars(count));
        }
        setText(this.#text, words);
        this.#chip.setAttribute("aria-label", `${text(WORDS[count])}, ${words}`);
    }

    /** @param {[string, string][]} facts */
    #showFacts(facts) {
        if (this.#card.hidden) {
            return;
        }
        fill(this.#table, ...facts.map(([name, value]) => element("div", { class: "fact" },
            element("dt", {}, text(name)), element("dd", {}, value || "–"))));
    }
}
