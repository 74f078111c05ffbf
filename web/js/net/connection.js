// connection.js - signaling and peer together: asks for the picture, keeps it while only the
// WebSocket is away, restarts a path that died, and asks anew when that does not help. Meanwhile the
// ladder has a way without WebRTC, and then this goes on in the background.
// Events:
//   message { event, payload }  what the room is interested in
//   state                       read `phase`, `isAnswered`, `retryAt`
//   stream  MediaStream
//   channel ArrayBuffer
//   ended   { reason }
//   refused { status, text }    none by WebRTC, and asking again would change nothing

import { Backoff } from "../lib/backoff.js";
import { emit, on } from "../lib/emitter.js";
import { parseCandidate, parseIceServers } from "../wire/message.js";
import { parseChannel, writePing } from "../wire/channel.js";
import { fields, readFlag, readString } from "../wire/read.js";
import { Ladder } from "./ladder.js";
import { Peer } from "./peer.js";
import { Pulse } from "./pulse.js";
import { Signal } from "./signal.js";

/** @typedef {import("../wire/message.js").Message} Message */
/** @typedef {{ retryAt: number, isEnd: boolean }} Lost */
/** @typedef {"server" | "path" | "up" | "lost"} Phase what is being waited for */

/** A path may hiccup this long before a restart is asked for. */
const DISCONNECTED_MS = 2000;
/** A path that moves by itself has moved sooner: one that stays silent for so much longer is restarted. The browser
 *  itself needs many seconds to see that its address is another one. */
const MOVE_MS = 300;
/** While no picture comes, a WebSocket that has been doubted for so long gives way to a new one; then for twice as long:
 *  to a far server it takes a second. */
const PATIENCE_MS = 400;
/** A restart gets this long before everything begins anew. */
const RESTART_MS = 7000;
/** From asking to a connected peer; the slowest TURN over TLS takes less. */
const CONNECT_MS = 12000;
/** After a peer that stood has broken off, once: where the browser's address has changed, it serves at once. */
const BROKEN_MS = 100;
const FIRST_RETRY_MS = 800;
const MAX_RETRY_MS = 8000;
/** While the tunnel carries. */
const MAX_IDLE_RETRY_MS = 30000;

/** hairpin/status: asking again would give the same answer. */
const FINAL = new Set(["no-codec", "no-port", "not-allowed", "room-full"]);

export class Connection extends EventTarget {
    #signal;
    /** @type {Peer | null} */
    #peer = null;
    /** @type {RTCIceCandidateInit[]} */
    #early = [];
    /** @type {MediaStream | null} */
    #stream = null;
    #ladder;
    #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
    #idleBackoff = new Backoff(MAX_RETRY_MS, MAX_IDLE_RETRY_MS);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #silenceTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #doubtTimer;
    #patienceMs = PATIENCE_MS;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #heartbeat;
    /** Of WebRTC. */
    /** @type {Phase} */
    #phase = "server";
    #retryAt = 0;
    #hasStood = false;
    /** hairpin/status after which WebRTC is asked for no more, or "". */
    #refusal = "";
    #trouble = "";
    #isRelayRefused = false;
    #isRestarting = false;
    #isEnded = false;
    #hasServerEnded = false;
    #wasLost = false;
    /** A server that was started anew opens the WebSocket, too, and then refuses. */
    #isGreeted = false;
    #pulse = new Pulse(() => this.#ping(), () => this.#readBytes());

