// sounds.js - decodes the sound of the tunnel and plays it into a track, a little later than it comes,
// so that what the network holds up for a moment is not heard.

/** @typedef {import("../wire/tunnel.js").Frame} Frame */

const RATE = 48000;
const CHANNELS = 2;
/** Played so much later than it came, at the begin and after a hole. */
const DELAY_S = 0.04;
/** Further behind than this it is left out, until it is as near as at the begin. */
const LATE_S = 0.2;

const CONFIG = { codec: "opus", sampleRate: RATE, numberOfChannels: CHANNELS };

/** @returns {Promise<string[]>} the codecs that this browser decodes */
export async function decodedSounds() {
    if (typeof AudioDecoder === "undefined" || typeof AudioContext === "undefined") {
        return [];
    }
    const { supported } = await AudioDecoder.isConfigSupported(CONFIG)
        .catch(() => ({ supported: false }));
    return supported ? ["opus"] : [];
}

export class Sounds {
    #context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    #output = this.#context.createMediaStreamDestination();
    /** @type {AudioDecoder | null} */
    #decoder = null;
    #nextS = 0;
    #isLate = false;

    get track() {
        return this.#output.stream.getAudioTracks()[0];
    }

    /** @param {Frame} frame */
    push(frame) {
        if (this.#context.state !== "running") {
            // The browser's rule: sound needs a gesture first.
            if (navigator.userActivation?.hasBeenActive ?? true) {
                this.#context.resume().catch(() => undefined);
            }
            return;
        }
        const decoder = this.#decoder ?? this.#open();
        try {
            decoder.decode(new EncodedAudioChunk({
                type: "key", timestamp: frame.timeUs, data: frame.bytes,
            }));
        } catch (error) {
            this.#onError(error);
        }
    }

    close() {
        this.#drop();
        this.#context.close().catch(() => undefined);
    }

    #open() {
        /** @type {AudioDecoder} */
        const decoder = new AudioDecoder({
            output: (data) => this.#decoder === decoder ? this.#play(data) : data.close(),
            error: (error) => this.#decoder === decoder && this.#onError(error),
        });
        decoder.configure(CONFIG);
        this.#decoder = decoder;
        return decoder;
    }

    /** @param {AudioData} data */
    #play(data) {
        const nowS = this.#context.currentTime;
        const aheadS = this.#nextS - nowS;
        this.#isLate = aheadS > (this.#isLate ? DELAY_S : LATE_S);
        if (!this.#isLate) {
            const startS = aheadS > 0 ? this.#nextS : nowS + DELAY_S;
            const source = this.#context.createBufferSource();
            source.buffer = this.#copy(data);
            source.connect(this.#output);
            source.start(startS);
            this.#nextS = startS + source.buffer.duration;
        }
        data.close();
    }

    /** @param {AudioData} data */
    #copy(data) {
        const { numberOfChannels, numberOfFrames, sampleRate } = data;
        const buffer = this.#context.createBuffer(numberOfChannels, numberOfFrames, sampleRate);
        const plane = new Float32Array(numberOfFrames);
        for (let channel = 0; channel < numberOfChannels; channel += 1) {
            data.copyTo(plane, { planeIndex: channel, format: "f32-planar" });
            buffer.copyToChannel(plane, channel);
        }
        return buffer;
    }

    /** @param {unknown} error */
    #onError(error) {
        console.warn("sound cannot be decoded:", error);
        this.#drop(); // every packet can begin anew
    }

    #drop() {
        const decoder = this.#decoder;
        this.#decoder = null;
        if (decoder && decoder.state !== "closed") {
            decoder.close();
        }
    }
}
