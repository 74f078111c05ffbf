// pictures.js - decodes the pictures of the tunnel and shows them on a track, for a <video> as with any
// other path.
// Events:
//   first    the first picture is on the track
//   keyframe the decoder needs one

import { emit } from "../lib/emitter.js";
import { avcName } from "../wire/tunnel.js";
import { CanvasTrack } from "./canvas-track.js";
import { GeneratedTrack } from "./generated-track.js";

/** @typedef {import("../wire/tunnel.js").Frame} Frame */

/** Encoded pictures that wait for a decoder that is too slow: beyond, a keyframe begins anew. */
const QUEUE_MAX = 30;
/** A desktop that stands still sends nothing, and who begins to look at the track then has seen none:
 *  the first picture is put there again after these times. */
const AGAIN_MS = [60, 250, 700, 1500];

/** @type {Record<string, string>} */
const NAMES = { VP8: "vp8", H264: "avc1.42e01f" };

/** H.264 says so itself; of VP8 browsers would guess by the size of the picture, and wrongly. */
const VP8_COLOURS = /** @type {const} */ ({
    primaries: "bt709", transfer: "bt709", matrix: "smpte170m", fullRange: false,
});

/**
 * Which of the codecs does this browser decode? Chromium decodes VP8 with threads that wait for one another,
 * row by row: on a busy computer that has been 40 times as slow as H.264.
 * @returns {Promise<string[]>} best first
 */
export async function decodedPictures() {
    const names = typeof MediaStreamTrackGenerator !== "undefined" ? ["H264", "VP8"] : ["VP8", "H264"];
    const isDecoded = await Promise.all(names.map((name) =>
        VideoDecoder.isConfigSupported({ codec: NAMES[name] })
            .then(({ supported }) => supported, () => false)));
    return names.filter((_, index) => isDecoded[index]);
}

export class Pictures extends EventTarget {
    #codec;
    /** @type {VideoDecoder | null} */
    #decoder = null;
    #shown = typeof MediaStreamTrackGenerator !== "undefined"
        ? new GeneratedTrack() : new CanvasTrack();
    #isKeyNeeded = true;
    #nextNumber = 0;
    #isClosed = false;
    frames = 0;
    width = 0;
    height = 0;

    /** @param {string} codec VP8 or H264 */
    constructor(codec) {
        super();
        this.#codec = codec;
    }

    get track() {
        return this.#shown.track;
    }

    /** @param {Frame} frame */
    push(frame) {
        if (frame.isKey) {
            this.#isKeyNeeded = false;
            this.#prepare(frame);
        } else if (frame.number !== this.#nextNumber) {
            this.#isKeyNeeded = true;
        }
        this.#nextNumber = (frame.number + 1) % 2 ** 32;
        const decoder = this.#decoder;
        if (this.#isKeyNeeded || !decoder || decoder.decodeQueueSize > QUEUE_MAX) {
            this.#needKey();
            return;
        }
        try {
            decoder.decode(new EncodedVideoChunk({
                type: frame.isKey ? "key" : "delta", timestamp: frame.timeUs, data: frame.bytes,
            }));
        } catch (error) {
            this.#onError(error);
        }
    }

    close() {
        this.#isClosed = true;
        this.#drop();
        this.#shown.close();
    }

    #needKey() {
        this.#isKeyNeeded = true;
        emit(this, "keyframe");
    }

    /**
     * A decoder for what begins with this keyframe: a new one after an error, and after a queue that
     * was too long.
     * @param {Frame} frame
     */
    #prepare(frame) {
        if (this.#decoder && this.#decoder.decodeQueueSize <= QUEUE_MAX) {
            return;
        }
        this.#drop();
        /** @type {VideoDecoder} */
        const decoder = new VideoDecoder({
            output: (picture) => this.#onPicture(picture, decoder),
            error: (error) => this.#decoder === decoder && this.#onError(error),
        });
        decoder.configure({
            ...(this.#codec === "H264"
                ? { codec: avcName(frame.bytes) || NAMES.H264 }
                : { codec: NAMES.VP8, colorSpace: VP8_COLOURS }),
            optimizeForLatency: true,
        });
        this.#decoder = decoder;
    }

    /**
     * @param {VideoFrame} picture
     * @param {VideoDecoder} decoder
     */
    #onPicture(picture, decoder) {
        if (this.#decoder !== decoder) {
            picture.close();
            return;
        }
        this.width = picture.displayWidth;
        this.height = picture.displayHeight;
        this.frames += 1;
        this.#shown.show(picture);
        if (this.frames === 1) {
            this.#showAgain();
            emit(this, "first");
        }
    }

    #showAgain() {
        for (const ms of AGAIN_MS) {
            setTimeout(() => this.frames === 1 && !this.#isClosed && this.#shown.showAgain(), ms);
        }
    }

    /** @param {unknown} error */
    #onError(error) {
        console.warn("a picture cannot be decoded:", error);
        this.#drop();
        this.#needKey();
    }

    #drop() {
        const decoder = this.#decoder;
        this.#decoder = null;
        if (decoder && decoder.state !== "closed") {
            decoder.close();
        }
    }
}