    /**
     * @param {string} url of the WebSocket, with the token
     * @param {() => Promise<boolean>} [isServed] does a request reach the server?
     * @param {Ladder} [ladder]
     */
    constructor(url, isServed, ladder = new Ladder("webrtc", null)) {
        super();
        this.#signal = new Signal(url, isServed);
        this.#ladder = ladder;
        this.#wireLadder();
        on(this.#signal, "open", () => this.#onOpen());
        on(this.#signal, "lost", (/** @type {Lost} */ { retryAt, isEnd }) => {
            clearInterval(this.#heartbeat);
            this.#hasServerEnded ||= isEnd;
            this.#wasLost = true;
            this.#retryAt = retryAt;
            this.#changed();
        });
        on(this.#signal, "doubt", () => this.#onDoubt());
        on(this.#pulse, "change", () => this.#onPulse());
        on(this.#signal, "ended", (/** @type {{ reason: string }} */ detail) => {
            this.close();
            emit(this, "ended", detail);
        });
        on(this.#signal, "message", (/** @type {Message} */ message) => this.#onMessage(message));
    }

    #wireLadder() {
        const ladder = this.#ladder;
        on(ladder, "change", () => {
            if (ladder.isCarrying && ladder.isSilent) {
                this.#signal.ask();
            } else if (ladder.isCarrying) {
                this.#hasServerEnded = false;
            }
            this.#changed();
        });
        on(ladder, "stream", (stream) => emit(this, "stream", stream));
        on(ladder, "channel", (bytes) => emit(this, "channel", bytes));
        on(ladder, "left", () => {
            this.#idleBackoff.reset();
            emit(this, "stream", this.#stream);
        });
    }

    get phase() {
        return this.#ladder.isCarrying ? "up" : this.#phase;
    }

    /** Does the WebSocket reach the server? An open one is believed as long as the picture's path
     *  speaks, or while the server answers. */
    get isAnswered() {
        const isQuiet = this.isSilent || this.phase !== "up";
        return this.#signal.isOpen && this.#isGreeted
            && !(isQuiet && this.#signal.isDoubted);
    }

    /** Do requests reach the server, and no WebSocket does? */
    get isBlocked() {
        return this.#signal.isBlocked;
    }

    /** Did the server say that it ends, and was there no path to it since then? */
    get hasServerEnded() {
        return this.#hasServerEnded;
    }

    /** Did the WebSocket break off, and has the server not taken us back since then? One that does
     *  not know the session any more was started again. */
    get wasLost() {
        return this.#wasLost;
    }

    /** Why the server says that there was no path, as in hairpin/status; "": it has not said so, or there is one. */
    get trouble() {
        return this.#trouble;
    }

    /** Did a TURN server refuse the password, and is there no path? Not every browser tells. */
    get isRelayRefused() {
        return this.#isRelayRefused;
    }

    /** Nothing comes on the path of the picture, and has not for most of a second. */
    get isSilent() {
        return this.#ladder.isCarrying ? this.#ladder.isSilent : this.#pulse.isSilent;
    }

    get signalTries() {
        return this.#signal.tries;
    }

    /** When the WebSocket is tried next (performance.now). */
    get retryAt() {
        return this.#retryAt;
    }

    get isChannelOpen() {
        return this.#carrier?.isChannelOpen ?? false;
    }

    /** What picture, sound and input go by. */
    get #carrier() {
        return this.#ladder.isCarrying ? this.#ladder : this.#peer;
    }

    start() {
        this.#signal.start();
    }

    close() {
        this.#isEnded = true;
        clearInterval(this.#heartbeat);
        this.#signal.close();
        this.#ladder.close();
        this.#dropPeer();
        this.#setPhase("lost");
    }

    /**
     * @param {string} event
     * @param {object} [payload]
     */
    send(event, payload) {
        return this.#signal.send(event, payload);
    }

    /**
     * @param {ArrayBuffer} bytes
     * @param {boolean} [canDrop]
     */
    sendBytes(bytes, canDrop) {
        return this.#carrier?.send(bytes, canDrop) ?? false;
    }

    /** A picture came: that is a sign of life, too. */
    hear() {
        (this.#ladder.isCarrying ? this.#ladder : this.#pulse).hear();
    }

    /** The page is left; wake() goes on if it is shown again after all. */
    pause() {
        this.#signal.pause();
        this.#ladder.close();
    }

    /** The page is looked at again, or the network is back: is the path still there? */
    wake() {
        this.#signal.check();
        this.#signal.tryNow();
        this.#retryAt = 0;
        this.#changed();
    }

    /** The person wants a try, now. */
    tryNow() {
        this.wake();
        this.#refusal = "";
        this.#ladder.retry();
        if (this.#signal.isOpen && this.#phase !== "up") {
            this.#request();
        }
    }

    /** Numbers of what carries, null while there is nothing. */
    async readStats() {
        return this.#carrier ? this.#carrier.readStats() : null;
    }

    #onOpen() {
        this.#isGreeted = false;
        clearInterval(this.#heartbeat);
        this.#heartbeat = setInterval(() => this.#signal.send("client/heartbeat"), 10000);
        if (!this.#peer) {
            this.#request();
        }
        this.#ladder.retry();
        this.#changed();
    }

    /** @param {Message} message */
    #onMessage(message) {
        const { event, payload } = message;
        const handler = this.#handlers[event];
        handler?.(payload);
        emit(this, "message", message);
    }

    /** @type {Record<string, (payload: import("../wire/read.js").Fields) => void>} */
    #handlers = {
        "system/init": (payload) => this.#onInit(payload),
        "signal/provide": (payload) => this.#onProvide(payload),
        "signal/offer": (payload) => this.#answer(readString(payload, "sdp")),
        "signal/restart": (payload) => this.#answer(readString(payload, "sdp")),
        "signal/candidate": (payload) => {
            const candidate = parseCandidate(payload);
            if (this.#peer) {
                this.#peer.addCandidate(candidate);
            } else if (this.#early.length < 64) {
                this.#early.push(candidate);
            }
        },
        // Without a peer it speaks of the one before, which is replaced already.
        "signal/close": () => this.#peer && this.#retryLater(),
        "hairpin/status": (payload) => this.#onStatus(payload),
    };

    /**
     * After a return the server says whether it still sends to us.
     * @param {import("../wire/read.js").Fields} payload
     */
    #onInit(payload) {
        this.#isGreeted = true;
        this.#wasLost = false;
        const selfId = readString(payload, "session_id");
        const self = fields(fields(payload.sessions)[selfId]);
        const isWatching = readFlag(fields(self.state), "is_watching");
        if (isWatching) {
            this.#hasServerEnded = false; // it is the same one
        }
        this.#changed();
        if (!this.#peer || (this.#phase !== "up" && this.#phase !== "lost")) {
            return;
        }
        if (!isWatching) {
            this.#request();
        } else if (this.#phase === "lost" || this.#pulse.isSilent) {
            this.#restart();
        }
    }

    #onPulse() {
        clearTimeout(this.#silenceTimer);
        if (this.#pulse.isSilent) {
            this.#silenceTimer = setTimeout(() => this.#onSilence(), MOVE_MS);
        } else if (this.#phase === "lost" && this.#peer?.state === "connected") {
            this.#onPeerState(); // the browser has seen no change
        }
        this.#changed();
    }

    #onDoubt() {
        clearTimeout(this.#doubtTimer);
        if (this.#signal.isDoubted) {
            this.#doubtTimer = setTimeout(() => this.#onDoubted(), this.#patienceMs);
        }
        this.#changed();
    }

    /** What was asked for went into a dead WebSocket, perhaps: a new one leads to it again. */
    #onDoubted() {
        if (this.phase !== "up") {
            this.#patienceMs *= 2;
            this.#signal.tryNow();
        }
    }

    #onSilence() {
        if (this.#phase !== "up") {
            return; // it is being mended
        }
        if (this.isAnswered) {
            this.#restart();
        } else {
            this.#signal.tryNow(); // after the return, system/init leads to the restart
        }
    }

