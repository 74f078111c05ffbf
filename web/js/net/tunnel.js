// tunnel.js - picture, sound and input by a WebSocket of the page's own origin: for where no WebRTC
// path exists. To its user it is a peer that negotiates nothing.
// Events:
//   channel-open
//   channel      ArrayBuffer
//   stream       MediaStream, as soon as it has its first picture
//   state        read `state`; when it is "closed", also `end`

import { emit, on } from "../lib/emitter.js";
import { TUNNEL_VERSION, parseTunnel, writeData, writeHello, writeKeyframe, writeReceived }
    from "../wire/tunnel.js";
import { Pictures, decodedPictures } from "./pictures.js";
import { Sounds, decodedSounds } from "./sounds.js";

/** @typedef {import("../wire/tunnel.js").Frame} Frame */
/** @typedef {import("../wire/tunnel.js").Welcome} Welcome */
/** @typedef {"none" | "refused" | "replaced" | "lost"} TunnelEnd
 *  none: there is no tunnel, or none for this browser; replaced: another page of the session has it */

/** From opening to the welcome. */
const WELCOME_MS = 8000;
/** The server waits 50 ms for the word that something has been received, and less is better. */
const RECEIVED_MS = 30;
/** It hears no more than two such wishes a second. */
const KEYFRAME_MS = 500;
/** Moves are worth nothing when they are late: above this they are left out. */
const BUFFERED_MAX = 64 * 1024;
const CLOSE_DONE = 1000;
const CLOSE_REPLACED = 4001;

/** Where there is no sound, there is a picture all the same. */
function makeSounds() {
    try {
        return new Sounds();
    } catch (error) {
        console.warn("sound cannot be played:", error);
        return null;
    }
}

export class Tunnel extends EventTarget {
    #token;
    #socket;
    #listening = new AbortController();
    /** @type {"connecting" | "connected" | "closed"} */
    #state = "connecting";
    /** @type {TunnelEnd} */
    #end = "lost";
    /** @type {Welcome | null} */
    #welcome = null;
    /** Why the server refuses, "": it does not. */
    #refusal = "";
    /** @type {Pictures | null} */
    #pictures = null;
    /** @type {Sounds | null} */
    #sounds = null;
    #bytes = 0;
    #messages = 0;
    #saidAt = -RECEIVED_MS;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #sayTimer;
    #askedAt = -KEYFRAME_MS;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #askTimer;
    #welcomeTimer = setTimeout(() => this.#finish("lost"), WELCOME_MS);

    /** Has this page, in this browser, what decodes? Pages that are not secure have it nowhere. */
    static isPossible() {
        return typeof VideoDecoder !== "undefined" && typeof EncodedVideoChunk !== "undefined";
    }

