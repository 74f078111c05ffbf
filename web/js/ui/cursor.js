// cursor.js - the desktop's pointer, which is not in the picture. Whoever has control sees the own
// system's pointer in the desktop's shape, without any delay; the others see where it stands.

import { element, setText } from "../lib/element.js";
import { toPicture } from "../wire/geometry.js";

/** Browsers ignore larger pictures as a pointer. */
const SYSTEM_MAX_PX = 128;
const NAME_MS = 1500;
const MIN_SCALE = 0.75;

/** @typedef {import("../wire/geometry.js").Point} Point */

export class Cursor {
    #stage;
    #image = element("img", { class: "cursor-image", alt: "", draggable: "false" });
    #name = element("span", { class: "cursor-name", dir: "auto" });
    #root = element("div", { class: "cursor", hidden: true }, this.#image, this.#name);
    #shape = { url: "", width: 0, height: 0, hotX: 0, hotY: 0 };
    /** @type {Point | null} */
    #position = null;
    #isMine = false;
    /** The desktop shows none; some never say what theirs looks like. */
    #isEmpty = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #fading;

    /** @param {import("./stage.js").Stage} stage */
    constructor(stage) {
        this.#stage = stage;
        stage.picture.append(this.#root);
        stage.addEventListener("layout", () => this.#place());
    }

    /** @param {import("../wire/channel.js").CursorImage} image */
    setImage(image) {
        const before = this.#shape.url;
        const { width, height, hotX, hotY } = image;
        this.#isEmpty = width === 0 || height === 0 || image.png.length === 0;
        const url = this.#isEmpty ? ""
            : URL.createObjectURL(new Blob([image.png], { type: "image/png" }));
        this.#shape = { url, width, height, hotX, hotY };
        this.#image.hidden = this.#isEmpty;
        if (this.#isEmpty) {
            this.#image.removeAttribute("src");
        } else {
            this.#image.src = url;
        }
        this.#showSystem();
        this.#place();
        if (before) {
            URL.revokeObjectURL(before);
        }
    }

    /** @param {Point | null} position */
    setPosition(position) {
        this.#position = position;
        this.#place();
        this.#name.classList.remove("cursor-name-faded");
        clearTimeout(this.#fading);
        this.#fading = setTimeout(() => this.#name.classList.add("cursor-name-faded"), NAME_MS);
    }

    /**
     * @param {boolean} isMine the own system's pointer shows it
     * @param {string} name whose it is, "" for nobody's
     * @param {number} colour
     */
    setOwner(isMine, name, colour) {
        this.#isMine = isMine;
        setText(this.#name, name);
        this.#name.hidden = name === "";
        this.#name.dataset.colour = String(colour);
        this.#showSystem();
        this.#place();
    }

    #showSystem() {
        const { url, width, height, hotX, hotY } = this.#shape;
        const { style } = this.#stage.picture;
        if (!this.#isMine) {
            style.cursor = "";
        } else if (!url || width > SYSTEM_MAX_PX || height > SYSTEM_MAX_PX) {
            style.cursor = this.#isEmpty ? "none" : "default";
        } else {
            const x = Math.min(hotX, width - 1);
            const y = Math.min(hotY, height - 1);
            style.cursor = `url("${url}") ${x} ${y}, default`;
        }
    }

    #place() {
        const isShown = !this.#isMine && this.#position !== null;
        this.#root.hidden = !isShown;
        if (!this.#position || !isShown) {
            return;
        }
        const { desktop, picture } = this.#stage;
        const size = { width: picture.clientWidth, height: picture.clientHeight };
        const scale = Math.max(MIN_SCALE, size.width / desktop.width);
        const { x, y } = toPicture(this.#position, size, desktop);
        const { width, height, hotX, hotY } = this.#shape;
        this.#root.style.transform = `translate(${x - hotX * scale}px, ${y - hotY * scale}px)`;
        this.#image.style.width = `${width * scale}px`;
        this.#image.style.height = `${height * scale}px`;
    }
}