    #request() {
        if (this.#isEnded || this.#refusal) {
            return;
        }
        this.#dropPeer();
        if (this.#ladder.isOnly) {
            this.#setPhase("path");
            return;
        }
        if (!this.#signal.send("signal/request", { video: {}, audio: {} })) {
            return; // the next open asks
        }
        this.#askForLife();
        this.#timer = setTimeout(() => this.#retryLater(), CONNECT_MS);
        this.#setPhase("path");
    }

    /** @param {import("../wire/read.js").Fields} payload */
    async #onProvide(payload) {
        this.#peer?.close();
        const peer = new Peer(parseIceServers(payload));
        this.#peer = peer;
        on(peer, "local-candidate", (candidate) => {
            if (this.#peer === peer) {
                this.#signal.send("signal/candidate", /** @type {object} */ (candidate));
            }
        });
        on(peer, "relay-refused", () => {
            this.#isRelayRefused ||= this.#peer === peer && peer.state !== "connected";
        });
        on(peer, "state", () => this.#peer === peer && this.#onPeerState());
        on(peer, "stream", (stream) => this.#peer === peer && this.#onStream(stream));
        on(peer, "channel", (bytes) => this.#peer === peer && this.#onChannel(bytes));
        on(peer, "channel-open", () => {
            if (this.#peer === peer) {
                this.#pulse.start();
                this.#changed();
            }
        });
        for (const candidate of this.#early.splice(0)) {
            peer.addCandidate(candidate);
        }
        await this.#answer(readString(payload, "sdp"));
    }

    /** @param {MediaStream} stream */
    #onStream(stream) {
        this.#stream = stream;
        if (!this.#ladder.isCarrying) {
            emit(this, "stream", stream);
        }
    }

    /** @param {ArrayBuffer} bytes */
    #onChannel(bytes) {
        this.#pulse.hear();
        // An answer to the question whether this path is there says nothing of the one that carries.
        if (!this.#ladder.isCarrying || parseChannel(bytes)?.kind !== "pong") {
            emit(this, "channel", bytes);
        }
    }

    #ping() {
        this.#peer?.send(writePing(Math.round(performance.now())), true);
    }

    /** The path is quiet: is the server still there? */
    async #readBytes() {
        if (!this.#ladder.isCarrying) {
            this.#signal.ask();
        }
        return (await this.#peer?.readStats().catch(() => null))?.bytes ?? 0;
    }

    /** @param {string} sdp */
    async #answer(sdp) {
        const peer = this.#peer;
        if (!peer) {
            return;
        }
        try {
            const answer = await peer.answer(sdp);
            if (this.#peer === peer) {
                this.#signal.send("signal/answer", { sdp: answer });
            }
        } catch (error) {
            console.warn("the offer cannot be answered:", error);
            if (this.#peer === peer) {
                this.#retryLater();
            }
        }
    }

    #onPeerState() {
        const state = this.#peer?.state;
        if (this.#peer?.isBroken) {
            this.#retryLater(this.#phase === "up" || this.#phase === "lost" ? BROKEN_MS : Infinity);
        } else if (state === "connected") {
            clearTimeout(this.#timer);
            this.#backoff.reset();
            this.#isRestarting = false;
            this.#isRelayRefused = false;
            this.#hasStood = true;
            this.#hasServerEnded = false;
            this.#patienceMs = PATIENCE_MS;
            this.#setPhase("up");
        } else if (state === "disconnected" && this.#phase === "up") {
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#restart(), DISCONNECTED_MS);
            this.#setPhase("lost");
            this.#askForLife();
        } else if (state === "failed" && !this.#isRestarting) {
            this.#restart();
        } else if (state === "closed") {
            this.#retryLater();
        }
    }

    /** Where a path has died, its WebSocket may have, too, and nobody else would notice for long. */
    #askForLife() {
        if (this.#hasStood) {
            this.#signal.ask();
        }
    }

    /** The path died: the same peer on a new one. */
    #restart() {
        clearTimeout(this.#timer);
        if (!this.#hasStood) {
            this.#retryLater(); // it never stood
            return;
        }
        this.#setPhase("lost");
        if (!this.#signal.send("signal/restart")) {
            this.#signal.tryNow();
            return; // after the return, system/init leads here again
        }
        this.#askForLife();
        this.#isRestarting = true;
        this.#timer = setTimeout(() => this.#request(), RESTART_MS);
    }

    /**
     * The peer is of no use: a new one, after a while.
     * @param {number} [mostMs]
     */
    #retryLater(mostMs = Infinity) {
        this.#dropPeer();
        if (this.#isEnded || this.#refusal) {
            return;
        }
        const backoff = this.#ladder.isCarrying ? this.#idleBackoff : this.#backoff;
        this.#timer = setTimeout(() => this.#request(), Math.min(mostMs, backoff.next()));
        this.#setPhase(this.#hasStood ? "lost" : "path");
    }

    /** @param {import("../wire/read.js").Fields} payload */
    #onStatus(payload) {
        const status = readString(payload, "status");
        if (FINAL.has(status)) {
            this.#refusal = status;
            this.#dropPeer();
            this.#setPhase(this.#hasStood ? "lost" : "path");
            emit(this, "refused", { status, text: readString(payload, "text") });
        } else if (readString(payload, "state") === "failed") {
            this.#trouble = status;
        } else if (readString(payload, "state") === "connected") {
            this.#trouble = "";
        }
    }

    #dropPeer() {
        clearTimeout(this.#timer);
        clearTimeout(this.#silenceTimer);
        this.#isRestarting = false;
        this.#early = [];
        this.#pulse.stop();
        const peer = this.#peer;
        this.#peer = null;
        this.#stream = null;
        peer?.close();
    }

    /** @param {Phase} phase */
    #setPhase(phase) {
        this.#phase = phase;
        this.#changed();
    }

    #changed() {
        this.#ladder.update({
            isReached: !this.#isEnded && this.#signal.isOpen && this.#isGreeted
                && !this.#signal.isDoubted,
            isUp: this.#phase === "up",
            isSilent: this.#pulse.isSilent,
            hasStood: this.#hasStood,
            refusal: this.#refusal,
            peer: this.#peer,
        });
        emit(this, "state");
    }
}