    /**
     * @param {string} url of the WebSocket
     * @param {string} token "" where the cookie of the login counts
     */
    constructor(url, token) {
        super();
        this.#token = token;
        const socket = new WebSocket(url);
        const { signal } = this.#listening;
        this.#socket = socket;
        socket.binaryType = "arraybuffer";
        socket.addEventListener("open", () => this.#sayHello(), { signal });
        socket.addEventListener("message", (event) => this.#onMessage(event.data), { signal });
        socket.addEventListener("close", (event) => this.#onClose(event.code), { signal });
    }

    get state() {
        return this.#state;
    }

    /** Why it is closed. */
    get end() {
        return this.#end;
    }

    get isChannelOpen() {
        return this.#welcome !== null && this.#socket.readyState === WebSocket.OPEN;
    }

    /**
     * Sends bytes; what can be left out (moves) is, when the line is full.
     * @param {ArrayBuffer} bytes
     * @param {boolean} [canDrop]
     */
    send(bytes, canDrop = false) {
        const message = writeData(bytes);
        if (!message || !this.isChannelOpen
            || (canDrop && this.#socket.bufferedAmount > BUFFERED_MAX)) {
            return false;
        }
        this.#socket.send(message);
        return true;
    }

    /** @returns {Promise<import("../wire/stats.js").LinkStats>} */
    async readStats() {
        return {
            path: "websocket",
            roundTripMs: null,
            bytes: this.#bytes,
            frames: this.#pictures?.frames ?? 0,
            packets: this.#messages,
            lost: 0,
            width: this.#pictures?.width ?? 0,
            height: this.#pictures?.height ?? 0,
            codec: this.#welcome?.video ?? "",
            timeMs: performance.now(),
        };
    }

    close() {
        if (this.#state === "closed") {
            return;
        }
        this.#state = "closed";
        for (const timer of [this.#welcomeTimer, this.#sayTimer, this.#askTimer]) {
            clearTimeout(timer);
        }
        this.#listening.abort();
        this.#socket.close(CLOSE_DONE);
        this.#pictures?.close();
        this.#sounds?.close();
    }

    async #sayHello() {
        const [video, audio] = await Promise.all([decodedPictures(), decodedSounds()]);
        if (this.#state === "closed") {
            return;
        }
        const hello = writeHello(this.#token, video, audio);
        if (video.length === 0 || !hello) {
            this.#finish("none");
            return;
        }
        this.#socket.send(hello);
    }

    /** @param {unknown} data */
    #onMessage(data) {
        const message = parseTunnel(data);
        if (message?.kind === "picture") {
            this.#countReceived(message);
            if (message.isKey) {
                clearTimeout(this.#askTimer); // what was to be asked for is here
                this.#askTimer = undefined;
            }
            this.#pictures?.push(message);
        } else if (message?.kind === "sound") {
            this.#countReceived(message);
            this.#sounds?.push(message);
        } else if (message?.kind === "data") {
            emit(this, "channel", message.bytes);
        } else if (message?.kind === "refused") {
            console.info("the tunnel is refused:", message.status, message.text);
            this.#refusal = message.status || "refused";
        } else if (message?.kind === "welcome") {
            this.#onWelcome(message);
        }
    }

    /** @param {Welcome} welcome */
    #onWelcome(welcome) {
        clearTimeout(this.#welcomeTimer);
        if (this.#welcome) {
            return;
        }
        if (welcome.version !== TUNNEL_VERSION || !welcome.video) {
            this.#finish("none");
            return;
        }
        this.#welcome = welcome;
        const pictures = new Pictures(welcome.video);
        this.#pictures = pictures;
        this.#sounds = welcome.audio ? makeSounds() : null;
        on(pictures, "keyframe", () => this.#askForKeyframe());
        on(pictures, "first", () => this.#onPicture(pictures.track));
        emit(this, "channel-open");
    }

    /** @param {MediaStreamTrack} track */
    #onPicture(track) {
        this.#state = "connected";
        emit(this, "stream", new MediaStream(this.#sounds ? [track, this.#sounds.track] : [track]));
        emit(this, "state", this.#state);
    }

    /** @param {number} code */
    #onClose(code) {
        if (code === CLOSE_REPLACED) {
            this.#finish("replaced");
        } else if (this.#refusal && this.#refusal !== "no-codec") {
            this.#finish("refused");
        } else {
            this.#finish(this.#welcome ? "lost" : "none");
        }
    }

    /** @param {TunnelEnd} end */
    #finish(end) {
        this.#end = end;
        this.close();
        emit(this, "state", this.#state);
    }

    /**
     * Tells at once what came after a while, and soon what comes with more.
     * @param {Frame} frame
     */
    #countReceived({ size }) {
        this.#bytes += size;
        this.#messages += 1;
        const sinceMs = performance.now() - this.#saidAt;
        if (sinceMs >= RECEIVED_MS) { // a page that is hidden has slow timers
            this.#sayReceived();
        } else {
            this.#sayTimer ??= setTimeout(() => this.#sayReceived(), RECEIVED_MS - sinceMs);
        }
    }

    #sayReceived() {
        clearTimeout(this.#sayTimer);
        this.#sayTimer = undefined;
        this.#saidAt = performance.now();
        if (this.#socket.readyState === WebSocket.OPEN) {
            this.#socket.send(writeReceived(this.#bytes));
        }
    }

    #askForKeyframe() {
        const sinceMs = performance.now() - this.#askedAt;
        if (sinceMs < KEYFRAME_MS) {
            this.#askTimer ??= setTimeout(() => this.#askForKeyframe(), KEYFRAME_MS - sinceMs);
            return;
        }
        clearTimeout(this.#askTimer);
        this.#askTimer = undefined;
        this.#askedAt = performance.now();
        if (this.#socket.readyState === WebSocket.OPEN) {
            this.#socket.send(writeKeyframe());
        }
    }
}
