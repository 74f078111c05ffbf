// ladder.js - when picture, sound and input go by the tunnel: where no WebRTC path has come about, or
// the one that stood is lost; and back to WebRTC as soon as its pictures flow.
// Events:
//   change           read `isCarrying`, `isSilent`
//   stream MediaStream of the tunnel, which carries from now on
//   channel ArrayBuffer
//   left             the peer carries from now on

import { Backoff } from "../lib/backoff.js";
import { emit, on } from "../lib/emitter.js";
import { writePing } from "../wire/channel.js";
import { Pulse } from "./pulse.js";

/** @typedef {import("./peer.js").Peer} Peer */
/** @typedef {import("./tunnel.js").Tunnel} Tunnel */
/** @typedef {"auto" | "websocket" | "webrtc"} Way websocket: by nothing else; webrtc: never by the tunnel */
/**
 * @typedef {object} Facts
 * @property {boolean} isReached the session is connected by signaling, and the server answers
 * @property {boolean} isUp WebRTC has a path
 * @property {boolean} isSilent nothing comes on it
 * @property {boolean} hasStood there has been one
 * @property {string} refusal why the server has no WebRTC for us, as in hairpin/status, or ""
 * @property {Peer | null} peer
 */

/** Who is not to see the picture does not see it by the tunnel, either. */
const BARRED = new Set(["not-allowed", "room-full"]);
/** The first path by WebRTC gets so long. */
const FIRST_MS = 2500;
/** One that stood, and is lost. */
const LOST_MS = 1500;
/** One that is silent has been so for most of that time. */
const SILENT_MS = 750;
/** Where there is no tunnel. */
const NONE_MS = 60000;
const FIRST_RETRY_MS = 400;
const MAX_RETRY_MS = 8000;
/** A tunnel that is silent for so much longer gives way to a new one. */
const STUCK_MS = 3000;
/** How often it is looked whether the peer's pictures flow. */
const LOOK_MS = 100;
/** The picture's last change is on the old track until the new one is shown. */
const LEAVE_MS = 1000;

