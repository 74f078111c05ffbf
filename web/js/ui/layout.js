// layout.js - where the dock stands, and full screen: there the dock comes only when it is
// wanted, unless the margin holds it.
// Says it all in attributes of the root: data-dock, data-rows, data-panel, data-full, data-hides,
// data-dock-shown, data-tight and data-faces.
// Events:
//   change

import { element } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { text } from "../lib/texts.js";
import { chooseDock, hasDockMargin } from "../wire/geometry.js";

const SHOWN_MS = 2500;
const PANEL_PX = 344;
/** Narrower than this the panel lies over the stage, and a dock below it has two rows. */
const MEDIUM_PX = 1100;

/** What the dock gives up, step by step, until its parts have room; what goes is in dock.css. */
const TIGHT = ["", "1", "1 2", "1 2 3", "1 2 3 4", "1 2 3 4 5", "1 2 3 4 5 6"];
/** So many of the steps are better than a second row. */
const ONE_ROW_STEPS = 3;
/** Of a name at least this much is shown. */
const NAME_PX = 40;

/** Round the face of the host, and outside of its part of the dock. */
const RING_PX = 4;

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
            if ("hides" in root.dataset && !this.#isInControl) {
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
        const hasMargin = hasDockMargin(size, this.#stage.desktop, this.#dock);
        this.#root.toggleAttribute("data-full", this.isFull);
        this.#root.toggleAttribute("data-hides", this.isFull && !hasMargin);
        this.#stage.setGutter(this.#dock !== "phone" && !this.isFull);
        this.fit();
        emit(this, "change");
    }

    /** After the dock's content has changed: gives each part its room. */
    fit() {
        const { dataset } = this.#root;
        for (const { rows, tight, faces } of this.#plans()) {
            dataset.rows = String(rows);
            dataset.tight = tight;
            dataset.faces = String(faces);
            if (!isCrowded(this.#root)) {
                return;
            }
        }
    }

    /** How the dock can stand, the best way first. */
    #plans() {
        const width = window.innerWidth - (this.#isPanelOpen ? PANEL_PX : 0);
        const hasTwoRows = this.#dock === "bottom" && width < MEDIUM_PX;
        // Who asks stands beside that control is mine: then a second row is better than fewer faces.
        const isAsked = this.#root.querySelector(".capsule-asks") !== null;
        const steps = isAsked && !this.#isPanelOpen ? 1 : ONE_ROW_STEPS;
        const choices = [
            ...(hasTwoRows ? TIGHT.slice(0, steps) : TIGHT)
                .map((tight) => ({ rows: 1, tight })),
            ...(hasTwoRows ? TIGHT : []).map((tight) => ({ rows: 2, tight })),
        ];
        return choices.flatMap(({ rows, tight }) =>
            this.#countFaces(TIGHT.indexOf(tight)).map((faces) => ({ rows, tight, faces })));
    }

    /**
     * Faces go one by one, after the ornament and before all else. A number stands for two at least
     * where one face has room in its place.
     * @param {number} step of TIGHT
     */
    #countFaces(step) {
        const { count = "" } = this.#root.querySelector(/** @type {"button"} */ (".people-button"))
            ?.dataset ?? {};
        const isSmall = this.#dock === "rail" || window.innerWidth < MEDIUM_PX;
        const most = this.#isPanelOpen || step > 1 ? 1 : isSmall ? 3 : 4;
        const fewest = step === 0 ? most : 1;
        const faces = Array.from({ length: most - fewest + 1 }, (_, index) => most - index);
        return Number(count) === most + 1 ? [most + 1, ...faces] : faces;
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
    return overlap(start, middle) || overlap(middle, end, RING_PX) || overlap(start, end)
        || end.bottom > dock.bottom + 1 || end.right > dock.right + 1;
}

/** @param {Element} node */
function isCut(node) {
    return node.scrollWidth > node.clientWidth + 1;
}

/**
 * @param {DOMRect} one
 * @param {DOMRect} other
 * @param {number} [gap] that has to be between the two; by a pixel less they may touch
 */
function overlap(one, other, gap = 0) {
    const reach = gap - 1;
    return one.left < other.right + reach && other.left < one.right + reach
        && one.top < other.bottom + reach && other.top < one.bottom + reach;
}
