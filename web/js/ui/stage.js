// stage.js - the picture of the desktop, fitted into the space that the dock leaves, and the
// hidden field that takes the keys. Knows where a point of the page lies on the desktop.
// Events:
//   picture   the first frame of a new stream is there

import { element } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { text } from "../lib/texts.js";
import { distanceOutside, fitPicture, toDesktop } from "../wire/geometry.js";

/** Between picture and window, when the picture does not fill it anyway. */
const GUTTER_PX = 6;

export class Stage extends EventTarget {
    #video = element("video", {
        class: "video", autoplay: true, playsinline: true, muted: true, tabindex: "-1",
        disablepictureinpicture: true, "aria-hidden": "true",
    });
    /** The last picture while a card stands, and until the first one of a stream that takes over:
     *  Chromium's video turns black when its stream ends, and where another one begins. */
    #still = element("canvas", { class: "video still", hidden: true, "aria-hidden": "true" });
    #picture = element("div", { class: "picture" }, this.#video, this.#still,
        element("div", { class: "ring" }));
    /** Keys and composed text arrive here. */
    field = element("textarea", {
        class: "typing", autocomplete: "off", autocapitalize: "off", autocorrect: "off",
        spellcheck: "false", inputmode: "none", "aria-label": text("stage.typing"), rows: "1",
    });
    #description = element("p", { class: "unseen", id: "stage-escape" }, text("stage.escape"));
    root = element("main", {
        class: "stage", role: "application", "aria-describedby": "stage-escape",
    }, this.#picture, this.field, this.#description);
    #desktop = { width: 1280, height: 720 };
    #hasGutter = true;
    /** @type {MediaStream | null} */
    #stream = null;
    #hasPicture = false;
    #isLive = true;
    /** Another stream takes over, and has not shown a picture yet. */
    #isChanging = false;

    constructor() {
        super();
        this.#video.muted = true; // the attribute alone does nothing on a made element
        new ResizeObserver(() => this.layout()).observe(this.root);
        this.#video.addEventListener("loadeddata", () => this.#onFrame());
        this.#video.addEventListener("resize", () => this.#onFrame());
        this.#watch();
    }

    get video() {
        return this.#video;
    }

    /** Where cursors and the like are put. */
    get picture() {
        return this.#picture;
    }

    get hasPicture() {
        return this.#hasPicture;
    }

    get desktop() {
        return this.#desktop;
    }

    /** @param {import("../wire/geometry.js").Size} desktop */
    setDesktop(desktop) {
        this.#desktop = desktop;
        this.layout();
    }

    /** @param {boolean} isLive else the picture stays as it is now */
    setLive(isLive) {
        this.#isLive = isLive;
        this.#showStill();
    }

    #showStill() {
        const { videoWidth, videoHeight } = this.#video;
        const isStill = !this.#isLive || this.#isChanging;
        if (!isStill && !this.#still.hidden) {
            this.#still.hidden = true;
            this.#still.width = this.#still.height = 0; // gives its memory back
        } else if (isStill && this.#still.hidden && videoWidth > 0) {
            this.#still.width = videoWidth;
            this.#still.height = videoHeight;
            this.#still.getContext("2d")?.drawImage(this.#video, 0, 0);
            this.#still.hidden = false;
        }
    }

    /** @param {boolean} hasGutter */
    setGutter(hasGutter) {
        this.#hasGutter = hasGutter;
        this.layout();
    }

    /** @param {string} who has control, in words */
    setName(who) {
        this.root.setAttribute("aria-label", text("stage.name", { who }));
    }

    /**
     * Shows a stream. The last picture of the one before stays until this one's packets flow.
     * @param {MediaStream} stream
     */
    setStream(stream) {
        if (this.#stream === stream) {
            return;
        }
        // One that still runs is taken over from, and its last picture counts.
        const before = this.#stream?.getVideoTracks()[0];
        this.#hasPicture &&= before?.readyState === "live" && !before.muted;
        this.#stream = stream;
        const track = stream.getVideoTracks()[0];
        if (!track || !track.muted || !this.#video.srcObject) {
            this.#attach(stream);
            return;
        }
        track.addEventListener("unmute", () => this.#attach(stream), { once: true });
    }

    /**
     * The desktop's pixel under a point of the page.
     * @param {number} x CSS pixels
     * @param {number} y
     */
    locate(x, y) {
        const rect = this.#picture.getBoundingClientRect();
        const point = { x, y };
        return {
            pixel: toDesktop(point, rect, this.#desktop, window.devicePixelRatio || 1),
            outside: distanceOutside(point, rect),
        };
    }

    layout() {
        const box = this.root.getBoundingClientRect();
        const dpr = window.devicePixelRatio || 1;
        const gutter = this.#hasGutter ? GUTTER_PX : 0;
        const room = { width: box.width - 2 * gutter, height: box.height - 2 * gutter };
        const rect = fitPicture(room, this.#desktop, dpr);
        /** @param {number} start @param {number} offset */
        const snapped = (start, offset) =>
            Math.round((start + gutter + offset) * dpr) / dpr - start;
        const { style } = this.#picture;
        style.left = `${snapped(box.left, rect.left)}px`;
        style.top = `${snapped(box.top, rect.top)}px`;
        style.width = `${rect.width}px`;
        style.height = `${rect.height}px`;
        emit(this, "layout");
    }

    /** @param {MediaStream} stream */
    #attach(stream) {
        if (this.#stream !== stream || this.#video.srcObject === stream) {
            return;
        }
        this.#isChanging = this.#hasPicture;
        this.#showStill();
        this.#video.srcObject = stream;
        this.#video.play().catch(() => {
            // Autoplay of a muted video is allowed; without, the first gesture starts it.
        });
    }

    /** Tells of every picture that is shown, where the browser can. */
    #watch() {
        this.#video.requestVideoFrameCallback?.(() => {
            emit(this, "frame");
            this.#watch();
        });
    }

    #onFrame() {
        if (this.#video.srcObject !== this.#stream || !this.#video.videoWidth) {
            return;
        }
        if (this.#isChanging) {
            this.#isChanging = false;
            this.#showStill();
        }
        if (this.#hasPicture) {
            return;
        }
        // Chromium ends a track that never had a picture with a black one.
        if (this.#stream?.getVideoTracks()[0]?.readyState !== "live") {
            return;
        }
        this.#hasPicture = true;
        emit(this, "picture");
    }
}