export class Ladder extends EventTarget {
    #way;
    #open;
    /** @type {Tunnel | null} */
    #tunnel = null;
    /** @type {MediaStream | null} */
    #stream = null;
    #isCarrying = false;
    /** Is the tunnel what carried last? Then nothing is waited for. */
    #hasCarried = false;
    /** @type {Facts} */
    #facts = { isReached: false, isUp: false, isSilent: false, hasStood: false, refusal: "",
        peer: null };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #openTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #leaveTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #stuckTimer;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #lookTimer;
    #notBefore = 0;
    #isReplaced = false;
    #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
    #pulse = new Pulse(
        () => this.send(writePing(Math.round(performance.now())), true),
        async () => (await this.readStats())?.bytes ?? 0,
    );
    /** The peer when the tunnel took over, and its pictures until then. */
    /** @type {{ peer: Peer | null, frames: number }} */
    #before = { peer: null, frames: 0 };

    /**
     * @param {Way} way
     * @param {(() => Tunnel) | null} open null: not in this browser, or not on this page
     */
    constructor(way, open) {
        super();
        this.#way = open || way === "webrtc" ? way : "webrtc";
        this.#open = open;
        on(this.#pulse, "change", () => this.#onPulse());
    }

    /** Is WebRTC not to be asked for? */
    get isOnly() {
        return this.#way === "websocket";
    }

    get isCarrying() {
        return this.#isCarrying;
    }

    get isSilent() {
        return this.#pulse.isSilent;
    }

    get isChannelOpen() {
        return this.#tunnel?.isChannelOpen ?? false;
    }

    /** A picture came. */
    hear() {
        this.#pulse.hear();
    }

    /**
     * @param {ArrayBuffer} bytes
     * @param {boolean} [canDrop]
     */
    send(bytes, canDrop) {
        return this.#tunnel?.send(bytes, canDrop) ?? false;
    }

    async readStats() {
        return this.#tunnel ? this.#tunnel.readStats() : null;
    }

    /** It is worth a try again, now: somebody wants it, or the server is another one. */
    retry() {
        this.#notBefore = 0;
        clearTimeout(this.#openTimer);
        this.#openTimer = undefined;
        this.update(this.#facts);
    }

    /** The page is left, or the stay is over. */
    close() {
        this.#facts = { ...this.#facts, isReached: false };
        this.#stopOpening();
        this.#drop();
    }

    /** @param {Facts} facts how things are with WebRTC */
    update(facts) {
        if (facts.refusal !== this.#facts.refusal) {
            this.#stopOpening(); // what was waited for does not come
        }
        this.#facts = facts;
        const isGood = facts.isUp && !facts.isSilent;
        if (this.#way === "webrtc" || this.#isReplaced || isGood || !facts.isReached
            || BARRED.has(facts.refusal)) {
            this.#stopOpening();
        } else if (!this.#tunnel) {
            this.#openTimer ??= setTimeout(() => this.#openTunnel(), this.#waitMs());
        } else if (this.#leaveTimer !== undefined) {
            this.#carry(); // the peer is lost as soon as it is there
        }
        if (isGood && this.#tunnel && !this.#isCarrying && this.#leaveTimer === undefined) {
            this.#drop(); // it is not needed any more
        }
        this.#setLooking(isGood && this.#isCarrying);
    }

    #waitMs() {
        const { hasStood, isSilent, refusal } = this.#facts;
        const firstMs = this.isOnly || this.#hasCarried || refusal ? 0
            : !hasStood ? FIRST_MS : isSilent ? SILENT_MS : LOST_MS;
        return Math.max(firstMs, this.#notBefore - performance.now());
    }

    #stopOpening() {
        clearTimeout(this.#openTimer);
        this.#openTimer = undefined;
    }

    #openTunnel() {
        this.#openTimer = undefined;
        const tunnel = this.#open?.();
        if (!tunnel) {
            return;
        }
        this.#tunnel = tunnel;
        on(tunnel, "stream", (/** @type {MediaStream} */ stream) => {
            this.#stream = stream;
        });
        on(tunnel, "channel", (bytes) => this.#tunnel === tunnel && this.#onChannel(bytes));
        on(tunnel, "state", () => {
            if (this.#tunnel !== tunnel) {
                return;
            }
            if (tunnel.state === "connected") {
                this.#backoff.reset();
                this.#carry();
            } else if (tunnel.state === "closed") {
                this.#onClosed(tunnel.end);
            }
        });
    }

    async #carry() {
        clearTimeout(this.#leaveTimer);
        this.#leaveTimer = undefined;
        this.#isCarrying = this.#hasCarried = true;
        const { peer } = this.#facts;
        this.#before = { peer, frames: Infinity };
        this.#pulse.start();
        emit(this, "change");
        emit(this, "stream", this.#stream);
        const stats = await peer?.readStats().catch(() => null);
        if (this.#before.peer === peer) {
            this.#before.frames = stats?.frames ?? 0;
        }
    }

    /** @param {unknown} bytes */
    #onChannel(bytes) {
        this.#pulse.hear();
        emit(this, "channel", bytes);
    }

    /** @param {import("./tunnel.js").TunnelEnd} end */
    #onClosed(end) {
        const { isReached } = this.#facts;
        this.#isReplaced = end === "replaced";
        this.#drop();
        const waitMs = end === "none" && isReached ? NONE_MS : this.#backoff.next();
        this.#notBefore = performance.now() + waitMs;
        this.update(this.#facts);
    }

    #onPulse() {
        clearTimeout(this.#stuckTimer);
        if (this.#pulse.isSilent) {
            this.#stuckTimer = setTimeout(() => {
                this.#drop();
                this.update(this.#facts);
            }, STUCK_MS);
        }
        emit(this, "change");
    }

    /** @param {boolean} isLooking do the peer's pictures flow? */
    #setLooking(isLooking) {
        if (!isLooking) {
            clearInterval(this.#lookTimer);
            this.#lookTimer = undefined;
        } else {
            this.#lookTimer ??= setInterval(() => this.#look(), LOOK_MS);
        }
    }

    async #look() {
        const { peer } = this.#facts;
        const frames = (await peer?.readStats().catch(() => null))?.frames ?? 0;
        const before = peer === this.#before.peer ? this.#before.frames : 0;
        if (this.#lookTimer !== undefined && this.#facts.peer === peer && peer?.isChannelOpen
            && frames > before) {
            this.#leave();
        }
    }

    #leave() {
        this.#isCarrying = this.#hasCarried = false;
        this.#setLooking(false);
        this.#pulse.stop();
        clearTimeout(this.#stuckTimer);
        this.#leaveTimer = setTimeout(() => this.#drop(), LEAVE_MS);
        emit(this, "left");
        emit(this, "change");
    }

    #drop() {
        const tunnel = this.#tunnel;
        this.#tunnel = null;
        this.#stream = null;
        clearTimeout(this.#leaveTimer);
        clearTimeout(this.#stuckTimer);
        this.#leaveTimer = undefined;
        this.#setLooking(false);
        this.#pulse.stop();
        tunnel?.close();
        if (this.#isCarrying) {
            this.#isCarrying = false;
            emit(this, "change");
        }
    }
}
