// peer.js - one RTCPeerConnection: answers the server's offers, first and later ones, trickles,
// hands out the stream and the data channel, reads its statistics.
// Events:
//   local-candidate RTCIceCandidateInit
//   stream          MediaStream (its video track may still be silent)
//   channel-open
//   channel         ArrayBuffer
//   state           RTCPeerConnectionState
//   relay-refused   a TURN server does not take the name and the password that we were given

import { emit } from "../lib/emitter.js";
import { askForStereo } from "../wire/sdp.js";
import { readStats } from "../wire/stats.js";

/** Moves are worth nothing when they are late: above this they are left out. */
const BUFFERED_MAX = 64 * 1024;

/** Candidates that came before their description; more than this is not a browser's peer. */
const EARLY_MAX = 64;

/** Of TURN, also for a password that is wrong (RFC 8656 section 5). */
const UNAUTHORIZED = 401;

/** @param {RTCIceServer[]} iceServers */
function open(iceServers) {
    return new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
}

/**
 * A browser throws at a whole list for one address in it that it does not take: such an address is
 * left out, so that the others serve.
 * @param {RTCIceServer[]} iceServers
 */
function openWithTaken(iceServers) {
    try {
        return open(iceServers);
    } catch {
        const single = iceServers.flatMap((server) =>
            [server.urls].flat().map((url) => ({ ...server, urls: [url] })));
        return open(single.filter((server) => {
            try {
                open([server]).close();
                return true;
            } catch (error) {
                console.warn(`this browser does not take the ICE server ${server.urls}:`, error);
                return false;
            }
        }));
    }
}

export class Peer extends EventTarget {
    #connection;
    /** @type {RTCDataChannel | null} */
    #channel = null;
    /** @type {RTCIceCandidateInit[]} */
    #early = [];
    /** Offers and candidates are taken one after the other. */
    #queue = Promise.resolve();

    /** @param {RTCIceServer[]} iceServers */
    constructor(iceServers) {
        super();
        this.#connection = openWithTaken(iceServers);
        const connection = this.#connection;
        connection.addEventListener("icecandidate", (event) => {
            if (event.candidate?.candidate) {
                emit(this, "local-candidate", event.candidate.toJSON());
            }
        });
        connection.addEventListener("icecandidateerror", (event) => {
            if (/** @type {RTCPeerConnectionIceErrorEvent} */ (event).errorCode === UNAUTHORIZED) {
                emit(this, "relay-refused");
            }
        });
        connection.addEventListener("track", (event) => this.#onTrack(event));
        connection.addEventListener("datachannel", (event) => this.#onChannel(event.channel));
        for (const type of ["connectionstatechange", "iceconnectionstatechange"]) {
            connection.addEventListener(type, () => emit(this, "state", this.state));
        }
    }

    /** The worst of what the two states say: Firefox is late with one of them. */
    get state() {
        const { connectionState, iceConnectionState } = this.#connection;
        if (iceConnectionState === "failed" || iceConnectionState === "disconnected") {
            return iceConnectionState;
        }
        return connectionState;
    }

    /**
     * Its DTLS has failed, which no ICE restart mends. Firefox ends it when the system refuses to
     * send, as it does without a network.
     */
    get isBroken() {
        return this.#connection.getReceivers()
            .some((receiver) => receiver.transport?.state === "failed");
    }

    get isChannelOpen() {
        return this.#channel?.readyState === "open";
    }

    /**
     * Takes an offer, of whatever kind, and returns the answer's SDP.
     * @param {string} sdp
     */
    answer(sdp) {
        return this.#inTurn(async () => {
            const connection = this.#connection;
            await connection.setRemoteDescription({ type: "offer", sdp });
            await this.#addEarly();
            const answer = await connection.createAnswer();
            await connection.setLocalDescription({
                type: "answer",
                sdp: askForStereo(answer.sdp ?? ""),
            });
            return connection.localDescription?.sdp ?? "";
        });
    }

    /** @param {RTCIceCandidateInit} candidate */
    addCandidate(candidate) {
        return this.#inTurn(async () => {
            if (!this.#connection.remoteDescription || !(await this.#add(candidate))) {
                // Of a description that is still on its way.
                this.#early = [...this.#early, candidate].slice(-EARLY_MAX);
            }
        });
    }

    /**
     * Sends bytes; what can be left out (moves) is, when the line is full.
     * @param {ArrayBuffer} bytes
     * @param {boolean} [canDrop]
     */
    send(bytes, canDrop = false) {
        const channel = this.#channel;
        if (!channel || channel.readyState !== "open") {
            return false;
        }
        if (canDrop && channel.bufferedAmount > BUFFERED_MAX) {
            return false;
        }
        channel.send(bytes);
        return true;
    }

    async readStats() {
        const report = await this.#connection.getStats();
        return readStats(
            new Map(/** @type {Iterable<[string, Record<string, unknown>]>} */ (
                /** @type {unknown} */ (report))),
            performance.now(),
        );
    }

    close() {
        this.#connection.close();
    }

    async #addEarly() {
        const early = this.#early;
        this.#early = [];
        for (const candidate of early) {
            await this.#add(candidate);
        }
    }

    /** @param {RTCIceCandidateInit} candidate */
    async #add(candidate) {
        try {
            await this.#connection.addIceCandidate(candidate);
            return true;
        } catch {
            return false;
        }
    }

    /**
     * @template T
     * @param {() => Promise<T>} step
     * @returns {Promise<T>}
     */
    #inTurn(step) {
        const result = this.#queue.then(step);
        this.#queue = result.then(() => undefined, () => undefined);
        return result;
    }

    /** @param {RTCTrackEvent} event */
    #onTrack(event) {
        const { receiver, track, streams } = event;
        // A desktop wants the newest picture, not the smoothest one.
        if ("jitterBufferTarget" in receiver) {
            receiver.jitterBufferTarget = 0;
        } else if ("playoutDelayHint" in receiver) {
            /** @type {RTCRtpReceiver} */ (receiver).playoutDelayHint = 0;
        }
        emit(this, "stream", streams[0] ?? new MediaStream([track]));
    }

    /** @param {RTCDataChannel} channel */
    #onChannel(channel) {
        if (channel.label !== "data") {
            return;
        }
        this.#channel = channel;
        channel.binaryType = "arraybuffer";
        channel.addEventListener("message", (event) => {
            if (event.data instanceof ArrayBuffer) {
                emit(this, "channel", event.data);
            }
        });
        const opened = () => emit(this, "channel-open");
        if (channel.readyState === "open") {
            opened();
        } else {
            channel.addEventListener("open", opened, { once: true });
        }
    }
}
