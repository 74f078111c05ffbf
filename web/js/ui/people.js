// people.js - the panel with everybody who is here.
// Events:
//   give { id }   control for this person
//   close

import { element, fill } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { icon } from "../lib/icon.js";
import { text } from "../lib/texts.js";
import { avatar, personColour } from "./person.js";

/** @typedef {import("../wire/room.js").Person} Person */

export class People extends EventTarget {
    #room;
    #shown = "";
    /** Had the focus before the panel was entered. */
    /** @type {Element | null} */
    #before = null;
    #count = element("span", { class: "count" });
    #list = element("ul", { class: "people-list" });
    root = element("aside", { class: "panel", tabindex: "-1", "aria-label": text("people.title") },
        element("header", { class: "panel-head" },
            element("h2", {}, text("people.title")), this.#count,
            element("button", {
                class: "icon-button panel-close", type: "button",
                "aria-label": text("people.close"), onclick: () => emit(this, "close"),
            }, icon("close"))),
        this.#list);

    /** @param {import("../wire/room.js").Room} room */
    constructor(room) {
        super();
        this.#room = room;
        this.root.addEventListener("keydown", ({ key }) => {
            if (key === "Escape") {
                emit(this, "close");
            }
        });
    }

    /** Takes the keyboard, which leave() gives back. */
    enter() {
        this.#before = document.activeElement;
        this.root.focus();
    }

    /** To be called while the panel still is shown: what is hidden cannot give the focus away. */
    leave() {
        if (this.root.contains(document.activeElement) && this.#before instanceof HTMLElement) {
            this.#before.focus();
        }
    }

    /** @param {boolean} isReachable else its buttons would do nothing */
    show(isReachable) {
        const { present, hostId, selfId } = this.#room;
        const shown = JSON.stringify([present, hostId, selfId]);
        if (shown !== this.#shown) { // a button that is replaced under the finger is not clicked
            this.#shown = shown;
            fill(this.#count, String(present.length));
            fill(this.#list, ...present.map((person) => this.#makeRow(person)));
        }
        this.#list.querySelectorAll("button").forEach((button) => {
            button.disabled = !isReachable;
        });
    }

    /** @param {Person} person */
    #makeRow(person) {
        const room = this.#room;
        const isSelf = person.id === room.selfId;
        const hasControl = person.id === room.hostId;
        const mayGive = !isSelf && !hasControl && person.canHost
            && (room.hasControl || room.isAdmin);
        return element("li", { class: "person", "data-id": person.id },
            avatar(person.name, personColour(person.id, room.selfId)),
            element("span", { class: "person-name", dir: "auto" },
                isSelf ? text("people.you") : person.name),
            person.isAdmin ? element("span", { class: "person-note" }, text("people.admin")) : null,
            hasControl ? element("span", { class: "tag" }, icon("pointer"),
                text("people.inControl")) : null,
            mayGive ? element("button", {
                class: "button button-small", type: "button", "data-action": "give",
                "aria-label": text("people.giveTo", { n: person.name }),
                onclick: () => emit(this, "give", { id: person.id }),
            }, icon("arrow"), text("control.give")) : null);
    }
}
