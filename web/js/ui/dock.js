// dock.js - the strip in the margin of the picture: connection, capsule, people and buttons.
// Events:
//   people, full, keys, leave   a button was pressed

import { element, fill } from "../lib/element.js";
import { emit, on } from "../lib/emitter.js";
import { icon, mark } from "../lib/icon.js";
import { text } from "../lib/texts.js";
import { avatar, personColour } from "./person.js";

/** How many avatars there may be room for, see layout.js; the others are a number. */
const FACES = [1, 2, 3, 4, 5];
const VOLUME_STEP = 0.05;

export class Dock extends EventTarget {
    #room;
    #sound;
    #shown = "";
    #people = element("button", { class: "people-button", type: "button", "data-action": "people" });
    #mute = iconButton("mute", "dock.mute", () => this.#sound.toggle());
    #volume = element("input", {
        class: "volume", type: "range", min: "0", max: "100", step: "5",
        "aria-label": text("dock.volume"),
    });
    root;

    /**
     * @param {import("../wire/room.js").Room} room
     * @param {import("./sound.js").Sound} sound
     * @param {HTMLElement} link
     * @param {HTMLElement} capsule
     */
    constructor(room, sound, link, capsule) {
        super();
        this.#room = room;
        this.#sound = sound;
        this.#people.addEventListener("click", () => emit(this, "people"));
        const soundBox = element("div", { class: "sound" }, this.#volume, this.#mute);
        this.root = element("div", {
            class: "dock", role: "toolbar", "aria-label": text("dock.name"),
        },
            element("div", { class: "dock-start" },
                element("div", { class: "brand" }, mark(),
                    element("span", { class: "brand-name" }, "Hairpin")), link),
            element("div", { class: "dock-middle" }, capsule),
            element("div", { class: "dock-end" }, this.#people, soundBox,
                iconButton("keyboard", "dock.keys", () => emit(this, "keys")),
                iconButton("full", "dock.full", () => emit(this, "full")),
                iconButton("leave", "dock.leave", () => emit(this, "leave"))));
        this.#volume.addEventListener("input", () => {
            sound.setVolume(Number(this.#volume.value) / 100);
        });
        soundBox.addEventListener("wheel", (event) => {
            event.preventDefault();
            sound.setVolume(sound.volume - Math.sign(event.deltaY) * VOLUME_STEP);
        }, { passive: false });
        on(sound, "change", () => this.#showSound());
        this.#showSound();
    }

    focus() {
        /** @type {HTMLElement | null} */
        const first = this.root.querySelector(".capsules button:enabled")
            ?? this.root.querySelector("button:enabled");
        first?.focus();
    }

    showPeople() {
        const { present, selfId, hostId } = this.#room;
        const state = JSON.stringify([present, selfId, hostId]);
        if (state === this.#shown) {
            return;
        }
        this.#shown = state;
        const shown = present.slice(0, Math.max(...FACES)).map((person) => {
            const face = avatar(person.name, personColour(person.id, selfId));
            face.classList.toggle("avatar-host", person.id === hostId);
            return face;
        });
        const counts = FACES.filter((faces) => faces < present.length).map((faces) =>
            element("span", { class: "people-more", "data-faces": String(faces) },
                `+${present.length - faces}`));
        fill(this.#people, ...shown, ...counts);
        this.#people.dataset.count = String(present.length);
        const name = text("dock.people", { c: present.length });
        this.#people.setAttribute("aria-label", name);
        this.#people.title = name;
    }

    #showSound() {
        const sound = this.#sound;
        const isHeard = sound.isOn && !sound.isFailed;
        const name = !sound.hasTrack ? "dock.noSound" : sound.isFailed ? "dock.soundFailed"
            : isHeard ? "dock.mute" : "dock.unmute";
        fill(this.#mute, icon(isHeard ? "sound" : "mute"));
        this.#mute.setAttribute("aria-label", text(name));
        this.#mute.title = text(name);
        this.#mute.classList.toggle("icon-button-warn", sound.isFailed);
        this.#mute.disabled = !sound.hasTrack || sound.isFailed;
        this.#volume.disabled = this.#mute.disabled;
        this.#volume.value = String(sound.isOn ? Math.round(sound.volume * 100) : 0);
    }
}

/**
 * @param {string} name of the icon
 * @param {string} label text
 * @param {() => void} onclick
 */
function iconButton(name, label, onclick) {
    return element("button", {
        class: "icon-button", type: "button", "aria-label": text(label), title: text(label),
        onclick, "data-action": label.slice(5),
    }, icon(name));
}
