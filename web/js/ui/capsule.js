// capsule.js - who has control, in words, and the one button that matters; beside it a second
// capsule for who asks, for a server that is away, for a text on its way to the desktop, for the
// clipboard, or for the sound that the browser holds back.
// Events:
//   act { action }   a control action
//   sound            the person turns the sound on
//   clip             the button of what there is to say about the clipboard
//   cancel           the rest of a text is not to be typed

import { element, fill, setText } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { icon } from "../lib/icon.js";
import { text, textPieces } from "../lib/texts.js";
import { avatar, personColour } from "./person.js";

/**
 * @typedef {import("./control.js").Strip} Strip
 * @typedef {import("./typing.js").TypingNote} TypingNote
 * @typedef {"" | "away" | "sound" | import("./clipboard.js").ClipNote | TypingNote} Note what the
 *     last capsule says
 */

/** What there is to say about a text that is typed or copied, and its button. */
/** @type {Record<string, [string, string]>} */
const NOTE_TEXTS = {
    typing: ["typing.running", "control.cancel"],
    typingCut: ["typing.cut", ""],
    typingStopped: ["typing.stopped", ""],
    copied: ["clip.copied", "clip.copy"],
    shut: ["clip.shut", "clip.pasteHere"],
    failed: ["clip.failed", "clip.pasteHere"],
    tooLarge: ["clip.tooLarge", ""],
};

/** @type {Record<string, string>} */
const ACTION_ICONS = { take: "pointer", ask: "hand", handOver: "arrow" };
/** @type {Record<string, string>} */
const KIND_ICONS = { mine: "pointer", locked: "lock", watching: "eye" };

export class Capsule extends EventTarget {
    root = element("div", { class: "capsules" });
    #room;
    #shown = "";

    /** @param {import("../wire/room.js").Room} room */
    constructor(room) {
        super();
        this.#room = room;
    }

    /** Draws the eye to itself: a click on the picture did nothing. */
    pulse() {
        const first = this.root.firstElementChild;
        first?.classList.remove("capsule-pulse");
        requestAnimationFrame(() => first?.classList.add("capsule-pulse"));
    }

    /**
     * @param {Strip[]} strips
     * @param {Note} note
     * @param {number} percent of what the note speaks of
     * @param {boolean} isReachable else the buttons of control would do nothing
     */
    show(strips, note, percent, isReachable) {
        const rows = strips.map((strip) => ({ key: this.#keyOf(strip), strip }));
        const last = note === "sound" && strips.length > 1 ? "" : note;
        const shown = [...rows.map(({ key }) => key), last].join("\n");
        if (shown !== this.#shown) {
            this.#shown = shown;
            this.#build(rows, last);
        }
        rows.forEach(({ strip }, index) => {
            const capsule = this.root.children[index];
            showWords(capsule, strip);
            capsule.querySelectorAll("button").forEach((button) => {
                button.disabled = !isReachable;
            });
        });
        const words = this.root.lastElementChild?.querySelector(".capsule-text");
        if (words && NOTE_TEXTS[last]) {
            setText(words, text(NOTE_TEXTS[last][0], { p: percent }));
            if (last === "typing") {
                words.setAttribute("aria-valuenow", String(percent));
            }
        }
    }

    /**
     * What a capsule is made of; its words change in place, since a button that is replaced under
     * the finger is not clicked.
     * @param {Strip} strip
     */
    #keyOf({ kind, personId, buttons }) {
        const name = personId && this.#room.nameOf(personId);
        return JSON.stringify([kind, personId, name, buttons, this.#room.selfId]);
    }

    /**
     * @param {{ key: string, strip: Strip }[]} rows
     * @param {Note} note
     */
    #build(rows, note) {
        const hadFocus = this.root.contains(document.activeElement);
        const before = new Map([...this.root.children].map((node) =>
            [node.getAttribute("data-key"), node]));
        const capsules = rows.map(({ key, strip }) => before.get(key) ?? this.#make(key, strip));
        this.root.classList.toggle("capsules-away", note === "away");
        fill(this.root, ...capsules, note ? this.#makeNote(note) : null);
        if (hadFocus) {
            this.root.querySelector("button")?.focus();
        }
    }

    /**
     * @param {string} key
     * @param {Strip} strip
     */
    #make(key, strip) {
        const { kind, personId } = strip;
        const sign = personId
            ? avatar(this.#room.nameOf(personId), personColour(personId, this.#room.selfId))
            : KIND_ICONS[kind] ? icon(KIND_ICONS[kind]) : null;
        const buttons = strip.buttons.map((button) => this.#makeButton(button));
        return element("div", { class: `capsule capsule-${kind}`, "data-key": key }, sign,
            element("span", { class: "capsule-text", dir: "auto" }), ...buttons);
    }

    /** @param {Strip["buttons"][number]} button */
    #makeButton({ action, label, isPrimary }) {
        const words = text(`control.${label}`);
        const onclick = () => emit(this, "act", { action });
        if (action === "notNow") {
            return element("button", {
                class: "icon-button", type: "button", "aria-label": words, title: words, onclick,
                "data-action": action,
            }, icon("close"));
        }
        const sign = ACTION_ICONS[action];
        return element("button", {
            class: isPrimary ? "button button-primary" : "button", type: "button", onclick,
            "data-action": action,
        }, sign ? icon(sign) : null, words);
    }

    /** @param {Note} note */
    #makeNote(note) {
        if (note === "away") {
            const words = text("control.away");
            return element("div", { class: "capsule capsule-warn capsule-away", title: words },
                element("span", { class: "turning" }),
                element("span", { class: "capsule-text" }, words));
        }
        if (NOTE_TEXTS[note]) {
            return this.#makeWords(note, NOTE_TEXTS[note][1]);
        }
        return element("div", { class: "capsule capsule-warn capsule-sound" }, icon("mute"),
            element("span", { class: "capsule-text" }, text("sound.held")),
            element("button", {
                class: "button button-primary", type: "button", "data-action": "sound",
                onclick: () => emit(this, "sound"),
            }, text("sound.turnOn")));
    }

    /**
     * A capsule whose words show() fills in.
     * @param {Note} note
     * @param {string} label of the button, "" for none
     */
    #makeWords(note, label) {
        const isTyping = note === "typing";
        const kind = note.startsWith("typing") ? "typing" : "clip";
        const isWarning = !isTyping && note !== "copied";
        const bar = { role: "progressbar", "aria-label": text("stage.typing") };
        return element("div", {
            class: `capsule capsule-${kind}${isWarning ? " capsule-warn" : ""}`,
            role: isTyping ? "group" : "status",
        }, element("span", { class: "capsule-text", ...(isTyping ? bar : {}) }),
        label === "" ? null : element("button", {
            class: "button", type: "button", "data-action": isTyping ? "typing-cancel" : "clip",
            onclick: () => emit(this, isTyping ? "cancel" : "clip"),
        }, text(label)));
    }
}

/**
 * @param {Element} capsule
 * @param {Strip} strip
 */
function showWords(capsule, { name, values }) {
    const words = capsule.querySelector(".capsule-text");
    if (!words || words.textContent === text(name, values)) {
        return;
    }
    words.setAttribute("title", text(name, values)); // a long name is shown in part
    fill(words, ...textPieces(name, values).map((piece) =>
        element(piece.value === "n" ? "b" : "span", {}, piece.text)));
}
