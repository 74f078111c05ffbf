// layout.js - where the dock stands, and full screen: there the dock comes only when it is wanted.
// Says it all in attributes of the root: data-dock, data-rows, data-panel, data-full,
// data-dock-shown, data-tight and data-faces.
// Events:
//   change

import { element } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { text } from "../lib/texts.js";
import { chooseDock } from "../wire/geometry.js";

const SHOWN_MS = 2500;
const PANEL_PX = 344;
/** Narrower than this the panel lies over the stage, and a dock below it has two rows. */
const MEDIUM_PX = 1100;

/** What the dock gives up, step by step, until its parts have room; what goes is in dock.css. */
const TIGHT = ["", "1", "1 2", "1 2 3", "1 2 3 4"];
/** Of a name at least this much is shown. */
const NAME_PX = 40;

/** The dock does not go while somebody is at it. */
const IN_USE = ".dock:hover, .dock :focus-visible, .popover:not([hidden])";

/** @typedef {{ lock?: (keys?: string[]) => Promise<void>, unlock?: () => void }} KeyLock */

export class Layout extends EventTarget {
    #root;
    #stage;
    #dock = "";
    #isPanelOpen = false;
    #isInControl = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #hiding;
    /** Brings the dock back in full screen, while in control. */
    grip = element("button", {
        class: "grip", type: "button", "aria-label": text("dock.show"),
        onclick: () => this.showDock(),
    });

    /**
     * @param {HTMLElement} root
     * @param {import("./stage.js").Stage} stage
     * @param {AbortSignal} signal
     */
    constructor(root, stage, signal) {
        super();
        this.#root = root;
        this.#stage = stage;
        const update = () => this.update();
        window.addEventListener("resize", update, { signal });
        document.addEventListener("fullscreenchange", () => this.#onFull(), { signal });
        root.addEventListener("pointermove", () => {
            if (this.isFull && !this.#isInControl) {
                this.showDock();
            }
        }, { signal });
    }

    get isFull() {
        return document.fullscreenElement !== null;
    }

    get isPanelOpen() {
        return this.#isPanelOpen;
    }

    togglePanel() {
        this.#isPanelOpen = !this.#isPanelOpen;
        this.update();
    }

    /** @param {boolean} isInControl */
    setControl(isInControl) {
        this.#isInControl = isInControl;
        this.#lockKeys();
    }

    async toggleFull() {
        try {
            if (this.isFull) {
                await document.exitFullscreen();
            } else {
                await document.documentElement.requestFullscreen({ navigationUI: "hide" });
            }
        } catch {
            // iPhones have no full screen for pages, others want a gesture: nothing changes.
        }
    }

    /** In full screen: for a while. */
    showDock() {
        this.#root.dataset.dockShown = "";
        clearTimeout(this.#hiding);
        this.#hiding = setTimeout(() => {
            if (this.#root.querySelector(IN_USE)) {
                this.showDock();
            } else {
                delete this.#root.dataset.dockShown;
            }
        }, SHOWN_MS);
    }

    update() {
        const isWide = window.innerWidth >= MEDIUM_PX;
        const panel = this.#isPanelOpen && isWide ? PANEL_PX : 0;
        const size = { width: window.innerWidth - panel, height: window.innerHeight };
        this.#dock = chooseDock(size, this.#stage.desktop, this.#dock);
        const { dataset, style } = this.#root;
        const { width, height } = this.#stage.desktop;
        style.setProperty("--picture-height", `${Math.ceil((size.width * height) / width)}px`);
        dataset.dock = this.#dock;
        dataset.panel = this.#isPanelOpen ? "open" : "closed";
        dataset.wide = String(isWide);
        dataset.rows = size.width < MEDIUM_PX ? "2" : "1";
        if (this.isFull) {
            dataset.full = "";
        } else {
            delete dataset.full;
        }
        this.#stage.setGutter(this.#dock !== "phone" && !this.isFull);
        this.fit();
        emit(this, "change");
    }

    /** After the dock's content has changed: gives each part its room. */
    fit() {
        const { dataset } = this.#root;
        for (const tight of TIGHT) {
            dataset.tight = tight;
            for (const faces of this.#countFaces(tight !== "")) {
                dataset.faces = String(faces);
                if (!isCrowded(this.#root)) {
                    return;
                }
            }
        }
    }

    /**
     * What to try. A number stands for two at least where one face has room in its place.
     * @param {boolean} isTight
     */
    #countFaces(isTight) {
        const { count = "" } = this.#root.querySelector(/** @type {"button"} */ (".people-button"))
            ?.dataset ?? {};
        const isRail = this.#dock === "rail" || window.innerWidth < MEDIUM_PX;
        const faces = this.#isPanelOpen || isTight ? 1 : isRail ? 3 : 4;
        return Number(count) === faces + 1 ? [faces + 1, faces] : [faces];
    }

    #onFull() {
        this.#lockKeys();
        this.update();
    }

    /** Esc, Alt+Tab and Super reach the desktop where the browser lets a page have them. */
    #lockKeys() {
        const { keyboard } = /** @type {{ keyboard?: KeyLock }} */ (
            /** @type {unknown} */ (navigator));
        if (this.isFull && this.#isInControl) {
            keyboard?.lock?.().catch(() => undefined);
        } else {
            keyboard?.unlock?.();
        }
    }
}

/**
 * Does a part of the dock cover another, stand out, or lack the room for its words?
 * @param {HTMLElement} root
 */
function isCrowded(root) {
    const names = [...root.querySelectorAll(".capsule-text b")];
    const words = [...root.querySelectorAll(".capsule-text")];
    if (words.some(isCut) || names.some((name) => isCut(name) && name.clientWidth < NAME_PX)) {
        return true;
    }
    const dock = root.querySelector(".dock")?.getBoundingClientRect();
    const [start, middle, end] = [".dock-start", ".capsules", ".dock-end"].map((part) =>
        root.querySelector(part)?.getBoundingClientRect());
    if (!dock || !start || !middle || !end) {
        return false; // not on the page yet
    }
    return overlap(start, middle) || overlap(middle, end) || overlap(start, end)
        || end.bottom > dock.bottom + 1 || end.right > dock.right + 1;
}

/** @param {Element} node */
function isCut(node) {
    return node.scrollWidth > node.clientWidth + 1;
}

/**
 * @param {DOMRect} one
 * @param {DOMRect} other
 */
function overlap(one, other) {
    return one.left < other.right - 1 && other.left < one.right - 1
        && one.top < other.bottom - 1 && other.top < one.bottom - 1;
}
